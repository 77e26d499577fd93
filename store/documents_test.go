package store

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
)

func TestPutComesBackWhole(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	var k corpus.Kept
	seed := 0
	fill(reflect.ValueOf(&k).Elem(), &seed)
	for i := range k.Document.Chunks { // a chunk is a part of its document
		c := &k.Document.Chunks[i]
		c.DocumentID, c.Text, c.Start, c.End = k.Document.ID, k.Document.Text[1:2], 1, 2
	}
	mustPut(t, s, k)
	mustPut(t, s, kept("d_small", "v1", 2))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, s.dir, Options{})
	got, err := s.Live(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []corpus.Kept{k, kept("d_small", "v1", 2)}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestPutKeepsImportTime(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	for _, when := range []time.Time{{}, time.Date(2026, 2, 28, 23, 30, 0, 1, time.FixedZone("CST", 8*3600))} {
		k := kept("d1", "v1", 0)
		k.Imported = when
		mustPut(t, s, k)
		live, err := s.Live(t.Context())
		if err != nil || len(live) != 1 {
			t.Fatalf("got %d documents, %v", len(live), err)
		}
		if got := live[0].Imported; !got.Equal(when) || got.Location() != time.UTC {
			t.Errorf("got %v, want %v in UTC", got, when)
		}
	}
}

func TestReplacingKeepsOlderVersionsReadable(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	for _, k := range []corpus.Kept{kept("d1", "v1", 4), kept("d2", "w1", 1), kept("d1", "v2", 2)} {
		mustPut(t, s, k)
	}
	live, err := s.Live(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if want := []corpus.Kept{kept("d1", "v2", 2), kept("d2", "w1", 1)}; !reflect.DeepEqual(live, want) {
		t.Errorf("live: got %+v\nwant %+v", live, want)
	}
	for _, c := range []struct{ id, version, want string }{{"d1", "v1", "v1"}, {"d1", "v2", "v2"}, {"d1", "", "v2"}, {"d2", "", "w1"}} {
		d, err := s.DocumentVersion(ctx, c.id, c.version)
		if want := kept(c.id, c.want, 0).Document; err != nil || !reflect.DeepEqual(d, want) {
			t.Errorf("%s version %q: got %+v, %v, want %+v", c.id, c.version, d, err, want)
		}
	}
	for _, c := range []struct{ id, version string }{{"d3", ""}, {"d1", "w1"}, {"", ""}, {"d3", "v1"}} {
		if _, err := s.DocumentVersion(ctx, c.id, c.version); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s version %q: got %v, want ErrNotFound", c.id, c.version, err)
		}
	}
	versions, err := s.Versions(ctx, "d1")
	at := kept("d1", "v1", 0).Imported
	if want := []Version{{"v2", corpus.Staff, at, true}, {"v1", corpus.Staff, at, false}}; err != nil || !reflect.DeepEqual(versions, want) {
		t.Errorf("versions: got %+v, %v, want %+v", versions, err, want)
	}
	if _, err := s.Versions(ctx, "d3"); !errors.Is(err, ErrNotFound) {
		t.Errorf("versions of an unknown document: got %v", err)
	}
	mustPut(t, s, kept("d1", "v1", 1)) // back to the older one
	if d, err := s.DocumentVersion(ctx, "d1", ""); err != nil || d.Version != "v1" {
		t.Errorf("after going back: got version %s, %v", d.Version, err)
	}
}

func TestVersionsNeverChange(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	mustPut(t, s, kept("d1", "v1", 0))
	_, err := s.writer.ExecContext(t.Context(), "UPDATE versions SET body = x'00'")
	if err == nil || !strings.Contains(err.Error(), "immutable") {
		t.Errorf("updating a version: got %v", err)
	}
	if _, err := s.writer.ExecContext(t.Context(), "DELETE FROM versions"); err == nil {
		t.Error("the live version could be deleted")
	}
	again := kept("d1", "v1", 0)
	again.Document.Meta.Title = "另一个标题"
	mustPut(t, s, again)
	if d, err := s.DocumentVersion(t.Context(), "d1", "v1"); err != nil || d.Meta.Title != "标题 v1" {
		t.Errorf("got title %s, %v", d.Meta.Title, err)
	}
}

// A Put that fails in any of its steps leaves nothing. The last step that can fail is the revision.
func TestPutIsAtomic(t *testing.T) {
	ctx := t.Context()
	for _, table := range []string{"versions", "documents", "variants", "outlines", "vectors", "revision"} {
		t.Run(table, func(t *testing.T) {
			s := opened(t, t.TempDir(), Options{})
			before := kept("d1", "v1", 2)
			mustPut(t, s, before)
			event := map[bool]string{true: "UPDATE", false: "INSERT"}[table == "revision"]
			if table == "documents" {
				event = "UPDATE"
			}
			fault := "CREATE TRIGGER fault BEFORE " + event + " ON " + table + " BEGIN SELECT RAISE(ABORT, 'injected'); END"
			if _, err := s.writer.ExecContext(ctx, fault); err != nil {
				t.Fatal(err)
			}
			err := s.Put(ctx, kept("d1", "v2", 3), "e", map[string][]float32{"x": {1}})
			if err == nil || !strings.Contains(err.Error(), "injected") {
				t.Fatalf("got %v, want the injected fault", err)
			}
			live, err := s.Live(ctx)
			if err != nil || !reflect.DeepEqual(live, []corpus.Kept{before}) {
				t.Errorf("live: got %+v, %v", live, err)
			}
			if _, err := s.DocumentVersion(ctx, "d1", "v2"); !errors.Is(err, ErrNotFound) {
				t.Errorf("the new version: got %v", err)
			}
			if v, err := s.Vectors(ctx, "e", []string{"x"}); err != nil || len(v) != 0 {
				t.Errorf("vectors: got %v, %v", v, err)
			}
			if n, err := s.Revision(ctx); err != nil || n != 1 {
				t.Errorf("revision: got %d, %v, want 1", n, err)
			}
		})
	}
}

func TestPutRefusesWhatWouldNotComeBack(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	for name, spoil := range map[string]func(*corpus.Kept){
		"invalid UTF-8":              func(k *corpus.Kept) { k.Document.Text = "标题\xff" + k.Document.Text[7:] },
		"chunk beyond the text":      func(k *corpus.Kept) { k.Document.Chunks[0].End += 100 },
		"chunk with another text":    func(k *corpus.Kept) { k.Document.Chunks[0].Text = "别的" },
		"chunk of another document":  func(k *corpus.Kept) { k.Document.Chunks[0].DocumentID = "d9" },
		"without ID":                 func(k *corpus.Kept) { k.Document.ID = "" },
		"without version":            func(k *corpus.Kept) { k.Document.Version = "" },
		"chunk that ends before it ": func(k *corpus.Kept) { k.Document.Chunks[0].Start = k.Document.Chunks[0].End + 1 },
	} {
		k := kept("d1", "v1", 1)
		spoil(&k)
		if err := s.Put(t.Context(), k, "", nil); err == nil {
			t.Errorf("%s: was kept", name)
		}
	}
	if live, err := s.Live(t.Context()); err != nil || len(live) != 0 {
		t.Errorf("got %d documents, %v", len(live), err)
	}
}

func TestReadDocumentsSurvive(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	for name, text := range map[string]string{
		"plain.txt":   "关于某事的通知\n\n一、总体要求\n全年新增学位100个。力争完成。\n\n二、保障\n(一)组织。加强领导。\n",
		"page.md":     "# 某区计划\n\n## 目标\n\n第一段。第二句！\n\n- 一项\n- 两项\n",
		"page.html":   "<html><body><h1>某区公告</h1><p>第一段。</p><p>第二段<br>换行。</p></body></html>",
		"emoji 😀.txt": "标题\n\n有表情😀和组合字é̂的一段。\n",
	} {
		d, err := corpus.Read(name, []byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		mustPut(t, s, corpus.Kept{Document: d, Origin: corpus.Staff})
		got, err := s.DocumentVersion(t.Context(), d.ID, "")
		if err != nil || !reflect.DeepEqual(got, d) {
			t.Errorf("%s: got %+v, %v\nwant %+v", name, got, err, d)
		}
	}
}
