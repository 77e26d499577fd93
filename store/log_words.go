package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SQLite's full-text index cuts at blanks and does not segment Chinese (LIBRARIES.md): texts are kept as pairs of neighbouring characters,
// so that any two characters or more are found exactly, as a phrase of pairs. The last character of each run stands alone too, so that one
// character is found as the beginning of a pair or by itself.

// maxSearchRunes is how much of what is searched for is looked at.
const maxSearchRunes = 64

// wordsOf is what is kept of texts.
func wordsOf(texts ...string) string {
	var b strings.Builder
	for _, t := range texts {
		for _, run := range runsOf(t) {
			for i := range run {
				b.WriteRune(run[i])
				if i+1 < len(run) {
					b.WriteRune(run[i+1])
				}
				b.WriteByte(' ')
			}
		}
	}
	return b.String()
}

// matchOf is the full-text query for a text: all of its runs of letters and digits must occur. It is empty when nothing can be searched for.
// Only letters and digits get into it, in quotes: nothing that a user writes is read as the query's syntax.
func matchOf(text string) string {
	if r := []rune(text); len(r) > maxSearchRunes {
		text = string(r[:maxSearchRunes])
	}
	var terms []string
	for _, run := range runsOf(text) {
		if len(run) == 1 {
			terms = append(terms, `"`+string(run)+`"*`)
			continue
		}
		pairs := make([]string, 0, len(run)-1)
		for i := 0; i+1 < len(run); i++ {
			pairs = append(pairs, string(run[i:i+2]))
		}
		terms = append(terms, `"`+strings.Join(pairs, " ")+`"`)
	}
	return strings.Join(terms, " AND ")
}

// runsOf are the runs of letters and digits, in lower case and normalised.
func runsOf(text string) [][]rune {
	var out [][]rune
	for _, f := range strings.FieldsFunc(norm.NFKC.String(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		out = append(out, []rune(strings.ToLower(f)))
	}
	return out
}
