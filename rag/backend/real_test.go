//go:build long

package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wenda/rag/backend/scripted"
)

// realModel is scripted.Real for this package's tests.
type realModel struct{ *scripted.Real }

// backend asks the real model for one sentence of so many characters, with a citation: it talks nonsense and does not know when to
// stop, so a grammar (llama.cpp's own field) holds it to that. What is streamed, and how, is its own. Its gaps may be long: the
// machine has other work.
func (m *realModel) backend(t *testing.T, least, most int) *Backend {
	grammar, err := json.Marshal(map[string]string{"grammar": fmt.Sprintf(`root ::= [一-龥]{%d,%d} "。[1]"`, least, most)})
	if err != nil {
		t.Fatal(err)
	}
	const minute, gap = time.Minute, 10 * time.Second
	return backendOf(t, Config{Vendor: "llamacpp", BaseURL: m.URL + "/v1", Extra: string(grammar),
		Limits: Limits{Header: minute, FirstToken: minute, Gap: gap, Total: 2 * minute, RetryWait: time.Millisecond}})
}

func newChain(t *testing.T, config ChainConfig, backends ...*Backend) *Chain {
	t.Helper()
	c, err := NewChain(backends, config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// onPiece calls f once, at piece n of an answer.
func onPiece(n int, f func()) (Deliver, *heard) {
	h := &heard{}
	return func(ctx context.Context, piece string) error {
		if err := h.deliver(ctx, piece); err != nil {
			return err
		}
		if len(h.pieces) == n {
			f()
		}
		return nil
	}, h
}

func wantReason(t *testing.T, what string, err error, reasons ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: got %v, want %v", what, err, reasons)
	}
	for _, reason := range reasons {
		if e.Code == reason {
			return
		}
	}
	t.Fatalf("%s: got %v, want %v", what, err, reasons)
}

// The real protocol, by a real server that computes while it streams, is slow, is killed, hangs and comes back. Subtests use one
// server, in this order.
func TestRealModel(t *testing.T) {
	m := &realModel{scripted.StartReal(t)}
	t.Run("streams", m.streams)
	t.Run("is tried by the doctor", m.isTried)
	t.Run("is cancelled", m.isCancelled)
	t.Run("answers eight at once", m.answersEight)
	t.Run("hangs and goes on", m.hangs)
	t.Run("is killed and started again", m.isKilled)
}

func (m *realModel) streams(t *testing.T) {
	c := newChain(t, ChainConfig{}, m.backend(t, 40, 60))
	computing := 0
	deliver, h := onPiece(3, func() { computing = m.Busy(t) })
	done, err := c.Compose(t.Context(), ask("今年新增多少学位？"), deliver)
	if err != nil {
		t.Fatal(err)
	}
	if computing != 1 {
		t.Errorf("at the third piece it makes %d answers: the text was not streamed", computing)
	}
	if !regexp.MustCompile(`^\p{Han}{40,60}。\[1\]$`).MatchString(done.Text) || h.text() != done.Text || len(h.pieces) < 10 {
		t.Errorf("got %q in %d pieces: %q", done.Text, len(h.pieces), h.text())
	}
	if done.Stop != "stop" || done.Tokens.Estimated || done.Tokens.Prompt < 20 || done.Tokens.Completion < 20 || done.FirstToken >= done.Duration {
		t.Errorf("got %+v", done)
	}
	t.Logf("first token %v, %.0f tokens a second", done.FirstToken.Round(time.Millisecond),
		float64(done.Tokens.Completion)/(done.Duration-done.FirstToken).Seconds())
}

func (m *realModel) isTried(t *testing.T) {
	held := m.backend(t, 20, 30).Check(t.Context())
	if held.Err != nil || !held.Reachable || !held.Streaming || !held.Chinese || held.FirstToken <= 0 || held.TokensPerSecond <= 0 || held.Cites {
		t.Errorf("held by a grammar: got %+v", held)
	}
	// By itself it does not come to an end, or says something that cites nothing: the doctor must not find it fit.
	free := backendOf(t, Config{Vendor: "llamacpp", BaseURL: m.URL + "/v1"}).Check(t.Context())
	if !free.Reachable || !free.Streaming || free.Cites {
		t.Errorf("free: got %+v", free)
	}
	t.Logf("free: %v, %q", free.Err, free.Completion.Text)
}

func (m *realModel) isCancelled(t *testing.T) {
	c := newChain(t, ChainConfig{}, m.backend(t, 900, 1000))
	t.Run("by its client", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var at time.Time
		deliver, h := onPiece(5, func() {
			if n := m.Busy(t); n != 1 {
				t.Errorf("it makes %d answers before it is cancelled", n)
			}
			at = time.Now()
			cancel()
		})
		_, err := c.Compose(ctx, ask("?"), deliver)
		wantReason(t, "cancelled", err, ReasonCancelled)
		returned := time.Since(at)
		if !errors.Is(err, context.Canceled) || len(h.pieces) != 5 {
			t.Errorf("got %v after %d pieces", err, len(h.pieces))
		}
		m.stops(t, at)
		t.Logf("Compose returned after %v", returned.Round(100*time.Microsecond))
	})
	t.Run("by a deadline", func(t *testing.T) {
		deadline := time.Now().Add(2 * time.Second)
		ctx, cancel := context.WithDeadline(t.Context(), deadline)
		defer cancel()
		_, err := c.Compose(ctx, ask("?"), new(heard).deliver)
		wantReason(t, "a deadline", err, ReasonDeadline)
		m.stops(t, deadline)
	})
	if b := c.Usage().Backends[0]; b.State != "closed" || b.Tokens.Completion == 0 || !b.Tokens.Estimated {
		t.Errorf("cancelled calls are booked as estimated, and open no breaker: got %+v", b)
	}
}

