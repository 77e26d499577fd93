package corpus

import (
	"cmp"
	"math"
	"slices"
)

// Fusion weights: the bold row of RETRIEVAL.md, applied to sentences. The probe is added to it.
const (
	weightSentence = .5
	weightBest     = .5
	weightThree    = .5
	weightExact    = .004 // more of it for the share of the question's words that the paragraph holds, by their rarity
	weightWords    = .005 // .01 before there were 22 variants a sentence: paragraphs with many were favoured
	// a sentence's BM25 with its variants is larger than a paragraph's, and weighs less
	weightSentenceWords = .003
	weightProbe         = 1. // swept from .3 to 2
)

// rank orders paragraphs by their best sentences, over all phrasings; the chunk favoured gets a bonus.
func (x *Index) rank(views []view, limit int, favoured string, bonus float64) []Hit {
	hits := make([]Hit, 0, limit)
	for _, best := range x.bestChunks(views, limit, favoured, bonus) {
		ref := x.chunks[best.chunk]
		h := Hit{Document: ref.doc, Chunk: ref.chunk, Title: ref.title, Score: best.score, Probe: best.probe, Words: views[0].words[best.chunk], Written: x.written(best.chunk)}
		for i := ref.first; i < ref.first+ref.count; i++ {
			if slices.ContainsFunc(views, func(v view) bool { return v.found(i) }) {
				h.Sentences = append(h.Sentences, x.viewedScore(views, i))
			}
		}
		sortSentences(h.Sentences)
		hits = append(hits, h)
	}
	return hits
}

func (x *Index) written(c int) bool {
	for _, t := range x.targets[x.chunks[c].first : x.chunks[c].first+x.chunks[c].count] {
		if len(t.variants) > 0 {
			return true
		}
	}
	return false
}

func (x *Index) sentenceScore(s *scores, i int) SentenceScore {
	out := SentenceScore{Source: x.source(i), Words: s.wordsOf(i), Ask: x.targets[i].ask, target: i}
	if !s.vector {
		out.Score = out.Words
		return out
	}
	cos, near := s.sentence[i]
	if !near {
		cos = s.floorS
	} else {
		out.Cosine = cos
	}
	best, three := s.floorV, s.floorV
	if list := s.variant[i]; len(list) > 0 {
		best = list[0].cosine
		three = meanOfThree(list, s.floorV)
		v := x.positives[list[0].n]
		out.Variant, out.Asked, out.Facts = best, v.Text, v.Anchor.Facts
	}
	out.Score = weightSentence*cos + weightBest*max(cos, best) + weightThree*three + weightSentenceWords*out.Words
	out.Probe = s.probed(i)
	return out
}

// chunkScore is the fused score of a paragraph: its best sentence, its best variant, its three best variants, its words, what
// the probe says of the sentence it likes best.
func (x *Index) chunkScore(s *scores, c int) (score, probe float64) {
	cos, probed := s.floorS, math.Inf(-1)
	var all []neighbour
	for i := x.chunks[c].first; i < x.chunks[c].first+x.chunks[c].count; i++ {
		cos, probed = max(cos, s.sentence[i]), max(probed, s.probed(i))
		all = append(all, s.variant[i]...)
	}
	slices.SortFunc(all, func(a, b neighbour) int { return cmp.Compare(b.cosine, a.cosine) })
	return s.fuse(cos, all, c), probed
}

// fuse weighs the cosine of a paragraph's best sentence, its near variants, and its words.
func (s *scores) fuse(cos float64, near []neighbour, c int) float64 {
	best := s.floorV
	if len(near) > 0 {
		best = near[0].cosine
	}
	return weightSentence*cos + weightBest*max(cos, best) + weightThree*meanOfThree(near, s.floorV) + s.weightOfWords(c)*s.words[c]
}

// weightOfWords is heavier for a paragraph that holds what is rare in the question.
func (s *scores) weightOfWords(c int) float64 {
	if s.mostWords == 0 {
		return weightWords
	}
	return weightWords + weightExact*s.words[c]/s.mostWords
}

func meanOfThree(list []neighbour, floor float64) float64 {
	sum := 0.
	for i := 0; i < 3; i++ {
		if i < len(list) {
			sum += list[i].cosine
		} else {
			sum += floor
		}
	}
	return sum / 3
}

// lexicalStrength is the top score made comparable between indexes: E of RETRIEVAL.md.
func (x *Index) lexicalStrength(words []float64) float64 {
	top := 0.
	for _, w := range words {
		top = max(top, w)
	}
	return top / x.askLex.maxIDF()
}

// coverage is the share of the question's rare terms, weighted by idf, that stands in the best sentence of the first hits.
func (x *Index) coverage(question *Reading, hits []Hit) float64 {
	want, total := question.rare, question.weight
	if total == 0 {
		return 0
	}
	best := 0.
	for _, h := range hits[:min(3, len(hits))] {
		headings := x.termSets.Of(" " + h.Chunk.SectionPath()) // the blank parts them from the sentence
		for _, s := range h.Sentences[:min(3, len(h.Sentences))] {
			have, got := x.termSets.Of(s.Text), 0.
			for _, t := range want {
				if have[t] || headings[t] {
					got += x.chunkLex.idf(t)
				}
			}
			best = max(best, got/total)
		}
	}
	return math.Min(best, 1)
}

// termSet is the set of terms of a text.
func termSet(text string) map[term]bool {
	set := map[term]bool{}
	for _, t := range terms(text) {
		set[t] = true
	}
	return set
}

// Rank is what sentences are ordered by, the highest first; it compares within one result only.
func (s SentenceScore) Rank() float64 { return s.Score + weightProbe*s.Probe }

// rank is what paragraphs are ordered by, likewise.
func (h Hit) rank() float64 { return h.Score + weightProbe*h.Probe }
