package rag

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// An understood question stands alone.
type understood struct {
	followUp
	asked   string // as it was asked, cleaned
	context string // what was said before it in the same message

	follows      bool   // it leans on the turn before
	last         string // chunk that the answer before cited; empty when it was not ours
	lastQuestion string
}

// found is what the search gave for one question, and what of it will be said.
type found struct {
	understood
	result       corpus.Result
	repaired     string // words put in by their sound
	quotes       []corpus.Source
	facts        []string // what the quoted sentences should still hold after cutting
	outline      *corpus.OutlineHit
	outlineIntro string
}

func (r *run) understand(question spoken, turns []remembered) understood {
	knows := func(s string) bool { return r.index.Knows(s) }
	u := understood{followUp: standAlone(question.text, turns, knows), asked: question.text}
	if u.question == question.text {
		u.context = question.context
	} else if len(turns) > 0 {
		before := turns[len(turns)-1]
		u.follows, u.lastQuestion = true, before.Question
		if len(before.Cited) > 0 {
			u.last = before.Cited[0].chunkID
		}
	}
	return u
}

// contextGain is by how much the sentence before must help for being taken into the search.
const contextGain = .08

// repairGain is by how much a repair by sound must help. A question whose strength is understoodWell above the floor needs none: that saves
// the second search for two questions of three.
const (
	repairGain     = .04
	understoodWell = .20
)

// retrieve searches for the question; inside a story also for the question with the sentence before it, and the better one wins.
func (r *run) retrieve(u understood) (found, error) {
	result, err := r.search(u.question)
	if err != nil {
		return found{}, err
	}
	if u.follows {
		if result, err = r.nearLast(u, result); err != nil {
			return found{}, err
		}
	}
	if u.context != "" {
		wider, err := r.search(u.context + u.question)
		if err != nil {
			return found{}, err
		}
		if wider.Strength > result.Strength+contextGain {
			result = wider
		}
	}
	f := found{understood: u, result: result}
	if result.Strength > r.index.Fitted.Floor+understoodWell {
		return f, nil
	}
	repaired, words := r.repairs.of(r.index, r.set).propose(u.question)
	if words == "" {
		return f, nil
	}
	better, err := r.search(repaired)
	if err != nil {
		return found{}, err
	}
	if better.Strength > result.Strength+repairGain {
		f.result, f.question, f.repaired = better, repaired, words
	}
	return f, nil
}

// sameParagraph is what a paragraph gains when the answer before came from it.
const sameParagraph = .15

// nearLast searches for a follow-up also in its own words and, of both results, prefers the one that stays in the paragraph of the
// answer before.
func (r *run) nearLast(u understood, joined corpus.Result) (corpus.Result, error) {
	alone, err := r.search(u.asked)
	if err != nil || len(joined.Hits) == 0 {
		return joined, err
	}
	last := u.last
	if last == "" {
		before, err := r.search(u.lastQuestion)
		if err != nil {
			return joined, err
		}
		if len(before.Hits) > 0 {
			last = before.Hits[0].Chunk.ID
		}
	}
	value := func(res corpus.Result) float64 {
		if len(res.Hits) == 0 {
			return -1
		}
		v := res.Strength
		if res.Hits[0].Chunk.ID == last {
			v += sameParagraph
		}
		return v
	}
	if value(alone) > value(joined) {
		return alone, nil
	}
	return joined, nil
}

func (r *run) search(question string) (corpus.Result, error) {
	q := corpus.Query{Text: question}
	if r.embedder != nil && !r.index.Lexical() {
		v, err := r.embedder.EmbedQuery(r.ctx, corpus.Plain(question))
		if r.ctx.Err() != nil {
			return corpus.Result{}, r.ctx.Err()
		}
		if err == nil { // a question that the model cannot read is still searched by words
			q.Vector = v
		}
	}
	result, err := r.index.Search(r.ctx, q)
	if err != nil {
		return corpus.Result{}, fmt.Errorf("search: %w", err)
	}
	return result, nil
}

