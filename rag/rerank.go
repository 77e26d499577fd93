package rag

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// Weights of what a sentence holds of the question beside its subject, and of the kind of thing that was asked for, against its cosine.
// Swept on 1,000 questions of the CMRC 2018 trial set (2026-11-26): see docs/evaluation.md.
const (
	restWeight = .9
	kindWeight = .12
)

// withoutVariants puts the sentences of the best paragraph in another order where nobody wrote variants for it. Sentences that name the
// paragraph's subject are near to every question about it; what is asked stands in the rest of the question (体长多少).
func withoutVariants(t *prompts.Terms, x expectation, question string, hits []corpus.Hit) []corpus.Hit {
	h := hits[0]
	if h.Written {
		return hits
	}
	h.Sentences = slices.Clone(h.Sentences)
	subject := pairs(h.Document.Meta.Title + " " + h.Chunk.SectionPath())
	rest := map[string]bool{}
	for p := range pairs(stopWords.Replace(question)) {
		if !subject[p] {
			rest[p] = true
		}
	}
	for i := range h.Sentences {
		s := &h.Sentences[i]
		s.Score = s.Cosine
		if len(rest) > 0 {
			held := 0
			for p := range pairs(s.Text) {
				if rest[p] {
					held++
				}
			}
			s.Score += restWeight * float64(held) / float64(len(rest))
		}
		if _, unmet := x.unmet(t, question, []string{s.Text}, s.Document); x.kind != "" && !unmet {
			s.Score += kindWeight
		}
	}
	slices.SortStableFunc(h.Sentences, func(a, b corpus.SentenceScore) int { return cmp.Compare(b.Score, a.Score) })
	out := slices.Clone(hits)
	out[0] = h
	return out
}

// bareRunes is up to how many runes a message may be one word.
const bareRunes = 6

// namedFirst puts the best sentence that holds the question as a whole first, where that is one word and the best sentence lacks it (饮用水 is
// near to 节水).
func namedFirst(question string, hits []corpus.Hit) []corpus.Hit {
	word := corpus.Fold(particles.ReplaceAllString(question, ""))
	if n := utf8.RuneCountInString(word); n < 2 || n > bareRunes || asksSomething(word) || strings.Contains(corpus.Fold(hits[0].Sentences[0].Text), word) {
		return hits
	}
	for i, h := range hits {
		for j, s := range h.Sentences {
			if !strings.Contains(corpus.Fold(s.Text), word) {
				continue
			}
			h.Sentences = slices.Insert(slices.Delete(slices.Clone(h.Sentences), j, j+1), 0, s)
			return slices.Insert(slices.Delete(slices.Clone(hits), i, i+1), 0, h)
		}
	}
	return hits
}

// stopWords are words that ask and name nothing.
var stopWords = strings.NewReplacer("什么", " ", "哪些", " ", "哪里", " ", "多少", " ", "怎么", " ", "怎样", " ", "如何", " ", "为什么", " ", "是谁", " ", "何时", " ", "时候", " ", "的", " ", "是", " ", "了", " ", "有", " ", "在", " ", "吗", " ", "呢", " ")

// pairs are the pairs of neighbouring characters of a text, folded.
func pairs(text string) map[string]bool {
	out := map[string]bool{}
	for _, word := range strings.Fields(text) { // folding drops blanks, and no pair stands across one
		rs := []rune(corpus.Fold(word))
		for i := 0; i+2 <= len(rs); i++ {
			out[string(rs[i:i+2])] = true
		}
	}
	return out
}
