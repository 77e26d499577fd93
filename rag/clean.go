package rag

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"wenda/corpus"
)

// MaxRunes is the longest question, in runes.
const MaxRunes = 500

// Errors of questions that cannot be asked. handlers turns them into 4xx.
var (
	ErrEmpty       = errors.New("rag: empty question")
	ErrTooLong     = errors.New("rag: question above 500 runes")
	ErrInvalidUTF8 = errors.New("rag: question is not valid UTF-8")
)

// A cleaned question. Text is NFKC, simplified, without invisible characters, masked.
type cleaned struct {
	Text        string
	Shown       string // the same with emoji, for routing
	Traditional bool   // the question was written in traditional characters
	Masked      bool   // personal data was taken out
}

// Check reports what keeps a question from being asked: empty, too long, invalid.
func Check(text string) error {
	switch {
	case !utf8.ValidString(text):
		return ErrInvalidUTF8
	case utf8.RuneCountInString(text) > MaxRunes:
		return ErrTooLong
	case strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || corpus.Invisible(r) }) == "":
		return ErrEmpty
	}
	return nil
}

func (e *Engine) clean(text string) cleaned {
	text = norm.NFKC.String(withoutInvisible(norm.NFKC.String(withoutInvisible(text)))) // what parted two halves of a letter may be gone
	text = strings.Join(strings.Fields(text), " ")
	out := cleaned{Traditional: e.script.IsTraditional(text)}
	set := e.prompts()
	shown := set.Standard(e.script.ToSimplified(text))
	out.Text, out.Masked = mask(strings.Join(strings.Fields(strings.Map(withoutEmoji, shown)), " "))
	out.Text = withPauses(&set.Terms, out.Text)
	out.Shown, _ = mask(shown)
	if out.Masked && out.Shown == shown { // the emoji stood between the digits
		out.Shown = out.Text
	}
	return out
}

func withoutInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		if corpus.Invisible(r) {
			return -1
		}
		return r
	}, s)
}

// withoutEmoji makes blanks of emoji: they carry mood, not meaning.
func withoutEmoji(r rune) rune {
	if unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) && r > 0xff || unicode.Is(unicode.Me, r) {
		return ' '
	}
	return r
}

// Personal data in questions: citizens' ID numbers (18 characters, or 15 digits), mobile numbers, bank cards (16 to 19 digits),
// e-mail addresses. 12345 and dates stay. Groups of digits may be separated by single blanks or hyphens.
var personal = []*regexp.Regexp{
	regexp.MustCompile(`[1-9]\d{5}[ -]?(?:19|20)\d{2}[ -]?(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx]`),
	regexp.MustCompile(`\b[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}\b`),
	regexp.MustCompile(`\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?`),
	regexp.MustCompile(`(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}`),
	regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`),
}

const maskText = "[已隐去]"

// Mask takes personal data out of a text that is kept, such as the comment of a feedback.
func Mask(text string) string {
	masked, _ := mask(norm.NFKC.String(text))
	return masked
}

// mask looks again at what it left: the end of a long row of digits may be a number of its own. It ends, since a round that changes something
// leaves fewer characters that are not its own mark.
func mask(text string) (string, bool) {
	masked := text
	for {
		before := masked
		for _, p := range personal {
			masked = p.ReplaceAllString(masked, maskText)
		}
		if masked == before {
			return masked, masked != text
		}
	}
}
