package rag

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"wenda/corpus"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x := wordsOnly(t)
	for name, e := range map[string]*Engine{
		"vectors": engine(t, nil),
		"words":   engine(t, func(p *Parts) { p.Index, p.Embedder = func() *corpus.Index { return x }, nil }),
	} {
		for _, q := range []string{"今年新增多少学位", "今年新增多少学位？合唱节是第几届？", "你好", "火星上能种土豆吗"} {
			var done bool
			a, err := e.Ask(ctx, Question{Text: q}, func(ev Event) { done = done || ev.Done != nil })
			if !errors.Is(err, context.Canceled) || done || a.Text != "" {
				t.Errorf("%s: %q: got %q, error %v, done %v, want context.Canceled", name, q, a.Text, err, done)
			}
		}
	}
}

// waiting is an embedder that waits for its context, as a vendor's does.
type waiting struct{ began chan struct{} }

func (w waiting) EmbedQuery(ctx context.Context, _ string) ([]float32, error) {
	close(w.began)
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestCancelledOnTheWay(t *testing.T) {
	x, set := fixture(t), promptSet(t)
	synctest.Test(t, func(t *testing.T) {
		w := waiting{make(chan struct{})}
		e := New(Parts{Index: func() *corpus.Index { return x }, Prompts: loadedPrompts(set), Embedder: w})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := e.Ask(ctx, Question{Text: "今年新增多少学位"}, nil)
			ended <- err
		}()
		<-w.began
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}

// failing is an embedder that cannot read anything.
type failing struct{}

func (failing) EmbedQuery(context.Context, string) ([]float32, error) {
	return nil, errors.New("no vector today")
}

func TestEmbedderFails(t *testing.T) {
	e := engine(t, func(p *Parts) { p.Embedder = failing{} })
	if a := asked(t, e, "今年新增学位多少个"); !a.Answered || !strings.Contains(a.Text, "1500个") {
		t.Errorf("got %s %q, want an answer by words", a.Status, a.Text)
	}
}

// Many residents ask while the documents change: every answer holds to one index.
func TestSwapWhileAsking(t *testing.T) {
	newer, err := buildFixture(strings.NewReplacer("1500个", "1700个", "第五届", "第六届").Replace(page), tiny{}, func(m *corpus.Material) {
		for i := range m.Variants {
			for k, f := range m.Variants[i].Anchor.Facts {
				m.Variants[i].Anchor.Facts = append([]string(nil), m.Variants[i].Anchor.Facts...)
				m.Variants[i].Anchor.Facts[k] = strings.NewReplacer("1500个", "1700个", "第五届", "第六届").Replace(f)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	indexes := []*corpus.Index{fixture(t), newer, wordsOnly(t)}
	says := map[string][2]string{
		indexes[0].Manifest.Version: {"1500个", "第五届"}, newer.Manifest.Version: {"1700个", "第六届"}, indexes[2].Manifest.Version: {"1500个", "第五届"},
	}
	if len(says) != 3 {
		t.Fatal("the indexes have equal versions")
	}
	var current atomic.Pointer[corpus.Index]
	current.Store(indexes[0])
	e := engine(t, func(p *Parts) { p.Index = current.Load })
	stop := make(chan struct{})
	var swapping, asking sync.WaitGroup
	swapping.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				current.Store(indexes[i%len(indexes)])
			}
		}
	})
	var seen sync.Map
	for g := range 50 {
		asking.Go(func() {
			conversation := ""
			for i := range 6 {
				q := Question{Text: "今年新增多少学位？合唱节是第几届？", ConversationID: conversation}
				if i%3 == 2 {
					q.Text = []string{"还有吗", "第二个呢", "你好"}[g%3]
				}
				var text strings.Builder
				a, err := e.Ask(t.Context(), q, func(ev Event) { text.WriteString(ev.Delta) })
				if err != nil {
					t.Errorf("%q: %v", q.Text, err)
					return
				}
				conversation = a.ConversationID
				want, ok := says[a.IndexVersion]
				if !ok || text.String() != a.Text {
					t.Errorf("got index %q, text %q, streamed %q", a.IndexVersion, a.Text, text.String())
				}
				if i%3 != 2 && (!strings.Contains(a.Text, want[0]) || !strings.Contains(a.Text, want[1])) {
					t.Errorf("index %s says %v, got %q", a.IndexVersion, want, a.Text)
				}
				x := indexOf(indexes, a.IndexVersion)
				for _, c := range a.Citations {
					if d := x.Document(c.DocumentID); d == nil || !strings.Contains(d.Text, c.Quote) || !strings.Contains(c.URL, d.Version) {
						t.Errorf("index %s has no %q", a.IndexVersion, c.Quote)
					}
				}
				seen.Store(a.IndexVersion, true)
			}
		})
	}
	asking.Wait()
	close(stop)
	swapping.Wait()
	n := 0
	seen.Range(func(any, any) bool { n++; return true })
	if n < 2 {
		t.Errorf("all answers came from %d index", n)
	}
}

func indexOf(list []*corpus.Index, version string) *corpus.Index {
	for _, x := range list {
		if x.Manifest.Version == version {
			return x
		}
	}
	return nil
}

// Before the first index there is nothing to answer from: an error that says so, not a panic.
func TestNoIndexYet(t *testing.T) {
	e := engine(t, func(p *Parts) { p.Index = func() *corpus.Index { return nil } })
	for _, q := range []string{"今年新增多少学位", "你好"} {
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("%q: panic: %v", q, p)
				}
			}()
			if a, err := e.Ask(t.Context(), Question{Text: q}, nil); err == nil {
				t.Errorf("%q: got %q, want an error", q, a.Text)
			}
		}()
	}
}
