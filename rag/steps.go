package rag

import (
	"strings"
	"time"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// route answers what needs no document: greetings, thanks, attacks, emergencies, other offices' business.
func (r *run) route(asked cleaned, follows bool) (partial, bool, error) {
	m, params, ok := r.set.Route(asked.Shown)
	if !ok && asked.Text == "" {
		return partial{status: SmallTalk, mode: Fixed, reason: "unclear", reply: r.reply("unclear", nil), trace: Trace{Route: "unclear"}}, true, nil
	}
	if ok && (m.Status == prompts.OutOfScope || familyOf(m) == elsewhere && r.asksBeside(asked.Text)) && utf8.RuneCountInString(asked.Text) > longStory {
		ok = false // in a story a word of another business says little: its question decides
	}
	if ok && m.UnlessAsked && r.asksBeside(asked.Text) {
		ok = false // an angry resident who asks something is answered
		r.hold(asked, m, params)
	}
	if ok && familyOf(m) == help && (r.asksBeside(asked.Text) && r.onlyWords(asked.Text) || r.heldInStory(asked, m, params)) {
		ok = false
	}
	if ok && familyOf(m) == talk && follows && containsAny(asked.Text, r.set.Terms.Doubts) {
		ok = false // 真的假的，你从哪儿看来的
	}
	if !ok {
		return partial{}, false, nil
	}
	if answered, err := r.inBare(m, params, asked.Text); answered || err != nil {
		return partial{}, false, err
	}
	return r.routed(partial{trace: Trace{Asked: asked.Text}}, m, params, asked.Text), true, nil
}

// asksBeside reports whether some clause asks something and is not itself what a route is for.
func (r *run) asksBeside(text string) bool {
	for _, c := range clausesOf(text) {
		if _, _, routed := r.set.Route(c); !routed && utf8.RuneCountInString(c) >= besideRunes && asksSomething(c) {
			return true
		}
	}
	return false
}

// besideRunes is the shortest clause that can ask for something in full.
const besideRunes = 5

func clausesOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("，。！？；,!?;~\n 　", r) })
}

// routed is the fixed reply of a route.
func (r *run) routed(p partial, m prompts.Route, params prompts.Params, asked string) partial {
	if params == nil {
		params = prompts.Params{}
	}
	params["question"] = asked
	filled, err := r.set.Reply(m.Reply, params)
	if err != nil && r.err == nil {
		r.err = err
	}
	p.status, p.mode, p.reason, p.reply, p.say = Status(m.Status), Fixed, m.Name, filled.Text, filled.Say
	p.handoff = p.status == HandedOver
	p.trace.Route = m.Name
	return p
}

// chinaTime is the time of the residents, wherever the server stands.
var chinaTime = time.FixedZone("CST", 8*60*60)

// approved answers with what staff approved for this question.
func (r *run) approved(u understood) (partial, bool) {
	c, ok := r.set.CuratedFor(u.question)
	if !ok || !c.Valid(r.now().In(chinaTime).Format(time.DateOnly)) {
		return partial{}, false
	}
	p := partial{status: Answered, mode: Curated, reason: "curated:" + c.ID, remember: remembered{Question: u.question}}
	p.trace = Trace{Asked: u.asked, Rule: "curated:" + c.ID}
	s := Statement{Text: c.Answer}
	for _, cite := range c.Cites {
		src, ok := r.index.Find(cite.IndexNumber, cite.Document, corpus.Anchor{Section: cite.Section, Facts: cite.Facts, Say: c.Answer})
		if !ok { // what it rested on is gone: the documents decide
			return partial{}, false
		}
		s.Sources = append(s.Sources, src)
		p.remember.Cited = append(p.remember.Cited, place{src.Document.ID, src.Chunk.ID, src.Sentence})
	}
	p.draft = Draft{Statements: []Statement{s}}
	p.remember.Topic = topicOf(p.draft)
	p = r.verified(p)
	return p, p.status == Answered
}
