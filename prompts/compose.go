package prompts

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Composing is what a language model is told, filled, and how its answers are marked. Its zero value is not usable; Load makes it.
type Composing struct {
	Decline    string // said alone by the model: the passages do not answer
	NoValidity string // of a document that names no 废止日期
	Label      string // shown with generated text
	Producer   string // who answers for generated text, in its metadata

	system, passage, earlier, question, rewrite, followUp template
}

// A Passage is one numbered text as the model sees it. It has no URL: what the model does not know it cannot spell wrongly.
type Passage struct {
	N         string
	Title     string
	Section   string
	Published string
	Validity  string
	Text      string
}

// System is the system message. canary is a secret mark by which a leak is known.
func (c Composing) System(canary string) string {
	return c.system.must(Params{"canary": canary, "decline": c.Decline})
}

// Rewrite is the system message for putting a follow-up together with what was asked before.
func (c Composing) Rewrite(canary string) string { return c.rewrite.must(Params{"canary": canary}) }

// FollowUp is the user's message for that: what was asked before, oldest first, and the follow-up.
func (c Composing) FollowUp(earlier []string, question string) string {
	return c.followUp.must(Params{"earlier": c.before(earlier), "question": question})
}

// before is what was asked before, a line each.
func (c Composing) before(earlier []string) string {
	var b strings.Builder
	for _, q := range earlier {
		b.WriteString(c.earlier.must(Params{"question": q}) + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Passage is one passage.
func (c Composing) Passage(p Passage) string {
	return c.passage.must(Params{"n": p.N, "title": p.Title, "section": p.Section, "published": p.Published, "validity": p.Validity, "text": p.Text})
}

// Question is the user's message: passages as Passage writes them, what was asked before (oldest first, may be empty), and the question.
func (c Composing) Question(passages, earlier []string, question string) string {
	text := c.question.must(Params{"passages": strings.Join(passages, "\n"), "earlier": c.before(earlier), "question": question})
	if len(earlier) == 0 { // without an empty line where it would stand
		text = strings.ReplaceAll(text, "\n\n\n", "\n\n")
	}
	return text
}

// maxSystemRunes bounds the system message: it is sent, and paid for, with every question.
const maxSystemRunes = 1200

type composeYAML struct {
	System     string `yaml:"system"`
	Passage    string `yaml:"passage"`
	Earlier    string `yaml:"earlier"`
	Question   string `yaml:"question"`
	Rewrite    string `yaml:"rewrite"`
	FollowUp   string `yaml:"follow_up"`
	Decline    string `yaml:"decline"`
	NoValidity string `yaml:"no_validity"`
	Label      string `yaml:"label"`
	Producer   string `yaml:"producer"`
}

func (s *Set) checkComposing(y composeYAML, ps *problems) {
	check := templateChecker(composeFile, ps)
	c := Composing{Decline: y.Decline, NoValidity: y.NoValidity, Label: y.Label, Producer: y.Producer}
	c.system = check("system", y.System, []string{"canary", "decline"}, nil)
	c.passage = check("passage", y.Passage, []string{"n", "section", "published", "validity", "text"}, []string{"title"})
	c.earlier = check("earlier", y.Earlier, []string{"question"}, nil)
	c.question = check("question", y.Question, []string{"passages", "earlier", "question"}, nil)
	c.rewrite = check("rewrite", y.Rewrite, []string{"canary"}, nil)
	c.followUp = check("follow_up", y.FollowUp, []string{"earlier", "question"}, nil)
	plain := map[string]string{"decline": y.Decline, "no_validity": y.NoValidity, "label": y.Label, "producer": y.Producer}
	for _, entry := range sortedKeys(plain) {
		text := plain[entry]
		check(entry, text, nil, nil)
		if strings.ContainsAny(text, "\r\n\t") || text != strings.TrimSpace(text) {
			ps.add(composeFile, entry, "line breaks, or blanks around it", "write it on one line")
		}
	}
	if n := utf8.RuneCountInString(y.System); n > maxSystemRunes {
		ps.add(composeFile, "system", fmt.Sprintf("%d characters", n), fmt.Sprintf("shorten it to %d or less", maxSystemRunes))
	}
	if n := utf8.RuneCountInString(y.Decline); n < 4 || n > 20 || strings.ContainsAny(y.Decline, "。！？!?[]【】") {
		ps.add(composeFile, "decline", "no token of 4 to 20 characters without marks", "write a short phrase that no answer would hold")
	}
	if !strings.Contains(y.Label, "生成") || !strings.Contains(y.Label, "人工智能") && !strings.Contains(y.Label, "AI") {
		ps.add(composeFile, "label", "does not name 人工智能 or AI, and 生成", "the rules of 2025 ask for both (GB 45438-2025)")
	}
	s.Composing = c
}

// templateChecker makes what reads an entry of a file as a template, with the placeholders that it must and those that it may hold.
func templateChecker(file string, ps *problems) func(entry, text string, must, may []string) template {
	return func(entry, text string, must, may []string) template {
		t, ok := parseTemplate(text)
		if !ok {
			ps.add(file, entry, "broken {{ or }}", "write placeholders as {{name}}, with both pairs of braces")
		}
		if strings.TrimSpace(text) == "" || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			ps.add(file, entry, "empty, or invalid characters", "write it as text")
		}
		for _, name := range t.names() {
			if !slices.Contains(must, name) && !slices.Contains(may, name) {
				ps.add(file, entry, "unknown placeholder {{"+name+"}}", "it allows "+strings.Join(append(slices.Clone(must), may...), ", "))
			}
		}
		for _, name := range must {
			if !slices.Contains(t.names(), name) {
				ps.add(file, entry, "placeholder {{"+name+"}} is missing", "put it where its value shall stand")
			}
		}
		return t
	}
}

// must fills a template whose placeholders were checked when it was loaded.
func (t template) must(params Params) string {
	text, err := t.fill(params)
	if err != nil { // templateChecker's callers list what each text may hold
		panic("prompts: " + err.Error())
	}
	return text
}
