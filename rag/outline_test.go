package rag

import (
	"slices"
	"strings"
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
// Of a paragraph's own sentences the one that only sums the others up is no line; one that somebody chose stays.
func TestFilledWithoutSum(t *testing.T) {
	point := func(text, source string) corpus.OutlinePoint {
		return corpus.OutlinePoint{Text: text, Source: corpus.Source{Chunk: &corpus.Chunk{}, Text: source}}
	}
	sum := "重点任务有三项，即落实“双减”政策、加速教育资源配置、启动学校第六轮主动发展规划。"
	rest := []corpus.OutlinePoint{point("", "第一项是落实“双减”政策。"), point("", "第二项是加速教育资源配置。"), point("", "第三项是启动学校第六轮主动发展规划。")}
	for chosen, want := range map[string]int{"": 3, "重点任务有三项": 4} {
		o := &corpus.OutlineHit{Points: append([]corpus.OutlinePoint{point(chosen, sum)}, rest...)}
		if got := filled(o, nil, 9).Points; len(got) != want || got[want-1].Source.Text != rest[2].Source.Text {
			t.Errorf("%q: got %d lines, want %d", chosen, len(got), want)
		}
		if len(o.Points) != 4 || o.Points[0].Source.Text != sum {
			t.Error("the outline itself was changed")
		}
	}
}

func TestIntroOf(t *testing.T) {
	r := &run{set: promptSet(t)}
	for topic, want := range map[string]string{"二、重点任务": "关于重点任务，", "(五)注重五育并举": "关于注重五育并举，", "2022年的六个方面": "关于2022年的六个方面，", "1.食堂": "关于食堂，"} {
		if got := r.introOf(topic); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q", topic, got)
		}
	}
}

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
