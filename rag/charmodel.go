package rag

import (
	"math"
	"unicode"
)

// A charModel says how likely a character follows two others in residents' questions and in the documents: counts of one, two and three
// characters, mixed. It is what tells the readings of typed sounds apart.
type charModel struct {
	one, two, three map[uint64]float64
	all             float64
}

// edge stands for what is no Han character: sentences end there, and figures and Latin words too.
const edge rune = 0

// Weights of the mixture, and how many characters there may be beside those that were seen.
const (
	weightThree  = .6
	weightTwo    = .3
	weightOne    = .1
	unseenTotal  = 6000
	contextCount = 1 // a context seen so often is trusted by half
)

func newCharModel() *charModel {
	return &charModel{one: map[uint64]float64{}, two: map[uint64]float64{}, three: map[uint64]float64{}}
}

func gramKey(chars ...rune) (key uint64) {
	for _, c := range chars {
		key = key<<21 | uint64(c)
	}
	return key
}

// learn counts a text so many times.
func (m *charModel) learn(text string, times float64) {
	a, b := edge, edge
	count := func(c rune) {
		m.one[gramKey(c)] += times
		m.two[gramKey(b, c)] += times
		m.three[gramKey(a, b, c)] += times
		m.all += times
		a, b = b, c
	}
	for _, c := range text {
		if unicode.Is(unicode.Han, c) {
			count(c)
		} else if b != edge {
			count(edge)
		}
	}
	if b != edge {
		count(edge)
	}
}

// score is the logarithm of the chance that c follows a and b.
func (m *charModel) score(a, b, c rune) float64 {
	one := (m.one[gramKey(c)] + .5) / (m.all + unseenTotal)
	two := one
	if before := m.one[gramKey(b)]; before > 0 {
		two = (m.two[gramKey(b, c)] + contextCount*one) / (before + contextCount)
	}
	three := two
	if before := m.two[gramKey(a, b)]; before > 0 {
		three = (m.three[gramKey(a, b, c)] + contextCount*two) / (before + contextCount)
	}
	return math.Log(weightThree*three + weightTwo*two + weightOne*one)
}
