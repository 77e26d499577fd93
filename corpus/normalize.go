package corpus

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold makes texts comparable: NFKC, lower case, without blanks and invisible characters. It is not for showing.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if commonHan(r) {
			return r
		}
		if unicode.IsSpace(r) || Invisible(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
}

// foldWords is Fold that keeps one blank between two Latin words or figures: without it they would be one.
func foldWords(s string) string {
	var b strings.Builder
	var last rune
	gap := false
	for _, r := range strings.ToLower(norm.NFKC.String(s)) {
		switch {
		case unicode.IsSpace(r):
			gap = true
			continue
		case Invisible(r):
			continue
		case gap && word(last) && word(r):
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last, gap = r, false
	}
	return b.String()
}

// word reports the letters and digits that make words of several characters.
func word(r rune) bool { return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !han(r) }

// Invisible reports characters that are taken out before every check: controls, zero width, bidi and tag characters, variation
// selectors, soft hyphen, private use.
func Invisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || commonHan(r):
		return false
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Variation_Selector, r):
		return true
	case r == '\ufffd', r == '\u2028', r == '\u2029', r == '\u115f', r == '\u1160', r == '\u3164':
		return true
	}
	return false
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\v", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// tidy makes the text of a file uniform and keeps every visible character: NFC, line ends \n, no invisible characters, blanks of
// any width to one blank, none at line ends. Tidying twice equals once.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if Invisible(r) {
			return -1
		}
		return r
	}, lineEnds.Replace(s))
	lines := strings.Split(norm.NFC.String(s), "\n") // after the invisible ones went: what they parted may compose
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return strings.Join(lines, "\n")
}

// Plain is the form in which texts and questions are embedded: NFKC, without the marks at the end. The sentence model hears
// punctuation and width: ？ against ? has cosine .97, with and without ？ .95 (measured by rag/sentence, 2026-11).
func Plain(s string) string {
	return strings.TrimRight(strings.TrimSpace(norm.NFKC.String(s)), "?!。.~;,、… ")
}

func han(r rune) bool { return commonHan(r) || unicode.Is(unicode.Han, r) }

// commonHan reports the block in which nearly all characters of our texts stand: most of the time is saved by not looking further.
func commonHan(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }
