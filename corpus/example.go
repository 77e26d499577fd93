package corpus

import (
	"maps"
	"slices"
)

// A namedExample is a question of no document.
type namedExample struct{ name, text string }

// namedExamples flattens examples in an order that does not change.
func namedExamples(by map[string][]string) []namedExample {
	var out []namedExample
	for _, name := range slices.Sorted(maps.Keys(by)) {
		for _, text := range by[name] {
			out = append(out, namedExample{name, text})
		}
	}
	return out
}

// An Example is what the nearest examples say that a question is.
type Example struct {
	Name   string
	Text   string
	Cosine float64 // of the nearest
	Votes  int     // how many of the nearest voters are of this name
}

// voters is how many of the nearest examples are heard.
const voters = 5

// nearestExample makes an Example of the nearest voters, the best first; nil when there are none.
func (x *Index) nearestExample(near []neighbour) *Example {
	if len(near) == 0 {
		return nil
	}
	best := x.examples[near[0].n]
	e := &Example{Name: best.name, Text: best.text, Cosine: near[0].cosine}
	for _, n := range near {
		if x.examples[n.n].name == best.name {
			e.Votes++
		}
	}
	return e
}
