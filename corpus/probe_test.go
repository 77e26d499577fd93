package corpus

import (
	"context"
	"math"
	"testing"
)

// clusters are n vectors around each of so many targets, and the targets' own.
func clusters(targets, n, dim int) (vectors [][]float32, of []int, centres [][]float32) {
	centres = randomVectors(targets, dim, 7)
	noise := randomVectors(targets*n, dim, 8)
	for i, v := range noise {
		t := i % targets
		for j := range v {
			v[j] += centres[t][j]
		}
		scaleToUnit(v)
		vectors, of = append(vectors, v), append(of, t)
	}
	return vectors, of, centres
}

// What sounds like most of a sentence's variants is that sentence's, and targets without variants have nothing to say.
func TestProbeHearsAllVariants(t *testing.T) {
	vectors, of, centres := clusters(8, 20, 64)
	p := newProbe(t.Context(), vectors, func(i int) int { return of[i] }, 10)
	for want, c := range centres {
		best := 0
		for target := range 10 {
			if p.of(c, target) > p.of(c, best) {
				best = target
			}
		}
		if best != want || p.of(c, want) < .5 {
			t.Errorf("centre %d: it sounds like %d, its own %.2f", want, best, p.of(c, want))
		}
		if p.of(c, 8) != 0 || p.of(c, 9) != 0 {
			t.Errorf("targets without variants: %v, %v", p.of(c, 8), p.of(c, 9))
		}
	}
}

// Leaving one out in closed form is what a probe says that was fitted on the others.
func TestProbeWithout(t *testing.T) {
	vectors, of, _ := clusters(6, 15, 32)
	p := newProbe(t.Context(), vectors, func(i int) int { return of[i] }, 6)
	for out := 0; out < len(vectors); out += 7 {
		var others [][]float32
		var theirs []int
		for i := range vectors {
			if i != out {
				others, theirs = append(others, vectors[i]), append(theirs, of[i])
			}
		}
		fresh := newProbe(t.Context(), others, func(i int) int { return theirs[i] }, 6)
		without := p.without(vectors[out], of[out])
		for target := range 6 {
			if got, want := without(target), fresh.of(vectors[out], target); math.Abs(got-want) > 1e-4 {
				t.Errorf("variant %d, target %d: got %.5f, want %.5f", out, target, got, want)
			}
		}
	}
}

func TestProbeOfFew(t *testing.T) {
	vectors, of, _ := clusters(5, minFit/5, 16)
	target := func(i int) int { return of[i] }
	if p := newProbe(t.Context(), vectors[1:], target, 5); p != nil {
		t.Error("too few variants made one")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if p := newProbe(ended, vectors, target, 5); p != nil {
		t.Error("it was fitted although nobody waited any more")
	}
	var none *probe
	none.forget()
	if none.of(vectors[0], 3) != 0 || none.without(vectors[0], 3)(3) != 0 {
		t.Error("no probe says something")
	}
	p := newProbe(t.Context(), vectors, target, 5)
	p.forget()
	if p.whiten != nil || p.of(vectors[0], of[0]) <= p.of(vectors[0], of[1]) {
		t.Error("it does not answer without what only fitting needs")
	}
}

// Paragraphs and sentences stand in the order of score and probe together.
func TestProbeOrders(t *testing.T) {
	list := []SentenceScore{{Score: 1, Probe: .1}, {Score: .9, Probe: .5}, {Score: 1.2, Probe: -.3}}
	sortSentences(list)
	if list[0].Score != .9 || list[1].Score != 1 {
		t.Errorf("got %v", list)
	}
	top := topChunks{index: &Index{chunks: []chunkRef{{chunk: &Chunk{ID: "a"}}, {chunk: &Chunk{ID: "b"}}}}, limit: 1}
	top.offer(chunkScored{0, 1, .1})
	top.offer(chunkScored{1, .9, .5})
	if top.list[0].chunk != 1 {
		t.Errorf("got %+v", top.list)
	}
}
