package corpus

import (
	"maps"
	"slices"
)

// A Reading is what a search finds out about a text without its vector. To make the vector takes 2 ms: an embedder that works on another core
// leaves the time to read. A Reading belongs to the index that made it, and one search uses it up.
type Reading struct {
	scores   scores
	giveBack func()
	gains    []gain // of sentences that have no scores yet
	beside   besides
	rare     []term    // of its topic, see coverage
	weight   float64   // of these
	grams    []float64 // see gramWeights
}

// everySentence is up to how many sentences all are scored by words at once, which is less work then than to look up those that come near.
const everySentence = 4096

// Read reads a text for Query.Read.
func (x *Index) Read(text string) *Reading {
	r := &Reading{beside: x.beside(text), grams: x.gramWeights.sums(text)}
	query := x.analyser.query(text)
	r.scores.rows = x.named(x.analyser.topic(text))
	r.scores.words, r.giveBack = x.askLex.borrow(x.askLex.gains(query))
	r.scores.mostWords = x.askLex.most(query)
	r.gains = x.sentLex.gains(query)
	r.scores.sentWords = func(t int) float64 { return x.sentLex.of(r.gains, t) }
	if len(x.targets) <= everySentence {
		r.scoreSentences(x)
	}
	for _, t := range terms(x.analyser.topic(text)) {
		if t.rare() {
			r.rare = append(r.rare, t)
			r.weight += min(x.chunkLex.idf(t), x.chunkLex.maxIDF())
		}
	}
	return r
}

// scoreSentences scores all sentences, if that was not done.
func (r *Reading) scoreSentences(x *Index) {
	if r.gains == nil {
		return
	}
	sentences, giveBackSentences := x.sentLex.borrow(r.gains)
	giveBackWords := r.giveBack
	r.scores.sentWords = func(t int) float64 { return sentences[t] }
	r.giveBack = func() {
		giveBackWords()
		giveBackSentences()
	}
	r.gains = nil
}

// gramWeights are the weights of grams in all heads of an index: those of a text are looked up once for all.
type gramWeights struct {
	heads  int
	kinds  []string // of the heads behind the first three
	byGram map[string][]float64
}

// The first heads; those of kinds follow.
const (
	headAnswerable = iota
	headTalk
	headBroad
	firstKind
)

func newGramWeights(f *Fitted) gramWeights {
	w := gramWeights{kinds: slices.Sorted(maps.Keys(f.Kinds)), byGram: map[string][]float64{}}
	all := []Head{headAnswerable: f.Head, headTalk: f.Talk, headBroad: f.Broad}
	for _, kind := range w.kinds {
		all = append(all, f.Kinds[kind].Head)
	}
	w.heads = len(all)
	for i, h := range all {
		for g, v := range h.Grams {
			if w.byGram[g] == nil {
				w.byGram[g] = make([]float64, w.heads)
			}
			w.byGram[g][i] = v
		}
	}
	return w
}

// sums are what the grams of a text weigh in each head.
func (w gramWeights) sums(text string) []float64 {
	out := make([]float64, max(w.heads, firstKind))
	for _, g := range grams(text) {
		for i, v := range w.byGram[g] {
			out[i] += v
		}
	}
	return out
}
