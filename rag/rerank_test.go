package rag

import (
	"testing"

	"wenda/corpus"
)

// In a paragraph without variants the sentence with the rest of the question goes before those that only name the subject.
func TestWithoutVariants(t *testing.T) {
	doc := &corpus.Document{Meta: corpus.Meta{Title: "黄鳍紫鱼"}}
	chunk := &corpus.Chunk{ID: "c", Section: []string{"黄鳍紫鱼"}}
	sentence := func(text string, cosine float64) corpus.SentenceScore {
		return corpus.SentenceScore{Source: corpus.Source{Document: doc, Chunk: chunk, Text: text}, Cosine: cosine, Score: cosine}
	}
	terms := &promptSet(t).Terms
	hits := func(written bool) []corpus.Hit {
		return []corpus.Hit{{Document: doc, Chunk: chunk, Written: written, Sentences: []corpus.SentenceScore{
			sentence("黄鳍紫鱼为辐鳍鱼纲的一个种。", .75), sentence("本鱼呈紫色。", .6), sentence("体长可达50公分。", .5), sentence("1994年命名。", .4),
		}}}
	}
	for _, c := range []struct {
		name, question string
		written        bool
		want           string
	}{
		{"the rest of the question", "黄鳍紫鱼体长可达多大", false, "体长可达50公分。"},
		{"the kind asked for", "黄鳍紫鱼什么时候命名的", false, "1994年命名。"},
		{"variants decide", "黄鳍紫鱼体长可达多大", true, "黄鳍紫鱼为辐鳍鱼纲的一个种。"},
		{"the subject alone", "黄鳍紫鱼", false, "黄鳍紫鱼为辐鳍鱼纲的一个种。"},
	} {
		in := hits(c.written)
		got := withoutVariants(terms, expect(terms, c.question), c.question, in)
		if got[0].Sentences[0].Text != c.want {
			t.Errorf("%s: got %q first, want %q", c.name, got[0].Sentences[0].Text, c.want)
		}
		if in[0].Sentences[0].Text != "黄鳍紫鱼为辐鳍鱼纲的一个种。" {
			t.Errorf("%s: the caller's sentences were changed", c.name)
		}
	}
}

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
