package rag

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// route answers what needs no document: greetings, thanks, attacks, emergencies, other offices' business.
func (r *run) route(asked cleaned, follows bool) (partial, bool) {
	m, params, ok := r.set.Route(asked.Shown)
	if !ok && asked.Text == "" {
		return partial{status: SmallTalk, mode: Fixed, reason: "unclear", reply: r.reply("unclear", nil), trace: Trace{Route: "unclear"}}, true
	}
	if ok && (m.Status == prompts.OutOfScope || familyOf(m) == elsewhere && r.asksBeside(asked.Text)) && utf8.RuneCountInString(asked.Text) > longStory {
		ok = false // in a story a word of another business says little: its question decides
	}
	if ok && m.UnlessAsked && r.asksBeside(asked.Text) {
		ok = false // an angry resident who asks something is answered
		r.comfort(m, params)
		held := r.routed(partial{trace: Trace{Asked: asked.Text}}, m, params, asked.Text)
		r.held = &held
	}
	if ok && familyOf(m) == help && r.asksBeside(asked.Text) && (r.onlyWords(asked.Text) || r.heldInStory(asked, m, params)) {
		ok = false
	}
	if ok && familyOf(m) == talk && follows && containsAny(asked.Text, r.set.Terms.Doubts) {
		ok = false // 真的假的，你从哪儿看来的
	}
	if !ok {
		return partial{}, false
	}
	return r.routed(partial{trace: Trace{Asked: asked.Text}}, m, params, asked.Text), true
}

// noNeed is how far below its cut the head for cries for help must be to overrule the words of one.
const noNeed = -2.5

// onlyWords reports that what has the words of a cry for help in a message that asks something is none: the head knows it from a notebook
// that fell into the water (掉水里了). Without a head words decide.
func (r *run) onlyWords(text string) bool {
	heard := false
	for _, c := range clausesOf(text) {
		if m, _, routed := r.set.Route(c); !routed || familyOf(m) != help {
			continue
		}
		found, err := r.search(c, nil)
		logit, fitted := found.Kinds[kindHelp]
		if err != nil || !fitted || logit >= noNeed {
			return false
		}
		heard = true
	}
	return heard
}

// heldInStory reports that a cry for help stands in a long story that asks something: where that is answered, help is told beside the answer
// (她妈天天抱着她掉眼泪，…，老师能不能到家里来教), else it is the answer.
func (r *run) heldInStory(asked cleaned, m prompts.Route, params prompts.Params) bool {
	if utf8.RuneCountInString(asked.Text) <= longStory || !r.asksBeside(asked.Text) {
		return false
	}
	r.comfort(m, params)
	held := r.routed(partial{trace: Trace{Asked: asked.Text}}, m, params, asked.Text)
	r.held, r.heldFirmly = &held, true
	return true
}

// comfort says beside the answer where somebody who is low finds help.
func (r *run) comfort(m prompts.Route, params prompts.Params) {
	if m.Status == prompts.HandedOver {
		r.beside = r.reply(m.Reply, params)
	}
}

// asksBeside reports whether some clause asks something and is not itself what a route is for.
func (r *run) asksBeside(text string) bool {
	for _, c := range clausesOf(text) {
		if _, _, routed := r.set.Route(c); !routed && utf8.RuneCountInString(c) >= besideRunes && asking.MatchString(askedNothing.ReplaceAllString(c, "")) {
			return true
		}
	}
	return false
}

// askedNothing are words that ask elsewhere (觉得活着没什么意思, 问啥啥不会).
var askedNothing = regexp.MustCompile(`没(?:有)?(?:什么|啥)|(?:什么|啥|怎么|谁)都|算(?:什么|啥)|什么的|[问说讲干]?(?:什么|啥)(?:什么|啥|都)不(?:会|懂|知道|行|能)`)

// besideRunes is the shortest clause that can ask for something in full.
const besideRunes = 5

func clausesOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("，。！？；,!?;~\n 　", r) })
}

