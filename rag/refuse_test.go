package rag

import (
	"testing"

	"wenda/corpus"
)

// Beside a refusal stands the best sentence, or the one with the question's figures; nothing where it is of another subject.
func TestLanding(t *testing.T) {
	r := &run{set: promptSet(t), index: &corpus.Index{Fitted: corpus.Fitted{Floor: .9}}}
	row := &corpus.Chunk{ID: "m", Kind: corpus.Metadata}
	paragraph := &corpus.Chunk{ID: "p", Kind: corpus.Paragraph}
	sentence := func(c *corpus.Chunk, text string, probe float64) corpus.SentenceScore {
		return corpus.SentenceScore{Source: corpus.Source{Chunk: c, Text: text}, Probe: probe}
	}
	hit := func(list ...corpus.SentenceScore) corpus.Hit {
		return corpus.Hit{Chunk: list[0].Chunk, Written: true, Sentences: list}
	}
	seats, research, date := sentence(paragraph, "新建学校13所。", .3), sentence(paragraph, "做1个课题。", .02), sentence(row, "发布日期：2022-02-11", .3)
	for _, c := range []struct {
		name, question     string
		strength, coverage float64
		hits               []corpus.Hit
		want               string
	}{
		{"the best", "校服多少钱", 1.5, 0, []corpus.Hit{hit(seats)}, seats.Text},
		{"the one with the figure", "13所学校在哪", 1.5, 0, []corpus.Hit{hit(research), hit(seats)}, seats.Text},
		{"one is no figure", "一个月收多少钱", 1.5, 0, []corpus.Hit{hit(seats), hit(research)}, seats.Text},
		{"another subject", "校服多少钱", 1, 0, []corpus.Hit{hit(research)}, ""},
		{"another subject, but strong", "校服多少钱", 1.5, 0, []corpus.Hit{hit(research)}, research.Text},
		{"another subject, but its words", "校服多少钱", 1, .5, []corpus.Hit{hit(research)}, research.Text},
		{"a row that nobody asked for", "寒假放到哪天", 1.5, 0, []corpus.Hit{hit(date), hit(seats)}, ""},
		{"a row of the document that is asked about", "这份文件谁执笔", 1.5, 0, []corpus.Hit{hit(date)}, date.Text},
	} {
		got := r.landing(found{understood: understood{followUp: followUp{question: c.question}}, result: corpus.Result{Strength: c.strength, Coverage: c.coverage, Hits: c.hits}})
		if got == nil && c.want != "" || got != nil && got.Text != c.want {
			t.Errorf("%s: got %+v, want %q", c.name, got, c.want)
		}
	}
}
