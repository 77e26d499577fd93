package rag

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenda/corpus"
)

// pivots stand between who does something and to whom it is done: what is on their left and what on their right is not the same.
var pivots = regexp.MustCompile(`指导|领导|监督|管理|检查|服务|支持|协助|配合|带动|委托|聘请|向|由|被|把|对|给|从|比|受|归|帮|派|管`)

// orderReach is how far from a pivot, in runes, both sides are looked for in a passage.
const orderReach = 8

// swapped returns a clause that says of two things what the passages say of them the other way round: 甲向乙 for 乙向甲. It looks at what both
// hold around the same pivot, so that 由乙 for 向甲 (which may well be the same) is no objection. Empty: none.
func swapped(text string, cited []passage) string {
	var theirs []string
	for _, p := range cited {
		theirs = append(theirs, clausesIn(corpus.Fold(p.text))...)
	}
	all := strings.Join(theirs, "，")
	for _, c := range clausesIn(corpus.Fold(text)) {
		for _, at := range pivots.FindAllStringIndex(c, -1) {
			left, right := endIn(c[:at[0]], all), beginningIn(c[at[1]:], all)
			if left == "" || right == "" || left == right {
				continue
			}
			straight, reversed := false, false
			for _, t := range theirs {
				for _, there := range occurrences(t, c[at[0]:at[1]]) {
					before, after := lastRunes(t[:there], orderReach), clipRunes(t[there+at[1]-at[0]:], orderReach)
					straight = straight || strings.Contains(before, left) || strings.Contains(after, right)
					reversed = reversed || strings.Contains(before, right) && strings.Contains(after, left)
				}
			}
			if reversed && !straight {
				return c
			}
		}
	}
	return ""
}

// endIn is the longest end of text, of two Chinese characters or more, that stands in all; empty: none.
func endIn(text, all string) string {
	found := ""
	for i := len(text); i > 0; {
		r, n := utf8.DecodeLastRuneInString(text[:i])
		if i -= n; !unicode.Is(unicode.Han, r) || !strings.Contains(all, text[i:]) {
			break
		}
		found = text[i:]
	}
	if utf8.RuneCountInString(found) < 2 {
		return ""
	}
	return found
}

// beginningIn is endIn for the beginning.
func beginningIn(text, all string) string {
	found := ""
	for i, r := range text {
		end := i + utf8.RuneLen(r)
		if !unicode.Is(unicode.Han, r) || !strings.Contains(all, text[:end]) {
			break
		}
		found = text[:end]
	}
	if utf8.RuneCountInString(found) < 2 {
		return ""
	}
	return found
}

// occurrences are where word stands in text.
func occurrences(text, word string) (at []int) {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return at
		}
		at, from = append(at, from+i), from+i+len(word)
	}
}

func lastRunes(s string, n int) string {
	rs := []rune(s)
	return string(rs[max(0, len(rs)-n):])
}
