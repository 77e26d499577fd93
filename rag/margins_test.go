package rag

import (
	"testing"

	"wenda/corpus"
)

func TestRuleMargins(t *testing.T) {
	for rule, want := range map[string]float64{"level:高中": safeRuleMargin, "money": safeRuleMargin, "share:每班": safeRuleMargin, "series": safeRuleMargin,
		"number:所": numberRuleMargin, "list": ruleMargin, "date": ruleMargin, "condition:条件": ruleMargin} {
		if got := ruleMarginOf(rule); got != want {
			t.Errorf("%s: got %v, want %v", rule, got, want)
		}
	}
	if numberRuleMargin >= ruleMargin || ruleMargin >= safeRuleMargin {
		t.Error("a rule that is wrong more often needs more of the head's doubt")
	}
}

func TestHelpBelow(t *testing.T) {
	for _, c := range []struct {
		kinds map[string]float64
		want  bool
	}{{nil, false}, {map[string]float64{kindHelp: .9}, true}, {map[string]float64{kindHelp: 1}, false}, {map[string]float64{kindAttack: -3}, false}} {
		if got := helpBelow(corpus.Result{Kinds: c.kinds}, storyNeed); got != c.want {
			t.Errorf("%v: got %v", c.kinds, got)
		}
	}
}

// The best sentence need not have the highest score, since the probe speaks too; of the others those count that are close to it.
func TestQuotesCloseToTheBest(t *testing.T) {
	chunk := &corpus.Chunk{ID: "p", Kind: corpus.Paragraph}
	sentence := func(n int, text string, score, probe float64) corpus.SentenceScore {
		return corpus.SentenceScore{Source: corpus.Source{Chunk: chunk, Sentence: n, Text: text}, Score: score, Probe: probe}
	}
	res := corpus.Result{Hits: []corpus.Hit{{Chunk: chunk, Sentences: []corpus.SentenceScore{
		sentence(2, "书屋新建9个。", 1, .6), sentence(1, "书屋由街道管理。", .7, .5), sentence(0, "书屋改造14个。", .9, .1)}}}}
	quotes, _ := chooseQuotes("书屋几个", res, maxQuotes)
	if got := textsOf(quotes); len(got) != 2 || got[0] != "书屋改造14个。" || got[1] != "书屋新建9个。" {
		t.Errorf("got %q", got)
	}
}
