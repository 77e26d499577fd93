package plan

import (
	"slices"
	"testing"
)

// What several authors wrote under one heading or topic is one paragraph or outline.
func TestJoin(t *testing.T) {
	got := joinParagraphs([]Paragraph{{Heading: []string{"甲"}, Units: []Unit{{Say: "一"}}, Ask: []string{"a"}}, {Heading: []string{"乙"}},
		{Heading: []string{"甲"}, Ask: []string{"b"}, Sure: []Beside{{Question: "c"}}, Near: []Beside{{Question: "d"}}}})
	if len(got) != 2 || len(got[0].Units) != 1 || !slices.Equal(got[0].Ask, []string{"a", "b"}) || len(got[0].Sure) != 1 || len(got[0].Near) != 1 || got[1].Heading[0] != "乙" {
		t.Errorf("got %+v", got)
	}
	outlines := joinOutlines([]Outline{{Topic: "甲", Ask: []string{"a"}, Points: []Point{{Text: "p"}}}, {Topic: "乙"}, {Topic: "甲", Ask: []string{"b"}}})
	if len(outlines) != 2 || !slices.Equal(outlines[0].Ask, []string{"a", "b"}) || len(outlines[0].Points) != 1 {
		t.Errorf("got %+v", outlines)
	}
}
