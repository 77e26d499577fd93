package prompts

import "strings"

// A runeSet holds the runes of a text, as far as it tells them apart: it never says that a rune of the text is not there. Thousands of
// literals are looked for in every question; one that has a rune which the question lacks need not be.
type runeSet [64]uint64

// slot is where a rune stands: runes that are a multiple of 4,096 apart share it.
func slot(r rune) uint16 { return uint16(r) & 4095 }

func (s *runeSet) add(text string) {
	for _, r := range text {
		at := slot(r)
		s[at/64] |= 1 << (at % 64)
	}
}

// A literal is a text to be looked for.
type literal struct {
	text  string
	slots []uint16 // of its runes
}

func literalOf(text string) literal {
	l := literal{text: text}
	for _, r := range text {
		l.slots = append(l.slots, slot(r))
	}
	return l
}

// in reports whether the literal stands in text, whose runes are in runes.
func (l literal) in(text string, runes *runeSet) bool {
	for _, at := range l.slots {
		if runes[at/64]>>(at%64)&1 == 0 {
			return false
		}
	}
	return strings.Contains(text, l.text)
}
