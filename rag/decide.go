package rag

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"wenda/corpus"
	"wenda/prompts"
)

// Margins of the decision between an outline and a sentence, on cosines; tuned on sets/tune.jsonl (wenda eval).
const (
	outlineNear   = .80 // a question this near to one of an outline's is broad
	outlineShaped = .62 // of a broad question this is enough
	sureVariant   = .93 // below it, nearness to a variant proves nothing (NEARMISS.md)
	sameVariant   = .99 // word for word: who wrote the variant says that the sentence answers it, whatever place or year it names
	sameLack      = .82 // a question this near to a negative variant lacks the same kind of thing; nearer to .75 it often was another (我要举报: 具体人员)
	sureCoverage  = .90 // nearly all rare terms of the question stand in one sentence
	coveredMargin = -.5 // up to how far the head may be against a question that asks for something, and all of whose terms stand in one sentence (联席会议有哪些单位)
	thirdClose    = .9
	secondClose   = .82 // a second sentence is quoted when its score is this close to the first's
	secondBehind  = .25 // and its rank no more than this behind; without a near variant of its own it is none,
	secondWorth   = .95 // and is worth this much (worthOf), with these weights,
	echoWorth     = .35
	saysWorth     = .25
	secondEcho    = .5  // unless the first says that much of what the question says itself (1+X改革要保障的分配原则)
	listClose     = .88 // likewise for the lines of a list, where no outline was written
	listLines     = 6
)

