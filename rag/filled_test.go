package rag

import (
	"testing"

	"wenda/corpus"
)

// An outline of one paragraph takes all that was found of it; one over several takes of the best paragraph only what is nearly as good.
func TestOutlineIsFilledWithItsOwnSubject(t *testing.T) {
	one, other := &corpus.Chunk{ID: "one"}, &corpus.Chunk{ID: "other"}
	scored := func(c *corpus.Chunk, text string, score float64) corpus.SentenceScore {
		return corpus.SentenceScore{Source: corpus.Source{Document: &corpus.Document{}, Chunk: c, Text: text}, Score: score}
	}
	hits := []corpus.Hit{{Chunk: one, Sentences: []corpus.SentenceScore{scored(one, "食堂要监管。", 1), scored(one, "供餐要公示。", .9), scored(one, "口腔疾病要防治。", .3)}}}
	points := func(chunks ...*corpus.Chunk) (out []corpus.OutlinePoint) {
		for _, c := range chunks {
			out = append(out, corpus.OutlinePoint{Source: corpus.Source{Document: &corpus.Document{}, Chunk: c, Text: "食堂要监管。"}, Text: "食堂要监管"})
		}
		return out
	}
	for _, c := range []struct {
		name   string
		points []corpus.OutlinePoint
		want   int
	}{{"of one paragraph", points(one), 3}, {"over two", points(one, other), 3}} {
		got := filled(&corpus.OutlineHit{Points: c.points}, hits, 8).Points
		if len(got) != c.want {
			t.Errorf("%s: %d points: %+v", c.name, len(got), got)
		}
		for _, p := range got[len(c.points):] {
			if len(c.points) == 2 && p.Source.Text != "供餐要公示。" {
				t.Errorf("%s: took %q", c.name, p.Source.Text)
			}
		}
	}
}
