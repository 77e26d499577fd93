package eval

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"wenda/corpus"
	"wenda/corpus/script"
	"wenda/rag"
)

// A Verdict is how one answer did.
type Verdict struct {
	Case      Case       `json:"case"`
	Answer    rag.Answer `json:"answer"`
	Trace     rag.Trace  `json:"trace"`
	OK        bool       `json:"ok"`
	Why       string     `json:"why,omitempty"`     // the first thing that was wrong
	Cited     bool       `json:"cited"`             // the right passage is among the citations and no other document; true where none is expected
	First     bool       `json:"first"`             // and is the first of them
	Foreign   string     `json:"foreign,omitempty"` // title of the first cited document that is not the right one
	Refused   bool       `json:"refused"`           // answered is false
	Forbidden string     `json:"forbidden,omitempty"`
	Runes     int        `json:"runes"`
}

// A Scorer judges answers.
type Scorer struct{ script *script.Converter }

var citationMark = regexp.MustCompile(`\[\d{1,2}\]`)

// NewScorer makes a Scorer.
func NewScorer() Scorer { return Scorer{script.New()} }

// Score judges one answer.
func (s Scorer) Score(c Case, a rag.Answer) Verdict {
	v := Verdict{Case: c, Answer: a, Trace: a.Trace, Refused: !a.Answered, Runes: len([]rune(a.Text))}
	said := citationMark.ReplaceAllString(a.Text, "") // a fact may run over two quoted sentences
	text := corpus.Fold(said)
	simple := corpus.Fold(s.script.ToSimplified(said))
	holds := func(want string) bool {
		w := corpus.Fold(want)
		return strings.Contains(text, w) || strings.Contains(simple, corpus.Fold(s.script.ToSimplified(want)))
	}
	expect, shown := s.inSimplified(c.Expect, a)
	v.Foreign = foreign(expect, shown)
	v.Cited, v.First = cited(expect, shown)
	if c.Expect.answerable() && v.Foreign != "" { // a sentence of another district beside the right one misleads as well
		v.Cited, v.First = false, false
	}
	switch {
	case c.Expect.Answerable == nil:
		if !in(c.Expect.Status, string(a.Status)) {
			v.Why = fmt.Sprintf("status %s, want %v", a.Status, c.Expect.Status)
		}
	case *c.Expect.Answerable && !a.Answered:
		v.Why = "refused: " + string(a.Status) + " " + a.Reason
	case !*c.Expect.Answerable && a.Answered:
		v.Why = "answered"
	case *c.Expect.Answerable:
		for _, group := range c.Expect.Facts {
			found := false
			for _, f := range group {
				found = found || holds(f)
			}
			if !found {
				v.Why = fmt.Sprintf("fact missing: %v", group)
				break
			}
		}
	}
	if v.Why == "" && len(c.Expect.Status) > 0 && !in(c.Expect.Status, string(a.Status)) {
		v.Why = fmt.Sprintf("status %s, want %v", a.Status, c.Expect.Status)
	}
	for _, bad := range c.Expect.MustNot {
		if holds(bad) {
			v.Forbidden = bad
			v.Why = "must not say " + bad
		}
	}
	v.OK = v.Why == ""
	return v
}

func (e Expect) answerable() bool { return e.Answerable != nil && *e.Answerable }

// inSimplified writes the titles and headings that are compared in simplified characters, as the engine keeps those of a document in traditional ones.
func (s Scorer) inSimplified(e Expect, a rag.Answer) (Expect, rag.Answer) {
	e.Section, e.Document = s.script.ToSimplified(e.Section), s.script.ToSimplified(e.Document)
	a.Citations = slices.Clone(a.Citations)
	for i := range a.Citations {
		cite := &a.Citations[i]
		cite.Title, cite.Section = s.script.ToSimplified(cite.Title), s.script.ToSimplified(cite.Section)
	}
	return e, a
}

// cited reports whether the right passage is among the citations, and whether it is the first.
func cited(e Expect, a rag.Answer) (cited, first bool) {
	if !e.answerable() || e.Section == "" && e.Document == "" {
		return true, true
	}
	for i, cite := range a.Citations {
		if e.inDocument(cite.IndexNumber, cite.Title) && e.inSection(cite.Section) {
			return true, i == 0
		}
	}
	return false, false
}

// foreign is the title of the first cited document that is not the right one.
func foreign(e Expect, a rag.Answer) string {
	for _, cite := range a.Citations {
		if !e.inDocument(cite.IndexNumber, cite.Title) {
			return cite.Title
		}
	}
	return ""
}

// Strayed counts the answers that cite a document other than the right one: to answerable questions, and to those that should have been
// refused, where another district's figures are told as ours.
func Strayed(verdicts []Verdict) (answerable, near int) {
	for _, v := range verdicts {
		if v.Refused || v.Foreign == "" {
			continue
		}
		answerable += one(v.Case.Expect.answerable())
		near += one(!v.Case.Expect.answerable())
	}
	return answerable, near
}

// inSection reports whether a heading path is one of the right ones; all are where none is expected.
func (e Expect) inSection(path string) bool {
	path = corpus.Fold(path)
	for _, want := range strings.Split(e.Section, "|") {
		if strings.Contains(path, corpus.Fold(strings.TrimRight(want, "。"))) {
			return true
		}
	}
	return false
}

// inDocument reports whether a document of this index number or title is the right one; all are where none is expected.
func (e Expect) inDocument(indexNumber, title string) bool {
	if e.Document == "" {
		return true
	}
	for _, want := range strings.Split(e.Document, "|") {
		if want != "" && (want == indexNumber || corpus.Fold(want) == corpus.Fold(title)) {
			return true
		}
	}
	return false
}

func in(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
