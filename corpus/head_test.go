package corpus

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

func randomVectors(n, dim int, seed uint64) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([][]float32, n)
	for i := range out {
		v := make([]float32, dim)
		for j := range v {
			v[j] = float32(r.NormFloat64())
		}
		scaleToUnit(v)
		out[i] = v
	}
	return out
}

// A convex function's minimum is found whatever its scales are.
func TestMinimize(t *testing.T) {
	want := []float64{3, -2, .5, 0}
	scale := []float64{1, 40, .3, 7}
	got := minimize(len(want), func(w, gradient []float32) float64 {
		loss := 0.
		for i := range w {
			d := float64(w[i]) - want[i]
			loss += .5 * scale[i] * d * d
			gradient[i] = float32(scale[i] * d)
		}
		return loss
	})
	for i := range want {
		if math.Abs(float64(got[i])-want[i]) > .01 {
			t.Errorf("number %d: got %v, want %v", i, got[i], want[i])
		}
	}
}

func TestGrams(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"几所?", []string{"几", "几所", "所"}},
		{"1+X 改", []string{"1", "1x", "1x改", "x", "x改", "改"}},
		{"好好", []string{"好", "好好"}},
		{"？！", []string{}},
	} {
		if got := grams(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// What a question has in common with what was asked beside a sentence, and that a variant does not count itself.
func TestOverlapFeatures(t *testing.T) {
	w := newWordings(
		[]indexedVariant{{Variant{Text: "新增学位"}, 0}, {Variant{Text: "学位多少"}, 0}},
		[]indexedVariant{{Variant{Text: "押金多少"}, 0}, {Variant{Text: "押金"}, 1}},
		[]target{{text: "新增学位2800个"}, {text: "书法节"}, {text: "新增学位2800个"}})
	for _, c := range []struct {
		name, question string
		target         int
		is             own
		want           []float64 // in the sentence, in its variants, in its negatives, in neither, in no variant, in no negative
	}{
		{"all in the sentence", "学位", 0, noVariant, []float64{1, 1, 0, 0, 0, 1}},
		{"asked as a near miss", "押金", 0, noVariant, []float64{0, 0, 1, 1, 1, 0}},
		{"nothing was written there", "押金", 2, noVariant, []float64{0, 0, 0, 1, 1, 0}},
		{"a variant but for itself", "新增学位", 0, ownPositive, []float64{1, 1. / 3, 0, 0, 2. / 3, 1}},
		{"a negative but for itself", "押金", 1, ownNegative, []float64{0, 0, 0, 1, 1, 0}},
	} {
		got := w.overlapFeatures(pairs(c.question), c.target, c.is)
		if len(got) != overlapCount {
			t.Fatalf("%s: got %d features", c.name, len(got))
		}
		for i, want := range c.want {
			if math.Abs(got[i]-want) > 1e-9 {
				t.Errorf("%s: feature %d: got %v, want %v", c.name, i, got[i], want)
			}
		}
	}
}

// The tiles find what an exact scan finds.
func TestNearestAll(t *testing.T) {
	all, queries := randomVectors(3*tileRows+7, 24, 5), randomVectors(tileRows+3, 24, 6)
	for i, got := range nearestAll(t.Context(), queries, all, 5, 0, false) {
		if want := nearestOf(queries[i], all, -1, 5); !slices.Equal(got, want) {
			t.Fatalf("query %d: got %v, want %v", i, got, want)
		}
	}
	first, rest := neighbourhoods(t.Context(), all, 70)
	for i := range all {
		skipFirst, skipRest := -1, -1
		if i < 70 {
			skipFirst = i
		} else {
			skipRest = i - 70
		}
		if want := nearestOf(all[i], all[:70], skipFirst, nearVariants); !slices.Equal(first[i], want) {
			t.Fatalf("first %d: got %v, want %v", i, first[i], want)
		}
		if want := nearestOf(all[i], all[70:], skipRest, nearNegatives); !slices.Equal(rest[i], want) {
			t.Fatalf("rest %d: got %v, want %v", i, rest[i], want)
		}
	}
}

// The head learns a word that only near misses have, where vectors and neighbours say nothing, and tells new questions by it.
func TestHeadLearnsWords(t *testing.T) {
	var examples []example
	v := unit(1, 1)
	for i := range 80 {
		n := strconv.Itoa(i)
		examples = append(examples, example{v, []float64{.7}, "新增学位" + n, true}, example{v, []float64{.7}, "要交押金" + n, false})
	}
	h, logits := fitHead(t.Context(), examples, folds)
	weights := newGramWeights(&Fitted{Head: h})
	heard := func(text string) float64 { return weights.sums(text)[headAnswerable] }
	yes := h.logit(example{vector: v, near: []float64{.7}}, heard("学位有没有新增"))
	no := h.logit(example{vector: v, near: []float64{.7}}, heard("交不交押金"))
	if yes <= 0 || no >= 0 {
		t.Errorf("got %.2f for an answerable question and %.2f for a near miss", yes, no)
	}
	if h.Grams["押金"] >= 0 || h.Grams["学位"] <= 0 {
		t.Errorf("weights: 押金 %.3f, 学位 %.3f", h.Grams["押金"], h.Grams["学位"])
	}
	if len(logits) != 80 || slices.Min(logits) <= 0 {
		t.Errorf("judged by a head that did not see them: %d logits, the least %.2f", len(logits), slices.Min(logits))
	}
	if got := h.logit(example{vector: v, near: nil}, heard("押金")); got != 0 {
		t.Errorf("a head of other features: got %v, want 0", got)
	}
}

// An outline with points in the paragraphs that were found goes before one whose question is hardly nearer.
func TestBestOutline(t *testing.T) {
	x := build(t, withVectors(t, materialOf(t, firstPage)))
	if len(x.chunks) < 2 || len(x.targets) < 2 {
		t.Fatalf("only %d paragraphs", len(x.chunks))
	}
	at := func(target int) boundOutline {
		return boundOutline{Outline: Outline{Topic: strconv.Itoa(target), Points: []Point{{}}}, points: []boundPoint{{target: target}}}
	}
	last := len(x.targets) - 1
	x.outlines = []boundOutline{at(0), at(last)}
	x.asks = []outlineAsk{{"甲", 0}, {"乙", 1}}
	hit := Hit{Chunk: x.chunks[x.targets[last].chunk].chunk}
	for _, c := range []struct {
		name   string
		first  float64 // cosine of the first one's question; the second one's is .7
		hits   []Hit
		second bool
	}{
		{"equal, found by the second", .7, []Hit{hit}, true},
		{"hardly nearer", .74, []Hit{hit}, true},
		{"much nearer", .9, []Hit{hit}, false},
		{"nothing found", .72, nil, false},
	} {
		got := x.bestOutline([]neighbour{{0, c.first}, {1, .7}}, c.hits)
		want := "0"
		if c.second {
			want = strconv.Itoa(last)
		}
		if got == nil || got.Topic != want {
			t.Errorf("%s: got %+v, want outline %s", c.name, got, want)
		}
	}
	x.asks = []outlineAsk{{"甲", 0}, {"乙", 0}, {"丙", 1}, {"丁", 1}, {"戊", 1}, {"己", 0}}
	if got := x.bestOutline([]neighbour{{0, .80}, {1, .80}, {2, .79}, {3, .78}, {4, .78}, {5, .6}}, nil); got == nil || got.Topic != strconv.Itoa(last) {
		t.Errorf("three near questions against two: got %+v", got)
	}
	if x.bestOutline(nil, nil) != nil {
		t.Error("an outline of nothing")
	}
}

// A follow-up is ranked by both phrasings, and its paragraph wins where the bare question is weak.
func TestLean(t *testing.T) {
	x := build(t, withVectors(t, materialOf(t, firstPage)))
	e := &hashEmbedder{}
	vector := func(text string) []float32 {
		v, err := e.EmbedDocuments(t.Context(), []string{Plain(text)})
		if err != nil {
			t.Fatal(err)
		}
		return v[0]
	}
	bare, err := x.Search(t.Context(), Query{Text: "呃", Vector: vector("呃")})
	if err != nil {
		t.Fatal(err)
	}
	joined := x.targets[len(x.targets)-1].text
	chunk := x.chunks[x.targets[len(x.targets)-1].chunk].chunk.ID
	for _, c := range []struct {
		name   string
		lean   Lean
		leaned bool
	}{
		{"to the paragraph before", Lean{Text: joined, Vector: vector(joined), Weight: 1, Chunk: chunk, Bonus: .15}, true},
		{"to words around it, nothing answered before", Lean{Text: joined, Vector: vector(joined), Weight: 1}, false},
	} {
		r, err := x.Search(t.Context(), Query{Text: "呃", Vector: vector("呃"), Leans: []Lean{c.lean}})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Hits) == 0 || r.Hits[0].Chunk.ID != chunk || r.Leaned != c.leaned {
			t.Errorf("%s: leaned %v, %d hits", c.name, r.Leaned, len(r.Hits))
		}
	}
	if bare.Leaned {
		t.Error("a question without earlier turns leaned")
	}
}

// Sentences told before go behind the others of their paragraph when these are nearly as good.
func TestLower(t *testing.T) {
	sentence := func(n int, score float64) SentenceScore {
		return SentenceScore{Source: Source{Sentence: n}, Score: score}
	}
	for _, c := range []struct {
		name string
		told []int
		want int
	}{{"told", []int{0}, 1}, {"another told", []int{1}, 0}, {"none told", nil, 0}, {"both told", []int{0, 1}, 0}} {
		h := Hit{Sentences: []SentenceScore{sentence(0, 1), sentence(1, .95), sentence(2, .5)}}
		h.lower(c.told, .1)
		if got := h.Sentences[0].Sentence; got != c.want {
			t.Errorf("%s: got sentence %d first, want %d", c.name, got, c.want)
		}
		for _, s := range h.Sentences {
			if s.Told != slices.Contains(c.told, s.Sentence) {
				t.Errorf("%s: sentence %d is told %v", c.name, s.Sentence, s.Told)
			}
		}
	}
}
