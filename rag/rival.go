package rag

import (
	"slices"
	"unicode/utf8"

	"wenda/corpus"
)

// What a sentence of another paragraph needs to be quoted beside the best one: in what sentences are ordered by it is rivalClose behind it at
// most, and both together are no longer than rivalRunes. Of 4,800 questions of the tuning sets that are
// answered in one sentence (digest and page) the right one is among the quotes of .993 instead of .982, of 1,150 that had not been tuned on yet
// .984 instead of .962, with .04 and .07 more sentences an answer (2026-11-27).
const (
	rivalClose = .12
	rivalRunes = 200
)

// withRival adds to the quotes a sentence of another paragraph that is nearly as good as the best one: which of them was meant the resident
// can tell. It takes the place of those beside the best that are worse than it. meets says whether a sentence by itself holds what is asked for.
func withRival(f found, meets func(text string) bool) ([]corpus.Source, []string) {
	best := f.result.Hits[0].Sentences[0]
	near := func(s corpus.SentenceScore) bool { return best.Rank()-s.Rank() <= rivalClose }
	var rival *corpus.SentenceScore
	for _, h := range f.result.Hits[1:] {
		s := &h.Sentences[0]
		if s.Chunk.Kind == corpus.Paragraph && near(*s) && (rival == nil || s.Rank() > rival.Rank()) && !sameFigures(s.Text, best.Text) && meets(s.Text) {
			rival = s
		}
	}
	if rival == nil || best.Chunk.Kind != corpus.Paragraph || !slices.ContainsFunc(f.quotes, func(q corpus.Source) bool { return q.Text == best.Text }) {
		return f.quotes, f.facts
	}
	quotes := []corpus.Source{best.Source, rival.Source}
	for _, s := range f.result.Hits[0].Sentences[1:] {
		if s.Rank() > rival.Rank() && len(quotes) < maxQuotes && slices.ContainsFunc(f.quotes, func(q corpus.Source) bool { return q.Text == s.Text }) {
			quotes = slices.Insert(quotes, 1, s.Source)
		}
	}
	if runesOf(quotes) > maxTwoRunes {
		quotes = []corpus.Source{best.Source, rival.Source}
	}
	if runesOf(quotes) > rivalRunes {
		return f.quotes, f.facts
	}
	return quotes, slices.Concat(f.facts, rival.Facts)
}

func runesOf(quotes []corpus.Source) (n int) {
	for _, q := range quotes {
		n += utf8.RuneCountInString(q.Text)
	}
	return n
}

// sameFigures reports that two sentences tell the same: they share two figures (新建13所，新增学位2800个 stands in two paragraphs).
func sameFigures(a, b string) bool {
	shared := 0
	theirs := figures(b)
	for f := range figures(a) {
		if theirs[f] && f != "2022" {
			shared++
		}
	}
	return shared > 1
}
