package rag

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// howShape tells questions that a list may answer.
var howShape = regexp.MustCompile(`怎么|怎样|如何|咋|情况`)

// broadShape tells questions that want an overview.
var broadShape = regexp.MustCompile(`哪些|哪几[个项方]|有(?:什么|啥)|都(?:有|做|干|要|抓)|方面|举措|措施|重点|安排|打算|计划做|总体|概括|介绍|讲讲|说说|主要|整体|全部|概况|一览|总的|新动作|花样|内容|理一?理|列一?列|[拣捡]重点|大概|凑齐|干(?:什么|啥|些)|做(?:什么|啥|些)|好处|影响|帮助`)

// broad reports whether a question wants an overview: the head that was fitted on the outlines' own questions says so, or its shape.
func (r *run) broad(f found) bool {
	if r.index.Fitted.Broad.Vector != nil {
		return r.broadMargin(f) > 0
	}
	return broadShape.MatchString(f.question)
}

// broadMargin is how far the head for broad questions is above its cut.
func (r *run) broadMargin(f found) float64 { return r.index.Fitted.BroadCut - f.result.Narrow }

// surelyBroad is the margin of the head for broad questions from which on it is no near miss that looks like a list: 7 of 12 broad
// questions that were refused on the tuning sets are answered, and none of 306 near misses (2026-11-26).
const surelyBroad = 1.5

// Where a question is nearer to a sentence's variant than to an outline's question by sentenceNearer, it needs broadEnough of that head; and
// where the head for near misses is against it by surelyMissed, nearness to an outline's question is not enough (要怎么罚 beside 怎么办).
const (
	sentenceNearer = .04
	broadEnough    = 1.4
	surelyMissed   = 1
	surelyAnswered = 5
)

// wantsOutline returns the outline when the question is a broad one.
func (r *run) wantsOutline(f found, x expectation) *corpus.OutlineHit {
	o := f.result.Outline
	if o == nil || x.otherYear(f.result.Hits[0].Document.Meta.Year, "") != "" || x.place != "" {
		return nil
	}
	if x.kind != "" && x.kind != "list" {
		return nil
	}
	if r.index.Fitted.Head.Vector != nil && f.result.Answerable < r.index.Fitted.Cut && o.Cosine < outlineNear && r.broadMargin(f) < surelyBroad { // a near miss that looks like a list
		return nil
	}
	margin := r.broadMargin(f)
	switch {
	case r.broad(f) && o.Cosine >= outlineShaped && (o.Cosine >= f.result.Positive-sentenceNearer || margin >= broadEnough || f.result.Answerable < r.index.Fitted.Cut+surelyAnswered):
		return o
	case r.index.Fitted.Head.Vector != nil && f.result.Answerable < r.index.Fitted.Cut-surelyMissed && margin < 0:
		return nil
	case o.Cosine >= outlineNear && o.Cosine >= f.result.Positive,
		howShape.MatchString(f.question) && o.Cosine >= outlineShaped && o.Cosine >= f.result.Positive:
		return o
	}
	return nil
}

// pointOf is a sentence as a line of an outline, cut around what its nearest variant asks for. Lines say what is done: that something was cut off
// before it needs no mark, and what ties it to that (即) goes too.
func pointOf(s corpus.SentenceScore) corpus.OutlinePoint {
	text, cut := strings.CutPrefix(clip(tidyQuote(s.Text), maxPointRunes, s.Facts), "……")
	if cut {
		text = strings.TrimPrefix(text, "即")
	}
	return corpus.OutlinePoint{Source: s.Source, Text: text}
}

// fillClose is how good a sentence of another paragraph than the best must be, against the best sentence, to fill an outline; in the best one
// too where fullOutline points were written: what they leave out is about something else (书法 within 美育). From .8 to .88 broad answers got a
// fifth shorter and right ones .926 -> .922 and .909 -> .896 (309 of the tuning sets, digest and page); at .94 .913 and .880.
const (
	fillClose   = .88
	fullOutline = 4
)

