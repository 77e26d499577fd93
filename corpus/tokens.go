package corpus

import (
	"hash/fnv"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A term is a token of lexical search: one Han character, two neighbouring ones, or a run of letters and digits.
// Packed into a number because a map of numbers is built five times faster than one of strings.
type term uint64

const (
	pairBit = 1 << 62
	wordBit = 1 << 63
	// unigramWeight is what a single character counts against a pair (RETRIEVAL.md, the recipe).
	unigramWeight = .3
)

func (t term) weight() float64 {
	if t&(pairBit|wordBit) == 0 {
		return unigramWeight
	}
	return 1
}

// rare reports terms that can stand for a subject: pairs and words.
func (t term) rare() bool { return t&(pairBit|wordBit) != 0 }

// terms cuts text into terms. The text may be raw: it is folded here.
func terms(text string) []term { return appendTerms(make([]term, 0, 2*len(text)/3), text) }

// appendTerms adds the terms of text to out.
func appendTerms(out []term, text string) []term {
	var prev rune
	var word []rune
	flush := func() {
		if len(word) > 0 {
			h := fnv.New64a()
			h.Write([]byte(string(word)))
			out = append(out, term(h.Sum64()&^(3<<62))|wordBit)
			word = word[:0]
		}
	}
	for _, r := range norm.NFKC.String(text) {
		if !commonHan(r) {
			r = unicode.ToLower(r)
		}
		if han(r) {
			flush()
			out = append(out, term(r))
			if prev != 0 {
				out = append(out, term(uint64(prev)<<21|uint64(r)|pairBit))
			}
			prev = r
			continue
		}
		prev = 0
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			word = append(word, r)
		} else {
			flush()
		}
	}
	flush()
	return out
}
