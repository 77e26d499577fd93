package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/corpus/digest"
	"wenda/prompts"
)

// planGuesses are those of the bundled plan, by words alone.
func planGuesses(t testing.TB) *guesses {
	t.Helper()
	set, err := prompts.Load(func(string) ([]byte, bool, error) { return nil, false, nil })
	if err != nil {
		t.Fatal(err)
	}
	bundled, err := digest.Kept(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	m := corpus.Material{Documents: []corpus.Document{bundled.Document}, Variants: bundled.Variants, Wording: corpus.Wording{Lexicon: wording(set).Lexicon}, DocumentOf: map[string]string{}}
	for _, v := range m.Variants {
		m.DocumentOf[v.ID] = bundled.Document.ID
	}
	x, err := corpus.Build(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	return newGuesses(x, set)
}

func TestSuggest(t *testing.T) {
	g := planGuesses(t)
	for _, typed := range []string{"学位", "课后服务", "老人", "今年新增", "校外培训怎么"} {
		got := g.suggest(typed, 6)
		if len(got) == 0 || len(got) > 6 {
			t.Errorf("%s: %d suggestions", typed, len(got))
		}
		seen := map[string]bool{}
		for _, s := range got {
			if seen[s.Question] {
				t.Errorf("%s: %s twice", typed, s.Question)
			}
			seen[s.Question] = true
			if share := shareOf(pairs(corpus.Fold(typed)), corpus.Fold(s.Question)); share < .6 {
				t.Errorf("%s: %s has only %.2f of it", typed, s.Question, share)
			}
			if n := len([]rune(s.Question)); n > longestShown {
				t.Errorf("%s: %s has %d characters", typed, s.Question, n)
			}
		}
	}
	if got := g.suggest("2022年新增多少", 6); len(got) == 0 || !strings.HasPrefix(got[0].Question, "2022年新增多少") {
		t.Errorf("what begins with the words does not come first: %v", got)
	}
	for _, nothing := range []string{"", "  ", "量子色动力学的胶子", "<script>"} {
		if got := g.suggest(nothing, 6); len(got) != 0 {
			t.Errorf("%q: %v", nothing, got)
		}
	}
}

// A topic whose question is of no document any more is not offered; the others are, each with questions of its own part.
func TestTopicsFollowTheDocuments(t *testing.T) {
	g := planGuesses(t)
	topics := map[string]int{}
	for _, s := range g.start {
		topics[s.Topic]++
	}
	for _, want := range []string{"入园入学", "课后服务", "校外培训", "特殊教育", "教师", "老年教育"} {
		if topics[want] == 0 {
			t.Errorf("no topic %s in %v", want, topics)
		}
	}
	other, err := corpus.Read("other.md", []byte("# 河湾区停车办法\n\n## 一、收费\n\n路边停车每小时5元。\n"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := corpus.Build(context.Background(), corpus.Material{Documents: []corpus.Document{other}})
	if err != nil {
		t.Fatal(err)
	}
	if got := newGuesses(x, g.set).start; len(got) != 0 {
		t.Errorf("without the plan these are offered: %v", got)
	}
}

func BenchmarkSuggest(b *testing.B) {
	g := planGuesses(b)
	for b.Loop() {
		if len(g.suggest("课后服务几点", 6)) == 0 {
			b.Fatal("nothing")
		}
	}
}