// filled adds to an outline, up to n lines, what else the paragraphs of its points say: the best sentences of those that were found. All that
// were found of its paragraph, where it has one; an outline over several is about less than all that they say (食堂 beside 口腔疾病). Of a
// paragraph's own sentences it leaves out one that only sums the others up.
func filled(o *corpus.OutlineHit, hits []corpus.Hit, n int) *corpus.OutlineHit {
	out := *o
	have, within := map[string]bool{}, map[string]bool{}
	for _, p := range o.Points {
		have[p.Source.Text] = true
		within[p.Chunk.ID] = true
	}
	out.Points = slices.Clone(o.Points)
	for i, h := range hits {
		if !within[h.Chunk.ID] {
			continue
		}
		for _, s := range h.Sentences {
			fits := i == 0 && len(within) == 1 && len(o.Points) < fullOutline || s.Score >= fillClose*hits[0].Sentences[0].Score
			if fits && len(out.Points) < n && !have[s.Text] && !sumsUp(s.Text, out.Points) {
				out.Points = append(out.Points, pointOf(s))
			}
		}
	}
	all := slices.Clone(out.Points)
	out.Points = slices.DeleteFunc(out.Points, func(p corpus.OutlinePoint) bool { return p.Text == "" && sumsUp(p.Source.Text, all) })
	return &out
}

// introOf is what is said before an outline; its topic may be a heading with its number (二、重点任务).
func (r *run) introOf(topic string) string {
	return r.reply("outline_intro", prompts.Params{"topic": strings.TrimRight(corpus.WithoutNumber(topic), "？?")})
}

// sumsUp reports that a sentence only lists what lines of an outline say: most of its items stand in them.
func sumsUp(text string, lines []corpus.OutlinePoint) bool {
	items := strings.FieldsFunc(enumeration.FindString(text), func(r rune) bool { return r == '、' })
	told := 0
	for _, item := range items {
		if utf8.RuneCountInString(item) >= clauseRunes-2 && slices.ContainsFunc(lines, func(p corpus.OutlinePoint) bool {
			return p.Source.Text != text && strings.Contains(p.Source.Text, item)
		}) {
			told++
		}
	}
	return len(items) > 2 && 3*told >= 2*len(items)
}

// withBest puts the sentence that was found first into an outline that leaves it out, as its first line: a question that looks broad may be
// about just that (评优评先). Where it has a line and the question is narrow, that is cut anew, around what its nearest variant asks for, and comes
// first too.
func withBest(o *corpus.OutlineHit, best corpus.SentenceScore, n int, narrow bool) *corpus.OutlineHit {
	out := *o
	if at := slices.IndexFunc(o.Points, func(p corpus.OutlinePoint) bool { return p.Source.Text == best.Text }); at >= 0 {
		if narrow {
			out.Points = append([]corpus.OutlinePoint{pointOf(best)}, slices.Delete(slices.Clone(o.Points), at, at+1)...)
		}
		return &out
	}
	if sumsUp(best.Text, o.Points) {
		return o
	}
	out.Points = append([]corpus.OutlinePoint{pointOf(best)}, o.Points...)
	out.Points = out.Points[:min(n, len(out.Points))]
	return &out
}

// What a clause's own sentence needs to be quoted beside the answer to the whole question.
const (
	clauseWeight = .6  // of the whole question's score
	clauseClose  = .8  // its strength against the whole question's
	clauseNear   = .74 // cosine of a variant, or of the sentence, where no kind of thing is asked for
	maxQuotes    = 3
)

// withClauses adds to the quotes what answers further clauses of the question (哪家发的，哪天发的).
func (r *run) withClauses(f found) ([]corpus.Source, error) {
	quotes := f.quotes
	for _, c := range askingClauses(f.question) {
		res, err := r.searchLeaning(c, f.question, clauseWeight)
		if err != nil {
			return nil, err
		}
		if len(res.Hits) == 0 || res.Strength < clauseClose*f.result.Strength {
			continue
		}
		best := res.Hits[0].Sentences[0]
		x := r.expect(c)
		_, unmet := x.unmet(&r.set.Terms, c, []string{best.Text}, best.Document)
		sure := x.kind != "" && !unmet || max(best.Variant, best.Cosine) >= clauseNear
		if unmet || !sure || len(quotes) >= maxQuotes || slices.ContainsFunc(quotes, func(q corpus.Source) bool { return q.Text == best.Text }) {
			continue
		}
		quotes = append(quotes[:len(quotes):len(quotes)], best.Source)
	}
	return quotes, nil
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
			out = append(out, pointOf(s))
		}
	}
	return out
}

// officeIn tells a sentence that says who does something.
var officeIn = regexp.MustCompile(`牵头|负责|责任单位|联合|[科局委室组]、|科室|部门`)

// onlyOffices keeps the sentences that say who does something, where some do and that was asked.
func onlyOffices(quotes []corpus.Source) []corpus.Source {
	var out []corpus.Source
	for _, q := range quotes {
		if officeIn.MatchString(q.Text) {
			out = append(out, q)
		}
	}
	if len(out) == 0 {
		return quotes
	}
	return out
}

