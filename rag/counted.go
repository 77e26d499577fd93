package rag

import (
	"slices"
	"strings"

	"wenda/corpus"
)

// A figure with the clause that it stands in.
type figure struct {
	quantity
	clause string
	before string // the clause before, which may name the subject
}

func figuresIn(text string) []figure {
	var out []figure
	before := ""
	for _, c := range clausesIn(text) {
		for _, q := range quantities(c) {
			out = append(out, figure{q, c, before})
		}
		before = c
	}
	return out
}

// countedRight checks the figures of a segment: each must stand in one of the passages in the same way, or be a date of their heading,
// and count there what it counts here.
func countedRight(text string, of []passage) (reason, detail string) {
	var theirs []figure
	var heads []quantity
	for _, p := range of {
		theirs = append(theirs, figuresIn(p.text)...)
		heads = append(heads, quantities(unified(p.head))...)
	}
	for _, f := range figuresIn(text) {
		var same []figure
		for _, t := range theirs {
			if t.bears(f.quantity) {
				same = append(same, t)
			}
		}
		if len(same) == 0 {
			if f.dated() && slices.ContainsFunc(heads, f.same) || f.unit == "" && strings.Contains(codesOf(of), f.value) && len(f.value) > 7 {
				continue
			}
			if slices.ContainsFunc(theirs, func(t figure) bool { return t.value == f.value }) {
				return "measure", f.value + f.bound + f.unit
			}
			return "figure", f.value + f.unit
		}
		if f.yearly() {
			continue
		}
		if !f.countsLike(same, theirs, of) {
			return "noun", f.clause
		}
	}
	return "", ""
}

func codesOf(of []passage) string {
	var b strings.Builder
	for _, p := range of {
		b.WriteString(p.text + "\n")
	}
	return b.String()
}

// countsLike compares the words beside a figure with those beside it in the passages: enough of them must stand there, and another
// figure of the same unit must not fit better.
func (f figure) countsLike(same, theirs []figure, of []passage) bool {
	grams := bigrams(f.clause)
	if len(grams) == 0 {
		grams = bigrams(f.before)
	}
	if len(grams) == 0 { // the bare figure: nothing wrong is said of it
		return true
	}
	best := 0
	for _, t := range same {
		around := t.clause
		if len(bigrams(t.clause)) == 0 {
			around = t.before + t.clause
		}
		best = max(best, covered(grams, corpus.Fold(around)))
	}
	for _, t := range theirs {
		if t.unit == f.unit && !t.bears(f.quantity) && covered(grams, corpus.Fold(t.clause)) > best {
			return false
		}
	}
	whole := 0 // in the passage that holds the figure: another one, cited beside it, may be about something else
	for _, p := range of {
		if slices.ContainsFunc(figuresIn(p.text), func(t figure) bool { return t.bears(f.quantity) }) {
			whole = max(whole, covered(grams, evidenceOf([]passage{p})))
		}
	}
	if float64(whole) < nounSupport*float64(len(grams)) {
		return false
	}
	if best > 0 {
		return true
	}
	for _, t := range same { // the sentence's subject stands in the heading: 名师工作室：建8个
		if len(bigrams(t.clause)) == 0 {
			return whole > 0
		}
	}
	return false
}
