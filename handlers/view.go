package handlers

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"wenda/rag"
)

// An answerView is what answer.html reads. The one named Blank shows every part empty: answer.js clones it for answers that arrive.
type answerView struct {
	Blank        bool
	ID           string
	Conversation string // of related questions and the feedback form; empty on shared pages
	Question     string
	Status       string // in words; empty for an answer that needs none
	Tone         string // class: plain, absent, refused
	Paragraphs   [][]piece
	Notice       string
	Label        string
	AsOf         string
	Mode         string
	Cards        []cardView
	Handoff      *rag.Handoff
	Related      []relatedView
	Reasons      []reason
	Thanks       bool // feedback was just kept
	Rephrase     bool // other words may find an answer
}

// A piece is a run of text, or the number of a citation.
type piece struct {
	Text string
	Ref  int    // 0: text
	To   string // ID of the card
}

// A cardView is a citation as card.
type cardView struct {
	ID   string
	Href string
	rag.Citation
}

type relatedView struct{ Text, Conversation string }

func blankAnswer() answerView {
	return answerView{Blank: true, Tone: "plain", Handoff: &rag.Handoff{}, Reasons: reasons()}
}

// viewAnswer lays an answer out. conversation is who may go on with it; question may be empty where it is not known.
func viewAnswer(a rag.Answer, question, conversation string) answerView {
	v := answerView{ID: a.ID, Conversation: conversation, Question: question, Notice: a.Notice, Label: a.Label, AsOf: a.AsOf,
		Handoff: a.Handoff, Reasons: reasons()}
	v.Status, v.Tone = statusText(a.Status)
	v.Rephrase = question != "" && (a.Status == rag.NotStated || a.Status == rag.NoSource || a.Status == rag.OutOfScope)
	v.Mode = modeText(a)
	known := map[int]string{}
	for _, c := range a.Citations {
		card := cardView{ID: "c-" + a.ID + "-" + strconv.Itoa(c.N), Href: citationHref(c, a.ID), Citation: c}
		known[c.N] = card.ID
		v.Cards = append(v.Cards, card)
	}
	for _, line := range strings.Split(a.Text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			v.Paragraphs = append(v.Paragraphs, pieces(line, known))
		}
	}
	for _, q := range a.Related {
		v.Related = append(v.Related, relatedView{q, conversation})
	}
	return v
}

// statusText and modeText have their twins in assets/answer.js; a browser test compares both markups.
func statusText(s rag.Status) (text, tone string) {
	switch s {
	case rag.NotStated:
		return "文件没有说明", "absent"
	case rag.NoSource:
		return "没有找到相关文件", "absent"
	case rag.OutOfScope:
		return "不在文件范围内", "absent"
	case rag.Refused:
		return "无法回答", "refused"
	case rag.HandedOver:
		return "请联系有关部门", "refused"
	}
	return "", "plain"
}

func modeText(a rag.Answer) string {
	switch {
	case len(a.Citations) == 0:
		return ""
	case a.Degraded:
		return "智能组织语言暂时不可用，以下摘自所引文件"
	case a.Mode == rag.Quoted:
		return "摘自所引文件"
	case a.Mode == rag.Curated:
		return "经工作人员审核"
	}
	return ""
}

// citationMark is a number as answers write it.
var citationMark = regexp.MustCompile(`\[(\d{1,2})\]`)

// pieces cuts a line at the marks of known citations; an unknown one stays text.
func pieces(line string, known map[int]string) []piece {
	var out []piece
	at := 0
	for _, m := range citationMark.FindAllStringSubmatchIndex(line, -1) {
		n, _ := strconv.Atoi(line[m[2]:m[3]]) // the pattern has digits only
		id, ok := known[n]
		if !ok {
			continue
		}
		if m[0] > at {
			out = append(out, piece{Text: line[at:m[0]]})
		}
		out = append(out, piece{Ref: n, To: id})
		at = m[1]
	}
	if at < len(line) {
		out = append(out, piece{Text: line[at:]})
	}
	return out
}

// citationHref is the citation's URL with what the document page wants to know on the server as well: the chunk, which stands in the
// fragment otherwise, and the answer, for previous and next. A URL that is not one of our document pages leads nowhere.
func citationHref(c rag.Citation, answerID string) string {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/doc/") {
		return ""
	}
	q := u.Query()
	if u.Fragment != "" {
		q.Set("p", u.Fragment)
	}
	if answerID != "" {
		q.Set("cite", answerID)
	}
	u.RawQuery = q.Encode()
	return u.String()
}
