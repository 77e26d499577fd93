package prompts

import (
	"strings"
	"time"
)

// A Curated is an answer that staff approved, with the sentences that it rests on.
type Curated struct {
	ID     string   `yaml:"id"`
	Owner  string   `yaml:"owner"`  // who answers for it
	Review string   `yaml:"review"` // when it is to be looked at again, YYYY-MM-DD
	Asks   []string `yaml:"asks"`
	Answer string   `yaml:"answer"`
	Cites  []Cite   `yaml:"cites"`
}

// A Cite names a sentence: the document's 索引号, the heading path, strings that the sentence holds.
type Cite struct {
	IndexNumber string   `yaml:"index_number"`
	Section     []string `yaml:"section"`
	Facts       []string `yaml:"facts"`
}

// CuratedFor finds the approved answer for a question: one of its asks, blanks, punctuation and particles aside.
func (s *Set) CuratedFor(question string) (Curated, bool) {
	n, ok := s.curatedBy[viewOf(question).bare]
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
		for _, cite := range c.Cites {
			if cite.IndexNumber == "" || len(cite.Section) == 0 || len(cite.Facts) == 0 {
				ps.add(curatedFile, entry, "a cite without index_number, section or facts", "write all three")
			}
		}
		for _, a := range c.Asks {
			key := viewOf(a).bare
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