// stops waits until the server stopped computing. SECURITY.md allows a second; how busy the machine is, is not tested.
func (m *realModel) stops(t *testing.T, at time.Time) {
	t.Helper()
	soon(t, "the server stops computing", func() bool { return m.Busy(t) == 0 })
	t.Logf("the server stopped computing %v after", time.Since(at).Round(time.Millisecond))
}

func (m *realModel) answersEight(t *testing.T) {
	c := newChain(t, ChainConfig{}, m.backend(t, 30, 40))
	var wg sync.WaitGroup
	var mu sync.Mutex
	most, texts := 0, 0
	began := time.Now()
	for i := range 8 {
		wg.Go(func() {
			deliver, h := onPiece(5, func() {
				n := m.Busy(t)
				mu.Lock()
				defer mu.Unlock()
				most = max(most, n)
			})
			done, err := c.Compose(t.Context(), ask(fmt.Sprintf("第%d问：今年新增多少学位？", i+1)), deliver)
			if err != nil || h.text() != done.Text || !strings.HasSuffix(done.Text, "。[1]") {
				t.Errorf("question %d: got %q, %v", i+1, done.Text, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			texts++
		})
	}
	wg.Wait()
	u := c.Usage()
	if texts != 8 || u.Backends[0].Completed != 8 || u.Backends[0].Calls != 8 || u.Places != 0 {
		t.Errorf("%d answers, usage %+v", texts, u)
	}
	if most < 2 {
		t.Errorf("it made at most %d answers at once", most)
	}
	t.Logf("8 answers in %v, %d at once, %d tokens", time.Since(began).Round(time.Millisecond), most, u.Backends[0].Tokens.Completion)
}

// A server that hangs in mid-answer keeps its connection open: the gap's limit ends it.
func (m *realModel) hangs(t *testing.T) {
	c := newChain(t, ChainConfig{}, m.backend(t, 200, 220))
	deliver, h := onPiece(5, func() {
		if err := m.Cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Error(err)
		}
	})
	_, err := c.Compose(t.Context(), ask("?"), deliver)
	if err := m.Cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	wantReason(t, "a server that hangs", err, ReasonStalled)
	if len(h.pieces) < 5 || !asError(err).Text {
		t.Errorf("%d pieces, %+v", len(h.pieces), err)
	}
	soon(t, "the server goes on and sees that nobody listens", func() bool { return m.Busy(t) == 0 })
	if _, err := newChain(t, ChainConfig{}, m.backend(t, 5, 10)).Compose(t.Context(), ask("?"), new(heard).deliver); err != nil {
		t.Errorf("after it went on: %v", err)
	}
}

// Killed in mid-answer and started again: one chain, which has nobody else to ask, fails with its reasons; the one beside it changes
// over; both come back by themselves.
func (m *realModel) isKilled(t *testing.T) {
	rest := time.Second
	real, other := m.backend(t, 100, 120), backendOf(t, configOf(vendorServer(t), ""))
	alone := newChain(t, ChainConfig{BreakerCalls: 4, BreakerRest: rest}, real)
	both, err := alone.Beside([]*Backend{real, other})
	if err != nil {
		t.Fatal(err)
	}

	deliver, h := onPiece(5, m.Kill)
	_, err = both.Compose(t.Context(), ask("?"), deliver)
	wantReason(t, "killed in mid-answer", err, ReasonTruncated)
	if len(h.pieces) < 5 || !asError(err).Text {
		t.Errorf("%d pieces, %+v: nobody else may be asked once text was delivered", len(h.pieces), err)
	}

	for i := range 3 {
		_, err = alone.Compose(t.Context(), ask("?"), new(heard).deliver)
		wantReason(t, fmt.Sprint("gone, call ", i+1), err, ReasonUnreachable)
	}
	_, err = alone.Compose(t.Context(), ask("?"), new(heard).deliver)
	wantReason(t, "gone for a while", err, ReasonBreakerOpen)
	began := time.Now()
	done, err := both.Compose(t.Context(), ask("?"), new(heard).deliver)
	if err != nil || done.Backend != other.Name() || done.Text != goodText || done.Earlier == nil {
		t.Fatalf("change-over: got %+v, %v", done, err)
	}
	t.Logf("change-over took %v", time.Since(began).Round(100*time.Microsecond))

	m.Start(t)
	began = time.Now()
	soon(t, "it is asked again", func() bool {
		done, err = both.Compose(t.Context(), ask("?"), new(heard).deliver)
		return err == nil && done.Backend == real.Name()
	})
	t.Logf("back %v after it was started, answer included", time.Since(began).Round(time.Millisecond))
	soon(t, "the chain that has nobody else is answered too", func() bool {
		if done, err = alone.Compose(t.Context(), ask("?"), new(heard).deliver); err != nil {
			t.Logf("not yet: %v", err)
		}
		return err == nil
	})
	if !strings.HasSuffix(done.Text, "。[1]") {
		t.Errorf("got %+v", done)
	}
	u := alone.Usage().Backends[0]
	if u.State != "closed" || u.Failures[ReasonTruncated] != 1 || u.Failures[ReasonUnreachable] < 3 || u.Failures[ReasonBreakerOpen] < 2 || u.Completed < 2 {
		t.Errorf("got %+v", u)
	}
	t.Logf("usage: %+v", u)
}
