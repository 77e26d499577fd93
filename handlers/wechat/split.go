package wechat

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Bounds of what is sent for one message (PROTOCOL.md 14, 15).
const (
	maxPartBytes = 2000
	maxParts     = 4
	counterBytes = len("\n(4/4)")
)

var (
	// sentenceEnds are where a text may be parted: behind 。！？； with the quotes and citation marks that belong to it, or at a line end.
	sentenceEnds = regexp.MustCompile(`[。！？；][”’」』）】]*(?:\[\d{1,3}\])*|\n`)
	// whole are never parted: URLs and citation marks.
	whole = regexp.MustCompile(`https?://[!-~]+|\[\d{1,3}\]`)
)

// split parts head and body into at most most pieces of at most limit bytes, with room in each for its counter, and in the last for tail
// bytes; when it says that it cut the body short, for tail and more. Of a text that is not cut short nothing is lost. head stands in the first
// piece whole. head, tail and more together must leave some room in limit.
func split(head, body string, tail, more, limit, most int) (pieces []string, short bool) {
	if len(head)+len(body)+tail <= limit {
		return []string{head + body}, false
	}
	room := limit - counterBytes
	rest, before := body, head
	for {
		space := room - len(before)
		if len(rest)+tail <= space {
			return append(pieces, before+rest), false
		}
		if len(pieces) == most-1 {
			piece := cutAt(rest, space-tail-more)
			return append(pieces, before+piece), true
		}
		piece := cutAt(rest, space)
		pieces = append(pieces, before+piece)
		rest, before = rest[len(piece):], ""
	}
}

// cutAt gives the longest beginning of text that ends where a sentence does and has at most most bytes; without such an end, one that parts
// no character, URL or citation mark. Only what is itself longer than most is parted.
func cutAt(text string, most int) string {
	if len(text) <= most {
		return text
	}
	most = max(most, utf8.UTFMax)
	at := 0
	for _, end := range sentenceEnds.FindAllStringIndex(text, -1) {
		if end[1] > most {
			break
		}
		at = end[1]
	}
	if at > 0 {
		return text[:at]
	}
	at = most
	for !utf8.RuneStart(text[at]) {
		at--
	}
	kept := at
	for _, w := range whole.FindAllStringIndex(text, -1) {
		if w[0] < at && at < w[1] {
			kept = w[0]
		}
	}
	if kept > 0 {
		at = kept
	}
	return text[:at]
}

// numbered adds counters to the pieces of a message that has several, and takes away the blanks at their ends.
func numbered(pieces []string) []string {
	if len(pieces) == 1 {
		return []string{strings.TrimSpace(pieces[0])}
	}
	out := make([]string, len(pieces))
	for i, p := range pieces {
		out[i] = strings.TrimSpace(p) + "\n(" + string(rune('1'+i)) + "/" + string(rune('0'+len(pieces))) + ")" // at most 4
	}
	return out
}
