// Package digest is the bundled plan (corpus/plan) as a library keeps it. It stands apart from both: corpus knows nothing of one plan, and
// the plan's data nothing of documents.
package digest

import (
	"fmt"
	"time"

	"wenda/corpus"
	"wenda/corpus/plan"
)

// Kept reads the digest as the portal's page that it is rendered as, with its variants and outlines; imported is when. Variants of a unit
// name its sentence in Anchor.Say, those that other authors wrote beside a sentence do not. It fails when the embedded data cannot be read.
func Kept(imported time.Time) (corpus.Kept, error) {
	p, err := plan.Load()
	if err != nil {
		return corpus.Kept{}, fmt.Errorf("bundled plan: %w", err)
	}
	d, err := corpus.Read("bundled", []byte(p.Text()))
	if err != nil {
		return corpus.Kept{}, fmt.Errorf("bundled plan: %w", err)
	}
	d.Meta.Format = "digest"
	k := corpus.Kept{Document: d, Origin: corpus.Bundled, Imported: imported}
	for _, para := range p.Paragraphs {
		add := func(text, lacks string, facts []string, say string) {
			k.Variants = append(k.Variants, corpus.Variant{ID: corpus.VariantID(d.ID, text, lacks != ""), Text: text, Negative: lacks != "", Lacks: lacks,
				Origin: corpus.Bundled, Anchor: corpus.Anchor{Section: para.Heading, Facts: facts, Say: say}})
		}
		for _, u := range para.Units {
			for _, a := range u.Ask {
				add(a, "", u.Facts, u.Say)
			}
			for _, n := range u.Not {
				add(n.Question, n.Lack, u.Facts, u.Say)
			}
		}
		for _, b := range para.Sure {
			add(b.Question, "", b.Facts, "")
		}
		for _, b := range para.Near {
			add(b.Question, b.Lack, b.Facts, "")
		}
		if len(para.Ask) > 0 {
			topic := para.Heading[len(para.Heading)-1]
			k.Outlines = append(k.Outlines, corpus.Outline{ID: corpus.OutlineID(d.ID, topic, para.Heading), Topic: topic, Asks: para.Ask,
				Anchor: corpus.Anchor{Section: para.Heading}, Origin: corpus.Bundled})
		}
	}
	for _, o := range p.Outlines {
		out := corpus.Outline{ID: corpus.OutlineID(d.ID, o.Topic, nil), Topic: o.Topic, Asks: o.Ask, Origin: corpus.Bundled}
		for _, pt := range o.Points {
			out.Points = append(out.Points, corpus.Point{Text: pt.Text, Anchor: corpus.Anchor{Section: pt.Heading, Facts: pt.Facts, Say: pt.Text}})
		}
		k.Outlines = append(k.Outlines, out)
	}
	return k, nil
}
