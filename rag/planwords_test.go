package rag

import (
	"testing"

	"wenda/corpus"
	"wenda/corpus/plan"
)

// Every sentence of the bundled plan may be said of itself: alone, as it is quoted, and with an opening.
func TestPlanSentencesPass(t *testing.T) {
	p, err := plan.Load()
	if err != nil {
		t.Fatal(err)
	}
	d, err := corpus.Read("bundled", []byte(p.Text()))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range d.Chunks {
		c := &d.Chunks[i]
		for s := range c.Sentences {
			if c.Kind != corpus.Paragraph || c.Lead && s == 0 {
				continue
			}
			src := corpus.Source{Document: &d, Chunk: c, Sentence: s, Text: c.Sentence(s)}
			shown := passagesOf(promptSet(t), Draft{Outline: true, Statements: []Statement{{src.Text, []corpus.Source{src}}}}, corpus.Result{})
			quoted := quote(src, nil)
			for _, text := range []string{src.Text, quoted, "2022年，" + quoted, "按照计划，钟楼区" + src.Text} {
				n++
				if v := check(t, text, shown...); !v.OK {
					t.Errorf("%q: %s %s", text, v.Reason, v.Detail)
				}
			}
		}
	}
	if n < 500 {
		t.Fatalf("only %d sentences", n)
	}
	t.Logf("%d sayings", n)
}