// decide says what of the found is the answer: an outline, one or two sentences, or a refusal.
func (r *run) decide(f found) (partial, error) {
	p := r.begin(f)
	if len(f.result.Hits) == 0 {
		return r.noSource(p), nil
	}
	p, routed := r.byExample(p, f)
	if routed {
		return p, nil
	}
	x := r.expect(f.question)
	own := x // what its own words ask for, without those of the turn before
	if f.follows {
		own = r.expect(f.asked)
	}
	f, x, answers := r.settle(x, f)
	p.trace.Kind = x.kind
	if f.result.Bare {
		return r.decideBare(p, f, x, answers)
	}
	if o := r.wantsOutline(f, x); o != nil {
		f.outline = filled(o, f.result.Hits, f.lines)
		if best := f.result.Hits[0]; best.Chunk.Kind == corpus.Paragraph && f.result.Strength > r.index.Fitted.Floor+understoodWell {
			narrow := r.index.Fitted.Broad.Vector != nil && r.broadMargin(f) < surelyBroad
			f.outline = withBest(f.outline, best.Sentences[0], f.lines, narrow)
		}
		f.outlineIntro = r.introOf(o.Topic)
		p.trace.Rule = "outline"
		return r.composed(p, f)
	}
	f.result.Hits = namedFirst(f.question, f.result.Hits)
	best := f.result.Hits[0].Sentences[0]
	if x.kind == "figure" && best.Chunk.Kind != corpus.Paragraph {
		x.kind = "" // a field tells what stands in it, and that nothing does
	}
	margin := f.result.Answerable - r.index.Fitted.Cut
	strong := f.result.Positive >= sureVariant || f.result.Coverage >= sureCoverage && !amount.MatchString(f.question) &&
		(margin >= coveredMargin || !named.MatchString(f.question))
	most := maxQuotes
	if f.result.Strength <= r.index.Fitted.Floor+understoodWell { // where little fits, more of it helps nobody
		most = maxQuotes - 1
	}
	f.quotes, f.facts = chooseQuotes(&r.set.Terms, f.question, f.result, most)
	if containsAny(f.question, r.set.Terms.AskOffice) {
		f.quotes = onlyOffices(f.quotes)
	}
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
	} else if _, alone := x.unmet(&r.set.Terms, f.question, []string{best.Text}, best.Document); !alone && !someNumbers.MatchString(f.question) && (x.kind == "number" || x.kind == "" && asksOneFigure(f.question, best.Facts)) {
		f.quotes, f.facts = []corpus.Source{best.Source}, best.Facts // the number that was asked, and no other figure beside it but a rival
		rest := withoutOtherFigures(best.Text, best.Facts)
		_, cutAway := x.unmet(&r.set.Terms, f.question, []string{rest}, best.Document)
		cutAway = cutAway || someFigure.MatchString(best.Text) && !someFigure.MatchString(rest) // the variant's fact is no figure (第三项)
		f.number = !cutAway && !f.follows && len(howMany.FindAllString(f.question, 2)) < 2
	}
	written := f.result.Hits[0].Written && r.index.Fitted.Head.Vector != nil // only then the head can judge
	ownKind := f.follows && own.kind != "" && own.kind == x.kind             // put together with the turn before it sounds like that one's variants
	switch {
	case f.result.Strength < r.index.Fitted.Floor && f.result.Coverage < sureCoverage:
		return r.noSource(p), nil
	case unmet && f.result.Positive < sameVariant && (refusal.rule == "year" && (f.follows && len(own.years) > 0 || !x.byTheWay(best.Document.Meta.Year, written, margin)) ||
		refusal.rule == "place" && !(written && margin >= placeMargin && slices.Contains(r.set.Terms.VaguePlaces, x.place))):
		return r.elsewhere(p, x, refusal, best), nil
	case unmet && refusal.rule == "wide_place":
		return r.notStated(p, refusal, r.landing(f)), nil
	case unmet && refusal.rule != "year" && refusal.holds(f.result.Positive, ownKind) && (!written || margin < ruleMarginOf(refusal.rule, ownKind)):
		return r.notStated(p, refusal, r.landing(f)), nil
	case !strong && written && margin+leniency(f, x, unmet) < 0:
		return r.notStated(p, refusalOf(r.lacksOf(f), "head"), r.landing(f)), nil
	}
	shaped := r.broad(f) && f.result.Positive < outlineNear || howShape.MatchString(f.question) && f.result.Positive < sureVariant && f.result.Strength > r.index.Fitted.Floor+understoodWell
	if shaped && x.kind == "" && written {
		if list := closeSentences(f.result); len(list) >= 3 {
			f.outline = &corpus.OutlineHit{Points: list}
			f.outlineIntro = r.reply("outline_plain", nil)
			p.trace.Rule = "list"
		}
	}
	f.doubt, f.lacks = r.doubts(f, refusal, unmet, strong, written, margin)
	if f.outline == nil {
		meets := func(text string) bool {
			_, unmet := x.unmet(&r.set.Terms, f.question, []string{text}, best.Document)
			return !unmet && (!containsAny(f.question, r.set.Terms.AskOffice) || officeIn.MatchString(text))
		}
		helped := !unmet && !meets(best.Text) // by a quote beside the best
		if f.result.Positive < sureVariant && !f.follows && !helped {
			f.quotes, f.rival = withRival(f, meets)
		}
		f.quotes = r.withNext(f)
		var err error
		if f.quotes, err = r.withClauses(f); err != nil {
			return partial{}, err
		}
	}
	return r.composed(p, f)
}

// someNumbers asks for more than one number (省里、市里各几个).
var someNumbers = regexp.MustCompile(`各[^,，。个]{0,4}(?:几|多少)|分别|(?:几|多少)[^,，。]{0,8}[,，][^,，。]{0,10}(?:呢|几|多少)`)

// someFigure finds a number that is no year.
var someFigure = regexp.MustCompile(`\d(?:[^年\d]|$)`)

// unsureMargin is the head's margin below which the engine answers and takes a model's word that there is no answer.
const unsureMargin = 1

// doubts says whether the engine's own check found something missing, or was not sure, in what it answers.
func (r *run) doubts(f found, ref refusal, unmet, strong, written bool, margin float64) (bool, refusal) {
	switch {
	case unmet:
		return true, ref
	case !strong && written && margin < unsureMargin:
		return true, refusalOf(r.lacksOf(f), "model")
	}
	return false, refusal{}
}

