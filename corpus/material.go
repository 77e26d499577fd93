package corpus

import "cmp"

// Material is everything that an Index is built from.
type Material struct {
	Documents  []Document
	Variants   []Variant            // of all documents; those that tie to no sentence are counted in Manifest.Untied
	Outlines   []Outline            // of all documents
	DocumentOf map[string]string    // variant or outline ID to document ID
	Titles     map[string]string    // by document ID, in simplified characters where they are in others
	Vectors    map[string][]float32 // by TextDigest; nil builds a lexical index
	Embedder   string               // name of what made Vectors
	Wording
	// Calibration finds what an earlier build of the same index learnt, by Manifest.Version; nil, or a nil result, fits anew.
	Calibration func(version string) *Fitted
}

// Texts lists everything that wants a vector, as Plain texts for the embedder: sentences, variants, questions of outlines.
func (m Material) Texts() []string {
	seen := map[string]bool{}
	var out []string
	add := func(s string) {
		if s = Plain(s); s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	writtenFor := m.writtenFor()
	for i := range m.Documents {
		d := &m.Documents[i]
		bare := isBare(d, writtenFor[d.ID])
		if bare {
			for _, s := range sectionsOf(d, m.titleOf(d)) {
				add(s.text())
			}
		}
		for ci := range d.Chunks {
			c := &d.Chunks[ci]
			if c.Kind == Summary {
				continue
			}
			for si := range c.Sentences {
				if bare && c.Kind == Paragraph {
					add(d.inContext(c, si))
				}
				if !bare || c.Kind != Paragraph || writtenFor[d.ID] > 0 {
					add(c.Told(si))
				}
			}
		}
	}
	for _, v := range m.Variants {
		add(v.Text)
	}
	for _, o := range m.Outlines {
		for _, a := range o.Asks {
			add(a)
		}
	}
	for _, e := range namedExamples(m.Examples, nil) {
		add(e.text)
	}
	return out
}

// titleOf is a document's title as it is looked for.
func (m Material) titleOf(d *Document) string { return cmp.Or(m.Titles[d.ID], d.Meta.Title) }

// writtenFor counts the positive variants by document.
func (m Material) writtenFor() map[string]int {
	out := map[string]int{}
	for _, v := range m.Variants {
		if !v.Negative {
			out[m.DocumentOf[v.ID]]++
		}
	}
	return out
}
