package prompts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Reply is a fixed wording, filled. Say is what the resident can tell 12345 instead of Handoff.Say; mostly empty.
type Reply struct {
	Text string
	Say  string
}

// Params are the values of placeholders, by name.
type Params map[string]string

// A Handoff names who helps when we do not.
type Handoff struct {
	Name  string `yaml:"name"`
	Phone string `yaml:"phone"`
	Hours string `yaml:"hours"`
	Say   string `yaml:"say"` // holds {{question}} until For fills it
}

// For gives the handoff with the resident's question in Say.
func (h Handoff) For(question string) Handoff {
	h.Say = strings.ReplaceAll(h.Say, "{{question}}", question)
	return h
}

// Reply fills the reply of that name. Unknown names and params, and missing params, are errors; a param that the reply may
// hold and does not is no error. Values are put in as they are: a {{...}} inside a value is not looked at again.
func (s *Set) Reply(name string, params Params) (Reply, error) {
	r, ok := s.replies[name]
	if !ok {
		return Reply{}, fmt.Errorf("prompts: no reply %q", name)
	}
	for p := range params {
		if !slices.Contains(r.allowed, p) {
			return Reply{}, fmt.Errorf("prompts: reply %q knows no placeholder %q", name, p)
		}
	}
	text, err := r.text.fill(params)
	if err != nil {
		return Reply{}, fmt.Errorf("prompts: reply %q: %w", name, err)
	}
	say, err := r.say.fill(params)
	if err != nil {
		return Reply{}, fmt.Errorf("prompts: reply %q: say: %w", name, err)
	}
	return Reply{Text: text, Say: say}, nil
}

// What names the kind of thing that is missing (date: 具体时间), for {{what}} of not_stated.
func (s *Set) What(kind string) (string, bool) {
	w, ok := s.whats[kind]
	return w, ok
}

// Kinds lists the kinds that What knows, the same as the negative variants' lack.
func Kinds() []string {
	return []string{"date", "place", "list", "person", "phone", "money", "condition", "procedure", "result", "year", "otherplace",
		"level", "number", "reason", "detail", "frequency"}
}

// maxReplyRunes bounds a reply's template. The defaults keep to 90 (a test); staff get some room.
const maxReplyRunes = 120

type repliesYAML struct {
	Handoff Handoff              `yaml:"handoff"`
	Whats   map[string]string    `yaml:"whats"`
	Replies map[string]replyYAML `yaml:",inline"`
}

type replyYAML struct {
	Text string `yaml:"text"`
	Say  string `yaml:"say"`
}

type reply struct {
	text, say template
	allowed   []string
}

// needed names the replies that code asks for, each with the placeholders that its text must hold and may hold. {{question}} is
// allowed in every say.
func needed() map[string]holes {
	none, topic := holes{}, holes{must: []string{"topic"}}
	return map[string]holes{
		"greeting": none, "thanks": none, "ack": none, "bye": none, "identity": none, "capability": none, "compliment": none,
		"sorry": none, "chat": none, "human": none, "insult": none, "injection": none, "prompt_leak": none, "politics": none,
		"code": none, "translation": none, "homework": none, "other_service": none, "gibberish": none, "empty": none,
		"unclear": none, "too_long": none, "too_many": none, "repeated_question": none, "emergency": none, "distress": none,
		"dangerous": none, "personal_case": none, "no_source": none, "masked": none,
		"other_business": topic, "outline_intro": topic, "outline_plain": none,
		"other_year":      {must: []string{"year"}, may: []string{"doc_year"}},
		"other_place":     {must: []string{"place"}},
		"not_stated":      {must: []string{"what"}},
		"not_stated_near": {must: []string{"what", "quote"}},
		"understood":      {must: []string{"text"}},
		"plan_notice":     {may: []string{"year"}},
		"closest":         {},
	}
}

type holes struct{ must, may []string }

