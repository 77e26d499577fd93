package rag

import (
	"slices"
	"unicode/utf8"

	"wenda/corpus"
)

// What a sentence of another paragraph needs to be quoted beside the best one: in what sentences are ordered by it is rivalClose behind it at
// most, and both together are no longer than rivalRunes. Of 6,816 answers to the tuning sets, digest and page, it changes 321: 43 are right for
// it, 6 wrong; an answer has .02 sentences more (2026-11-27, against rivalClose = -1). The next sentence of the same paragraph, where the best
// stands alone, may be rivalInside behind: of 10,852 answers that changes 44, 13 of them to right, none to wrong; with .3 it would be 97 more,
// 2 of them to right.
const (
	rivalClose  = .12
	rivalRunes  = 200
	rivalInside = .2
)

// withRival adds to the quotes a sentence that is nearly as good as the best one, the next of its paragraph or that of another paragraph of the
// document: which of them was meant the resident can tell. It takes the place of those beside the best that are worse than it. Paragraphs that no variants were written for are
// scored on another scale, so there are no rivals among them. meets says whether a sentence by itself holds what is asked for.
func withRival(f found, meets func(text string) bool) (quotes []corpus.Source, rival *corpus.SentenceScore) {
	first := f.result.Hits[0]
	best := first.Sentences[0]
	of := func(list []corpus.Source, text string) bool {
		return slices.ContainsFunc(list, func(q corpus.Source) bool { return q.Text == text })
	}
	if !first.Written || best.Chunk.Kind != corpus.Paragraph || !of(f.quotes, best.Text) {
		return f.quotes, nil
	}
	var other *corpus.SentenceScore
	offer := func(s *corpus.SentenceScore, close float64) {
		if best.Rank()-s.Rank() <= close && (other == nil || s.Rank() > other.Rank()) && s.Text != best.Text && !sameFigures(s.Text, best.Text) && meets(s.Text) {
			other = s
		}
	}
	if len(first.Sentences) > 1 {
		if s := &first.Sentences[1]; s.Variant > 0 && !of(f.quotes, s.Text) {
			offer(s, rivalInside)
		}
	}
	for _, h := range f.result.Hits[1:] {
		if s := &h.Sentences[0]; h.Written && s.Document == best.Document && s.Chunk.Kind == corpus.Paragraph {
			offer(s, rivalClose)
		}
	}
	if other == nil || worthOf(f.question, best, *other) < secondWorth {
		return f.quotes, nil
	}
	quotes = []corpus.Source{best.Source, other.Source}
	for _, s := range first.Sentences[1:] {
		if s.Text != other.Text && s.Rank() > other.Rank() && len(quotes) < maxQuotes && of(f.quotes, s.Text) {
			quotes = slices.Insert(quotes, 1, s.Source)
		}
	}
	if runesOf(quotes) > maxTwoRunes {
		quotes = []corpus.Source{best.Source, other.Source}
	}
	if runesOf(quotes) > rivalRunes {
		return f.quotes, nil
	}
	return quotes, other
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