// What an alarming clause needs: a near example, most voters agreeing, and that nothing the documents answer is as near.
const (
	alarmNear    = .66
	alarmMargin  = .04
	alarmSupport = .6  // share of the votes
	alarmAgreed  = .85 // nearly all votes for an attack: it may be a little farther than what the documents answer
	alarmBehind  = .08
	alarmClauses = 6
	surelyAsked  = 2 // logits of the head for talk above its cut
	noAttack     = 4 // likewise; attacks are put as questions too
)

// alarm looks at every clause of a message that holds an alarm word (prompts, terms): a cry for help or an attack may stand beside a
// harmless question, which would drown it.
func (r *run) alarm(asked cleaned) (partial, bool, error) {
	if !r.alarming(asked.Text) {
		return partial{}, false, nil
	}
	clauses := slices.DeleteFunc(clausesOf(asked.Text), func(c string) bool {
		return utf8.RuneCountInString(c) < besideRunes-1 || !r.alarming(c)
	})
	clauses = clauses[:min(alarmClauses, len(clauses))]
	long := utf8.RuneCountInString(asked.Text) > longStory
	if !long && !slices.Contains(clauses, asked.Text) {
		clauses = append(clauses, asked.Text)
	}
	for _, c := range clauses {
		found, err := r.search(c, nil)
		if err != nil {
			return partial{}, false, err
		}
		e, m, params, ok := r.elect(c, found.Examples)
		if !ok {
			continue
		}
		if m.UnlessAsked && r.asksBeside(asked.Text) {
			if e.cosine >= alarmNear {
				r.comfort(m, params)
			}
			continue
		}
		if m.Name == "emergency" && (containsAny(c, r.set.Terms.PastWords) || containsAny(c, r.set.Terms.Supposed)) {
			continue
		}
		if long && !likelyInStory(m, found) {
			continue // 最早的一张铅笔字都快看不清了
		}
		if kindOf(m) == kindHelp && c != asked.Text {
			school, err := r.asksOfSchools(asked.Text)
			if err != nil {
				return partial{}, false, err
			}
			if school {
				continue // 那间屋子里瓶瓶罐罐毒得很，有没有人定期来看
			}
		}
		if familyOf(m) == help && asking.MatchString(c) && found.Question >= r.index.Fitted.TalkCut+surelyAsked {
			continue // a question about schools (会不会翻书包查刀具)
		}
		if familyOf(m) == attack && (found.Question >= r.index.Fitted.TalkCut+noAttack || unlikelyAttack(m, found)) {
			continue // 网上骂声一片，双减之后质量靠什么提
		}
		near := e.cosine >= alarmNear && (e.cosine >= found.Positive+alarmMargin || found.Question < r.index.Fitted.TalkCut)
		agreed := familyOf(m) == attack && e.share >= alarmAgreed && e.cosine >= found.Positive-alarmBehind
		if !urgent(m) || !near && !agreed || e.share < alarmSupport {
			continue
		}
		if familyOf(m) == help && r.heldInStory(asked, m, params) {
			return partial{}, false, nil
		}
		p := partial{trace: Trace{Asked: asked.Text, Rule: "alarm", Example: e.String(), Kinds: found.Kinds}}
		return r.routed(p, m, params, asked.Text), true, nil
	}
	return partial{}, false, nil
}

// alarming reports an alarm word that does not stand in a harmless one (死 in 死记硬背).
func (r *run) alarming(text string) bool {
	return containsAny(without(text, r.set.Terms.NoAlarms), r.set.Terms.AlarmWords)
}

// urgentBySound looks for a cry for help or an attack in a message that was typed by its sound (wo xiang zisha): a repair comes too late for it.
func (r *run) urgentBySound(asked cleaned) (partial, bool, error) {
	if !latinWord.MatchString(asked.Text) {
		return partial{}, false, nil
	}
	text, put := r.repairs.of(r.index, r.set).read.read(asked.Text)
	if len(put) == 0 {
		return partial{}, false, nil
	}
	onlySounds := !strings.ContainsFunc(asked.Text, func(c rune) bool { return unicode.Is(unicode.Han, c) })
	if m, params, ok := r.set.Route(text); ok && (urgent(m) || onlySounds) && !r.asksBeside(text) {
		return r.routed(partial{trace: Trace{Asked: text}}, m, params, text), true, nil
	}
	asked.Text, asked.Shown = text, text
	return r.alarm(asked)
}

