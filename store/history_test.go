package store

import (
	"reflect"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/prompts"
)

// stateAt names the versions that were live at a moment.
func stateAt(t *testing.T, s *Store, at time.Time) map[string]string {
	t.Helper()
	list, _, err := s.DocumentsAt(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, k := range list {
		out[k.Document.ID] = k.Document.Version + k.SupersededBy
		if k.Document.Meta.Title != "标题 "+k.Document.Version {
			t.Errorf("version %s has title %s", k.Document.Version, k.Document.Meta.Title)
		}
	}
	return out
}

func TestDocumentsAt(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	ctx, by := t.Context(), By{Name: "t"}
	type moment struct {
		at   time.Time
		want map[string]string
	}
	var moments []moment
	after := func(want map[string]string) {
		moments = append(moments, moment{time.Now(), want})
	}
	put := func(id, version string) {
		k := kept(id, version, 2)
		k.Imported = time.Now()
		mustPut(t, s, k)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	after(map[string]string{})
	put("d1", "v1")
	after(map[string]string{"d1": "v1"})
	put("d2", "w1")
	put("d1", "v2")
	after(map[string]string{"d1": "v2", "d2": "w1"})
	must(s.SupersedeDocument(ctx, by, "d1", "d2", ""))
	after(map[string]string{"d1": "v2d2", "d2": "w1"})
	must(s.WithdrawDocument(ctx, by, "d2", "x"))
	after(map[string]string{"d1": "v2d2"})
	must(s.RestoreDocument(ctx, by, "d1", "v1", ""))
	after(map[string]string{"d1": "v1"})
	k := kept("d1", "v2", 0)
	k.Imported = time.Now()
	must(s.PutDocument(ctx, by, "document.publish", "", k, "v1", 0)) // a version that was there before
	after(map[string]string{"d1": "v2"})
	put("d2", "w1") // by the command line
	after(map[string]string{"d1": "v2", "d2": "w1"})

	for i, m := range moments {
		if got := stateAt(t, s, m.at); !reflect.DeepEqual(got, m.want) {
			t.Errorf("moment %d: got %v, want %v", i, got, m.want)
		}
	}
	list, changed, err := s.DocumentsAt(ctx, moments[1].at)
	must(err)
	if len(list) != 1 || changed.IsZero() || changed.After(moments[1].at) || changed.Before(moments[0].at) {
		t.Errorf("%d documents, changed %s", len(list), changed)
	}
	if live, err := s.Live(ctx); err != nil || len(live) != 2 {
		t.Errorf("%d live, %v", len(live), err)
	} else if now, _, err := s.DocumentsAt(ctx, time.Now()); err != nil || !reflect.DeepEqual(ids(now), ids(live)) {
		t.Errorf("as of now %v, live %v, %v", ids(now), ids(live), err)
	}
}

func ids(list []corpus.Kept) (out []string) {
	for _, k := range list {
		out = append(out, k.Document.ID)
	}
	return out
}

func TestCuratedAt(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	ctx, by := t.Context(), By{Name: "t"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	type state struct {
		answer  string
		retired []string
	}
	type moment struct {
		at   time.Time
		want state
	}
	var moments []moment
	after := func(answer string, retired ...string) {
		moments = append(moments, moment{time.Now(), state{answer, retired}})
	}
	save := func(base int, answer string) {
		n, err := s.SaveCurated(ctx, by, prompts.Curated{ID: "s-1", Asks: []string{"问"}, Answer: answer}, base)
		must(err)
		if base == 0 {
			after("")
		}
		must(s.ApproveCurated(ctx, by, "s-1", n, false))
	}
	save(0, "甲")
	after("甲")
	save(1, "乙")
	after("乙")
	must(s.RetireCurated(ctx, by, "s-1", "x"))
	after("", "s-1")
	must(s.RetireCurated(ctx, by, "bundled", "x"))
	after("", "bundled", "s-1")
	must(s.RestoreCurated(ctx, by, "bundled"))
	after("", "s-1")
	save(2, "丙")
	after("丙")
	for i, m := range moments {
		live, retired, err := s.CuratedAt(ctx, m.at)
		must(err)
		got := state{retired: retired}
		for _, c := range live {
			got.answer += c.Answer
		}
		if !reflect.DeepEqual(got, m.want) {
			t.Errorf("moment %d: got %+v, want %+v", i, got, m.want)
		}
	}
}

func TestPromptsAt(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	ctx, by := t.Context(), By{Name: "t"}
	before := time.Now()
	n, err := s.SaveDraft(ctx, by, "replies.yaml", 0, []byte("x"), "")
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.ReleasePrompts(ctx, by, "prompt.publish", 0, map[string]int{"replies.yaml": n}, "")
	if err != nil {
		t.Fatal(err)
	}
	between := time.Now()
	if _, err := s.ReleasePrompts(ctx, by, "prompt.publish", first.N, nil, ""); err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		at   time.Time
		want map[string]int
	}{{before, map[string]int{}}, {between, map[string]int{"replies.yaml": n}}, {time.Now(), map[string]int{}}} {
		if got, err := s.PromptsAt(ctx, tt.at); err != nil || !reflect.DeepEqual(got.State, tt.want) {
			t.Errorf("moment %d: got %v, %v, want %v", i, got.State, err, tt.want)
		}
	}
}
