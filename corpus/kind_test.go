package corpus

import (
	"context"
	"slices"
	"testing"
)

func TestKindFeatures(t *testing.T) {
	x := &Index{examples: []namedExample{{kind: "help"}, {kind: "help"}, {}, {kind: "attack"}, {kind: "help"}}}
	near := func(numbers ...int) []neighbour {
		var out []neighbour
		for i, n := range numbers {
			out = append(out, neighbour{n, .9 - .1*float64(i)})
		}
		return out
	}
	for _, c := range []struct {
		name string
		near []neighbour
		want []float64 // nearest, mean of three, nearest other example, variant, negative variant
	}{
		{"three of the kind", near(0, 2, 1, 4), []float64{.9, (.9 + .7 + .6) / 3, .8, .5, .4}},
		{"one of the kind: the rest is as far as the last", near(3, 0, 2), []float64{.8, (.8 + .7 + .7) / 3, .9, .5, .4}},
		{"none of the kind", near(2, 3), []float64{.8, .8, .9, .5, .4}},
		{"no other", near(0, 1, 4), []float64{.9, .8, .7, .5, .4}},
		{"nothing near", nil, []float64{0, 0, 0, .5, .4}},
	} {
		got := x.kindFeatures("help", c.near, .5, .4)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// Both ways at once find what each way finds.
func TestNearestBoth(t *testing.T) {
	a, b := randomVectors(150, 16, 1), randomVectors(97, 16, 2)
	forA, forB := nearestBoth(t.Context(), a, b, 5, 3)
	for i, want := range nearestAll(t.Context(), a, b, 5, 0, false) {
		if !slices.Equal(forA[i], want) {
			t.Fatalf("of a, %d: got %v, want %v", i, forA[i], want)
		}
	}
	for i, want := range nearestAll(t.Context(), b, a, 3, 0, false) {
		if !slices.Equal(forB[i], want) {
			t.Fatalf("of b, %d: got %v, want %v", i, forB[i], want)
		}
	}
}

// A fit whose context has ended fits no head more: each takes seconds, and a server that is stopped must not wait for them.
func TestCancelledFitEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	vectors := randomVectors(minContrast, 16, 3)
	x := &Index{examples: make([]namedExample, minContrast), exampleRaw: vectors, posRaw: vectors}
	asked := make([]example, minContrast)
	texts := make([]string, minContrast)
	for i := range asked {
		asked[i] = example{vector: vectors[i], near: make([]float64, 6)}
		x.examples[i].kind = "help"
	}
	s := x.surround(t.Context(), asked, vectors, nearExamples)
	if h, _ := x.fitContrast(ctx, asked, texts, vectors, s, talkShare); h.Vector != nil {
		t.Error("a head against talk was fitted")
	}
	if kinds := x.fitKinds(ctx, asked, s); len(kinds) > 0 {
		t.Errorf("%d heads of kinds were fitted", len(kinds))
	}
	if h, _ := x.fitContrast(t.Context(), asked, texts, vectors, s, talkShare); h.Vector == nil {
		t.Error("nothing is fitted without a cancellation either")
	}
}
