package eval

import "fmt"

// Blocked says in Chinese why the new run is too much worse to go live; empty when it is not. margin is how many percent of all questions
// may be lost, those that are right now and were not set against them. Beyond noise (Worsened) is always too much, and so is an answer
// that says what it must not where the earlier one did not.
func (c Comparison) Blocked(margin float64) string {
	for _, r := range c.Rows {
		if r.Kind != "all" {
			continue
		}
		if lost := r.Worse - r.Better; float64(lost) > margin/100*float64(r.N) {
			return fmt.Sprintf("%d题里净变差%d题，超过允许的%g%%", r.N, lost, margin)
		}
	}
	for _, ch := range append(append([]Change(nil), c.Worse...), c.CitedWorse...) {
		if ch.After.Forbidden != "" && ch.Before.Forbidden == "" {
			return "出现了不该说的话：" + ch.After.Forbidden
		}
	}
	if c.Worsened() {
		return "某一类题或出处明显变差，超出偶然"
	}
	return ""
}
