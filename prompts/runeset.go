package prompts

import (
	"cmp"
	"slices"
	"strings"
)

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

// A sieve tells which of many literals may stand in a text, in memory that lies together: most of what thousands of literals cost is that
// after a vector was made none of them is in the processor's caches (BenchmarkRoute is warm: 31 us, where a server took 290).
type sieve []couple

// A couple is the slots of two runes that a literal has; one is there twice where it has no other.
type couple struct{ a, b uint16 }

// coupleOf takes the two runes of l that fewest of the literals have.
func coupleOf(l literal, common map[uint16]int) couple {
	slots := slices.Clone(l.slots)
	slices.SortStableFunc(slots, func(x, y uint16) int { return cmp.Compare(common[x], common[y]) })
	return couple{slots[0], slots[min(1, len(slots)-1)]}
}

// sieveOf is that of the literals, in their order.
func sieveOf(list []literal) sieve {
	common := map[uint16]int{}
	for _, l := range list {
		for _, at := range l.slots {
			common[at]++
		}
	}
	out := make(sieve, len(list))
	for i, l := range list {
		out[i] = coupleOf(l, common)
	}
	return out
}

// lets reports whether the literal of c may stand in a text with these runes.
func (c couple) lets(runes *runeSet) bool {
	return runes[c.a/64]>>(c.a%64)&1 != 0 && runes[c.b/64]>>(c.b%64)&1 != 0
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