// asksOneFigure reports that 多少 or 几 asks for the figure among the facts of the nearest variant (学位新增多少).
func asksOneFigure(question string, facts []string) bool {
	figures := 0
	for _, f := range facts {
		if numberIn.MatchString(f) {
			figures++
		}
	}
	asks := 0
	for _, c := range clausesOf(question) {
		if asksSomething(c) {
			asks++
		}
	}
	return figures == 1 && asks < 2 && len(muchOrMany.FindAllString(question, 2)) == 1
}

var muchOrMany = regexp.MustCompile(`多少|(?:^|[^十百千好那这哪])几`)

func (r *run) begin(f found) partial {
	res, fit := f.result, r.index.Fitted
	p := partial{mode: Quoted, remember: remembered{Question: f.question, swapped: f.swapped, subject: f.subject}}
	p.trace = Trace{Asked: f.asked, Strength: res.Strength, Floor: fit.Floor, Answerable: res.Answerable, Cut: fit.Cut, Coverage: res.Coverage, Positive: res.Positive,
		Talk: fit.TalkCut - res.Question, Broad: fit.BroadCut - res.Narrow}
	if f.question != f.asked {
		p.trace.Standalone = f.question
	}
	p.trace.Rewrite, r.rewriteNote = r.rewriteNote, ""
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
			p.trace.Candidates = append(p.trace.Candidates, Candidate{h.Chunk.SectionPath(), s.Text, s.Asked, s.Score, s.Probe, s.Cosine, s.Variant, s.Words})
		}
	}
	return p
}

func (r *run) composed(p partial, f found) (partial, error) {
	before := p
	d, err := r.composer.Compose(f)
	if err != nil {
		return partial{}, fmt.Errorf("compose: %w", err)
	}
	d.Statements = oneRow(d.Statements)
	for i := range d.Statements {
		s := &d.Statements[i]
		if len(s.Sources) == 0 || s.Sources[0].Chunk.Row == nil {
			s.Text = r.set.Terms.Restored(s.Text)
		}
		if len(s.Sources) == 1 || len(s.Sources) > 0 && s.Sources[0].Chunk.Row != nil {
			s.Text = ofItem(s.Text, s.Sources[0])
		}
	}
	p.draft, p.status = d, Answered
	p.remember.Topic = topicOf(d)
	for _, s := range d.Statements {
		for _, src := range s.Sources {
			if f.rival != nil && src.Text == f.rival.Text { // what follows goes on from the best
				continue
			}
			p.remember.Cited = append(p.remember.Cited, place{src.Document.ID, src.Chunk.ID, src.Sentence})
		}
	}
	p.related = related(f.result, d)
	if len(d.Statements) > 0 && len(d.Statements[0].Sources) > 0 {
		p.notice = append(p.notice, r.planNotice(d.Statements[0].Sources[0]))
	}
	if p.wanted = r.want(p, before, f, f.context+f.asked); p.wanted != nil {
		p.wanted.doubt, p.wanted.lacks, p.wanted.near = f.doubt, f.lacks, r.landing(f)
	}
	return p, nil
}

func topicOf(d Draft) string {
	if len(d.Statements) == 0 || len(d.Statements[0].Sources) == 0 {
		return ""
	}
	s := d.Statements[0].Sources[0].Chunk.Section
	if len(s) == 0 { // of a document without a title
		return ""
	}
	return s[len(s)-1]
}

func (r *run) planNotice(s corpus.Source) string {
	m := s.Document.Meta
	if m.Year == 0 || !IsPlan(m) || s.Chunk.Kind != corpus.Paragraph {
		return ""
	}
	return r.reply("plan_notice", prompts.Params{"year": strconv.Itoa(m.Year)})
}
