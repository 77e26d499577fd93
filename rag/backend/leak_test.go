package backend

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wenda/rag/backend/scripted"
)

// 500 streams that end before their time: while nothing came, in the middle, because the text could not be passed on, with the last
// piece. Afterwards goroutines and connections are what they were before.
func TestCancelledStreamsLeaveNothing(t *testing.T) {
	for _, vendor := range []string{"", "ollama"} {
		t.Run("vendor "+vendor, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			s := scripted.Start()
			s.Answer(func(r scripted.Request) scripted.Reply {
				text := scripted.Delta("全年新增学位2800个。")
				if r.Ollama() {
					text = scripted.OllamaLine("全年新增学位2800个。")
				}
				switch strings.Trim(r.Messages[1].Content, "?") {
				case "hold":
					return scripted.Stream(scripted.Write("\n"), scripted.Hold())
				case "half":
					return scripted.Stream(scripted.Write(text), scripted.Write(text), scripted.Hold())
				}
				return scripted.Good(r)
			})
			c := configOf(s, vendor)
			b := backendOf(t, c)
			ended := map[string]int{}
			var mu sync.Mutex
			var all sync.WaitGroup
			places := make(chan struct{}, 25)
			for i := range 500 {
				places <- struct{}{}
				all.Go(func() {
					defer func() { <-places }()
					reason := leave(t.Context(), b, i)
					mu.Lock()
					defer mu.Unlock()
					ended[reason]++
				})
			}
			all.Wait()
			t.Logf("ended %v", ended)
			if ended[ReasonCancelled] < 375 || ended[ReasonDelivery] != 125 {
				t.Errorf("ended %v", ended)
			}
			soon(t, "no request is being answered", func() bool { _, busy := s.Open(); return busy == 0 })
			b.Close()
			soon(t, "no connection is open", func() bool { open, _ := s.Open(); return open == 0 })
			s.Close()
			goleak.VerifyNone(t, before)
		})
	}
}

// leave makes one call that ends before its time, and tells why it ended.
func leave(ctx context.Context, b *Backend, i int) string {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	question, last := [...]string{"hold", "half", "half", "good"}[i%4], errors.New("gone")
	if i%4 == 0 {
		time.AfterFunc(time.Duration(i%10)*time.Millisecond, cancel)
	}
	_, err := b.Compose(ctx, ask(question), func(_ context.Context, piece string) error {
		switch {
		case i%4 == 1, i%4 == 3 && piece == scripted.GoodText[len(scripted.GoodText)-1]:
			cancel()
		case i%4 == 2:
			return last
		}
		return nil
	})
	if err == nil {
		return "none"
	}
	return asError(err).Code
}

// A vendor's good reply leaves its connection open for the next one.
func TestConnectionsAreUsedAgain(t *testing.T) {
	for _, vendor := range []string{"", "ollama"} {
		s := vendorServer(t)
		b := backendOf(t, configOf(s, vendor))
		for range 20 {
			if _, err := b.Compose(t.Context(), ask("?"), new(heard).deliver); err != nil {
				t.Fatal(err)
			}
		}
		if made := s.Made(); made != 1 {
			t.Errorf("%q: %d connections for 20 calls", vendor, made)
		}
	}
	// Nor does one that goes on after the end mark keep us waiting, or keep its connection.
	s := vendorServer(t)
	s.Script(scripted.Stream(hello, stop, end, scripted.Hold()))
	b := backendOf(t, configOf(s, ""))
	if done, err := b.Compose(t.Context(), ask("?"), new(heard).deliver); err != nil || done.Text != "全年新增" {
		t.Errorf("got %q, %v", done.Text, err)
	}
	soon(t, "it is hung up on", func() bool { open, _ := s.Open(); return open == 0 })
}
