package rag

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxSaidRunes is the longest sentence of a model that is looked at; the prompt asks for 60 runes.
const maxSaidRunes = 300

// A cutter cuts a stream of text into sentences with the citation marks behind them. However the stream is cut, the sentences are the
// same, and joined they are the text.
type cutter struct{ rest string }

// add takes the next piece and returns the sentences that are complete. One ends after 。！？ or at a line's end, once it is clear
// that no mark follows; or after maxSaidRunes.
func (c *cutter) add(delta string) []string {
	c.rest += delta
	return c.cut(false)
}

// end returns what is left.
func (c *cutter) end() []string { return c.cut(true) }

func (c *cutter) cut(whole bool) []string {
	var out []string
	for {
		n, ok := sentenceLength(c.rest, whole)
		if !ok {
			return out
		}
		out = append(out, c.rest[:n])
		c.rest = c.rest[n:]
	}
}

// sentenceLength is the length in bytes of the first sentence of text; ok is false when what follows may still belong to it.
func sentenceLength(text string, whole bool) (n int, ok bool) {
	runes := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 && !utf8.FullRuneInString(text[i:]) && !whole {
			return 0, false
		}
		i += size
		runes++
		if r == '\n' {
			return i, true
		}
		if strings.ContainsRune("。！？!?", r) {
			return behind(text, i, whole)
		}
		if runes >= maxSaidRunes {
			return i, true
		}
	}
	return len(text), whole && len(text) > 0
}

// behind adds what belongs to a sentence that ended at i: more end marks, closing quotes, blanks, citation marks.
func behind(text string, i int, whole bool) (int, bool) {
	for from := i; i < len(text); {
		if i-from > maxBehind {
			return i, true
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		opens := strings.ContainsRune("[【［〔（(", r)
		if opens {
			if loc := markHere.FindStringIndex(text[i:]); loc != nil {
				i += loc[1]
				continue
			}
		}
		switch {
		case strings.ContainsRune("。！？!?”’」』》", r), r != '\n' && unicode.IsSpace(r):
			i += size
		case !whole && (!utf8.FullRuneInString(text[i:]) || opens && openMark.MatchString(wholeRunes(text[i:]))):
			return 0, false // a mark, perhaps, that is not complete
		default:
			return i, true
		}
	}
	return i, whole
}

// wholeRunes leaves out a rune at the end that has not come whole.
func wholeRunes(s string) string {
	for n := 1; n < utf8.UTFMax && n <= len(s); n++ {
		if b := s[len(s)-n]; utf8.RuneStart(b) {
			if !utf8.FullRuneInString(s[len(s)-n:]) {
				return s[:len(s)-n]
			}
			break
		}
	}
	return s
}

// Marks as models write them: [1], [1,2], [1][2], 【1】, ［１］, （1）, [1-3], [资料1], with or without blanks. At most markRunes long.
const (
	markOpen   = `[\[【［〔（(]`
	markWord   = `(?:资料|来源|引用|出处)?`
	markNumber = `[0-9０-９]{1,2}`
	markJoin   = `[ 　]{0,2}[,，、;；\-–~～][ 　]{0,2}` + markWord
)

// maxBehind is how many bytes behind its end a sentence may reach.
const maxBehind = 400

var (
	markHere  = regexp.MustCompile(`^` + citedMark.String())
	citedMark = regexp.MustCompile(markOpen + `[ 　]{0,2}` + markWord + markNumber + `(?:` + markJoin + markNumber + `){0,7}[ 　]{0,2}[\]】］〕）)]`)
	openMark  = regexp.MustCompile(`^` + markOpen + `[资料来源引用出处0-9０-９ 　,，、;；\-–~～]{0,80}$`) // no mark is longer
	numbersIn = regexp.MustCompile(`(` + markNumber + `)(?:[ 　]*[\-–~～][ 　]*` + markWord + `(` + markNumber + `))?`)
	listMark  = regexp.MustCompile(`^[\s　]*(?:[-*•·●]+[\s　]*|\d{1,2}[.、)）][\s　]*(?:\D|$)|[（(]\d{1,2}[)）]|[一二三四五六七八九十]{1,2}、|[①-⑳])`)
)

// A segment is a piece of a sentence with the passages that it names.
type segment struct {
	text string
	refs []int
}

// A saying is a sentence of a model taken apart.
type saying struct {
	text     string    // without marks
	segments []segment // text up to each group of marks; the last one may name none
	refs     []int     // of all, in order, each once
}

// parseSaying takes marks and list numbers off. Text is NFKC in its figures and Latin letters and has no invisible characters; its
// Chinese punctuation stays.
func parseSaying(raw string) saying {
	raw = withoutInvisible(raw)
	if m := listMark.FindString(raw); m != "" {
		if last, size := utf8.DecodeLastRuneInString(m); !strings.ContainsRune(".、)） 　\t-*•·●", last) && !(last >= '①' && last <= '⑳') {
			m = m[:len(m)-size] // the figure's next character, looked at so that 1.5万 is no list number
		}
		raw = raw[len(m):]
	}
	var s saying
	var b strings.Builder
	at := 0
	marks := citedMark.FindAllStringIndex(raw, -1)
	for i, m := range marks {
		piece := narrow(raw[at:m[0]])
		if strings.TrimFunc(piece, noLetter) == "" && len(s.segments) > 0 { // a mark right behind another one
			last := &s.segments[len(s.segments)-1]
			last.text += piece
			last.refs = append(last.refs, numbersOf(raw[m[0]:m[1]])...)
		} else {
			s.segments = append(s.segments, segment{piece, numbersOf(raw[m[0]:m[1]])})
		}
		b.WriteString(piece)
		at = marks[i][1]
	}
	tail := narrow(raw[at:])
	b.WriteString(tail)
	if strings.TrimFunc(tail, noLetter) != "" {
		s.segments = append(s.segments, segment{text: tail})
	}
	s.text = strings.TrimSpace(b.String())
	for i := range s.segments {
		for _, n := range s.segments[i].refs {
			if !slices.Contains(s.refs, n) {
				s.refs = append(s.refs, n)
			}
		}
	}
	for i := range s.segments {
		if len(s.segments[i].refs) == 0 { // said behind the last mark: it rests on all of them
			s.segments[i].refs = s.refs
		}
	}
	return s
}

func noLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }

// narrow makes full-width letters, figures and signs of figures ordinary ones.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Latin, r) || unicode.IsDigit(r) || r == '％' || r == '－' || r == '．' {
			for _, n := range norm.NFKC.String(string(r)) {
				return n
			}
		}
		return r
	}, s)
}

func numbersOf(mark string) []int {
	var out []int
	for _, m := range numbersIn.FindAllStringSubmatch(norm.NFKC.String(mark), -1) {
		from, _ := strconv.Atoi(m[1]) // the pattern has one or two digits
		to := from
		if m[2] != "" {
			to, _ = strconv.Atoi(m[2])
		}
		for n := from; n <= to; n++ {
			out = append(out, n)
		}
	}
	return out
}
