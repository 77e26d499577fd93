package prompts

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Curated is an answer that staff approved, with the sentences that it rests on.
type Curated struct {
	ID     string   `yaml:"id"`
	Owner  string   `yaml:"owner"`           // who answers for it
	Review string   `yaml:"review"`          // when it is to be looked at again, YYYY-MM-DD
	From   string   `yaml:"from,omitempty"`  // it answers from this day on, YYYY-MM-DD; empty: always
	Until  string   `yaml:"until,omitempty"` // and up to this day, included; empty: always
	Asks   []string `yaml:"asks"`
	Answer string   `yaml:"answer"`
	Cites  []Cite   `yaml:"cites"`
}

// A Cite names a sentence: the document, by its 索引号 or its ID, the heading path, strings that the sentence holds.
type Cite struct {
	IndexNumber string   `yaml:"index_number,omitempty"`
	Document    string   `yaml:"document,omitempty"`
	Section     []string `yaml:"section"`
	Facts       []string `yaml:"facts"`
}

// Valid reports whether it answers on a day, YYYY-MM-DD.
func (c *Curated) Valid(day string) bool {
	return (c.From == "" || c.From <= day) && (c.Until == "" || day <= c.Until)
}

// curatedKey is a question as they are compared. Residents' questions come with standard words for those of a dialect (Standard); what staff
// write is read the same way.
func (s *Set) curatedKey(question string) string {
	if s.dialect != nil {
		question = s.Standard(question)
	}
	return viewOf(question).bare
}

// SameQuestion reports whether two questions are one for CuratedFor.
func SameQuestion(a, b string) bool { return viewOf(a).bare == viewOf(b).bare }

// Curated lists the approved answers. The list belongs to the Set.
func (s *Set) Curated() []Curated { return s.curated }

// CheckCurated tells what is wrong with an entry, as it would be told of curated.yaml; nil when nothing is.
func CheckCurated(c Curated) error {
	var ps problems
	(&Set{curated: []Curated{c}}).checkCurated(&ps)
	return errors.Join(ps...)
}

// WithCurated is a Set with these approved answers beside its own: one with an ID of its own replaces that; retired IDs are left out; of a
// question that stands twice the first counts, those of list before its own. Everything else is shared. The error joins a Problem for each thing that is wrong.
func (s *Set) WithCurated(list []Curated, retired []string) (*Set, error) {
	if len(list)+len(retired) == 0 {
		return s, nil
	}
	out := *s
	gone := map[string]bool{}
	for _, id := range retired {
		gone[id] = true
	}
	hash := sha256.New()
	fmt.Fprintln(hash, s.Version, retired)
	for _, c := range list {
		gone[c.ID] = true
		fmt.Fprintf(hash, "%+q\n", c)
	}
	own := slices.DeleteFunc(slices.Clone(s.curated), func(c Curated) bool { return gone[c.ID] })
	asked := map[string]bool{}
	out.curated = nil
	for _, c := range slices.Concat(list, own) {
		c.Asks = slices.DeleteFunc(slices.Clone(c.Asks), func(a string) bool {
			key := s.curatedKey(a)
			twice := asked[key]
			asked[key] = true
			return twice
		})
		if len(c.Asks) > 0 {
			out.curated = append(out.curated, c)
		}
	}
	var ps problems
	if out.checkCurated(&ps); len(ps) > 0 {
		return nil, errors.Join(ps...)
	}
	out.Version = hex.EncodeToString(hash.Sum(nil))[:12]
	return &out, nil
}

// CuratedFor finds the approved answer for a question: one of its asks, blanks, punctuation and particles aside.
func (s *Set) CuratedFor(question string) (Curated, bool) {
	n, ok := s.curatedBy[s.curatedKey(question)]
	if !ok {
		return Curated{}, false
	}
	return s.curated[n], true
}

func (s *Set) checkCurated(ps *problems) {
	s.curatedBy = map[string]int{}
	ids := map[string]bool{}
	for i, c := range s.curated {
		entry := c.ID
		if c.ID == "" || ids[c.ID] {
			ps.add(curatedFile, entry, "id is missing or taken", "give it one of its own")
		}
		ids[c.ID] = true
		if c.Owner == "" || strings.TrimSpace(c.Answer) == "" || len(c.Asks) == 0 || len(c.Cites) == 0 {
			ps.add(curatedFile, entry, "owner, asks, answer and cites are all needed", "write what is missing")
		}
		if _, err := time.Parse(time.DateOnly, c.Review); err != nil {
			ps.add(curatedFile, entry, "review is not a date", "write it as 2027-06-30, in quotes")
		}
		for _, day := range []string{c.From, c.Until} {
			if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
				ps.add(curatedFile, entry, "from or until is not a date", "write it as 2027-06-30, in quotes, or leave it out")
			}
		}
		for _, cite := range c.Cites {
			if cite.IndexNumber == "" && cite.Document == "" || len(cite.Section) == 0 || len(cite.Facts) == 0 {
				ps.add(curatedFile, entry, "a cite without index_number, section or facts", "write all three")
			}
		}
		for _, a := range c.Asks {
			key := s.curatedKey(a)
			if _, taken := s.curatedBy[key]; taken || key == "" {
				ps.add(curatedFile, entry, "the question "+a+" is empty or stands in two entries", "leave it in one")
			}
			s.curatedBy[key] = i
		}
	}
}

// CuratedAsks lists the questions that have an approved answer, the first of each entry before its other wordings.
func (s *Set) CuratedAsks() []string {
	var out []string
	for _, c := range s.curated {
		out = append(out, c.Asks...)
	}
	return out
}