// howShape tells questions that a list may answer.
var howShape = regexp.MustCompile(`怎么|怎样|如何|咋|情况`)

// broadShape tells questions that want an overview.
var broadShape = regexp.MustCompile(`哪些|哪几[个项方]|有(?:什么|啥)|都(?:有|做|干|要|抓)|方面|举措|措施|重点|安排|打算|计划做|总体|概括|介绍|讲讲|说说|主要|整体|全部|概况|一览|总的|新动作|花样|内容|理一?理|列一?列|[拣捡]重点|大概|凑齐|干(?:什么|啥|些)|做(?:什么|啥|些)|好处|影响|帮助`)

// Margins of the decision between an outline and a sentence, on cosines; tuned on sets/tune.jsonl (wenda eval).
const (
	outlineNear   = .80 // a question this near to one of an outline's is broad
	outlineShaped = .68 // with a broad shape this is enough
	sureVariant   = .93 // below it, nearness to a variant proves nothing (NEARMISS.md)
	sameLack      = .75 // a question this near to a negative variant lacks the same kind of thing
	sureCoverage  = .90 // nearly all rare terms of the question stand in one sentence
	secondClose   = .85 // a second sentence is quoted when its score is this close to the first's
	listClose     = .82 // likewise for the lines of a list, where no outline was written
	listLines     = 6
)

// decide says what of the found is the answer: an outline, one or two sentences, or a refusal.
func (r *run) decide(f found) (partial, error) {
	p := r.begin(f)
	if len(f.result.Hits) == 0 {
		return r.noSource(p), nil
	}
	if p, ok := r.byExample(p, f); ok {
		return p, nil
	}
	x := expect(&r.set.Terms, f.question)
	p.trace.Kind = x.kind
	if o := r.wantsOutline(f, x); o != nil {
		f.outline = o
		f.outlineIntro = r.reply("outline_intro", prompts.Params{"topic": o.Topic})
		p.trace.Rule = "outline"
		return r.composed(p, f)
	}
	best := f.result.Hits[0].Sentences[0]
	strong := f.result.Positive >= sureVariant || f.result.Coverage >= sureCoverage
	f.quotes, f.facts = chooseQuotes(f.result)
	refusal, unmet := x.unmet(&r.set.Terms, f.question, textsOf(f.quotes), best.Document)
	if unmet {
		if more := withHelp(f, func(texts []string) bool {
			_, unmet := x.unmet(&r.set.Terms, f.question, texts, best.Document)
			return !unmet
		}); more != nil {
			f.quotes, unmet = more, false
		}
	}
	if unmet {
		p.trace.Unmet = refusal.rule
	}
	written := f.result.Hits[0].Written && r.index.Fitted.Head.Vector != nil // only then the head can judge
	margin := f.result.Answerable - r.index.Fitted.Cut
	switch {
	case f.result.Strength < r.index.Fitted.Floor && f.result.Coverage < sureCoverage:
		return r.noSource(p), nil
	case unmet && (refusal.rule == "year" || refusal.rule == "place"):
		return r.elsewhere(p, x, refusal, best), nil
	case unmet && refusal.rule == "wide_place":
		return r.notStated(p, refusal, best), nil
	case unmet && f.result.Positive < sureVariant && (!written || margin < ruleMargin):
		return r.notStated(p, refusal, best), nil
	case !strong && written && margin+leniency(f, x, unmet) < 0:
		lacks := "detail"
		if n := f.result.Negative; n != nil && n.Cosine >= sameLack {
			lacks = n.Lacks
		}
		return r.notStated(p, refusalOf(lacks, "head"), best), nil
	}
	shaped := broadShape.MatchString(f.question) && f.result.Positive < outlineNear || howShape.MatchString(f.question) && f.result.Positive < sureVariant
	if shaped && x.kind == "" {
		if list := closeSentences(f.result); len(list) >= 3 {
			f.outline = &corpus.OutlineHit{Points: list}
			f.outlineIntro = r.reply("outline_plain", nil)
			p.trace.Rule = "list"
		}
	}
	return r.composed(p, f)
}

