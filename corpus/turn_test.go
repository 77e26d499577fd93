package corpus

import (
	"errors"
	"testing"
)

// otherEmbedder is another one: its vectors must never be compared with hashEmbedder's.
type otherEmbedder struct{ hashEmbedder }

func (*otherEmbedder) Name() string { return "other" }

// A Library goes over to another embedder while the old index answers, keeps what was computed when that fails half way, and swaps index and
// embedder at once.
func TestTurn(t *testing.T) {
	first, second := &hashEmbedder{}, &otherEmbedder{}
	l, _ := library(t, first, firstPage)
	if l.Wanted(nil) != "hash" || l.Embeds() != Embedder(first) {
		t.Errorf("before the first index: wanted %q", l.Wanted(nil))
	}
	old := reload(t, l)
	texts := int64(len(mustVectors(t, l)))
	asked := func(x *Index, want Embedder) {
		t.Helper()
		if got := l.EmbedderOf(x); got != want {
			t.Errorf("index of %q is asked by %v", x.Manifest.Embedder, got)
		}
	}
	never := func() error { t.Error("accepted"); return nil }

	second.fails.Store(&errNoModel)
	if err := l.Prepare(t.Context(), second, Wording{}, nil); !errors.Is(err, errNoModel) {
		t.Errorf("prepare: %v", err)
	}
	if err := l.Turn(t.Context(), second, never); !errors.Is(err, errNoModel) || l.Current() != old || l.Embeds() != Embedder(first) {
		t.Errorf("turn: %v", err)
	}
	second.fails.Store(nil)
	told := 0
	if err := l.Prepare(t.Context(), second, Wording{}, func(done, all int) { told = all }); err != nil || int64(told) != texts || l.Current() != old {
		t.Fatalf("prepared %d of %d, %v", told, texts, err)
	}
	before := second.texts.Load()
	if err := l.Prepare(t.Context(), second, Wording{}, nil); err != nil || second.texts.Load() != before {
		t.Errorf("vectors that are kept were made again: %v", err)
	}
	refused := errors.New("not wanted any more")
	if err := l.Turn(t.Context(), second, func() error { return refused }); !errors.Is(err, refused) || l.Current() != old || l.Embeds() != Embedder(first) {
		t.Errorf("not accepted: %v", err)
	}
	asked(old, first)
	if _, err := l.Import(t.Context(), "b", []byte(secondPage), nil); err != nil { // came in meanwhile, with the first one's vectors
		t.Fatal(err)
	}
	if err := l.Turn(t.Context(), second, func() error {
		if l.Current() != old {
			t.Error("swapped before it was accepted")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	now := l.Current()
	if m := now.Manifest; m.Embedder != "other" || m.Missing != 0 || now == old {
		t.Errorf("got %+v", m)
	}
	if l.Wanted(now) != "other" || l.Wanted(old) != "hash" {
		t.Errorf("wanted %q, of the old one %q", l.Wanted(now), l.Wanted(old))
	}
	asked(now, second)
	asked(old, first) // questions that are under way
	if x := reload(t, l); x.Manifest.Embedder != "other" {
		t.Errorf("the next index has vectors of %q", x.Manifest.Embedder)
	}

	if err := l.Turn(t.Context(), nil, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if x := l.Current(); !x.Lexical() || l.Wanted(x) != "" || l.EmbedderOf(x) != nil || l.Embeds() != nil {
		t.Errorf("by words: %+v", x.Manifest)
	}
	made := first.texts.Load()
	if err := l.Turn(t.Context(), first, func() error { return nil }); err != nil || first.texts.Load() != made || l.Current().Manifest.Embedder != "hash" {
		t.Errorf("back to the first: %v, %d texts made again", err, first.texts.Load()-made)
	}
}
