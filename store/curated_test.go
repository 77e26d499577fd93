package store

import (
	"errors"
	"reflect"
	"testing"

	"wenda/prompts"
)

func curatedBody(id, answer string) prompts.Curated {
	return prompts.Curated{ID: id, Owner: "教育局", Review: "2027-01-01", Until: "2027-12-31", Asks: []string{"校车几点", "<b>班车</b>"}, Answer: answer,
		Cites: []prompts.Cite{{Document: "d", Section: []string{"一", "二"}, Facts: []string{"7点"}}}}
}

func TestCuratedLife(t *testing.T) {
	ctx, s := t.Context(), opened(t, t.TempDir(), Options{})
	li, wang := By{Name: "li", Role: Edit}, By{Name: "wang", Role: Publish}
	first, second := curatedBody("s-1", "7点发车。"), curatedBody("s-1", "8点发车。")
	live := func() (string, int64) {
		t.Helper()
		list, _, err := s.LiveCurated(ctx)
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.CuratedRevision(ctx)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, c := range list {
			text += c.Answer
		}
		return text, n
	}
	v, err := s.SaveCurated(ctx, li, first, 0)
	if err != nil || v != 1 {
		t.Fatal(v, err)
	}
	if text, n := live(); text != "" || n != 0 {
		t.Errorf("a draft answers: %q, %d", text, n)
	}
	if err := s.ApproveCurated(ctx, li, "s-1", 1, true); !errors.Is(err, ErrSelf) {
		t.Errorf("approved by its author: %v", err)
	}
	if err := s.ApproveCurated(ctx, wang, "s-1", 1, true); err != nil {
		t.Fatal(err)
	}
	if text, n := live(); text != first.Answer || n != 1 {
		t.Errorf("got %q, %d", text, n)
	}
	if _, err := s.SaveCurated(ctx, wang, second, 0); !errors.Is(err, ErrConflict) {
		t.Errorf("two editors: %v", err)
	}
	if v, err = s.SaveCurated(ctx, wang, second, 1); err != nil || v != 2 {
		t.Fatal(v, err)
	}
	if err := s.ApproveCurated(ctx, wang, "s-1", 1, false); !errors.Is(err, ErrConflict) {
		t.Errorf("an older version was approved: %v", err)
	}
	if text, n := live(); text != first.Answer || n != 1 {
		t.Errorf("a draft beside what is live: %q, %d", text, n)
	}
	if err := s.ApproveCurated(ctx, wang, "s-1", 2, false); err != nil {
		t.Fatal(err)
	}
	e, err := s.CuratedEntry(ctx, "s-1")
	if err != nil || e.Live != 2 || e.Newest.Version != 2 || e.Newest.Approver != "wang" || !reflect.DeepEqual(e.Newest.Body, second) {
		t.Errorf("got %+v, %v", e, err)
	}
	if list, err := s.CuratedVersions(ctx, "s-1"); err != nil || len(list) != 2 || list[1].Author != "li" || !reflect.DeepEqual(list[1].Body, first) {
		t.Errorf("versions: %+v, %v", list, err)
	}
	for _, id := range []string{"s-1", "five-managements"} {
		if err := s.RetireCurated(ctx, wang, id, "过时"); err != nil {
			t.Fatal(err)
		}
	}
	list, retired, err := s.LiveCurated(ctx)
	if err != nil || len(list) != 0 || !reflect.DeepEqual(retired, []string{"five-managements", "s-1"}) {
		t.Errorf("retired: %v, %v, %v", list, retired, err)
	}
	if list, err := s.CuratedEntries(ctx); err != nil || len(list) != 1 || !list[0].Retired {
		t.Errorf("entries: %+v, %v", list, err)
	}
	if _, err := s.CuratedEntry(ctx, "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := s.ApproveCurated(ctx, wang, "none", 1, false); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	changes, err := s.Changes(ctx, ChangeFilter{What: "curated."})
	if err != nil || len(changes) != 6 || changes[0].Reason != "过时" || changes[1].Before != second.Answer {
		t.Errorf("audit: %+v, %v", changes, err)
	}
	if _, err := s.writer.ExecContext(ctx, "UPDATE curated_versions SET body = '{}'"); err == nil {
		t.Error("a version was changed")
	}
}
