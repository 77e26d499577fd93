package rag

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenda/corpus"
)

// A section of a bare document is told as a whole where a question asks for more than one thing and is as near to its headings as to any sentence. Of 54
// overview questions to six documents 23 are and 19 of these sections hold what was asked; so are 8 of 202 other questions and 15 of 155 near misses
// (2026-11-28).
const (
	sectionBehind   = .05
	maxSectionRunes = 450 // of a section told with every sentence; longer ones are told by the first sentence of each paragraph
	maxLineRunes    = 60  // of such a line
	nameRunes       = 8   // a sentence this short names what follows it (受理。)
)

var asksForMany = regexp.MustCompile(`哪些|哪几|哪里|几[类档种步样]|分别|各|材料|条件|流程|程序|步骤|标准|要求|规定|怎么|咋|啥|什么|如何|怎样|安排|措施|举措|方式|内容|办法`)

// wantsSection is the section of a bare document that a question asks for as a whole; nil: none.
func wantsSection(x expectation, f found) *corpus.SectionHit {
	switch x.kind {
	case "", "list", "condition", "procedure", "money", "figure":
	default:
		return nil
	}
	if len(f.result.Sections) == 0 || x.place != "" || len(x.years) > 0 && !strings.Contains(f.result.Sections[0].Document.Text, x.years[0]) || !asksForMany.MatchString(f.question) {
		return nil
	}
	nearest := 0.
	for _, h := range f.result.Hits {
		for _, s := range h.Sentences {
			nearest = max(nearest, s.Cosine)
		}
	}
	if s := f.result.Sections[0]; s.Cosine >= nearest-sectionBehind {
		return &s
	}
	return nil
}

// sectionDraft is a section of a bare document, told as a whole: every sentence where these are few, else a line for each paragraph or for each part
// under a heading of its own, with all that it says where there is room.
func sectionDraft(s corpus.SectionHit, lines int) Draft {
	parts := partsOf(s)
	var every, whole, first []Statement
	for _, p := range parts {
		var said []Statement
		for _, c := range p.chunks {
			said = append(said, p.sentences(s.Document, c)...)
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
			name = headingNumber.ReplaceAllString(c.Section[len(s.Path)], "")
		}
		if name == "" || name != last {
			list = append(list, sectionPart{name: name})
		}
		list[len(list)-1].chunks = append(list[len(list)-1].chunks, c)
		last = name
	}
	return list
}

// sentences are those of a paragraph as lines, without its number; a label goes with what it names.
func (p sectionPart) sentences(d *corpus.Document, c *corpus.Chunk) []Statement {
	var list []Statement
	label := ""
	for i := range c.Sentences {
		if c.Lead && i == 0 && len(c.Sentences) > 1 { // the name of the part
			continue
		}
		text := c.Told(i)
		if i == 0 {
			text = headingNumber.ReplaceAllString(text, "")
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
