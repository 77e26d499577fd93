package rag

import (
	"slices"
	"strings"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// A section of a bare document is told as a whole where a question asks for more than one thing and is as near to its headings as to any sentence: of two
// times 54 overview questions all that was asked is told to .46 and .43 instead of .09 and .15 (2026-11-28).
const (
	sectionBehind   = .05
	maxSectionRunes = 450 // of a section told with every sentence; longer ones are told by the first sentence of each paragraph
	maxLineRunes    = 60  // of such a line
	nameRunes       = 8   // a sentence this short names what follows it (受理。)
)

// wantsSection is the section of a bare document that a question asks for as a whole; nil: none. most is the cosine that few questions to other
// documents reach there (corpus.Fitted.BareMost).
func wantsSection(t *prompts.Terms, most float64, x expectation, question string, res corpus.Result) *corpus.SectionHit {
	switch x.kind {
	case "", "list", "condition", "procedure", "money", "figure":
	default:
		return nil
	}
	if len(res.Sections) == 0 || x.place != "" || !containsAny(question, t.AskMany) {
		return nil
	}
	s := res.Sections[0]
	if len(x.years) > 0 && !strings.Contains(s.Document.Text, x.years[0]) {
		return nil
	}
	needed := most
	for _, h := range res.Hits {
		for _, sentence := range h.Sentences {
			needed = max(needed, sentence.Cosine-sectionBehind)
		}
	}
	if s.Cosine < needed {
		return nil
	}
	return &s
}

// wholeSection is the section that is told for a question: nil inside a story, where the same is asked of another one, and for a table.
func (r *run) wholeSection(x expectation, f found) *corpus.SectionHit {
	s := wantsSection(&r.set.Terms, r.index.Fitted.BareMost, x, f.ask(), f.result)
	if s == nil || r.story || f.swapped != "" || ofRows(s) {
		return nil
	}
	return s
}

// sectionDraft is a section of a bare document, told as a whole: every sentence where these are few, else a line for each paragraph or for each part
// under a heading of its own, with all that it says where there is room.
func sectionDraft(s corpus.SectionHit, lines int) Draft {
	parts := partsOf(s)
	var every, whole, first []Statement
	for _, p := range parts {
		var said []Statement
		for _, c := range p.chunks {
			said = append(said, linesOf(s.Document, c)...)
		}
		if len(said) == 0 {
			continue
		}
		every = append(every, said...)
		whole = append(whole, joined(p.name, said))
		head := joined(p.name, said[:1])
		if head.Text = clip(head.Text, maxLineRunes, nil); len(said) > 1 && !strings.HasSuffix(head.Text, "…") {
			head.Text += "……"
		}
		first = append(first, head)
	}
	d := Draft{Outline: true}
	switch room := runesIn(every) <= maxSectionRunes; {
	case room && len(every) <= lines && !headed(parts):
		d.Statements = every
	case room && len(whole) <= lines:
		d.Statements = whole
	default:
		d.Statements = first[:min(lines, len(first))]
	}
	return d
}

// A sectionPart is a paragraph of a section, or what stands under a heading below that of the section.
type sectionPart struct {
	name   string // heading; empty: a paragraph
	chunks []*corpus.Chunk
}

func partsOf(s corpus.SectionHit) []sectionPart {
	var list []sectionPart
	last := ""
	for _, c := range s.Chunks {
		name := ""
		if len(c.Section) > len(s.Path) {
			name = corpus.WithoutNumber(c.Section[len(s.Path)])
		}
		if name == "" || name != last {
			list = append(list, sectionPart{name: name})
		}
		list[len(list)-1].chunks = append(list[len(list)-1].chunks, c)
		last = name
	}
	return list
}

// linesOf are the sentences of a paragraph as lines, without its number; a label goes with what it names.
func linesOf(d *corpus.Document, c *corpus.Chunk) []Statement {
	var list []Statement
	label := ""
	for i := range c.Sentences {
		if c.Lead && i == 0 && len(c.Sentences) > 1 { // the name of the part
			continue
		}
		text := c.Told(i)
		if i == 0 {
			text = corpus.WithoutNumber(text)
		}
		if text = strings.TrimRight(tidyQuote(text), "。；;"); text == "" {
			continue
		}
		if i == 0 && len(c.Sentences) > 1 && utf8.RuneCountInString(text) <= nameRunes {
			label = strings.TrimRight(text, "：:") + "："
			continue
		}
		list = append(list, Statement{label + text, []corpus.Source{{Document: d, Chunk: c, Sentence: i, Text: c.Told(i)}}})
		label = ""
	}
	return list
}

// joined is a line of several, behind the name of their part.
func joined(name string, said []Statement) Statement {
	var out Statement
	for i, s := range said {
		if i > 0 {
			out.Text += "；"
		}
		out.Text += s.Text
		out.Sources = append(out.Sources, s.Sources...)
	}
	if name != "" {
		out.Text = strings.TrimRight(name, "？?") + "：" + out.Text
	}
	return out
}

func headed(parts []sectionPart) bool {
	return slices.ContainsFunc(parts, func(p sectionPart) bool { return p.name != "" })
}

func runesIn(list []Statement) int {
	n := 0
	for _, s := range list {
		n += utf8.RuneCountInString(s.Text)
	}
	return n
}

// listBelow is a sentence that announces a list with that list: what follows it in its section until a paragraph ends with a full stop.
func listBelow(s corpus.Source, lines int, intro string) *Draft {
	d := &Draft{Outline: true, Intro: intro, Statements: linesOf(s.Document, s.Chunk)}
	chunks := s.Document.Chunks
	at := slices.IndexFunc(chunks, func(c corpus.Chunk) bool { return c.ID == s.Chunk.ID })
	for i := at + 1; i < len(chunks) && slices.Equal(chunks[i].Section, s.Chunk.Section); i++ {
		d.Statements = append(d.Statements, linesOf(s.Document, &chunks[i])...)
		if strings.HasSuffix(chunks[i].Text, "。") {
			break
		}
	}
	d.Statements = d.Statements[:min(lines+1, len(d.Statements))]
	return d
}
