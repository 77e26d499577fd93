package staff

import (
	"maps"
	"slices"
)

// A killStep makes attempts of a route. make fills one in and reports false when there is nothing to do it with now. Steps of one group never
// run at once, and those of two never touch the same thing.
type killStep struct {
	route, variant, group string
	make                  func(*suite, *attempt) bool
}

func (st killStep) name() string { return st.route + st.variant }

var killSteps = slices.Concat(signInSteps, ownSteps, accountSteps, promptSteps, setSteps, runSteps, filterSteps, curatedSteps, gapSteps, documentSteps, draftSteps, channelSteps)

func (a *attempt) will(key, value string) {
	if a.after == nil {
		a.after = map[string]string{}
	}
	a.after[key] = value
}

// one of a map, at random; ok is false for an empty one.
func pick[V any](s *suite, m map[string]V, fit func(V) bool) (name string, v V, ok bool) {
	var names []string
	for _, n := range slices.Sorted(maps.Keys(m)) {
		if fit(m[n]) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return "", v, false
	}
	name = names[s.random(len(names))]
	return name, m[name], true
}
