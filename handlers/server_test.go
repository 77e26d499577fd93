package handlers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"wenda/rag"
)

// listen starts a real server; stop shuts it down and waits.
func (w *world) listen(t *testing.T) (url string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx, l) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	}
	t.Cleanup(stop)
	return "http://" + l.Addr().String(), stop
}

func TestShutdown(t *testing.T) {
	started := make(chan struct{}, 2)
	release := make(chan struct{})
	w := newWorld(t, func(c *Config, d *Deps) {
		c.StreamGrace = 10 * time.Millisecond
		d.Asker = askFunc(func(ctx context.Context, _ rag.Question, emit func(rag.Event)) (rag.Answer, error) {
			if emit != nil {
				emit(rag.Event{Delta: "一句。"})
			}
			started <- struct{}{}
			select {
			case <-ctx.Done():
				close(release)
				return rag.Answer{}, ctx.Err()
			case <-release:
				return rag.Answer{ID: "a_whole"}, nil
			}
		})
	})
	url, stop := w.listen(t)
	stream := openStream(t, context.Background(), url, mediaSSE)
	<-started
	whole := make(chan *http.Response, 1)
	go func() {
		res, err := http.Post(url+"/api/v1/ask", "application/json", strings.NewReader(`{"question":"x"}`))
		if err != nil {
			t.Errorf("request during shutdown: %v", err)
		}
		whole <- res
	}()
	<-started
	stop()
	if b, err := io.ReadAll(stream.Body); err != nil || !strings.Contains(string(b), `"code":"restarting"`) {
		t.Errorf("stream: %q, %v", b, err)
	}
	if res := <-whole; res != nil {
		defer res.Body.Close()
		if a := decodeAnswer(t, res.Body); a.ID != "a_whole" {
			t.Errorf("request that ran: %+v", a)
		}
	}
}

func TestShutdownCutsWhatHangs(t *testing.T) {
	started := make(chan struct{})
	w := newWorld(t, func(c *Config, d *Deps) {
		c.StreamGrace, c.ShutdownTimeout = 5*time.Millisecond, 10*time.Millisecond
		d.Asker = askFunc(func(ctx context.Context, _ rag.Question, _ func(rag.Event)) (rag.Answer, error) {
			close(started)
			<-ctx.Done()
			return rag.Answer{}, ctx.Err()
		})
	})
	url, stop := w.listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if res, err := http.Post(url+"/api/v1/ask", "application/json", strings.NewReader(`{"question":"x"}`)); err == nil {
			res.Body.Close()
		}
	}()
	<-started
	stop() // returns
	<-done
}

func TestSlowBody(t *testing.T) {
	w := newWorld(t, func(c *Config, _ *Deps) { c.ReadTimeout = 20 * time.Millisecond })
	url, _ := w.listen(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"que")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 408 {
		t.Errorf("got %d, want 408", res.StatusCode)
	}
}

func TestChunkedBodyIsBounded(t *testing.T) {
	w := newWorld(t, nil)
	r := httptest.NewRequest("POST", "/api/v1/ask", io.LimitReader(endless{}, 1<<20)) // no length is told
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	wantError(t, rec, 413, "body_too_large")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestMountsServeTheirPart(t *testing.T) {
	var seen []string
	w := newWorld(t, func(_ *Config, d *Deps) {
		d.Mounts = []Mount{{Prefix: "/webhook/x", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/webhook/x/panic" {
				panic("on purpose")
			}
			seen = append(seen, r.Method+" "+r.URL.Path+" "+RequestID(r.Context()))
			w.WriteHeader(http.StatusTeapot)
		})}}
	})
	for _, path := range []string{"/webhook/x", "/webhook/x/one/two"} {
		rec := w.do(http.MethodPut, path, "", "", "X-Request-ID", "r_12345678")
		if rec.Code != http.StatusTeapot || rec.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d, headers %v", path, rec.Code, rec.Header())
		}
	}
	if want := []string{"PUT /webhook/x r_12345678", "PUT /webhook/x/one/two r_12345678"}; !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
	if rec := w.get("/webhook/x/panic"); rec.Code != http.StatusInternalServerError {
		t.Errorf("a panic in a mount: %d", rec.Code)
	}
	if rec := w.get("/webhook/y"); rec.Code != http.StatusNotFound {
		t.Errorf("beside the mount: %d", rec.Code)
	}
}
