package rag

import "testing"

// A year other than the document's own is a date.
func TestOtherYearIn(t *testing.T) {
	for _, c := range []struct {
		text string
		own  int
		want bool
	}{{"1994年步入政界。", 0, true}, {"2022年举行书法节。", 2022, false}, {"2021年印发。", 2022, true}, {"举行书法节。", 2022, false}} {
		if got := otherYearIn(c.text, c.own); got != c.want {
			t.Errorf("%q: got %v", c.text, got)
		}
	}
}
