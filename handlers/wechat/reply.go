package wechat

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"wenda/handlers/wechat/api"
	"wenda/prompts"
	"wenda/rag"
)

// maxTail bounds what stands in the last part whole: citations, where people help, related questions.
const maxTail = 1500

// An outgoing is one part as it is kept until it is sent.
type outgoing struct {
	Text string   `json:"text"`           // the whole of it, with questions numbered
	Head string   `json:"head,omitempty"` // of a menu: without them
	Menu []string `json:"menu,omitempty"`
	AI   bool     `json:"ai,omitempty"`
}

// message is the part for WeChat; a menu where it has one and menus are served.
func (o outgoing) message(to string, menus bool) api.Message {
	m := api.Message{To: to, Text: o.Text, AI: o.AI}
	if menus && len(o.Menu) > 0 {
		m.Text = o.Head
		for i, q := range o.Menu {
			m.Menu = append(m.Menu, api.Item{ID: strconv.Itoa(i + 1), Text: q})
		}
	}
	return m
}

// A layout writes answers in the user's script.
type layout struct {
	set      *prompts.Set
	words    prompts.WeChat // of the channel
	inScript func(string) string
	link     func(answerID string) string // empty: residents cannot reach this server
	transfer bool
}

func (y layout) text(name string, params prompts.Params) string {
	return y.inScript(y.words.Text(name, params))
}

// helper fills the placeholders that say where people help.
func (y layout) helper() prompts.Params {
	h := y.set.Handoff
	return prompts.Params{"name": h.Name, "phone": h.Phone, "hours": h.Hours}
}

// plain is a fixed text, with questions that may be asked next.
func (y layout) plain(text string, questions []string) []outgoing {
	o := outgoing{Text: text}
	if len(questions) > 0 {
		o.Head, o.Menu = text, questions
		o.Text = text + "\n" + y.choices(questions)
	}
	return []outgoing{o}
}

// choices are questions with the numbers to ask them by.
func (y layout) choices(questions []string) string {
	var b strings.Builder
	for i, q := range questions {
		b.WriteString(y.text("choice", prompts.Params{"n": strconv.Itoa(i + 1), "question": q}) + "\n")
	}
	return b.String() + y.text("choose", nil)
}

// answer lays an answer out: the AI label before generated text, the text, its notice; in the last part citations, where people help,
// related questions. It returns the questions that can be asked by their number.
func (y layout) answer(a rag.Answer, missedTwice bool) ([]outgoing, []string) {
	head := ""
	if a.Mode == rag.Generated {
		head = y.text("label", nil) + "\n"
	}
	body := api.Clean(a.Text)
	if a.Notice != "" {
		body += "\n" + api.Clean(a.Notice)
	}
	citations := y.citations(a)
	var help []string
	phone := y.set.Handoff.Phone
	switch {
	case missedTwice:
		help = append(help, y.text("misses", y.helper()))
	case strings.Contains(body, phone):
	case a.Handoff != nil:
		help = append(help, y.text("handoff", prompts.Params{"name": a.Handoff.Name, "phone": a.Handoff.Phone, "hours": a.Handoff.Hours}))
	case missed(a):
		help = append(help, y.text("handoff", y.helper()))
	}
	if y.transfer && (missedTwice || a.Handoff != nil || missed(a)) {
		help = append(help, y.text("transfer", nil))
	}
	questions := a.Related
	tail, menuTail := y.tails(citations, help, questions)
	for len(tail) > maxTail && len(questions) > 0 {
		questions = questions[:len(questions)-1]
		tail, menuTail = y.tails(citations, help, questions)
	}
	for len(tail) > maxTail && len(citations) > 0 {
		citations = citations[:len(citations)-1]
		tail, menuTail = y.tails(citations, help, questions)
	}
	more := ""
	if link := y.link(a.ID); link != "" {
		more = "\n" + y.text("whole", prompts.Params{"link": link})
	}
	pieces, short := split(head, body, len(tail), len(more), maxPartBytes, maxParts)
	last := len(pieces) - 1
	if short {
		pieces[last] += more
	}
	of := pieces[last]
	pieces[last] = of + menuTail
	menuHead := numbered(pieces)[last]
	pieces[last] = of + tail
	var out []outgoing
	for _, p := range numbered(pieces) {
		out = append(out, outgoing{Text: p, AI: a.Mode == rag.Generated})
	}
	if len(questions) > 0 {
		out[last].Head, out[last].Menu = menuHead, questions
	}
	return out, questions
}

// tails are what stands behind the text: with questions numbered, and for a menu.
func (y layout) tails(citations, help, questions []string) (numbered, menu string) {
	block := func(lines []string) string {
		if len(lines) == 0 {
			return ""
		}
		return "\n\n" + strings.Join(lines, "\n")
	}
	numbered = block(citations) + block(help)
	if len(questions) == 0 {
		return numbered, numbered
	}
	related := "\n\n" + y.text("related", nil)
	return numbered + related + "\n" + y.choices(questions), numbered + related
}

// citations are one line a document, with all numbers of it: [1][2] 标题（日期）链接.
func (y layout) citations(a rag.Answer) []string {
	type document struct{ title, published string }
	var order []document
	numbers := map[document][]string{}
	for _, c := range a.Citations {
		d := document{api.Clean(c.Title), c.Published}
		if numbers[d] == nil {
			order = append(order, d)
		}
		numbers[d] = append(numbers[d], strconv.Itoa(c.N))
	}
	link := y.link(a.ID)
	var out []string
	for _, d := range order {
		params := prompts.Params{"n": strings.Join(numbers[d], "]["), "title": d.title, "link": link}
		name := "citation_plain"
		if d.published != "" {
			name = "citation"
			params["published"] = d.published
		} else if link != "" {
			params["link"] = " " + link
		}
		out = append(out, y.text(name, params))
	}
	return out
}

// missed reports that an answer has not what was asked for.
func missed(a rag.Answer) bool { return a.Status == rag.NotStated || a.Status == rag.NoSource }

// encodeParts seals parts to be kept.
func (s *Service) encodeParts(parts []outgoing) ([][]byte, error) {
	var out [][]byte
	for _, p := range parts {
		if len(p.Text) > api.MaxTextBytes || !utf8.ValidString(p.Text) {
			return nil, fmt.Errorf("a part of %d bytes", len(p.Text)) // layout is wrong: nothing that WeChat would take
		}
		text, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		out = append(out, s.Vault.Seal("part", text))
	}
	return out, nil
}
