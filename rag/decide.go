package rag

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

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
	p.trace.Kind = x.kind
	if o := r.wantsOutline(f, x); o != nil {
		f.outline = filled(o, f.result.Hits, f.lines)
		if best := f.result.Hits[0]; best.Chunk.Kind == corpus.Paragraph && f.result.Strength > r.index.Fitted.Floor+understoodWell {
			f.outline = withBest(f.outline, best.Sentences[0], f.lines, r.index.Fitted.BroadCut-f.result.Narrow < surelyBroad)
		}
		f.outlineIntro = r.reply("outline_intro", prompts.Params{"topic": o.Topic})
		p.trace.Rule = "outline"
		return r.composed(p, f)
	}
	f.result.Hits = namedFirst(f.question, withoutVariants(&r.set.Terms, x, f.question, f.result.Hits))
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
	f.quotes, f.facts = chooseQuotes(f.question, f.result, most)
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
		return r.notStated(p, refusal, landing(f)), nil
	case unmet && refusal.rule != "year" && refusal.holds(f.result.Positive, ownKind) && (!written || margin < ruleMarginOf(refusal.rule, ownKind)):
		return r.notStated(p, refusal, landing(f)), nil
	case !strong && written && margin+leniency(f, x, unmet) < 0:
		return r.notStated(p, refusalOf(r.lacksOf(f), "head"), landing(f)), nil
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

// lacksOf is what a question that the head refuses seems to lack: the kind of thing that a very near negative variant does. Only where the
// question has a word for it: 老师要轮岗，真的吗 asks for no number, however near it is to a variant that does.
func (r *run) lacksOf(f found) string {
	n := f.result.Negative
	if n == nil || n.Cosine < sameLack || !asksLike(&r.set.Terms, n.Lacks, f.question) {
		return "detail"
	}
	return n.Lacks
}

// asksLike reports that a question has a word that asks for a kind of thing; of kinds without such words it says so always.
func asksLike(t *prompts.Terms, lacks, q string) bool {
	switch lacks {
	case "number":
		return amount.MatchString(q)
	case "result":
		return asksResult.MatchString(q)
	case "date":
		return containsAny(q, t.AskDate) || asksTime.MatchString(q)
	case "money":
		return containsAny(q, t.AskMoney) || strings.ContainsAny(q, "钱费元奖补")
	case "reason":
		return containsAny(q, t.AskReason)
	case "person":
		return containsAny(q, t.AskPerson) || containsAny(q, t.PersonWords) || strings.Contains(q, "谁")
	case "frequency":
		return containsAny(q, t.AskFrequency) || amount.MatchString(q) || asksTime.MatchString(q)
	}
	return true
}

// asksTime has a word of a time or of how often.
var asksTime = regexp.MustCompile(`[年月周天日号点期次回]|时间|时候|礼拜|季度`)

// asksResult has a word of what was done already.
var asksResult = regexp.MustCompile(`了|过|没|结果|实际|完成|效果|成效|怎么样|怎样|如何|多少|几`)

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
		if asking.MatchString(c) {
			asks++
		}
	}
	return figures == 1 && asks < 2 && len(muchOrMany.FindAllString(question, 2)) == 1
}

var muchOrMany = regexp.MustCompile(`多少|(?:^|[^十百千好那这哪])几`)

// holds reports that a rule's refusal stands beside a variant of this cosine: who wrote one that is very near knew that the sentence answers it.
// Which ones of so many (是哪5所) is asked in the words of those that ask how many.
func (r refusal) holds(positive float64, asked bool) bool {
	return positive < sureVariant || asked || r.rule == "list:counted"
}

// ruleMarginOf is up to which margin of the head a rule decides: addresses, penalties and differences were never wrong on the tuning sets,
// school levels, shares and money hardly ever. asked says that a follow-up by its own words asks for what is missing (是哪5所？): the head
// hears the turn before, which was answered.
func ruleMarginOf(rule string, asked bool) float64 {
	limit := ruleMargin
	for _, c := range ruleMargins {
		if slices.ContainsFunc(c.rules, func(prefix string) bool { return strings.HasPrefix(rule, prefix) }) {
			limit = c.margin
			break
		}
	}
	if asked {
		return max(limit, followRuleMargin)
	}
	return limit
}

