package sentence

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// cleaned yields the runes of text as the model was trained on them: canonically decomposed, without accents (Mn), controls (Cc) and
// format marks (Cf: bidirectional, zero-width, tags), in lower case, every white space as U+0020. Invalid UTF-8 is dropped.
//
// This is BERT's own normalisation with lower-casing, as bge-small-zh's vocabulary needs it: of its 21,128 pieces none has an
// upper-case letter or an accent. The tokenizer.json in the jar switches lower-casing off and so turns every "AI" and "App" into
// [UNK]; it is not followed there. Nor is BERT in dropping form feed, vertical tab and next line, which stand between pages and
// lines: they are spaces. Compatibility forms (full-width letters) stay, since the vocabulary has them: callers that want
// them folded do it before.
func cleaned(text string) iter.Seq[rune] {
	return func(yield func(rune) bool) {
		if !utf8.ValidString(text) {
			text = strings.ToValidUTF8(text, "")
		}
		for at := 0; at < len(text); {
			r, size := utf8.DecodeRuneInString(text[at:])
			if size == 3 && 0x4e00 <= r && r <= 0x9fff || size == 1 { // most of our text; nothing to decompose
				if r, ok := cleanRune(r); ok && !yield(r) {
					return
				}
			} else if !cleanParts(text[at:at+size], r, yield) {
				return
			}
			at += size
		}
	}
}

// cleanParts yields what r, written as in, decomposes into. It reports whether to go on.
//
// Each rune is decomposed for itself: canonical order matters only among accents, which go. And golang.org/x/text v0.43.0's
// norm.Iter panics on some valid texts.
func cleanParts(in string, r rune, yield func(rune) bool) bool {
	const first, last, vowels, finals = 0xac00, 0xd7a3, 21, 28 // Hangul syllables, The Unicode Standard, section 3.12
	if first <= r && r <= last {
		n := r - first
		if !yield(0x1100+n/(vowels*finals)) || !yield(0x1161+n%(vowels*finals)/finals) {
			return false
		}
		return n%finals == 0 || yield(0x11a7+n%finals)
	}
	parts := norm.NFD.PropertiesString(in).Decomposition()
	if parts == nil {
		r, ok := cleanRune(r)
		return !ok || yield(r)
	}
	for len(parts) > 0 {
		r, size := utf8.DecodeRune(parts)
		parts = parts[size:]
		if r, ok := cleanRune(r); ok && !yield(r) {
			return false
		}
	}
	return true
}

// cleanRune returns what stands for r, or false when nothing does. r is already decomposed.
func cleanRune(r rune) (rune, bool) {
	switch {
	case 0x4e00 <= r && r <= 0x9fff, 'a' <= r && r <= 'z', '0' <= r && r <= '9': // the tables below need not be asked
		return r, true
	case unicode.IsSpace(r):
		return ' ', true
	case r == utf8.RuneError, unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn):
		return 0, false
	}
	return unicode.ToLower(r), true
}
