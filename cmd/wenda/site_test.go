package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/rag"
)

// A site is a running server as its clients see it.
type site struct{ url string }

// A reply is what came back, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

var client = &http.Client{Timeout: 2 * time.Minute} // ends a test that hangs

func (s site) get(path string) (reply, error) { return s.do(http.MethodGet, path, "") }

func (s site) do(method, path, body string, header ...string) (reply, error) {
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(data)}, err
}

// ask asks for JSON. Anything but 200 is an error.
func (s site) ask(question string) (rag.Answer, error) {
	r, err := s.do(http.MethodPost, "/api/v1/ask", askBody(question))
	if err != nil {
		return rag.Answer{}, err
	}
	return answerOf(r)
}

func (s site) mustAsk(t *testing.T, question string) rag.Answer {
	t.Helper()
	a, err := s.ask(question)
	if err != nil {
		t.Fatalf("ask %s: %v", question, err)
	}
	return a
}

func (s site) mustGet(t *testing.T, path string) reply {
	t.Helper()
	r, err := s.get(path)
	if err != nil {
		t.Fatalf("get %s: %v", path, err)
	}
	return r
}

func askBody(question string) string {
	b, _ := json.Marshal(map[string]string{"question": question}) // strings: cannot fail
	return string(b)
}

func answerOf(r reply) (rag.Answer, error) {
	var a rag.Answer
	if r.status != http.StatusOK {
		return a, fmt.Errorf("status %d: %s", r.status, r.body)
	}
	d := json.NewDecoder(strings.NewReader(r.body))
	d.DisallowUnknownFields()
	return a, d.Decode(&a)
}

// An event is one of a stream.
type event struct {
	name string
	data json.RawMessage
}

// stream asks in a streaming format, and returns all events and the answer of the last one, done.
func (s site) stream(format, question string) (rag.Answer, []event, error) {
	r, err := s.do(http.MethodPost, "/api/v1/ask", askBody(question), "Accept", format)
	if err != nil {
		return rag.Answer{}, nil, err
	}
	if got := r.header.Get("Content-Type"); r.status != http.StatusOK || !strings.HasPrefix(got, format) {
		return rag.Answer{}, nil, fmt.Errorf("status %d, %s: %s", r.status, got, r.body)
	}
	events, err := eventsOf(format, r.body)
	if err != nil {
		return rag.Answer{}, nil, err
	}
	last := events[len(events)-1]
	if last.name != "done" {
		return rag.Answer{}, events, fmt.Errorf("the stream ended with %s: %s", last.name, last.data)
	}
	var a rag.Answer
	return a, events, json.Unmarshal(last.data, &a)
}

// eventsOf reads a whole stream; there is at least one event or an error.
func eventsOf(format, body string) ([]event, error) {
	var out []event
	var name string
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		line := lines.Text()
		switch {
		case line == "" || strings.HasPrefix(line, ":"):
		case format == "application/x-ndjson":
			var e struct {
				Event string
				Data  json.RawMessage
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				return nil, fmt.Errorf("line %q: %w", line, err)
			}
			out = append(out, event{e.Event, e.Data})
		case strings.HasPrefix(line, "event: "):
			name = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			out = append(out, event{name, json.RawMessage(strings.TrimPrefix(line, "data: "))})
		default:
			return nil, fmt.Errorf("a line that is no event: %q", line)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("an empty stream")
	}
	return out, nil
}

// A server is the program in this process, as wenda serve starts it.
type server struct {
	site
	data string
	log  *logBuffer
	stop func() error // as SIGTERM does; waits. Later calls return what the first did.
}

// serveIn starts a server on a free port and returns when it listens.
func serveIn(data, models string) (*server, error) {
	return serveWith(Config{Data: data, Models: models})
}

// serveWith is serveIn with further settings.
func serveWith(cfg Config) (*server, error) {
	cfg.Addr, cfg.Limits, cfg.Log = "127.0.0.1:0", "off", "info"
	log := &logBuffer{}
	app, err := open(context.Background(), cfg, newLog(log, "info"))
	if err != nil {
		return nil, err
	}
	app.embedAgain = 50 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	address, served := make(chan net.Addr, 1), make(chan error, 1)
	go func() { served <- app.serve(ctx, func(a net.Addr) { address <- a }) }()
	select {
	case a := <-address:
		return &server{site{"http://" + a.String()}, cfg.Data, log, sync.OnceValue(func() error {
			cancel()
			return errors.Join(<-served, app.close())
		})}, nil
	case err := <-served:
		cancel()
		return nil, errors.Join(err, app.close())
	}
}

// startServer is serveIn for one test.
func startServer(t *testing.T, data, models string) *server {
	t.Helper()
	s, err := serveIn(data, models)
	if err != nil {
		t.Fatalf("start a server on %s: %v", data, err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("stop the server: %v", err)
		}
	})
	return s
}

// sharedServer answers from the bundled plan with all vectors, for tests that change nothing but logs and feedback.
func sharedServer(t *testing.T) *server {
	t.Helper()
	data, models := preparedData(t), modelsFolder(t)
	shared.once.Do(func() {
		dir := filepath.Join(filepath.Dir(data), "shared")
		if shared.err = copyPrepared(data, dir); shared.err == nil {
			shared.server, shared.err = serveIn(dir, models)
		}
	})
	if shared.err != nil {
		t.Fatalf("start the shared server: %v", shared.err)
	}
	return shared.server
}

var shared struct {
	once   sync.Once
	server *server
	err    error
}

// A logBuffer keeps what a server logs.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// patience only ends a test that hangs: nothing here asserts how fast the program is.
const patience = 20 * time.Minute

// until asks again and again until ok says yes, or fails, or patience ends.
func until(what string, ok func() (bool, error)) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes, err := ok(); err != nil || yes {
			return err
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return fmt.Errorf("%s: not within %v", what, patience)
		}
	}
}
