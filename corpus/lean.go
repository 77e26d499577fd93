package corpus

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"
)

// A Lean is a question put together with what was said around it. Sentences are ranked by the weighted mean of all phrasings' scores.
type Lean struct {
	Text   string
	Vector []float32
	Weight float64 // of its score against the bare question's
	Chunk  string  // ID of the paragraph that the answer before cited; empty when nothing was answered before
	Bonus  float64 // that paragraph's
	Told   []int   // its sentences that were quoted before: a next question seldom asks for them again
	Malus  float64 // of those sentences against the others of their paragraph
}

// saysOnce is up to how many runes a sentence says one thing: a longer one may hold more to ask for, and loses less.
const saysOnce = 50

// lower takes malus off the sentences told before and puts the sentences in order again; it returns what the best one lost by that.
func (h *Hit) lower(told []int, malus float64) (lost float64) {
	best := h.Sentences[0].Rank()
	for i := range h.Sentences {
		if slices.Contains(told, h.Sentences[i].Sentence) {
			h.Sentences[i].Told = true
			h.Sentences[i].Score -= malus * math.Min(1, saysOnce/float64(utf8.RuneCountInString(h.Sentences[i].Text)))
		}
	}
	sortSentences(h.Sentences)
	return best - h.Sentences[0].Rank()
}

func sortSentences(list []SentenceScore) {
	slices.SortFunc(list, func(a, b SentenceScore) int {
		return cmp.Or(cmp.Compare(b.Rank(), a.Rank()), cmp.Compare(a.Sentence, b.Sentence))
	})
}

// viewedScore is a sentence's score over all phrasings, with the details of the one that likes it best.
func (x *Index) viewedScore(views []view, i int) SentenceScore {
	best := x.sentenceScore(views[0].scores, i)
	if len(views) == 1 {
		return best
	}
	sum, probe, total, top := best.Score*views[0].weight, best.Probe*views[0].weight, views[0].weight, best.Rank()
	for _, v := range views[1:] {
		s := x.sentenceScore(v.scores, i)
		sum, probe, total = sum+v.weight*s.Score, probe+v.weight*s.Probe, total+v.weight
		if s.Rank() > top {
			best, top = s, s.Rank()
		}
	}
	best.Score, best.Probe = sum/total, probe/total
	return best
}
