package backend

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"wenda/rag/backend/scripted"
)

type connectionKey struct{}

// A kept connection that the vendor closes when the next request comes over it, as one does that rested too long, costs no answer: the request
// goes over a new one. (Without the Idempotency-Key entry: unreachable, EOF.)
func TestStaleConnection(t *testing.T) {
	var cut atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Context().Value(connectionKey{}).(*atomic.Int32).Add(1) > 1 {
			cut.Add(1)
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, step := range scripted.Chat(scripted.GoodText...).Steps {
			_, _ = io.WriteString(w, step.Write)
		}
	}))
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, new(atomic.Int32))
	}
	s.Start()
	t.Cleanup(s.Close)
	b := backendOf(t, Config{BaseURL: s.URL + "/v1", Model: "m", Key: testKey, Limits: patient()})
	for i := range 4 {
		done, err := b.Compose(t.Context(), ask("?"), new(heard).deliver)
		if err != nil || done.Text != goodText {
			t.Fatalf("answer %d: got %q, %v", i+1, done.Text, err)
		}
	}
	if cut.Load() == 0 {
		t.Error("no kept connection was used")
	}
}
