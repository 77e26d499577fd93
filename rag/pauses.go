package rag

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"wenda/prompts"
)

// runOnRunes is from how many runes on a stretch without any mark was spoken rather than typed.
const runOnRunes = 30

var stretch = regexp.MustCompile(`[^，。！？；、：,.!?;:\s]+`)

// withPauses parts into sentences what was spoken without a pause (voice input): else all of it would be one sentence, and what it tells could not
// be told from what it asks.
func withPauses(t *prompts.Terms, text string) string {
	return stretch.ReplaceAllStringFunc(text, func(s string) string {
		if utf8.RuneCountInString(s) < runOnRunes {
			return s
		}
		var out strings.Builder
		for i := 0; i < len(s); {
			ask := beginsWith(s[i:], t.PauseAsks)
			if i > 0 && (ask != "" || endsWith(s[:i], t.PauseEnds) && beginsWith(s[i:], t.PauseStarts) != "") {
				out.WriteString("。")
			}
			_, n := utf8.DecodeRuneInString(s[i:])
			n = max(n, len(ask)) // 我想问问 is begun once
			out.WriteString(s[i : i+n])
			i += n
		}
		return out.String()
	})
}

// beginsWith is the longest of the words that text begins with; empty: none.
func beginsWith(text string, words []string) (longest string) {
	for _, w := range words {
		if len(w) > len(longest) && strings.HasPrefix(text, w) {
			longest = w
		}
	}
	return longest
}

func endsWith(text string, words []string) bool {
	for _, w := range words {
		if strings.HasSuffix(text, w) {
			return true
		}
	}
	return false
}
