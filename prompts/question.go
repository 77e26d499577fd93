package prompts

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A view is a question in the shapes that routes compare.
type view struct {
	raw   string   // trimmed, lower case: finds emoji alone
	text  string   // lower case, runs of blanks as one, none beside Han: what regular expressions see
	tight string   // letters and digits only
	bare  string   // tight without particles
	once  string   // the unit that bare repeats (你好你好), else empty
	words string   // Latin letters and digits, everything else one blank, blanks at both ends
	runes int      // of tight
	holds *runeSet // the runes of text, tight and words
	known []string // which of raw, tight, bare and once are exact phrases of some route
}

func viewOf(question string) view {
	raw := strings.TrimSpace(mapLower(question))
	v := view{raw: raw, text: squeeze(raw)}
	v.tight = strings.Map(letters, raw)
	v.bare = strings.Map(func(r rune) rune {
		if particle(r) {
			return -1
		}
		return r
	}, v.tight)
	v.once = unit([]rune(v.bare))
	v.words = latinWords(raw)
	v.runes = utf8.RuneCountInString(v.tight)
	v.holds = new(runeSet)
	v.holds.add(v.text) // tight drops runes of it
	v.holds.add(v.words)
	return v
}

// A phrase is a text to be found anywhere in a question.
type phrase struct {
	text  string  // as written
	tight literal // set when it holds Han, or is Latin and long enough to be found with blanks dropped
	words literal // set when it is Latin only: " ignore previous "
}

// longLatin is from how many letters on a Latin phrase is found with blanks dropped too: shorter ones stand inside other words.
const longLatin = 12

func phraseOf(text string) phrase {
	lower := mapLower(text)
	tight := strings.Map(letters, lower)
	p := phrase{text: text}
	if utf8.RuneCountInString(tight) < len(tight) { // something beyond ASCII
		p.tight = literalOf(tight)
		return p
	}
	if w := latinWords(lower); w != " " {
		p.words = literalOf(w)
	}
	if len(tight) >= longLatin {
		p.tight = literalOf(tight)
	}
	return p
}

func (p phrase) in(v view) bool {
	return p.tight.text != "" && p.tight.in(v.tight, v.holds) || p.words.text != "" && p.words.in(v.words, v.holds)
}

// either is a literal whose runes stand in every text that the phrase is found in.
func (p phrase) either() literal {
	if p.tight.text != "" {
		return p.tight
	}
	return p.words
}

func (p phrase) key() string {
	return strings.TrimSpace(p.either().text)
}

// A cut is what StripGreeting takes off.
type cut struct {
	text     []rune
	boundary bool // only where punctuation or a blank follows
	unless   []string
}

// StripGreeting takes greetings and polite openings off the front (你好，请问今年学位有多少 gives 今年学位有多少). What comes back is an
// end of the question, blanks around it aside; a question that is nothing else comes back as it was.
func (s *Set) StripGreeting(question string) string {
	rest := question
	for {
		rest = strings.TrimLeftFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !opening(r) })
		n := s.greeting(rest)
		if n == 0 {
			break
		}
		rest = strings.TrimLeftFunc(rest[n:], particle)
	}
	left := strings.TrimSpace(rest)
	if viewOf(left).bare == "" {
		return question
	}
	return left
}

// greeting gives how many bytes of the front are a greeting, 0 for none.
func (s *Set) greeting(text string) int {
	first, _ := utf8.DecodeRuneInString(text)
	for _, c := range s.cuts[unicode.ToLower(first)] {
		n := prefix(text, c.text)
		if n == 0 || slices.ContainsFunc(c.unless, func(u string) bool { return prefix(text, []rune(u)) > 0 }) {
			continue
		}
		after, _ := utf8.DecodeRuneInString(text[n:])
		if n < len(text) && letters(after) >= 0 {
			latin := c.text[len(c.text)-1] < 0x80 && after < 0x80 // not hi in history; hello学位 is fine for a cut
			if c.boundary || latin {
				continue
			}
		}
		return n
	}
	return 0
}

// prefix gives how many bytes of text's front equal want, letter case aside; 0 when they do not.
func prefix(text string, want []rune) int {
	i := 0
	for _, w := range want {
		r, size := utf8.DecodeRuneInString(text[i:])
		if size == 0 || unicode.ToLower(r) != unicode.ToLower(w) {
			return 0
		}
		i += size
	}
	return i
}

// opening are signs that belong to what follows them.
func opening(r rune) bool { return strings.ContainsRune("“‘《（(\"'【[「『<", r) }

// particle are the sounds that end a phrase and carry nothing.
func particle(r rune) bool {
	return strings.ContainsRune("呀啊吗呢吧哦哈噢喔哟啦嘛么诶欸咯", r)
}

func letters(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsNumber(r) {
		return r
	}
	return -1
}

// mapLower lowers rune by rune, so that lengths in runes stay; invalid bytes become U+FFFD.
func mapLower(s string) string { return strings.Map(unicode.ToLower, s) }

// squeeze makes runs of blanks one and drops blanks that touch a Han character.
func squeeze(s string) string {
	fields := strings.Fields(s)
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			last, _ := utf8.DecodeLastRuneInString(fields[i-1])
			first, _ := utf8.DecodeRuneInString(f)
			if !unicode.Is(unicode.Han, last) && !unicode.Is(unicode.Han, first) {
				b.WriteByte(' ')
			}
		}
		b.WriteString(f)
	}
	return b.String()
}

func latinWords(s string) string {
	var b strings.Builder
	b.WriteByte(' ')
	open := false
	for _, r := range s {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			b.WriteRune(r)
			open = true
		} else if open {
			b.WriteByte(' ')
			open = false
		}
	}
	if open {
		b.WriteByte(' ')
	}
	return b.String()
}

// unit gives what text repeats twice or more as a whole, else nothing.
func unit(text []rune) string {
	n := len(text)
	for k := 1; k <= n/2; k++ {
		if n%k != 0 {
			continue
		}
		same := true
		for i := k; i < n && same; i++ {
			same = text[i] == text[i-k]
		}
		if same {
			return string(text[:k])
		}
	}
	return ""
}
