package backend

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"wenda/rag/backend/scripted"
)

// stale is the address of a vendor that closes a kept connection when the next request comes over it, as one does that rested too long.
// It answers the first request of every connection.
func stale(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	serve := func(conn net.Conn) {
		defer conn.Close()
		in := bufio.NewReader(conn)
		for answered := false; ; answered = true {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, req.Body); err != nil || answered {
				return
			}
			text := ""
			for _, step := range scripted.Chat(scripted.GoodText...).Steps {
				text += step.Write
			}
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
		}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return "http://" + l.Addr().String()
}

// A kept connection that the vendor closed costs no answer: the request goes over a new one. (Without the Idempotency-Key entry: unreachable, EOF.)
func TestStaleConnection(t *testing.T) {
	b := backendOf(t, Config{BaseURL: stale(t) + "/v1", Model: "m", Key: testKey, Limits: patient()})
	for i := range 4 {
		done, err := b.Compose(t.Context(), ask("?"), new(heard).deliver)
		if err != nil || done.Text != goodText {
			t.Fatalf("answer %d: got %q, %v", i+1, done.Text, err)
		}
	}
}
