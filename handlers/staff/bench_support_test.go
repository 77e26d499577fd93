package staff

import (
	"context"
	"sync"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
	"wenda/rag/eval"
	"wenda/store"
)

// A testBench answers with real engines over a small document, by words.
type testBench struct {
	store *store.Store
	index *corpus.Index

	mu    sync.Mutex
	pause time.Duration // before every answer
	asked int
}

const smallDocument = "云溪区2022年助学通知\n\n一、助学\n\n为300名学生发放助学金。申请在9月30日前提交。\n\n二、讲座\n\n全年举办家庭教育讲座12场。\n"

var smallIndex = sync.OnceValues(func() (*corpus.Index, error) {
	document, err := corpus.Read("notice.txt", []byte(smallDocument))
	if err != nil {
		return nil, err
	}
	return corpus.Build(context.Background(), corpus.Material{Documents: []corpus.Document{document}})
})

// benchSite is a site with a bench and somebody who works the runs off.
func benchSite(t *testing.T, change ...func(*Config, *Deps)) (*site, *testBench) {
	t.Helper()
	index, err := smallIndex()
	if err != nil {
		t.Fatal(err)
	}
	b := &testBench{index: index}
	s := newSite(t, append(change, func(_ *Config, d *Deps) { b.store, d.Bench = d.Store, b })...)
	ctx, stop := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() { s.console.Work(ctx) })
	t.Cleanup(func() { stop(); working.Wait() }) // before the store is closed
	return s, b
}

func (b *testBench) Models() []string            { return nil }
func (b *testBench) Settings() map[string]string { return map[string]string{"words": "只按词"} }
func (b *testBench) IndexVersion() string        { return b.index.Manifest.Version }

func (b *testBench) Asker(ctx context.Context, v store.Variant) (eval.Asker, error) {
	state := v.Prompts
	if state == nil {
		live, err := b.store.LivePrompts(ctx)
		if err != nil {
			return nil, err
		}
		state = live.State
	}
	set, err := prompts.Load(func(name string) ([]byte, bool, error) {
		text, bundled, err := promptText(ctx, b.store, name, state[name])
		return text, !bundled, err
	})
	if err != nil {
		return nil, err
	}
	e := rag.New(rag.Parts{Index: func() *corpus.Index { return b.index }, Prompts: func() *prompts.Set { return set }})
	return slow{e, b}, nil
}

type slow struct {
	*rag.Engine
	bench *testBench
}

func (s slow) Ask(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
	s.bench.mu.Lock()
	pause := s.bench.pause
	s.bench.asked++
	s.bench.mu.Unlock()
	if pause > 0 {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return rag.Answer{}, ctx.Err()
		}
	}
	return s.Engine.Ask(ctx, q, emit)
}

func (b *testBench) slowly(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pause = d
}