// asksOfSchools reports that a message as a whole asks something of the documents, as surely as the heads can tell, and is no cry for help.
func (r *run) asksOfSchools(text string) (bool, error) {
	if utf8.RuneCountInString(text) > longStory || !r.asksBeside(text) {
		return false, nil
	}
	found, err := r.search(text, nil)
	help, fitted := found.Kinds[kindHelp]
	return fitted && help < surelyKind && found.Question >= r.index.Fitted.TalkCut+surelyAsked && found.Strength > r.index.Fitted.Floor, err
}

// urgent are cries for help and attacks, but not chores that the assistant does not do.
func urgent(m prompts.Route) bool { return familyOf(m) == help || m.Status == prompts.Refused }

// Cosines from which on the nearest example decides what a question is, and by how much it must be nearer than anything that the
// documents answer. Cries for help and attacks need less than small talk: a guard that cannot decide blocks.
const (
	exampleNear    = .62
	exampleMargin  = .02
	urgentNear     = .60
	urgentMargin   = 0
	exampleSupport = .5 // share of the votes for the family
	headSupport    = .4 // where the head says that it is talk
	headMargin     = .02
	sentenceKnown  = .62 // cosine with a sentence of a document without variants
	urgentSupport  = .6  // a resident who asks about a check-up is not to be sent to the police
)