func textsOf(quotes []corpus.Source) []string {
	out := make([]string, len(quotes))
	for i, q := range quotes {
		out[i] = q.Text
	}
	return out
}

// helpClose is how good a sentence must be against the best one to be quoted because it holds the kind of thing that was asked for.
const (
	helpClose  = .7
	helpLooked = 3
)

// withHelp returns the best sentence with a second one of its paragraph that makes the quotes hold what is asked for; nil when none
// of the next two does.
func withHelp(f found, holds func(texts []string) bool) []corpus.Source {
	list := f.result.Hits[0].Sentences
	for _, s := range list[1:min(helpLooked, len(list))] {
		if s.Score < helpClose*list[0].Score {
			continue
		}
		quotes := []corpus.Source{list[0].Source, s.Source}
		if holds(textsOf(quotes)) {
			return quotes
		}
	}
	return nil
}

// chooseQuotes takes the best sentence, and further ones of the same paragraph that are nearly as good where all stay short: most in all,
// the best one first, the others in their order. Of 1,207 right answers to the tuning sets with several sentences on the digest the first one held
// what was asked in 626 when all stood in their order, in 1,062 since (2026-11-27).
func chooseQuotes(t *prompts.Terms, question string, res corpus.Result, most int) ([]corpus.Source, []string) {
	list := res.Hits[0].Sentences
	best := list[0]
	more := containsAny(question, t.AskMore)
	alone := best.Variant > 0 && echoed(question, best.Text) < secondEcho && !more
	quotes := []corpus.Source{best.Source}
	runes := utf8.RuneCountInString(best.Text)
	for _, s := range list[1:] {
		near := secondClose
		if len(quotes) > 1 {
			near = thirdClose
		}
		if len(quotes) == most {
			break
		}
		if s.Score < near*best.Score || alone && (s.Variant == 0 || best.Rank()-s.Rank() > secondBehind) || best.Variant > 0 && !more && worthOf(question, best, s) < secondWorth {
			continue
		}
		if s.Chunk.Kind != corpus.Paragraph && (!namesField(question, s.Text) || slices.ContainsFunc(quotes, func(q corpus.Source) bool { return sameField(q, s.Source) })) {
			continue
		}
		if runes += utf8.RuneCountInString(s.Text); runes > maxTwoRunes {
			break
		}
		quotes = append(quotes, s.Source)
	}
	slices.SortFunc(quotes[1:], func(a, b corpus.Source) int { return cmp.Compare(a.Sentence, b.Sentence) })
	return quotes, best.Facts
}

// worthOf is how much a sentence is worth beside the best one: how close its score is, how much of the best only says the question again, and
// how much more of the question it says itself. Weights are of a logistic regression on 1,035 right answers to the tuning sets with more than
// one sentence, of which 151 needed the second (2026-11-28).
func worthOf(question string, best, s corpus.SentenceScore) float64 {
	return s.Score/best.Score + echoWorth*echoed(question, best.Text) + saysWorth*(says(question, s.Text)-says(question, best.Text))
}

// says is how much of a question's words a sentence says.
func says(question, sentence string) float64 {
	grams := bigrams(question)
	return float64(covered(grams, corpus.Fold(sentence))) / float64(max(len(grams), 1))
}

// fieldFrame are words around every row, which name none.
var fieldFrame = strings.NewReplacer("这份", "", "工作思路", "", "文件", "", "页面", "", "网站", "", "页脚", "", "信息", "")

// namesField reports that a question holds a word of a row of the metadata or the footer: of these only what was named is quoted beside
// the best one.
func namesField(question, row string) bool {
	question, row = fieldFrame.Replace(question), fieldFrame.Replace(row)
	rs := []rune(question)
	for i := 0; i+2 <= len(rs); i++ {
		if allHan(rs[i:i+2]) && strings.Contains(row, string(rs[i:i+2])) {
			return true
		}
	}
	return false
}

// sameField reports that two rows of the metadata or the footer tell the same: 邮政编码：213023 and 页脚写的邮政编码是213023.
func sameField(a, b corpus.Source) bool {
	if a.Chunk.ID != b.Chunk.ID || a.Chunk.Kind == corpus.Paragraph {
		return false
	}
	holds := func(row, text string) bool {
		_, value, ok := strings.Cut(strings.ReplaceAll(row, "：", ":"), ":")
		return ok && strings.TrimSpace(value) != "" && strings.Contains(corpus.Fold(text), corpus.Fold(strings.TrimSpace(value)))
	}
	fa, fb := figures(a.Text), figures(b.Text)
	return holds(a.Text, b.Text) || holds(b.Text, a.Text) || len(fa) > 0 && maps.Equal(fa, fb)
}
