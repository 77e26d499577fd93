package corpus

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func materialOf(t *testing.T, pages ...string) Material {
	t.Helper()
	m := Material{DocumentOf: map[string]string{}, Wording: Wording{Lexicon: Lexicon{Version: "1"}}}
	for i, p := range pages {
		k := digestOf(t, p, "位子有多少", "培训归谁管")
		k.Document.Meta.Source = fmt.Sprint(i)
		m.Documents = append(m.Documents, k.Document)
		for _, v := range k.Variants {
			m.DocumentOf[v.ID] = k.Document.ID
		}
		for _, o := range k.Outlines {
			m.DocumentOf[o.ID] = k.Document.ID
		}
		m.Variants = append(m.Variants, k.Variants...)
		m.Outlines = append(m.Outlines, k.Outlines...)
	}
	return m
}

func withVectors(t *testing.T, m Material) Material {
	t.Helper()
	e := &hashEmbedder{}
	texts := m.Texts()
	v, err := e.EmbedDocuments(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	m.Embedder, m.Vectors = e.Name(), map[string][]float32{}
	for i, text := range texts {
		m.Vectors[TextDigest(text)] = v[i]
	}
	return m
}

func build(t *testing.T, m Material) *Index {
	t.Helper()
	x, err := Build(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestIndexVersion(t *testing.T) {
	base := build(t, withVectors(t, materialOf(t, firstPage))).Manifest.Version
	if again := build(t, withVectors(t, materialOf(t, firstPage))).Manifest.Version; again != base {
		t.Errorf("built again: got %s, want %s", again, base)
	}
	shuffled := withVectors(t, materialOf(t, firstPage))
	slices.Reverse(shuffled.Variants)
	if got := build(t, shuffled).Manifest.Version; got != base {
		t.Errorf("variants in another order: got %s, want %s", got, base)
	}
	for name, change := range map[string]func(*Material){
		"another sentence beside the variants": func(m *Material) {
			*m = withVectors(t, materialOf(t, strings.Replace(firstPage, "学校在城区", "学校在郊区", 1)))
		},
		"another text": func(m *Material) { *m = withVectors(t, materialOf(t, secondPage)) },
		"another document": func(m *Material) {
			m.Documents = append(m.Documents, mustRead(t, "b", []byte("乙\n\n丙。\n")))
			*m = withVectors(t, *m)
		},
		"a variant less":         func(m *Material) { m.Variants = m.Variants[1:] },
		"another variant":        func(m *Material) { m.Variants[0].Text = "名额几个"; *m = withVectors(t, *m) },
		"a variant turned":       func(m *Material) { m.Variants[0].Negative = true },
		"another kind of lack":   func(m *Material) { m.Variants[2].Lacks = "date" },
		"another outline":        func(m *Material) { m.Outlines[0].Topic = "名额" },
		"another question of it": func(m *Material) { m.Outlines[0].Asks = []string{"名额的事"}; *m = withVectors(t, *m) },
		"another lexicon":        func(m *Material) { m.Lexicon.Version = "2" },
		"no vectors":             func(m *Material) { m.Vectors, m.Embedder = nil, "" },
		"another model":          func(m *Material) { m.Embedder = "other" },
	} {
		m := withVectors(t, materialOf(t, firstPage))
		change(&m)
		if got := build(t, m).Manifest.Version; got == base {
			t.Errorf("%s: the version stays %s", name, got)
		}
	}
}

func TestCalibrationIsKept(t *testing.T) {
	m := withVectors(t, materialOf(t, firstPage))
	first := build(t, m)
	kept := first.Fitted
	kept.Floor = .123
	m.Calibration = func(version string) *Fitted {
		if version != first.Manifest.Version {
			t.Errorf("asked for %s, want %s", version, first.Manifest.Version)
		}
		return &kept
	}
	if got := build(t, m).Fitted.Floor; got != .123 {
		t.Errorf("got floor %v, want the kept one", got)
	}
	kept.For = "another index"
	if got := build(t, m).Fitted.Floor; got == .123 {
		t.Error("the calibration of another index was used")
	}
}

func TestMissingVectorsSearchWords(t *testing.T) {
	m := withVectors(t, materialOf(t, firstPage))
	delete(m.Vectors, TextDigest(Plain(m.Variants[0].Text)))
	x := build(t, m)
	if !x.Lexical() || x.Manifest.Missing != 1 || x.Manifest.Embedder != "" {
		t.Errorf("got manifest %+v", x.Manifest)
	}
	if r, err := x.Search(t.Context(), Query{Text: "新增学位"}); err != nil || len(r.Hits) == 0 {
		t.Errorf("got %d hits, error %v", len(r.Hits), err)
	}
}

func TestSearchEdges(t *testing.T) {
	vectors, words := build(t, withVectors(t, materialOf(t, firstPage))), build(t, materialOf(t, firstPage))
	empty := build(t, Material{Vectors: map[string][]float32{}, Embedder: "hash"})
	q, err := (&hashEmbedder{}).EmbedQuery(t.Context(), "新增学位")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		x     *Index
		query Query
		hits  int // at most; above 0: at least one
		fails bool
	}{
		{"words in a vector index", vectors, Query{Text: "新增学位"}, 5, false},
		{"one hit", vectors, Query{Text: "新增学位", Vector: q, Hits: 1}, 1, false},
		{"a vector of another dimension", vectors, Query{Text: "新增学位", Vector: unit(1, 2)}, 0, true},
		{"nothing in common", words, Query{Text: "XYZ"}, 0, false},
		{"no text", words, Query{}, 0, false},
		{"an empty index", empty, Query{Text: "新增学位", Vector: q}, 0, false},
	} {
		r, err := tt.x.Search(t.Context(), tt.query)
		if (err != nil) != tt.fails {
			t.Errorf("%s: got error %v", tt.name, err)
		}
		if len(r.Hits) > tt.hits || tt.hits > 0 && len(r.Hits) == 0 {
			t.Errorf("%s: got %d hits, want %d", tt.name, len(r.Hits), tt.hits)
		}
		for _, h := range r.Hits {
			if len(h.Sentences) == 0 || h.Sentences[0].Chunk != h.Chunk || h.Document == nil {
				t.Errorf("%s: hit %+v is incomplete", tt.name, h)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	x := build(t, materialOf(t, firstPage))
	s, ok := x.Find("014119491/2022-00099", "", Anchor{Section: []string{"二、培训"}, Facts: []string{"登记"}})
	if !ok || s.Text != "培训机构要登记。" {
		t.Fatalf("got %q, %v", s.Text, ok)
	}
	if at, ok := x.At(s.Document.ID, s.Chunk.ID, s.Sentence); !ok || at.Text != s.Text {
		t.Errorf("got %q, %v, want the same sentence", at.Text, ok)
	}
	if _, ok := x.At(s.Document.ID, s.Chunk.ID, 99); ok {
		t.Error("got a sentence that is not there")
	}
	if _, ok := x.Find("1/2022-1", "", Anchor{Section: []string{"二、培训"}, Facts: []string{"登记"}}); ok {
		t.Error("got a sentence of an unknown document")
	}
	if got := x.Sentences("d", "p"); got != nil {
		t.Errorf("got %v of an unknown chunk", got)
	}
}
