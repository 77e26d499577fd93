package backend

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reasoning models of DeepSeek, Qwen and others write their reasoning between these, in the text, where the server does not take it
// out (llama.cpp, tools/server/README.md, --reasoning-format none).
const (
	thinkOpen  = "<think>"
	thinkClose = "</think>"
)

// thinkFilter takes reasoning out of a text that comes in pieces. Any cut of the text gives the same result. The zero value is ready.
type thinkFilter struct {
	held   string // the end of what came, as long as it may be the beginning of a mark
	before string // inside: the end of what stood before the reasoning, as long as it may make a mark with what follows it
	inside bool
	spoken bool // something was let through
}

// add takes the next piece and returns what may be shown now. It is not ok when reasoning ends that did not begin, as models do whose
// template writes the opening mark: what was let through was reasoning.
func (f *thinkFilter) add(piece string) (text string, ok bool) {
	f.held += piece
	var out strings.Builder
	for {
		mark := thinkOpen
		if f.inside {
			mark = thinkClose
		}
		at := strings.Index(f.held, mark)
		if !f.inside {
			if end := strings.Index(f.held, thinkClose); end >= 0 && (at < 0 || end < at) {
				if f.spoken || strings.TrimSpace(f.held[:end]) != "" {
					return "", false
				}
				f.held = f.held[end+len(thinkClose):]
				continue
			}
		}
		if at < 0 {
			break
		}
		after := f.held[at+len(mark):]
		if f.inside {
			f.held, f.before = f.before+after, ""
		} else {
			open := at - overlap(f.held[:at])
			f.let(&out, f.held[:open])
			f.held, f.before = after, f.held[open:at]
		}
		f.inside = !f.inside
	}
	keep := max(overlap(f.held), openRune(f.held))
	if !f.inside {
		f.let(&out, f.held[:len(f.held)-keep])
	}
	f.held = f.held[len(f.held)-keep:]
	return out.String(), true
}

// rest returns what was held back when the text is over. Reasoning without an end gives nothing.
func (f *thinkFilter) rest() string {
	var out strings.Builder
	if f.inside {
		f.held = f.before
	}
	f.let(&out, f.held)
	f.held, f.before = "", ""
	return out.String()
}

// let lets text through, without the blank lines that stand between reasoning and text.
func (f *thinkFilter) let(out *strings.Builder, text string) {
	if !f.spoken {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
	}
	f.spoken = f.spoken || text != ""
	out.WriteString(text)
}

// openRune is the length of a character that has begun at the end of text and is not whole yet: what it is only its end tells.
func openRune(text string) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if end := text[len(text)-n:]; utf8.RuneStart(end[0]) {
			if utf8.FullRuneInString(end) {
				return 0
			}
			return n
		}
	}
	return 0
}

// overlap is the length of the end of text that is made of beginnings of marks: each may become a mark when what follows it is known, and
// one before another when the reasoning that the other begins is taken out.
func overlap(text string) int {
	total := 0
	for {
		n := begun(text[:len(text)-total])
		if n == 0 {
			return total
		}
		total += n
	}
}

// begun is the length of the longest end of text that a mark begins with.
func begun(text string) int {
	for n := min(len(text), len(thinkClose)-1); n > 0; n-- {
		if end := text[len(text)-n:]; strings.HasPrefix(thinkOpen, end) || strings.HasPrefix(thinkClose, end) {
			return n
		}
	}
	return 0
}