// closeSentences are the best sentences of all paragraphs whose scores are close to the best one's.
func closeSentences(res corpus.Result) []corpus.OutlinePoint {
	var all []corpus.SentenceScore
	for _, h := range res.Hits {
		if h.Score >= listClose*res.Hits[0].Score {
			all = append(all, h.Sentences...)
		}
	}
	slices.SortStableFunc(all, func(a, b corpus.SentenceScore) int { return cmp.Compare(b.Score, a.Score) })
	var out []corpus.OutlinePoint
	for _, s := range all {
		if s.Score >= listClose*all[0].Score && len(out) < listLines {
			out = append(out, corpus.OutlinePoint{Source: s.Source})
		}
	}
	return out
}

// Shifts of the head's logit towards answering, swept over sets/tune.jsonl and sets/tune2.jsonl on both texts of the plan (2026-11-24):
// answerable but refused .017 -> .009 and .131 -> .072, near misses refused .898 -> .893 and .880 -> .880.
const (
	ruleMargin  = 1.5 // a rule decides only where the head does not clearly disagree
	shortRunes  = 8
	shortShift  = 2  // a bare topic or a few words name what the sentence is about and leave the rest open
	countShift  = .7 // a number was asked and the sentence has one with that measure
	followShift = 1  // a question put together of two turns reads oddly
	decideShift = .5 // a question that any sentence on the subject decides
)

var decidable = regexp.MustCompile(`还搞不搞|有没有?(?:提|写|讲|说)|提没提|写没写|要不要|打算|会不会|还.{0,3}不|怎么(?:讲|说)|吗[?？]?$|有没`)

func leniency(f found, x expectation, unmet bool) float64 {
	q := f.question
	shift := 0.
	if f.follows {
		shift += followShift
	}
	if letterCount(q) <= shortRunes {
		shift += shortShift
	}
	if !unmet && x.kind == "number" {
		shift += countShift
	}
	if decidable.MatchString(q) {
		shift += decideShift
	}
	return shift
}

