package corpus

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

// A section is what stands under one heading of a bare document: whoever asks for what an office wants to see, or what it does step by step
// (要带什么材料), asks for all of it, and is near to its heading rather than to any of its sentences.
type section struct {
	doc    *Document
	title  string   // of the document, as it is looked for
	path   []string // of headings
	chunks []*Chunk
}

// A SectionHit is a section that was found for a question.
type SectionHit struct {
	Document *Document
	Path     []string // of headings, outermost first
	Chunks   []*Chunk // paragraphs that stand under it, in their order
	Cosine   float64
}

// nearSections is how many of the nearest sections are looked at: a follow-up's stands in its document, and may be far down.
const nearSections = 12

// sectionsOf are the sections of a document with at least two sentences, the outer ones first.
func sectionsOf(d *Document, title string) []section {
	var list []section
	at := map[string]int{}
	for i := range d.Chunks {
		c := &d.Chunks[i]
		if c.Kind != Paragraph {
			continue
		}
		for n := 1; n <= len(c.Section); n++ {
			key := strings.Join(c.Section[:n], "\x00")
			k, known := at[key]
			if !known {
				k = len(list)
				at[key] = k
				list = append(list, section{doc: d, title: title, path: c.Section[:n]})
			}
			list[k].chunks = append(list[k].chunks, c)
		}
	}
	return slices.DeleteFunc(list, func(s section) bool { return s.sentences() < 2 || s.path[0] == trimHeading(title) })
}

func (s section) sentences() int {
	n := 0
	for _, c := range s.chunks {
		n += len(c.Sentences)
	}
	return n
}

// text is what a section's vector is made of: the title of the document and the headings, without numbers and what stands in brackets.
func (s section) text() string {
	parts := []string{inBracket.ReplaceAllString(s.title, "")}
	for _, h := range s.path {
		parts = append(parts, WithoutNumber(h))
	}
	return strings.Join(parts, "：")
}

// WithoutNumber is a heading or the beginning of a list item without its number (二、, （一）, 3., 第一章).
func WithoutNumber(heading string) string { return headingNumber.ReplaceAllString(heading, "") }

var headingNumber = regexp.MustCompile(`^(?:[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十\d]{1,3}[、.．]|第[一二三四五六七八九十百\d]{1,4}[章节编部])\s*`)

// A section's vector is that of its headings with the mean of its first sentences': of 54 overview questions to six documents the section that answers
// is the nearest of all for .69 instead of .59, .65 with a half (2026-11-28).
const (
	sectionBody  = .3
	sectionFirst = 12
)

// sectionVector mixes the vector of a section's headings with those of its sentences; nil when one is missing or of another length.
func sectionVector(heading []float32, sentences [][]float32) []float32 {
	sentences = sentences[:min(sectionFirst, len(sentences))]
	if heading == nil || slices.ContainsFunc(sentences, func(v []float32) bool { return len(v) != len(heading) }) {
		return nil
	}
	body := make([]float32, len(heading))
	for _, v := range sentences {
		for i := range v {
			body[i] += v[i]
		}
	}
	length := float32(math.Sqrt(Dot(body, body)))
	mixed := make([]float32, len(heading))
	for i := range mixed {
		mixed[i] = (1 - sectionBody) * heading[i]
		if length > 0 {
			mixed[i] += sectionBody * body[i] / length
		}
	}
	length = float32(math.Sqrt(Dot(mixed, mixed)))
	for i := range mixed {
		mixed[i] /= length
	}
	return mixed
}

// sectionHits are the sections nearest to a question, the nearest first.
func (x *Index) sectionHits(near []neighbour) []SectionHit {
	var hits []SectionHit
	for _, n := range near {
		s := x.sections[n.n]
		hits = append(hits, SectionHit{s.doc, s.path, s.chunks, n.cosine})
	}
	return hits
}
