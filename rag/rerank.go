package rag

import (
	"slices"
	"strings"
	"unicode/utf8"

	"wenda/corpus"
)

// wordRunes is up to how many runes a message may be one word.
const wordRunes = 6

// namedFirst puts the best sentence that holds the question as a whole first, where that is one word and the best sentence lacks it (饮用水 is
// near to 节水).
func namedFirst(question string, hits []corpus.Hit) []corpus.Hit {
	word := corpus.Fold(particles.ReplaceAllString(question, ""))
	if n := utf8.RuneCountInString(word); n < 2 || n > wordRunes || asksSomething(word) || strings.Contains(corpus.Fold(hits[0].Sentences[0].Text), word) {
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
