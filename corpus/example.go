package corpus

import (
	"maps"
	"slices"
)

// A namedExample is a question of no document; its kind may be empty.
type namedExample struct{ name, text, kind string }

// namedExamples flattens examples in an order that does not change.
func namedExamples(by map[string][]string, kinds map[string]string) []namedExample {
	var out []namedExample
	for _, name := range slices.Sorted(maps.Keys(by)) {
		for _, text := range by[name] {
			out = append(out, namedExample{name, text, kinds[name]})
		}
	}
	return out
}

// An Example is a question of no document that is near to the one asked.
type Example struct {
	Name   string
	Text   string
	Cosine float64
}

// voters is how many of the nearest examples are told.
const voters = 9

// examplesOf are the nearest examples, the nearest first.
func (x *Index) examplesOf(near []neighbour) []Example {
	out := make([]Example, min(voters, len(near)))
	for i, n := range near[:len(out)] {
		out[i] = Example{x.examples[n.n].name, x.examples[n.n].text, n.cosine}
	}
	return out
}
