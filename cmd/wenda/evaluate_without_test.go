package main

import (
	"context"
	"strings"
	"testing"

	"wenda/corpus"
	"wenda/prompts"
)

type fixedShelf struct {
	corpus.Shelf
	kept []corpus.Kept
}

func (s fixedShelf) Live(context.Context) ([]corpus.Kept, error) { return s.kept, nil }

func TestThinShelf(t *testing.T) {
	full := corpus.Kept{Variants: []corpus.Variant{{Text: "有多少"}, {Text: "哪天", Negative: true}}, Outlines: []corpus.Outline{{Topic: "学位"}}}
	for _, c := range []struct {
		without                        string
		positives, negatives, outlines int
	}{
		{"variants", 0, 1, 1}, {"negatives", 1, 0, 1}, {"outlines", 1, 1, 0}, {"nothing", 1, 1, 1},
	} {
		kept, err := thinShelf{fixedShelf{kept: []corpus.Kept{full}}, c.without}.Live(context.Background())
		if err != nil || len(kept) != 1 {
			t.Fatalf("%s: got %d documents, error %v", c.without, len(kept), err)
		}
		positives, negatives := 0, 0
		for _, v := range kept[0].Variants {
			if v.Negative {
				negatives++
			} else {
				positives++
			}
		}
		if positives != c.positives || negatives != c.negatives || len(kept[0].Outlines) != c.outlines {
			t.Errorf("%s: got %d, %d, %d, want %d, %d, %d", c.without, positives, negatives, len(kept[0].Outlines), c.positives, c.negatives, c.outlines)
		}
	}
	if len(full.Variants) != 2 {
		t.Error("the shelf's own variants were changed")
	}
}

// Leaving parts out changes what the app works with and nothing else.
func TestLeaveOut(t *testing.T) {
	set, err := prompts.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	thin := func(parts ...string) (*App, *prompts.Set) {
		a := &App{Library: &corpus.Library{Shelf: fixedShelf{}, Wording: corpus.Wording{Lexicon: wording(set).Lexicon, Examples: set.Examples,
			Signals: func(string) func(string) []float64 { return nil }}}}
		a.prompts.Store(set)
		a.leaveOut(parts)
		return a, a.prompts.Load()
	}
	a, got := thin("examples", "thesaurus", "signals", "rules", "alarms", "dialect", "negatives")
	if a.Library.Examples != nil || a.Library.Lexicon.Thesaurus != nil || a.Library.Signals != nil || a.Library.Lexicon.Version == set.Version {
		t.Errorf("left in the library: %d examples, %d synonyms, lexicon %s", len(a.Library.Examples), len(a.Library.Lexicon.Thesaurus), a.Library.Lexicon.Version)
	}
	if got.Terms.AskDate != nil || got.Terms.AlarmWords != nil || got.Standard("幼稚园") != "幼稚园" {
		t.Errorf("left in the terms: %d, %d, %q", len(got.Terms.AskDate), len(got.Terms.AlarmWords), got.Standard("幼稚园"))
	}
	if _, ok := a.Library.Shelf.(thinShelf); !ok {
		t.Error("the shelf is whole")
	}
	if _, got = thin("rules"); len(got.Terms.AlarmWords) == 0 || got.Standard("幼稚园") != "幼儿园" {
		t.Error("without rules the alarm words and the dialect went too")
	}
	if len(set.Terms.AskDate) == 0 || set.Standard("幼稚园") != "幼儿园" {
		t.Error("the set that others use was changed")
	}
	if err := checkParts([]string{"negatives", "nose"}); err == nil || !strings.Contains(err.Error(), "nose") || strings.Contains(err.Error(), `"negatives"`) {
		t.Errorf("got error %v", err)
	}
}
