package handlers

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"wenda/handlers/contract"
	"wenda/rag"
)

func openStream(t *testing.T, ctx context.Context, url, accept string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/ask", strings.NewReader(`{"question":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// asker makes an Asker of a function.
func asker(f askFunc) func(*Config, *Deps) {
	return func(_ *Config, d *Deps) { d.Asker = f }
}

// events parses SSE strictly: event line, data line, empty line; comments alone.
func events(t *testing.T, body string) (names []string, data []string) {
	t.Helper()
	for _, block := range strings.Split(strings.TrimSuffix(body, "\n\n"), "\n\n") {
		lines := strings.Split(block, "\n")
		if strings.HasPrefix(block, ":") {
			continue
		}
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "event: ") || !strings.HasPrefix(lines[1], "data: ") {
			t.Fatalf("not an event: %q", block)
		}
		names, data = append(names, lines[0][7:]), append(data, lines[1][6:])
	}
	return names, data
}

func TestStreamSSE(t *testing.T) {
	w := newWorld(t, nil)
	rec := w.post("/api/v1/ask", `{"question":"x"}`, "Accept", "text/event-stream")
	if got := rec.Header().Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	names, data := events(t, rec.Body.String())
	if got, want := strings.Join(names, " "), "stage stage citation delta done"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	if data[0] != `{"id":"a_1","stage":"understand","text":"正在理解问题"}` || strings.Contains(data[1], `"id"`) {
		t.Errorf("stage %s", data[0])
	}
	if a := decodeAnswer(t, strings.NewReader(data[4])); a.ID != "a_1" || len(a.Citations) != 2 || a.RequestID != rec.Header().Get("X-Request-ID") {
		t.Errorf("done carries %+v", a)
	}
}

func TestStreamNDJSON(t *testing.T) {
	w := newWorld(t, asker(func(_ context.Context, _ rag.Question, emit func(rag.Event)) (rag.Answer, error) {
		emit(rag.Event{Delta: "第一句。\n第二行 <b>"})
		emit(rag.Event{Reset: true})
		emit(rag.Event{Mark: &rag.Mark{Label: "AI", AIGC: &rag.AIGC{Label: "1", ProduceID: "a_3"}}})
		return rag.Answer{ID: "a_3", Text: "换一句。"}, nil
	}))
	rec := w.post("/api/v1/ask", `{"question":"x"}`, "Accept", "application/x-ndjson")
	var names []string
	for _, line := range strings.Split(strings.TrimSuffix(rec.Body.String(), "\n"), "\n") {
		var e struct {
			Event string          `json:"event"`
			Data  json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		names = append(names, e.Event)
	}
	if got, want := strings.Join(names, " "), "delta reset label done"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want := `{"event":"label","data":{"label":"AI","aigc":{"Label":"1","ContentProducer":"","ProduceID":"a_3"}}}`; !strings.Contains(rec.Body.String(), want) {
		t.Errorf("no label in %s", rec.Body)
	}
	if !strings.Contains(rec.Body.String(), `"citations":[]`) {
		t.Errorf("null in %s", rec.Body)
	}
}

func TestStreamErrors(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.1: refused")
	for name, c := range map[string]struct {
		first  []rag.Event // before the error
		panics bool
		err    error
		status int
		code   string
	}{
		"before any event":  {nil, false, rag.ErrConversation, 404, "conversation_unknown"},
		"after a stage":     {[]rag.Event{{Stage: "understand"}}, false, rag.ErrConversation, 404, "conversation_unknown"},
		"after a sentence":  {[]rag.Event{{Delta: "一句。"}}, false, secret, 200, "internal"},
		"done, then failed": {[]rag.Event{{Delta: "一句。"}, {Done: &rag.Answer{ID: "a_x"}}}, false, secret, 200, "internal"},
		"panic":             {[]rag.Event{{Delta: "一句。"}}, true, nil, 200, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, asker(func(_ context.Context, _ rag.Question, emit func(rag.Event)) (rag.Answer, error) {
				for _, e := range c.first {
					emit(e)
				}
				if c.panics {
					panic("boom")
				}
				return rag.Answer{ID: "a_x"}, c.err
			}))
			rec := w.post("/api/v1/ask", `{"question":"x"}`, "Accept", "text/event-stream")
			if c.status != 200 {
				wantError(t, rec, c.status, c.code)
				return
			}
			names, data := events(t, rec.Body.String())
			last := len(names) - 1
			if names[last] != "error" || strings.Contains(rec.Body.String(), "event: done") {
				t.Fatalf("got %v, want an error last and no done", names)
			}
			var got contract.ErrorBody
			if err := decodeStrict([]byte(data[last]), &got); err != nil || got.Code != c.code || got.RequestID == "" {
				t.Errorf("got %s, %v", data[last], err)
			}
			if strings.Contains(rec.Body.String(), "10.0.0.1") || strings.Contains(rec.Body.String(), "boom") {
				t.Errorf("the public sees the cause: %s", rec.Body)
			}
		})
	}
}

