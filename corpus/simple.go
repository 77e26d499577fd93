package corpus

import (
	"slices"
	"unicode/utf8"
)

// A Script tells traditional characters and rewrites them, as many runes as before. corpus/script's Converter is one.
type Script interface {
	IsTraditional(text string) bool
	ToSimplified(text string) string
}

// inSimplified is a document as it is searched: one in traditional characters is rewritten, since questions are simplified before they are
// looked for. IDs, version and metadata stay, so that citations lead to what was imported. A nil script rewrites nothing.
func (d Document) inSimplified(s Script) (out Document, rewritten bool) {
	if s == nil || !s.IsTraditional(d.Text) {
		return d, false
	}
	text := s.ToSimplified(d.Text)
	at := offsets(d.Text, text)
	if at == nil {
		return d, false
	}
	d.Text = text
	blocks := make([]Block, len(d.Blocks))
	for i, b := range d.Blocks {
		b.Start, b.End = at[b.Start], at[b.End]
		blocks[i] = b
	}
	chunks := make([]Chunk, len(d.Chunks))
	for i, c := range d.Chunks {
		spans := make([]Span, len(c.Sentences))
		for j, sp := range c.Sentences {
			spans[j] = Span{at[c.Start+sp.Start] - at[c.Start], at[c.Start+sp.End] - at[c.Start]}
		}
		c.Start, c.End, c.Sentences = at[c.Start], at[c.End], spans
		c.Section, c.Text = simplifiedAll(s, c.Section), text[c.Start:c.End]
		chunks[i] = c
	}
	d.Blocks, d.Chunks = blocks, chunks
	return d, true
}

// offsets gives for every byte offset of a rune in before the one of the same rune in after; nil where they have not as many runes.
func offsets(before, after string) map[int]int {
	if utf8.RuneCountInString(before) != utf8.RuneCountInString(after) {
		return nil
	}
	at := make(map[int]int, len(before)/2)
	to := 0
	for from := range before {
		at[from] = to
		_, size := utf8.DecodeRuneInString(after[to:])
		to += size
	}
	at[len(before)] = len(after)
	return at
}

func simplifiedAll(s Script, list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = s.ToSimplified(text)
	}
	return out
}

// inSimplified is a document with what was written for it, as it is searched.
func (k Kept) inSimplified(s Script) (out Kept, rewritten bool) {
	if k.Document, rewritten = k.Document.inSimplified(s); !rewritten {
		return k, false
	}
	tied := func(a Anchor) Anchor {
		return Anchor{simplifiedAll(s, a.Section), simplifiedAll(s, a.Facts), s.ToSimplified(a.Say)}
	}
	k.Variants, k.Outlines = slices.Clone(k.Variants), slices.Clone(k.Outlines)
	for i, v := range k.Variants {
		k.Variants[i].Text, k.Variants[i].Anchor = s.ToSimplified(v.Text), tied(v.Anchor)
	}
	for i, o := range k.Outlines {
		o.Topic, o.Asks, o.Anchor, o.Points = s.ToSimplified(o.Topic), simplifiedAll(s, o.Asks), tied(o.Anchor), slices.Clone(o.Points)
		for j, p := range o.Points {
			o.Points[j] = Point{s.ToSimplified(p.Text), tied(p.Anchor)}
		}
		k.Outlines[i] = o
	}
	return k, true
}
