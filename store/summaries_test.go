package store

import (
	"fmt"
	"testing"

	"wenda/corpus"
)

// Lists say of documents and waiting files what reading them whole says, also of those that an older program kept.
func TestSummariesAgree(t *testing.T) {
	ctx, by, dir := t.Context(), By{Name: "li"}, t.TempDir()
	s := opened(t, dir, Options{})
	for i := range 4 {
		mustPut(t, s, kept(fmt.Sprint("d_", i), fmt.Sprint("v", i), 3*i))
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	mustPut(t, s, kept("d_2", "v9", 5)) // another version
	must(s.WithdrawDocument(ctx, by, "d_0", "x"))
	must(s.SupersedeDocument(ctx, by, "d_1", "d_2", "x"))
	for i := range 3 {
		d := kept(fmt.Sprint("w_", i), "v1", 0).Document
		d.Meta.Source = fmt.Sprint("file", i)
		n, err := s.Stage(ctx, by, d, []corpus.Warning{{Code: "x", Quarantine: i == 1}})
		must(err)
		if i == 1 {
			must(s.ReleaseStaged(ctx, by, n, "x"))
		}
		if i == 2 {
			m := d.Meta
			m.Title = "改过"
			must(s.EditStaged(ctx, by, n, d.Version, d.WithMeta(m)))
		}
	}
	check := func() {
		t.Helper()
		held, err := s.Documents(ctx)
		must(err)
		list, err := s.ListDocuments(ctx)
		must(err)
		if len(list) != 4 || len(held) != 4 {
			t.Fatalf("%d listed, %d held", len(list), len(held))
		}
		for i, h := range held {
			want := Listed{ID: h.Document.ID, Meta: h.Document.Meta, Chunks: len(h.Document.Chunks), Withdrawn: h.Withdrawn, SupersededBy: h.SupersededBy}
			for _, v := range h.Variants {
				if v.Negative {
					want.Negatives++
				} else {
					want.Variants++
				}
			}
			if list[i] != want {
				t.Errorf("got %+v, want %+v", list[i], want)
			}
		}
		files, err := s.StagedFiles(ctx)
		must(err)
		waiting, err := s.WaitingFiles(ctx)
		must(err)
		if len(waiting) != 3 || len(files) != 3 {
			t.Fatalf("%d waiting, %d staged", len(waiting), len(files))
		}
		for i, f := range files {
			want := Waiting{N: f.N, Source: f.Source, Title: f.Document.Meta.Title, Warnings: len(f.Warnings), Quarantined: f.Quarantined, ReleasedBy: f.ReleasedBy}
			if waiting[i] != want {
				t.Errorf("got %+v, want %+v", waiting[i], want)
			}
		}
	}
	check()
	must(s.exec(ctx, "forget", "DELETE FROM summaries")) // as in a folder of before
	must(s.Close())
	s = opened(t, dir, Options{})
	check()
}

// One document has its own variants, whatever others have.
func TestDocumentHasItsOwnVariants(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	for i := range 3 {
		mustPut(t, s, kept(fmt.Sprint("d_", i), "v1", i+1))
	}
	h, err := s.Document(t.Context(), "d_1")
	if err != nil || len(h.Variants) != 2 || len(h.Outlines) != 2 {
		t.Errorf("%d variants, %d outlines, %v", len(h.Variants), len(h.Outlines), err)
	}
}