// ruleMargins are the margins of rules that are safer than most, and of one that is less so. Yes and no among 3,900 questions of the tuning sets
// (2026-11-27), from 1.1 to 1.8: numbers 0 and 2, dates 0 and 2, meanings 0 and 3; up to 3.5: addresses 0 and 8, penalties and differences 0 and
// 36. Which ones of so many: 0 and 4 at any margin; persons up to 1.7: 0 and 1.
var ruleMargins = []struct {
	margin float64
	rules  []string
}{
	{6, []string{"list:counted"}},
	{toldMargin, []string{"level:told"}},
	{3.5, []string{"besides", "address", "part"}},
	{3, []string{"result"}},
	{2.5, []string{"procedure", "level", "share", "money", "series", "meaning:", "list:", "figure"}},
	{1.7, []string{"number", "date", "meaning", "person"}},
}

// byTheWay reports that the other year is only one by relation, in a question that the head finds clearly answerable.
func (x expectation) byTheWay(docYear int, judged bool, margin float64) bool {
	return judged && margin >= yearMargin && !startsWithDigit(x.otherYear(docYear, ""))
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// Shifts of the head's logit towards answering, swept over the three tuning sets (2026-11-25): answerable but refused .052 ->
// .037, near misses refused .928 -> .918. Where rule and head disagreed the rule was wrong as often as right: it needs the head's doubt.
const (
	ruleMargin       = 1.1 // a rule decides only where the head does not clearly disagree
	toldMargin       = .5  // of a level that only stands in what is told
	followRuleMargin = 3.5 // of what a follow-up asks for by its own words
	placeMargin      = 1.2 // a place that is none (跟别的地方比): of 66 such questions of the tuning sets 3 were above 1.1, none of them a near miss
	yearMargin       = 2.5 // likewise a year by relation (后年), which a story may hold by the way
	shortRunes       = 8
	shortShift       = 1.2 // a bare topic or a few words name what the sentence is about and leave the rest open
	askedShift       = .5  // unless they ask for something (墨香校园怎么申报)
	countShift       = .7  // a number was asked and the sentence has one with that measure
	followShift      = -.3 // a question put together of two turns sounds like what was answered before; swept from .5 to -.6 (2026-11-26)
	pointShift       = .6  // and one that was put together with a sentence of the telling
	repairShift      = .5  // so does one that had to be repaired
	decideShift      = .5  // a question that any sentence on the subject decides
)

// named asks for something by a word for it, where 吗 and 呢 leave it open.
var named = regexp.MustCompile(`什么|啥|怎么|怎样|如何|咋|多少|几|哪|谁|多久|为何|何时|多大`)

// openHow asks what is done about something, which leaves it as open as the bare topic (补课班现在怎么管).
var openHow = regexp.MustCompile(`(?:怎么|怎样|如何|咋)(?:个)?(?:样|管|弄|搞|抓|做|办|安排|打算|落实|推进|规定|说)`)

var decidable = regexp.MustCompile(`还搞不搞|有没有?(?:提|写|讲|说)|提没提|写没写|要不要|打算|会不会|还.{0,3}不|怎么(?:讲|说)|吗[?？]?$|有没`)

func leniency(f found, x expectation, unmet bool) float64 {
	q := f.question
	shift := 0.
	if f.follows {
		shift += followShift
	}
	if f.pointed {
		shift += pointShift
	}
	if f.repaired != "" {
		shift += repairShift
	}
	switch short := letterCount(q) <= shortRunes; {
	case short && (named.MatchString(openHow.ReplaceAllString(q, "")) || decidable.MatchString(q)):
		shift += askedShift
	case short:
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

func (r *run) begin(f found) partial {
	res, fit := f.result, r.index.Fitted
	p := partial{mode: Quoted, remember: remembered{Question: f.question}}
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
	for i := range d.Statements {
		d.Statements[i].Text = r.set.Terms.Restored(d.Statements[i].Text)
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
		p.wanted.doubt, p.wanted.lacks, p.wanted.near = f.doubt, f.lacks, landing(f)
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
