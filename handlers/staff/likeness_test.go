package staff

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"wenda/store"
)

// countingEmbedder gives each text a vector of its own and counts what it computes.
type countingEmbedder struct {
	name     string
	computed int
	fails    bool
}

func (e *countingEmbedder) Name() string { return e.name }
func (e *countingEmbedder) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	v, err := e.EmbedDocuments(ctx, []string{text})
	return v[0], err
}
func (e *countingEmbedder) EmbedDocuments(_ context.Context, texts []string) ([][]float32, error) {
	if e.fails {
		return nil, fmt.Errorf("broken")
	}
	var out [][]float32
	for _, t := range texts {
		e.computed++
		out = append(out, []float32{float32(len(t)), float32(e.computed), float32([]rune(t)[0])})
	}
	return out, nil
}

// Vectors of questions are computed once; those of another embedder are none of this one; a failure leaves nothing behind.
func TestVectorsAreRemembered(t *testing.T) {
	var m vectorMemory
	e := &countingEmbedder{name: "one"}
	first, err := m.of(t.Context(), e, []string{"甲", "乙", "丙"}, 3)
	if err != nil || e.computed != 3 {
		t.Fatal(first, err, e.computed)
	}
	again, err := m.of(t.Context(), e, []string{"丙", "丁", "甲"}, 1)
	if err != nil || e.computed != 4 || fmt.Sprint(again[0]) != fmt.Sprint(first[2]) || fmt.Sprint(again[2]) != fmt.Sprint(first[0]) || again[1][2] != '丁' {
		t.Errorf("%v, %v, computed %d", again, err, e.computed)
	}
	if _, err := m.of(t.Context(), &countingEmbedder{name: "two", fails: true}, []string{"甲"}, 1); err == nil {
		t.Error("a failure is no vector")
	}
	if _, err := m.of(t.Context(), e, []string{"甲"}, 1); err != nil || e.computed != 5 {
		t.Errorf("the other embedder's vectors were taken: computed %d", e.computed)
	}
	if _, err := m.of(t.Context(), e, []string{"甲", "戊", "己"}, 1); !errors.Is(err, errManyMissing) || e.computed != 5 {
		t.Errorf("more than may be computed at once: %v, computed %d", err, e.computed)
	}
	var many []string
	for i := range maxRemembered + 10 {
		many = append(many, fmt.Sprint("问", i))
	}
	if got, err := m.of(t.Context(), e, many, len(many)); err != nil || len(got) != len(many) || len(m.known) != maxRemembered {
		t.Errorf("%d vectors, %v, %d remembered", len(got), err, len(m.known))
	}
}

func TestJaccard(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"校车几点", "校车几点", 1}, {"校车几点", "校车几时", 1. / 2}, {"校车", "学位", 0}, {"", "", 0}, {"啊啊啊", "啊啊", 1}} {
		if got := jaccard(pairsOf(c.a), pairsOf(c.b)); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s and %s: got %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// Clusters are remembered for exactly the questions that they were made of.
func TestGroupingsOfTheSameQuestions(t *testing.T) {
	var g groupings
	list := func(n int) []store.OpenQuestion {
		return []store.OpenQuestion{{Text: "甲", Weak: n, Days: map[string]int{"2026-11-26": n}}}
	}
	if _, _, ok := g.of(30, list(1)); ok {
		t.Error("something out of nothing")
	}
	g.keep(30, list(1), []cluster{{list(1)}}, true)
	if found, words, ok := g.of(30, list(1)); !ok || !words || len(found) != 1 {
		t.Errorf("%v %v %v", found, words, ok)
	}
	if _, _, ok := g.of(30, list(2)); ok {
		t.Error("asked once more, and the old clusters")
	}
	if _, _, ok := g.of(7, list(1)); ok {
		t.Error("another span, and the same clusters")
	}
}
