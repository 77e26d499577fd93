package rag

import (
	"testing"

	"wenda/corpus"
	"wenda/prompts"
)

func TestRuleMargins(t *testing.T) {
	for _, c := range []struct {
		rule            string
		alone, followUp float64
	}{
		{"list", 1.7, followRuleMargin}, {"phone", 2.5, followRuleMargin}, {"lacking:分钟", 2.5, followRuleMargin}, {"condition:条件", ruleMargin, followRuleMargin}, {"date", 1.7, followRuleMargin}, {"number:所", 1.7, followRuleMargin},
		{"meaning", 1.7, followRuleMargin}, {"meaning:name", 2.5, followRuleMargin}, {"level:高中", 2.5, followRuleMargin}, {"money", 2.5, followRuleMargin},
		{"share:每班", 2.5, followRuleMargin}, {"series", 2.5, followRuleMargin}, {"address", 3.5, followRuleMargin}, {"besides:通报", 3.5, followRuleMargin},
		{"list:counted", 6, 6}, {"level:told", 0, followRuleMargin}, {"local:西林", 3, followRuleMargin}, {"part:named", 6, 6}, {"person:局长", 1.7, followRuleMargin},
	} {
		if got := ruleMarginOf(c.rule, false); got != c.alone {
			t.Errorf("%s: got %v, want %v", c.rule, got, c.alone)
		}
		if got := ruleMarginOf(c.rule, true); got != c.followUp {
			t.Errorf("%s, asked by the follow-up: got %v, want %v", c.rule, got, c.followUp)
		}
	}
}

func TestRefusalHolds(t *testing.T) {
	for _, c := range []struct {
		rule     string
		positive float64
		asked    bool
		want     bool
	}{
		{"list", .9, false, true}, {"list", sureVariant, false, false}, {"list", sureVariant, true, true}, {"list:counted", sureVariant, false, true},
	} {
		if got := (refusal{rule: c.rule}).holds(c.positive, c.asked); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

// The head's refusal names what the nearest negative variant lacks, and a number only where one is asked for.
func TestLacksOf(t *testing.T) {
	r := &run{set: promptSet(t)}
	for _, c := range []struct {
		question, lacks string
		cosine          float64
		want            string
	}{
		{"老师要轮岗，真的吗", "number", .9, "detail"}, {"轮岗的老师有几个", "number", .9, "number"}, {"轮岗多少人", "number", sameLack - .01, "detail"}, {"真的吗", "money", .9, "detail"}, {"奖金有没有", "money", .9, "money"},
		{"能投诉学校吗", "result", .9, "detail"}, {"投诉有结果吗", "result", .9, "result"}, {"为什么奖励老教师", "date", .9, "detail"}, {"几号奖励", "date", .9, "date"},
		{"真的吗", "reason", .9, "detail"}, {"为什么呢", "reason", .9, "reason"}, {"真的吗", "person", .9, "detail"}, {"谁来评", "person", .9, "person"},
		{"真的吗", "frequency", .9, "detail"}, {"多久一次", "frequency", .9, "frequency"}, {"真的吗", "level", .9, "level"},
	} {
		f := found{understood: understood{followUp: followUp{question: c.question}}, result: corpus.Result{Negative: &corpus.NearMiss{Lacks: c.lacks, Cosine: c.cosine}}}
		if got := r.lacksOf(f); got != c.want {
			t.Errorf("%s beside one that lacks %s, %.2f: got %s, want %s", c.question, c.lacks, c.cosine, got, c.want)
		}
	}
	if got := r.lacksOf(found{}); got != "detail" {
		t.Errorf("beside none: got %s", got)
	}
}

// In a story a clause must look more like a cry for help than a message by itself.
func TestLikelyInStory(t *testing.T) {
	set := promptSet(t)
	route := func(name string) prompts.Route {
		m, _, ok := set.RouteByName(name)
		if !ok {
			t.Fatalf("no route %s", name)
		}
		return m
	}
	for _, c := range []struct {
		route string
		kinds map[string]float64
		want  bool
	}{
		{"distress", map[string]float64{kindHelp: .9}, false},
		{"distress", map[string]float64{kindHelp: 1}, true},
		{"distress", nil, true}, // no head: words decide
		{"injection", map[string]float64{kindAttack: -.5, kindHelp: -9}, true},
		{"injection", map[string]float64{kindAttack: -.6}, false},
	} {
		if got := likelyInStory(route(c.route), corpus.Result{Kinds: c.kinds}); got != c.want {
			t.Errorf("%s, %v: got %v", c.route, c.kinds, got)
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
	quotes, _ := chooseQuotes(&promptSet(t).Terms, "书屋几个", res, maxQuotes)
	if got := textsOf(quotes); len(got) != 2 || got[0] != "书屋新建9个。" || got[1] != "书屋改造14个。" {
		t.Errorf("got %q", got)
	}
}

func TestNamedFirst(t *testing.T) {
	hit := func(id string, texts ...string) corpus.Hit {
		h := corpus.Hit{Chunk: &corpus.Chunk{ID: id}}
		for _, text := range texts {
			h.Sentences = append(h.Sentences, corpus.SentenceScore{Source: corpus.Source{Text: text}})
		}
		return h
	}
	hits := []corpus.Hit{hit("a", "建设节水学校。", "推广平台。"), hit("b", "查食堂。", "查饮用水。", "查校车。")}
	for _, c := range []struct{ question, chunk, first string }{
		{"饮用水", "b", "查饮用水。"},
		{"饮用水呢？", "b", "查饮用水。"},
		{"平台", "a", "推广平台。"},
		{"节水", "a", "建设节水学校。"},
		{"游泳", "a", "建设节水学校。"},
		{"查饮用水归谁管", "a", "建设节水学校。"}, // no bare word
	} {
		got := namedFirst(c.question, hits)
		if got[0].Chunk.ID != c.chunk || got[0].Sentences[0].Text != c.first || len(got) != 2 || len(got[0].Sentences)+len(got[1].Sentences) != 5 {
			t.Errorf("%s: got %s %q first of %d", c.question, got[0].Chunk.ID, got[0].Sentences[0].Text, len(got))
		}
	}
	if hits[0].Chunk.ID != "a" || hits[1].Sentences[0].Text != "查食堂。" {
		t.Error("the search's own hits were changed")
	}
}
