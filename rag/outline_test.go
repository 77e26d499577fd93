package rag

import (
	"slices"
	"testing"

	"wenda/corpus"
)

// The best sentence is the first line of an outline that leaves it out, and of one that has it where the question is narrow.
func TestWithBest(t *testing.T) {
	source := func(text string) corpus.Source { return corpus.Source{Text: text} }
	outline := &corpus.OutlineHit{Points: []corpus.OutlinePoint{
		{Source: source("甲要办好。"), Text: "办好甲"}, {Source: source("乙要办好。"), Text: "办好乙"}, {Source: source("丙要办好。"), Text: "办好丙"}}}
	for _, c := range []struct {
		name, best string
		narrow     bool
		n          int
		want       []string
	}{
		{"it has a line", "乙要办好。", false, 5, []string{"办好甲", "办好乙", "办好丙"}},
		{"it has a line, narrow", "乙要办好。", true, 5, []string{"乙要办好。", "办好甲", "办好丙"}},
		{"it has none", "丁要办好。", false, 5, []string{"丁要办好。", "办好甲", "办好乙", "办好丙"}},
		{"it has none and there is no room", "丁要办好。", true, 3, []string{"丁要办好。", "办好甲", "办好乙"}},
	} {
		var got []string
		for _, p := range withBest(outline, corpus.SentenceScore{Source: source(c.best)}, c.n, c.narrow).Points {
			got = append(got, p.Text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
	summed := &corpus.OutlineHit{Points: []corpus.OutlinePoint{{Source: source("要办好中心食堂。")}, {Source: source("要开放学校操场。")}, {Source: source("要建设书香校园。")}}}
	if got := withBest(summed, corpus.SentenceScore{Source: source("任务有三项，即办好中心食堂、开放学校操场、建设书香校园。")}, 5, true); len(got.Points) != 3 {
		t.Errorf("a sentence that sums the lines up became one: %+v", got.Points)
	}
	if outline.Points[1].Text != "办好乙" {
		t.Error("the outline itself changed")
	}
}

// A line that was cut begins with what is done.
func TestPointOf(t *testing.T) {
	long := "2022年的重点任务有四项，内容很多很多很多很多很多，即争创两个区、落实“双减”政策、加速教育资源配置、启动学校第六轮主动发展规划，要一件一件地办。"
	got := pointOf(corpus.SentenceScore{Source: corpus.Source{Text: long}, Facts: []string{"落实“双减”政策"}})
	if want := "争创两个区、落实“双减”政策、加速教育资源配置、启动学校第六轮主动发展规划……"; got.Text != want {
		t.Errorf("got %s", got.Text)
	}
}

// A sentence that lists what the lines say is none itself.
func TestSumsUp(t *testing.T) {
	lines := []corpus.OutlinePoint{
		{Source: corpus.Source{Text: "第二项是落实“双减”政策，减轻负担。"}},
		{Source: corpus.Source{Text: "第三项是加速教育资源配置。"}},
		{Source: corpus.Source{Text: "第四项是启动学校第六轮主动发展规划。"}},
	}
	for text, want := range map[string]bool{
		"重点任务有四项，即争创两个区、落实“双减”政策、加速教育资源配置、启动学校第六轮主动发展规划。": true,
		"重点任务有落实“双减”政策、办好食堂、开放操场。":                        false,
		"要加速教育资源配置。": false,
	} {
		if got := sumsUp(text, lines); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}
