package eval

import (
	"fmt"
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
	Why       string     `json:"why,omitempty"` // the first thing that was wrong
	Cited     bool       `json:"cited"`         // the right passage is among the citations; true where none is expected
	First     bool       `json:"first"`         // and is the first of them
	Refused   bool       `json:"refused"`       // answered is false
	Forbidden string     `json:"forbidden,omitempty"`
	Runes     int        `json:"runes"`
}

// A Scorer judges answers.
type Scorer struct{ script *script.Converter }

// NewScorer makes a Scorer.
func NewScorer() Scorer { return Scorer{script.New()} }

// Score judges one answer.
func (s Scorer) Score(c Case, a rag.Answer) Verdict {
	v := Verdict{Case: c, Answer: a, Trace: a.Trace, Refused: !a.Answered, Runes: len([]rune(a.Text))}
	text := corpus.Fold(a.Text)
	simple := corpus.Fold(s.script.ToSimplified(a.Text))
	holds := func(want string) bool {
		w := corpus.Fold(want)
		return strings.Contains(text, w) || strings.Contains(simple, corpus.Fold(s.script.ToSimplified(want)))
	}
	v.Cited, v.First = s.cited(c, a)
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

func (s Scorer) cited(c Case, a rag.Answer) (cited, first bool) {
	if c.Expect.Answerable == nil || !*c.Expect.Answerable || c.Expect.Section == "" {
		return true, true
	}
	for i, cite := range a.Citations {
		path := corpus.Fold(cite.Section)
		for _, want := range strings.Split(c.Expect.Section, "|") {
			if strings.Contains(path, corpus.Fold(strings.TrimRight(want, "。"))) {
				return true, first || i == 0
			}
		}
	}
	return false, false
}

func in(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
