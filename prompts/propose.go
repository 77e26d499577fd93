package prompts

import (
	"cmp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Proposing is what a language model is told when it is to propose questions. Its zero value is not usable; Load makes it.
type Proposing struct {
	none            string
	system, request template
}

// System is the system message: canary as in Composing, and how many questions and negative ones are asked for.
func (p Proposing) System(canary string, most, negatives int) string {
	return p.system.must(Params{"canary": canary, "most": strconv.Itoa(most), "negatives": strconv.Itoa(negatives)})
}

// Request is the user's message: a sentence of a passage, where that stands, and the questions that are known already.
func (p Proposing) Request(title, section, passage, sentence string, existing []string) string {
	return p.request.must(Params{"title": title, "section": section, "passage": passage, "sentence": sentence,
		"existing": cmp.Or(strings.Join(existing, "\n"), p.none)})
}

type proposeYAML struct {
	System  string `yaml:"system"`
	Request string `yaml:"request"`
	None    string `yaml:"none"`
}

func (s *Set) checkProposing(y proposeYAML, ps *problems) {
	check := templateChecker(proposeFile, ps)
	s.Proposing = Proposing{none: y.None,
		system:  check("system", y.System, []string{"canary", "most", "negatives"}, nil),
		request: check("request", y.Request, []string{"passage", "sentence", "existing"}, []string{"title", "section"})}
	check("none", y.None, nil, nil)
	if n := utf8.RuneCountInString(y.System); n > maxSystemRunes {
		ps.add(proposeFile, "system", strconv.Itoa(n)+" characters", "shorten it to "+strconv.Itoa(maxSystemRunes)+" or less")
	}
}
