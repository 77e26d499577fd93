package rag

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag/backend/scripted"
)

// slowly says two sentences with a pause between them that ends with gate.
func slowly(gate <-chan struct{}) func(scripted.Request) scripted.Reply {
	return func(scripted.Request) scripted.Reply {
		<-gate
		return scripted.Chat(pieces(goodOne+goodTwo, 9)...)
	}
}

// What many ask at once is composed once; all of them get every sentence.
func TestComposedOnce(t *testing.T) {
	s, m := vendor(t, nil)
	gate := make(chan struct{})
	s.Answer(slowly(gate))
	e := engine(t, func(p *Parts) { p.Model = m })
	const many = 50
	var wg sync.WaitGroup
	var deltas atomic.Int64
	for range many {
		wg.Go(func() {
			a, err := e.Ask(t.Context(), Question{Text: askPlaces}, func(ev Event) {
				if ev.Delta != "" {
					deltas.Add(1)
				}
			})
			if err != nil || a.Mode != Generated || a.Text != "计划新增学位1500个。[1]全年计划新建、扩建学校6所。[1]" {
				t.Errorf("got %v, %s %q", err, a.Mode, a.Text)
			}
		})
	}
	until(t, "all follow", func() bool {
		e.desk.mu.Lock()
		defer e.desk.mu.Unlock()
		for _, f := range e.desk.underway {
			return f.followers == many
		}
		return false
	})
	close(gate)
	wg.Wait()
	if n := len(s.Requests()); n != 1 || deltas.Load() != 2*many {
		t.Errorf("composed %d times, %d deltas", n, deltas.Load())
	}
	asked(t, e, askPlaces) // from memory
	if n := len(s.Requests()); n != 1 {
		t.Errorf("composed %d times, want it remembered", n)
	}
}

// Who came first may leave: the others go on. When all have left, the vendor is left too.
func TestLeaderLeaves(t *testing.T) {
	s, m := vendor(t, nil)
	gate := make(chan struct{})
	s.Answer(slowly(gate))
	e := engine(t, func(p *Parts) { p.Model = m })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := e.Ask(ctx, Question{Text: askPlaces}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("the leader got %v", err)
		}
	})
	until(t, "the leader asks", func() bool { return len(s.Requests()) == 1 })
	wg.Go(func() {
		a, err := e.Ask(t.Context(), Question{Text: askPlaces}, nil)
		if err != nil || a.Mode != Generated {
			t.Errorf("the follower got %v, %s (%s)", err, a.Mode, a.Reason)
		}
	})
	until(t, "the follower follows", func() bool {
		e.desk.mu.Lock()
		defer e.desk.mu.Unlock()
		for _, f := range e.desk.underway {
			return f.followers == 2
		}
		return false
	})
	cancel()
	time.Sleep(10 * time.Millisecond)
	close(gate)
	wg.Wait()
	if n := len(s.Requests()); n != 1 {
		t.Errorf("composed %d times", n)
	}
}

// What was composed is forgotten with the index, with the prompts, and is not kept when it failed.
func TestCompositionsAreForgotten(t *testing.T) {
	s, m := vendor(t, nil)
	text := goodOne
	s.Answer(func(scripted.Request) scripted.Reply { return scripted.Chat(text) })
	x, err := buildFixture(page, tiny{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	live, set := fixture(t), promptSet(t)
	other, err := prompts.Load(func(name string) ([]byte, bool, error) {
		b, err := prompts.Default(name)
		return []byte(strings.Replace(string(b), "最多四句", "最多五句", 1)), true, err
	})
	if err != nil {
		t.Fatal(err)
	}
	e := engine(t, func(p *Parts) {
		p.Model, p.Index, p.Prompts = m, func() *corpus.Index { return live }, func() *prompts.Set { return set }
	})
	want := func(n int, what string) {
		t.Helper()
		if got := len(s.Requests()); got != n {
			t.Errorf("%s: composed %d times, want %d", what, got, n)
		}
	}
	asked(t, e, askPlaces)
	asked(t, e, askPlaces)
	want(1, "the same")
	live = x
	asked(t, e, askPlaces)
	want(2, "another index")
	set = other
	asked(t, e, askPlaces)
	want(3, "other prompts")
	text = "计划新增学位9999个。[1]"
	e.desk.kept = map[string]composition{}
	asked(t, e, askPlaces)
	asked(t, e, askPlaces)
	want(5, "failures are not kept")
}

func TestKeptIsBounded(t *testing.T) {
	d := newDesk(chained{})
	for i := range maxKept + 10 {
		d.keep(strings.Repeat("k", i+1), composition{})
	}
	if len(d.kept) != maxKept || len(d.order) != maxKept {
		t.Errorf("got %d kept, %d in order", len(d.kept), len(d.order))
	}
}

// A model that panics has failed; the server lives.
type panicking struct{}

func (panicking) Name() string { return "panicking" }
func (panicking) Compose(context.Context, []Message, string, func(string) error) (Usage, error) {
	panic("no words")
}

func TestPanickingModel(t *testing.T) {
	a := asked(t, engine(t, func(p *Parts) { p.Model = panicking{} }), askPlaces)
	if a.Mode != Quoted || !a.Degraded || a.Reason != reasonFailed {
		t.Errorf("got %s, degraded %v (%s)", a.Mode, a.Degraded, a.Reason)
	}
}

// 500 cancelled streams leave no goroutine and no call.
func TestCancelledStreamsLeaveNothing(t *testing.T) {
	s, m := vendor(t, patientVendor)
	s.Answer(func(scripted.Request) scripted.Reply {
		return scripted.Stream(scripted.Write(scripted.Delta(goodOne+"全年")), scripted.Hold())
	})
	e := engine(t, func(p *Parts) { p.Model, p.Patience = m, endless })
	asks := []string{askPlaces, "新增学位多少个", "多出来几个读书的位子", "今年新增多少学位呀", "云溪区2022年新增学位多少个"}
	stream := func(i int) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, _ = e.Ask(ctx, Question{Text: asks[i%len(asks)]}, func(ev Event) {
			if ev.Delta != "" || i%3 == 0 && ev.Stage == "compose" {
				cancel()
			}
		})
	}
	streams := func(n int) {
		var wg sync.WaitGroup
		places := make(chan struct{}, 20)
		for i := range n {
			wg.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				stream(i)
			})
		}
		wg.Wait()
	}
	streams(60) // connections are there
	until(t, "calls are back", func() bool { _, busy := s.Open(); return busy == 0 })
	base := runtime.NumGoroutine()
	streams(500)
	until(t, "goroutines and calls are back", func() bool {
		_, busy := s.Open()
		return busy == 0 && runtime.NumGoroutine() <= base+10 // connections that are idle vary a little
	})
	e.desk.mu.Lock()
	defer e.desk.mu.Unlock()
	if n := len(e.desk.underway); n != 0 {
		t.Errorf("%d flights under way", n)
	}
}