// byExample answers what the examples say is no question to the documents.
func (r *run) byExample(p partial, f found) (partial, bool) {
	e, m, params, ok := r.elect(f.asked, f.result.Examples)
	if !ok || f.follows || m.Name == "emergency" && containsAny(f.asked, r.set.Terms.Supposed) {
		return p, false
	}
	if e, m, params, ok := r.ofKind(f.asked, f.result); ok && f.result.Coverage < sureCoverage && !(m.UnlessAsked && r.asksBeside(f.asked)) && !r.story {
		p.trace.Example, p.trace.Kinds, p.trace.Rule = e.String(), f.result.Kinds, "kind"
		return r.routed(p, m, params, f.asked), true
	}
	p.trace.Example, p.trace.Kinds = e.String(), f.result.Kinds
	if m.UnlessAsked && r.asksBeside(f.asked) || r.story && familyOf(m) == talk {
		return p, false
	}
	known := f.result.Positive
	if o := f.result.Outline; o != nil {
		known = max(known, o.Cosine)
	}
	if h := f.result.Hits[0]; !h.Written { // no variants tell how near its questions are: its sentences do
		known = max(known, h.Sentences[0].Cosine)
		if h.Sentences[0].Cosine >= sentenceKnown && f.result.Strength >= r.index.Fitted.Floor {
			return p, false
		}
	}
	switch asked := f.result.Question - r.index.Fitted.TalkCut; {
	case !urgent(m) && asked >= surelyAsked, familyOf(m) == attack && asked >= noAttack, unlikelyAttack(m, f.result): // 功课太多了，有没有人管 does not want a person on the line
		return p, false
	}
	near, margin, support := exampleNear, exampleMargin, exampleSupport
	if urgent(m) {
		near, margin, support = urgentNear, urgentMargin, urgentSupport
	}
	byNearness := e.cosine >= near && e.cosine >= known+margin && e.share >= support
	byHead := f.result.Question < r.index.Fitted.TalkCut && e.share >= headSupport && e.cosine >= known-headMargin
	if !byNearness && !byHead || f.result.Coverage >= sureCoverage {
		return p, false
	}
	return r.routed(p, m, params, f.asked), true
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

// continued answers 还有呢, 第二个呢 and 两个比比 from the places that the answers before came from.
func (r *run) continued(u understood, turns []remembered) (partial, bool) {
	if !u.more && u.nth == 0 && !u.both || len(turns) == 0 {
		return partial{}, false
	}
	last := turns[len(turns)-1]
	cited := r.citedBy(last)
	sources := r.continuation(u, turns, cited)
	if len(sources) == 0 {
		return partial{}, false
	}
	p := partial{status: Answered, mode: Quoted, remember: remembered{Question: last.Question, Topic: last.Topic}}
	p.trace = Trace{Asked: u.asked, Standalone: last.Question, Rule: "continued"}
	h := corpus.OutlineHit{Topic: sources[0].Chunk.Section[len(sources[0].Chunk.Section)-1]}
	for _, s := range sources {
		h.Points = append(h.Points, corpus.OutlinePoint{Source: s})
		p.remember.Cited = append(p.remember.Cited, place{s.Document.ID, s.Chunk.ID, s.Sentence})
	}
	f := found{understood: u, quotes: sources, lines: maxOutlineLines}
	if len(sources) > 1 && !u.both {
		f.outline, f.outlineIntro = &h, r.reply("outline_intro", prompts.Params{"topic": h.Topic})
	}
	p.remember.Cited = append(append([]place(nil), cited...), p.remember.Cited...)
	d, err := r.composer.Compose(f)
	if err != nil {
		return partial{}, false
	}
	p.draft = d
	p.notice = append(p.notice, r.planNotice(sources[0]))
	if p = r.verified(p); p.status == Answered {
		if p.wanted = r.want(p, partial{}, f, u.asked); p.wanted != nil {
			p.wanted.earlier = earlierOf(turns)
		}
	}
	return p, true
}

// continuation are the sentences that a turn means which says nothing by itself; cited is what the last answer rests on. None: it means
// something else.
func (r *run) continuation(u understood, turns []remembered, cited []place) []corpus.Source {
	if len(cited) == 0 {
		return nil
	}
	var meant []place
	switch {
	case u.both:
		before := r.citedBy(turns[len(turns)-2])
		if len(before) == 0 {
			return nil
		}
		meant = []place{before[0], cited[0]}
	case u.nth < 0:
		meant = cited[len(cited)-1:]
	case u.nth > len(cited): // of what the sentence lists (五项管理是哪五项？ 第二个呢)
		src, ok := r.index.At(cited[0].documentID, cited[0].chunkID, cited[0].sentence)
		if len(cited) > 1 || !ok || itemsIn(src.Text) < u.nth {
			return nil
		}
		meant = cited
	case u.nth > 0:
		meant = cited[u.nth-1 : u.nth]
	default:
		return r.rest(cited)
	}
	var out []corpus.Source
	for _, c := range meant {
		src, ok := r.index.At(c.documentID, c.chunkID, c.sentence)
		if ok && !slices.ContainsFunc(out, func(s corpus.Source) bool { return s.Text == src.Text }) { // one sentence may answer both
			out = append(out, src)
		}
	}
	return out
}

// itemsIn is how many things a sentence's longest list has.
func itemsIn(sentence string) int {
	most := 0
	for _, list := range enumeration.FindAllString(sentence, -1) {
		most = max(most, strings.Count(list, "、")+1)
	}
	return most
}

// citedBy is what an earlier answer cited; of a turn that the caller tells, what the same question cites now.
func (r *run) citedBy(turn remembered) []place {
	if len(turn.Cited) > 0 {
		return turn.Cited
	}
	f, err := r.retrieve(understood{followUp: followUp{question: turn.Question}, asked: turn.Question})
	if err != nil || len(f.result.Hits) == 0 {
		return nil
	}
	p, err := r.decide(f)
	if err != nil {
		return nil
	}
	return p.remember.Cited
}

// rest are the sentences of the last cited paragraph that were not cited yet.
func (r *run) rest(cited []place) []corpus.Source {
	if len(cited) == 0 {
		return nil
	}
	seen := map[place]bool{}
	for _, c := range cited {
		seen[c] = true
	}
	last := cited[len(cited)-1]
	var out []corpus.Source
	for _, s := range r.index.Sentences(last.documentID, last.chunkID) {
		if !seen[place{last.documentID, last.chunkID, s.Sentence}] && len(out) < maxOutlineLines {
			out = append(out, s)
		}
	}
	return out
}