func (s *Set) checkReplies(y repliesYAML, ps *problems) {
	need := needed()
	for _, name := range sortedKeys(need) {
		if _, ok := y.Replies[name]; !ok {
			ps.add(repliesFile, name, "missing", "write "+name+": {text: ...}")
		}
	}
	s.replies = map[string]reply{}
	for _, name := range sortedKeys(y.Replies) {
		r, h := y.Replies[name], need[name]
		if _, ok := need[name]; !ok { // a reply for a route that staff added
			h.may = []string{"topic"}
		}
		mayInText := append(slices.Clone(h.must), h.may...)
		mayInSay := append(slices.Clone(mayInText), "question")
		text := checkTemplate(name, r.Text, mayInText, h.must, ps)
		say := checkTemplate(name+" say", r.Say, mayInSay, nil, ps)
		if strings.TrimSpace(r.Text) == "" {
			ps.add(repliesFile, name, "text is empty", "write what residents shall read")
		}
		s.replies[name] = reply{text, say, mayInSay}
	}

	s.Handoff, s.whats = y.Handoff, y.Whats
	h := y.Handoff
	if h.Name == "" || h.Phone == "" || h.Hours == "" {
		ps.add(repliesFile, "handoff", "name, phone or hours is empty", "fill all three")
	}
	checkTemplate("handoff say", h.Say, []string{"question"}, []string{"question"}, ps)
	for _, k := range Kinds() {
		if strings.TrimSpace(y.Whats[k]) == "" {
			ps.add(repliesFile, "whats "+k, "missing or empty", "name what is missing, as 具体时间 does")
		}
	}
	for _, k := range sortedKeys(y.Whats) {
		if !slices.Contains(Kinds(), k) {
			ps.add(repliesFile, "whats "+k, "unknown kind", "use one of "+strings.Join(Kinds(), " "))
		}
	}
}

func checkTemplate(entry, text string, may, must []string, ps *problems) template {
	t, ok := parseTemplate(text)
	if !ok {
		ps.add(repliesFile, entry, "broken {{ or }}", "write placeholders as {{name}}, with both pairs of braces")
	}
	if n := utf8.RuneCountInString(text); n > maxReplyRunes {
		ps.add(repliesFile, entry, strconv.Itoa(n)+" characters", "shorten it to "+strconv.Itoa(maxReplyRunes)+" or less")
	}
	if text != strings.TrimSpace(text) || !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\n\t") {
		ps.add(repliesFile, entry, "blanks around it, line breaks or invalid characters", "write it on one line")
	}
	for _, name := range t.names() {
		if !slices.Contains(may, name) {
			known := "it allows none"
			if len(may) > 0 {
				known = "it allows " + strings.Join(may, ", ")
			}
			ps.add(repliesFile, entry, "unknown placeholder {{"+name+"}}", known)
		}
	}
	for _, name := range must {
		if !slices.Contains(t.names(), name) {
			ps.add(repliesFile, entry, "placeholder {{"+name+"}} is missing", "put it where its value shall stand")
		}
	}
	return t
}

// checkUse wants every reply that no code asks for to be used by a route: else its name is misspelt.
func (s *Set) checkUse(y repliesYAML, ps *problems) {
	need := needed()
	for _, name := range sortedKeys(y.Replies) {
		_, ok := need[name]
		if !ok && !slices.ContainsFunc(s.routes, func(r route) bool { return r.Reply == name }) {
			ps.add(repliesFile, name, "nobody uses this reply", "correct its name, or use it in "+routesFile)
		}
	}
}

// A template is a text cut at its placeholders: literals and names in turn, beginning and ending with a literal.
type template struct{ parts []string }

// parseTemplate reports false when braces do not match; names, blanks in them included, are checked by the caller.
func parseTemplate(text string) (template, bool) {
	var t template
	for {
		before, rest, found := strings.Cut(text, "{{")
		t.parts = append(t.parts, before)
		if strings.Contains(before, "}}") {
			return t, false
		}
		if !found {
			return t, true
		}
		name, after, closed := strings.Cut(rest, "}}")
		if !closed || strings.ContainsAny(name, "{}") {
			return t, false
		}
		t.parts = append(t.parts, name)
		text = after
	}
}

func (t template) names() []string {
	var out []string
	for i := 1; i < len(t.parts); i += 2 {
		out = append(out, t.parts[i])
	}
	return out
}

func (t template) fill(params Params) (string, error) {
	var b strings.Builder
	for i, p := range t.parts {
		if i%2 == 1 {
			v, ok := params[p]
			if !ok {
				return "", fmt.Errorf("no value for {{%s}}", p)
			}
			p = v
		}
		b.WriteString(p)
	}
	return b.String(), nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