func letterCount(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

func refusalOf(lacks, rule string) refusal { return refusal{lacks, rule} }

// saidIn reports that the same sentences were the answer to an earlier question of the message.
func (p partial) saidIn(earlier []partial) bool {
	for _, e := range earlier {
		if p.status == e.status && p.reply == e.reply && sameStatements(p.draft, e.draft) {
			return true
		}
	}
	return false
}

func sameStatements(a, b Draft) bool {
	if len(a.Statements) != len(b.Statements) {
		return false
	}
	for i := range a.Statements {
		if a.Statements[i].Text != b.Statements[i].Text {
			return false
		}
	}
	return true
}

func (r *run) begin(f found) partial {
	res, fit := f.result, r.index.Fitted
	p := partial{mode: Quoted, remember: remembered{Question: f.question}}
	p.trace = Trace{Asked: f.asked, Strength: res.Strength, Floor: fit.Floor, Answerable: res.Answerable, Cut: fit.Cut, Coverage: res.Coverage, Positive: res.Positive}
	if f.question != f.asked {
		p.trace.Standalone = f.question
	}
	if f.repaired != "" {
		p.notice = append(p.notice, r.reply("understood", prompts.Params{"text": f.repaired})+"。")
	}
	if res.Negative != nil {
		p.trace.Negative = fmt.Sprintf("%.3f %s (%s)", res.Negative.Cosine, res.Negative.Text, res.Negative.Lacks)
	}
	if o := res.Outline; o != nil {
		p.trace.Outline = fmt.Sprintf("%.3f %s (%s)", o.Cosine, o.Ask, o.Topic)
	}
	for _, h := range res.Hits {
		for _, s := range h.Sentences[:min(2, len(h.Sentences))] {
			p.trace.Candidates = append(p.trace.Candidates, Candidate{h.Chunk.SectionPath(), s.Text, s.Asked, s.Score, s.Cosine, s.Variant, s.Words})
		}
	}
	return p
}

// wantsOutline returns the outline when the question is a broad one.
func (r *run) wantsOutline(f found, x expectation) *corpus.OutlineHit {
	o := f.result.Outline
	if o == nil || x.otherYear(f.result.Hits[0].Document.Meta.Year, "") != "" || x.place != "" {
		return nil
	}
	if x.kind != "" && x.kind != "list" {
		return nil
	}
	if r.index.Fitted.Head.Vector != nil && f.result.Answerable < r.index.Fitted.Cut && o.Cosine < outlineNear { // a near miss that looks like a list
		return nil
	}
	switch {
	case o.Cosine >= outlineNear && o.Cosine >= f.result.Positive,
		broadShape.MatchString(f.question) && o.Cosine >= outlineShaped && o.Cosine >= f.result.Positive-.03,
		howShape.MatchString(f.question) && o.Cosine >= outlineShaped && o.Cosine >= f.result.Positive:
		return o
	}
	return nil
}

func textsOf(quotes []corpus.Source) []string {
	out := make([]string, len(quotes))
	for i, q := range quotes {
		out[i] = q.Text
	}
	return out
}

// helpClose is how good a sentence must be against the best one to be quoted because it holds the kind of thing that was asked for.
const helpClose = .7

// withHelp returns the best sentence with a second one of its paragraph that makes the quotes hold what is asked for; nil when none
// of the next two does.
func withHelp(f found, holds func(texts []string) bool) []corpus.Source {
	list := f.result.Hits[0].Sentences
	for _, s := range list[1:min(3, len(list))] {
		if s.Score < helpClose*list[0].Score {
			break
		}
		quotes := []corpus.Source{list[0].Source, s.Source}
		if holds(textsOf(quotes)) {
			return quotes
		}
	}
	return nil
}

// chooseQuotes takes the best sentence, and a second one of the same paragraph that is nearly as good where both stay short.
func chooseQuotes(res corpus.Result) ([]corpus.Source, []string) {
	list := res.Hits[0].Sentences
	best := list[0]
	quotes, facts := []corpus.Source{best.Source}, best.Facts
	if len(list) > 1 {
		second := list[1]
		runes := utf8.RuneCountInString(best.Text) + utf8.RuneCountInString(second.Text)
		if second.Score >= secondClose*best.Score && runes <= maxQuoteRunes {
			quotes = append(quotes, second.Source)
			if second.Sentence < best.Sentence {
				quotes[0], quotes[1] = quotes[1], quotes[0]
			}
		}
	}
	return quotes, facts
}

func (r *run) composed(p partial, f found) (partial, error) {
	d, err := r.composer.Compose(f)
	if err != nil {
		return partial{}, fmt.Errorf("compose: %w", err)
	}
	p.draft, p.status = d, Answered
	p.remember.Topic = topicOf(d)
	for _, s := range d.Statements {
		for _, src := range s.Sources {
			p.remember.Cited = append(p.remember.Cited, place{src.Document.ID, src.Chunk.ID, src.Sentence})
		}
	}
	p.related = related(f.result, d)
	if len(d.Statements) > 0 && len(d.Statements[0].Sources) > 0 {
		p.notice = append(p.notice, r.planNotice(d.Statements[0].Sources[0]))
	}
	return p, nil
}

func topicOf(d Draft) string {
	if len(d.Statements) == 0 || len(d.Statements[0].Sources) == 0 {
		return ""
	}
	s := d.Statements[0].Sources[0].Chunk.Section
	return s[len(s)-1]
}

// relatedScore is how good a paragraph must be against the best one to offer its questions.
const relatedScore = .72

// related are questions that neighbouring sentences answer: of the same paragraph first, then of paragraphs nearly as good.
func related(res corpus.Result, d Draft) []string {
	said := map[string]bool{}
	for _, s := range d.Statements {
		for _, src := range s.Sources {
			said[src.Text] = true
		}
	}
	var out []string
	for _, h := range res.Hits {
		if h.Score < relatedScore*res.Hits[0].Score {
			break
		}
		for _, s := range h.Sentences {
			if s.Ask != "" && !said[s.Text] && len(out) < 3 {
				said[s.Text] = true
				out = append(out, s.Ask)
			}
		}
	}
	return out
}

func (r *run) planNotice(s corpus.Source) string {
	m := s.Document.Meta
	if m.Year == 0 || !planTitle.MatchString(m.Title) || s.Chunk.Kind != corpus.Paragraph {
		return ""
	}
	return r.reply("plan_notice", prompts.Params{"year": strconv.Itoa(m.Year)})
}

func (r *run) noSource(p partial) partial {
	p.status, p.mode, p.reason, p.handoff = NoSource, Fixed, "no_source", true
	p.reply = r.reply("no_source", nil)
	p.trace.Rule = "floor"
	return p
}

// elsewhere refuses another year or place.
func (r *run) elsewhere(p partial, x expectation, ref refusal, near corpus.SentenceScore) partial {
	p.mode, p.handoff, p.trace.Rule, p.trace.Lacks, p.reason = Fixed, true, ref.rule, ref.lacks, ref.rule
	if ref.rule == "year" {
		p.status = NotStated
		year := x.otherYear(near.Document.Meta.Year, "")
		if len(year) == 4 && year[0] == '2' {
			year += "年"
		}
		p.reply = r.reply("other_year", prompts.Params{"year": year, "doc_year": strconv.Itoa(near.Document.Meta.Year)})
		return p
	}
	p.status = OutOfScope
	p.reply = r.reply("other_place", prompts.Params{"place": x.place})
	return p
}

// notStated says that the document does not say, and what it does say nearby.
func (r *run) notStated(p partial, ref refusal, near corpus.SentenceScore) partial {
	p.status, p.reason, p.handoff = NotStated, "not_stated:"+ref.lacks, true
	p.trace.Rule, p.trace.Lacks = ref.rule, ref.lacks
	what, ok := r.set.What(ref.lacks)
	if !ok {
		what, _ = r.set.What("detail")
	}
	p.reply = r.reply("not_stated_near", prompts.Params{"what": what, "quote": ""})
	text := clip(tidyQuote(near.Text), maxQuoteRunes, near.Facts)
	if !strings.HasSuffix(text, "。") && !strings.HasSuffix(text, "…") {
		text = strings.TrimRight(text, "；;，") + "。"
	}
	p.draft = Draft{Statements: []Statement{{introducePlan(text, near.Document), []corpus.Source{near.Source}}}}
	p.remember.Cited = []place{{near.Document.ID, near.Chunk.ID, near.Sentence}}
	p.remember.Topic = topicOf(p.draft)
	return p
}

// verified drops statements that the guards refuse. When nothing is left, the answer is a refusal.
func (r *run) verified(p partial) partial {
	var kept []Statement
	for _, s := range p.draft.Statements {
		v := verify(s.Text, passages(s))
		if v.OK {
			kept = append(kept, s)
			continue
		}
		p.trace.Dropped = append(p.trace.Dropped, Dropped{s.Text, v.Reason + ":" + v.Detail})
	}
	if len(kept) == 0 && len(p.draft.Statements) > 0 {
		p.draft = Draft{}
		p.notice, p.related, p.remember.Cited = nil, nil, nil
		p = r.noSource(p)
		p.trace.Rule = "verify"
		return p
	}
	if len(kept) < len(p.draft.Statements) {
		p.remember.Cited = nil
		for _, s := range kept {
			for _, src := range s.Sources {
				p.remember.Cited = append(p.remember.Cited, place{src.Document.ID, src.Chunk.ID, src.Sentence})
			}
		}
	}
	p.draft.Statements = kept
	return p
}

// passages are the texts that a statement may take its figures and names from: the cited chunks and their headings.
func passages(s Statement) []string {
	var out []string
	for _, src := range s.Sources {
		out = append(out, src.Chunk.Text, src.Chunk.SectionPath())
	}
	return out
}