func TestStreamHeartbeatOutlivesServerTimeouts(t *testing.T) {
	beats := make(chan struct{})
	w := newWorld(t, func(c *Config, d *Deps) {
		c.Heartbeat, c.ReadTimeout, c.WriteTimeout = 5*time.Millisecond, 20*time.Millisecond, 20*time.Millisecond
		d.Asker = askFunc(func(ctx context.Context, _ rag.Question, emit func(rag.Event)) (rag.Answer, error) {
			emit(rag.Event{Stage: "understand"})
			select {
			case <-beats:
				return rag.Answer{ID: "a_late"}, nil
			case <-ctx.Done():
				return rag.Answer{}, ctx.Err()
			}
		})
	})
	url, _ := w.listen(t)
	for _, accept := range []string{mediaSSE, mediaNDJSON} {
		res := openStream(t, context.Background(), url, accept)
		br := bufio.NewReader(res.Body)
		for n := 0; n < 30; { // 30 heartbeats take longer than both timeouts
			line, err := br.ReadString('\n')
			if err != nil {
				t.Fatalf("%s: after %d heartbeats: %v", accept, n, err)
			}
			if line == ": heartbeat\n" || (accept == mediaNDJSON && line == "\n") {
				n++
			}
		}
		beats <- struct{}{}
		rest, err := io.ReadAll(br)
		if err != nil || !strings.Contains(string(rest), "a_late") {
			t.Errorf("%s: end %q, %v", accept, rest, err)
		}
	}
}

// A JSON answer may take longer than the server's ReadTimeout and WriteTimeout too.
func TestSlowJSONAnswerOutlivesServerTimeouts(t *testing.T) {
	w := newWorld(t, func(c *Config, d *Deps) {
		c.ReadTimeout, c.WriteTimeout = 20*time.Millisecond, 20*time.Millisecond
		d.Asker = askFunc(func(ctx context.Context, _ rag.Question, _ func(rag.Event)) (rag.Answer, error) {
			select {
			case <-time.After(100 * time.Millisecond):
				return rag.Answer{ID: "a_late"}, nil
			case <-ctx.Done():
				return rag.Answer{}, ctx.Err()
			}
		})
	})
	url, _ := w.listen(t)
	res := openStream(t, context.Background(), url, mediaJSON)
	if a := decodeAnswer(t, res.Body); a.ID != "a_late" {
		t.Errorf("got %+v", a)
	}
}

func TestStreamClientLeaves(t *testing.T) {
	cancelled := make(chan error, 1)
	w := newWorld(t, asker(func(ctx context.Context, _ rag.Question, emit func(rag.Event)) (rag.Answer, error) {
		emit(rag.Event{Delta: "一句。"})
		<-ctx.Done()
		cancelled <- ctx.Err()
		return rag.Answer{}, ctx.Err()
	}))
	url, stop := w.listen(t)
	ctx, leave := context.WithCancel(context.Background())
	res := openStream(t, ctx, url, mediaSSE)
	if _, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	leave()
	if err := <-cancelled; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	stop()
	if open, clients := w.streams.Open(); open != 0 || clients != 0 {
		t.Errorf("%d streams left, of %d clients", open, clients)
	}
	if !strings.Contains(w.log.String(), `"status":499`) {
		t.Errorf("log: %s", w.log)
	}
}

func TestStreamNeverReadingClient(t *testing.T) {
	cancelled := make(chan struct{})
	w := newWorld(t, func(c *Config, d *Deps) {
		c.StreamWrite = 20 * time.Millisecond
		d.Asker = askFunc(func(ctx context.Context, _ rag.Question, emit func(rag.Event)) (rag.Answer, error) {
			defer close(cancelled)
			big := strings.Repeat("很长的一句。", 1<<14)
			for ctx.Err() == nil {
				emit(rag.Event{Delta: big})
			}
			return rag.Answer{}, ctx.Err()
		})
	})
	url, _ := w.listen(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: 16\r\n\r\n{\"question\":\"x\"}")
	<-cancelled // and the reply is never read
}

func TestStreamLifeAndCaps(t *testing.T) {
	w := newWorld(t, func(c *Config, d *Deps) {
		c.AskLife, c.Streams, c.StreamsPerClient = 200*time.Millisecond, 3, 2
		d.Asker = askFunc(func(ctx context.Context, _ rag.Question, emit func(rag.Event)) (rag.Answer, error) {
			emit(rag.Event{Delta: "一句。"})
			<-ctx.Done()
			return rag.Answer{}, fmt.Errorf("compose: %w", ctx.Err())
		})
	})
	url, _ := w.listen(t)
	one, two := openStream(t, context.Background(), url, mediaSSE), openStream(t, context.Background(), url, mediaSSE)
	third := openStream(t, context.Background(), url, mediaSSE)
	if third.StatusCode != 429 || third.Header.Get("Retry-After") == "" {
		t.Errorf("third of an address: got %d", third.StatusCode)
	}
	leave, err := w.streams.Enter("192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	if _, err := w.streams.Enter("192.0.2.2"); !errors.Is(err, problemFull) {
		t.Errorf("fourth of all: got %v", err)
	}
	for _, res := range []*http.Response{one, two} {
		b, err := io.ReadAll(res.Body)
		if err != nil || !strings.Contains(string(b), `event: error`) || !strings.Contains(string(b), `"code":"timeout"`) {
			t.Errorf("end of life: %q, %v", b, err)
		}
	}
}

func TestStagesAreHeldOnlyAMoment(t *testing.T) {
	goOn := make(chan struct{})
	w := newWorld(t, func(c *Config, d *Deps) {
		c.StageHold = time.Millisecond
		d.Asker = askFunc(func(_ context.Context, _ rag.Question, emit func(rag.Event)) (rag.Answer, error) {
			emit(rag.Event{Stage: "understand"})
			<-goOn
			return rag.Answer{}, rag.ErrConversation
		})
	})
	url, _ := w.listen(t)
	res := openStream(t, context.Background(), url, mediaSSE)
	br := bufio.NewReader(res.Body)
	if line, err := br.ReadString('\n'); err != nil || line != "event: stage\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	close(goOn)
	if rest, _ := io.ReadAll(br); !strings.Contains(string(rest), "conversation_unknown") {
		t.Errorf("got %q", rest)
	}
}
