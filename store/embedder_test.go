package store

import (
	"errors"
	"testing"
	"time"
)

// A change of the embedder is asked for, ends in one of three ways, and stands in the audit; there is one at a time.
func TestEmbedderState(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	ctx, by, at := t.Context(), By{Name: "li", Role: Admin, Address: "1.2.3.4"}, time.Now().UTC().Truncate(time.Second)
	state := func() EmbedderState {
		t.Helper()
		e, err := s.Embedder(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	clash := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got := state(); got != (EmbedderState{}) {
		t.Errorf("at first %+v", got)
	}
	clash("cancel nothing", s.CancelEmbedder(ctx, by))
	must(s.WantEmbedder(ctx, by, "bundled", "qwen", "便宜", at))
	clash("two at once", s.WantEmbedder(ctx, by, "bundled", "words", "x", at))
	clash("another one is done", s.EmbedderServes(ctx, "words"))
	clash("another one failed", s.EmbedderFailed(ctx, "words", "quota"))
	must(s.EmbedderServes(ctx, "qwen"))
	if got, want := state(), (EmbedderState{Under: "bundled", Serves: "qwen", Who: "li", Since: at, Reason: "便宜"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	must(s.WantEmbedder(ctx, by, "bundled", "words", "停网", at))
	must(s.CancelEmbedder(ctx, by))
	if got := state(); got.Serves != "qwen" || got.Target != "" || got.Failed != Cancelled {
		t.Errorf("cancelled: %+v", got)
	}
	must(s.WantEmbedder(ctx, by, "bundled", "words", "停网", at))
	must(s.EmbedderFailed(ctx, "words", "quota"))
	if got := state(); got.Serves != "qwen" || got.Target != "" || got.Failed != "quota" {
		t.Errorf("failed: %+v", got)
	}
	must(s.WantEmbedder(ctx, by, "glm", "words", "设置改了", at)) // what was chosen under another setting is void
	if got := state(); got.Serves != "" || got.Under != "glm" || got.Failed != "" {
		t.Errorf("under another setting: %+v", got)
	}
	list, err := s.Changes(ctx, ChangeFilter{What: "embedder."})
	if err != nil || len(list) != 7 {
		t.Fatalf("audit: %d lines, %v", len(list), err)
	}
	for i, want := range []Change{{What: "embedder.change", By: by, Before: "qwen", After: "words", Reason: "设置改了"}, {What: "embedder.failed", By: By{Name: bySystem}, Before: "qwen", After: "words", Reason: "quota"}} {
		got := list[i]
		got.N, got.At, got.Object = 0, time.Time{}, ""
		if got != want {
			t.Errorf("line %d: got %+v, want %+v", i, got, want)
		}
	}
}
