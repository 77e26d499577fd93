package rag

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// Whether the best sentence of a bare document answers: a logistic regression on 141 questions in residents' words and 791 of CMRC 2018 whose best
// sentence answers, 312 near misses to the same documents and 131 questions to the plan that find nearer sentences there (2026-11-28). At the cut .88
// of the first and .99 of the second are answered, .62 of the near misses and .26 of the last; rules (bareLacks) refuse some of these. Near misses of
// documents with negative variants are told much better: what stands here is to be outgrown by writing some.
const (
	bareCosine  = 7.76
	bareRest    = 3.42
	bareLack    = 2.31 // a kind of thing is asked for that it does not hold
	bareAhead   = 4.58 // of its score before that of the next sentence, at most mostAhead
	bareMargin  = .42  // of the head's logit above its cut, at most mostMargin each way,
	mostAhead   = .3
	mostMargin  = 6
	noMargin    = -3 // and this where there is no head
	bareTold    = 3  // what toldAgain needs more,
	bareGoesOn  = 1  // and another follow-up less in the paragraph of the answer before
	bareOffset  = -5.28
	bareCut     = -1
	tryCut      = 0   // of documents that are only tried, but for a row that is surely named
	surelyNamed = 1.2 // of its row, see corpus.SentenceScore

	// What a route is for is near an example. It gives way to a section that is nearer by this; an attack, to an answer that is: what only sounds
	// like one (1860年美国总统选举, of a document on it). Of 416 messages that are no questions beside four sets of documents none finds a sentence
	// nearer by more than .01, of 70 questions to DRCD's documents that were taken for attacks 48 do by this (2026-11-28).
	bareNearer = .08
)

// asksBare reports that a message asks about a bare document and is answered there, whatever a route or an example says: these know only what was
// expected of residents when they were written, and staff add documents on other things (医保, 停车).
func (r *run) asksBare(m prompts.Route, question string, found corpus.Result) bool {
	if familyOf(m) == talk || !found.Bare || !found.Theirs || found.Strength < r.index.Fitted.Floor {
		return false
	}
	x, own := r.expect(question), stopWords.Replace(question)
	found.Hits = r.bareOrder(x, question, own, found)
	example := 0.
	if len(found.Examples) > 0 {
		example = found.Examples[0].Cosine + bareNearer
	}
	if familyOf(m) == attack {
		return found.Hits[0].Sentences[0].Cosine >= example && r.bareLogit(x, question, own, found) >= bareCut
	}
	if whole := wantsSection(&r.set.Terms, r.index.Fitted.BareMost, x, question, found); whole != nil && whole.Cosine >= example {
		return true
	}
	return r.bareLogit(x, question, own, found) >= bareCut
}

// bareLogit is that of whether the best sentence, of hits in their order, answers; own are the question's words that it should hold.
func (r *run) bareLogit(x expectation, question, own string, res corpus.Result) float64 {
	best := res.Hits[0].Sentences[0]
	margin := float64(noMargin)
	if r.index.Fitted.Head.Vector != nil {
		margin = max(-mostMargin, min(mostMargin, res.Answerable-r.index.Fitted.Cut))
	}
	logit := bareOffset + bareCosine*best.Cosine + bareMargin*margin + bareAhead*ahead(res.Hits) +
		bareRest*restHeld(pairs(own), subjectPairs(res.Hits[0]), pairs(inItem(best.Source)))
	if x.kind != "" {
		if r.lacksKind(x, question, best.Source) {
			logit -= bareLack
		}
	}
	return logit
}

// ahead is by how much the score of the best sentence is above that of the next one, at most mostAhead.
func ahead(hits []corpus.Hit) float64 {
	first := hits[0].Sentences
	next := first[0].Score - mostAhead
	if len(first) > 1 {
		next = max(next, first[1].Score)
	}
	if len(hits) > 1 {
		next = max(next, hits[1].Score)
	}
	return first[0].Score - next
}

// subjectPairs are those of what a paragraph is about.
func subjectPairs(h corpus.Hit) map[string]bool {
	return pairs(h.Title + " " + h.Chunk.SectionPath())
}

// inItem is a sentence with the name of the list item that it stands in, for its words.
func inItem(s corpus.Source) string { return s.Document.Item(s.Chunk, s.Sentence) + " " + s.Text }

// inBare reports that a bare document is about what a route would send to other offices or refuse: it answers, or at least speaks of the topic of other
// offices' business, so that the route's reply would be wrong (停车的事不在这份文件里). Cries for help and talk stay what their words say.
func (r *run) inBare(m prompts.Route, params prompts.Params, text string) (bool, error) {
	if f := familyOf(m); f != elsewhere && f != attack || !r.index.HasBare() {
		return false, nil
	}
	found, err := r.search(text, nil)
	if err != nil || !found.Bare || found.Strength < r.index.Fitted.Floor {
		return false, err
	}
	h := found.Hits[0]
	topic := params["topic"]
	return r.asksBare(m, text, found) || familyOf(m) == elsewhere && topic != "" &&
		(strings.Contains(h.Chunk.SectionPath()+h.Chunk.Text, topic) || abbreviates(topic, h.Title)), nil
}

// mostSkipped is how many characters of a name an abbreviation leaves out between two that it takes.
const mostSkipped = 3

// abbreviates reports that a name stands in a title, whole or by its characters in their order, as officials abbreviate (失业金 for 失业保险金, 公租房 for
// 公共租赁住房).
func abbreviates(name, title string) bool {
	rest := []rune(title)
	for from := range rest {
		at, ok := from, true
		for i, c := range []rune(name) {
			n := slices.Index(rest[at:], c)
			if ok = n >= 0 && (n == 0 || i > 0 && n <= mostSkipped); !ok {
				break
			}
			at += n + 1
		}
		if ok {
			return true
		}
	}
	return false
}

// settle puts what was found in bare documents in order. answers is whether that most likely answers; if not and other documents do, what was found
// there takes its place.
func (r *run) settle(x expectation, f found) (_ found, _ expectation, answers bool) {
	if !f.result.Bare {
		return f, x, true
	}
	bare := r.ofBare(x, f)
	if own := r.expect(f.asked); f.follows && (own.kind != "" || f.asksAnew()) { // 笔试哪天？在哪考 asks for no day
		bare.kind = own.kind
	}
	f.result.Hits = r.bareOrder(bare, f.question, f.own(), f.result)
	theirs, cut := f.result.Theirs || f.result.Hits[0].Sentences[0].Row >= surelyNamed, float64(bareCut)
	if !theirs {
		cut = tryCut
	}
	if f.toldAgain() {
		cut += bareTold
	} else if f.follows && f.afterTurn() {
		cut -= bareGoesOn * f.result.Hits[0].Sentences[0].Near
	}
	if r.bareLogit(bare, f.question, f.own(), f.result) >= cut {
		return f, bare, true
	}
	if w := f.result.Beside; len(w.Hits) > 0 && w.Answerable >= r.index.Fitted.Cut && w.Strength >= r.index.Fitted.Floor {
		f.result = *w
		return f, x, true
	}
	if r.wholeSection(bare, f) != nil {
		return f, bare, false // told as a whole, see decideBare
	}
	if w := f.result.Beside; !theirs && w != nil && len(w.Hits) > 0 {
		f.result = *w
		return f, x, true
	}
	return f, bare, false
}

// ofBare is what a question expects of a bare document: a year or a place that it speaks of is no other one, and neither is one by relation (去年,
// 外省), since nobody said which year and place it is about.
func (r *run) ofBare(x expectation, f found) expectation {
	h := f.result.Hits[0]
	names := func(s string) bool { return strings.Contains(h.Document.Text, s) || strings.Contains(h.Title, s) }
	if names(x.place) || strings.HasPrefix(x.place, "外") {
		x.place = ""
	}
	x.years = slices.DeleteFunc(slices.Clone(x.years), func(y string) bool { return !startsWithDigit(y) || names(y) })
	return x
}

// Rules that refuse without a head that was fitted on near misses: those that name a kind of thing which is easily seen in a sentence.
var bareRules = []string{"year", "place", "wide_place", "phone", "person", "money", "address", "date", "number", "figure", "list:counted"}

// howLong asks for a time, whatever it says of money (充电的钱几天退).
var howLong = regexp.MustCompile(`(?:几|多少)个?(?:工作日|小时|天|周|月|年)|多久|多长时间`)

// bareLacks is what sentences of a bare document lack of what is asked for, where a rule can tell.
func (r *run) bareLacks(x expectation, question string, texts []string, d *corpus.Document) (refusal, bool) {
	ref, unmet := x.unmet(&r.set.Terms, question, texts, d)
	known := slices.ContainsFunc(bareRules, func(prefix string) bool { return strings.HasPrefix(ref.rule, prefix) })
	if !unmet || !known || ref.rule == "money" && (howLong.MatchString(question) || containsAny(question, r.set.Terms.AskDate)) {
		return refusal{}, false
	}
	return ref, true
}

// decideBare says what of a bare document is the answer; answers is whether its best sentence most likely is one.
func (r *run) decideBare(p partial, f found, x expectation, answers bool) (partial, error) {
	if s := r.wholeSection(x, f); s != nil {
		d := sectionDraft(*s, f.lines)
		d.Intro = r.introOf(s.Path[len(s.Path)-1])
		f.draft, p.trace.Rule = &d, "section"
		return r.composed(p, f)
	}
	best := f.result.Hits[0].Sentences[0]
	if otherRow(f.question, best.Source, f.result.Hits) {
		return r.notStated(p, refusalOf("detail", "other_row"), nil), nil
	}
	if d := r.rowList(f, x); d != nil {
		f.draft, p.trace.Rule = d, "rows"
		return r.composed(p, f)
	}
	f.quotes = chooseBare(f.result.Hits, f.follows)
	met := func(s corpus.Source) bool { return !r.lacksKind(x, f.question, s) }
	if cells := rowQuotes(f.question, x.kind != "", met, f.result.Hits); cells != nil {
		f.quotes = cells
	}
	if containsAny(f.question, r.set.Terms.AskOffice) {
		f.quotes = onlyOffices(f.quotes)
	}
	lacks := func(texts []string) (refusal, bool) { return r.bareLacks(x, f.question, texts, best.Document) }
	ref, unmet := lacks(toldTexts(&r.set.Terms, f.quotes))
	if unmet {
		if more := withHelp(f, func(texts []string) bool { _, unmet := lacks(texts); return !unmet }); more != nil {
			f.quotes, unmet = more, false
		}
	}
	switch {
	case f.result.Strength < r.index.Fitted.Floor && f.result.Coverage < sureCoverage:
		return r.noSource(p), nil
	case !answers:
		return r.notStated(p, refusalOf("detail", "bare"), r.landing(f)), nil
	case unmet && ref.rule == "year":
		return r.elsewhere(p, x, ref, best), nil
	case unmet:
		return r.notStated(p, ref, r.landing(f)), nil
	}
	_, alone := lacks([]string{toldText(&r.set.Terms, best.Source)})
	if x.kind == "number" && !alone && !someNumbers.MatchString(f.question) {
		f.quotes = []corpus.Source{best.Source} // the number that was asked, and no other figure beside it
	}
	f.quotes = r.withNext(f)
	f.quotes = r.withAround(f, x, alone)
	f.facts = askedClauses(f, func(text string) bool { _, unmet := lacks([]string{text}); return !unmet })
	var err error
	if f.quotes, err = r.withClauses(f); err != nil {
		return partial{}, err
	}
	if strings.HasSuffix(best.Text, "：") {
		f.draft = listBelow(best.Source, f.lines, r.reply("outline_plain", nil))
	}
	if p, err = r.composed(p, f); err == nil && best.Cosine < bareSure {
		p.notice = append(p.notice, r.reply("closest", nil))
	}
	return p, err
}

// Weights of a sentence of a bare document beside its cosine and its words, swept on 1,000 questions of CMRC 2018's trial set and 162 of residents to
// six made-up documents of a district's offices (2026-11-28): the best sentence holds the answer in .82 of the first instead of .77, in .56 of the
// paraphrases as before.
const (
	restWeight = .25 // share of the question, but for what the headings say, that it holds
	kindWeight = .1  // it holds the kind of thing that is asked for,
	kindMalus  = .16 // or not
	tinyMalus  = .15 // it is a label
	openMalus  = .05 // it only announces what follows
	tinyRunes  = 8
	codeMalus  = .2 // the question has a long number that the paragraph has not (岗位24012)
)

// bareOrder puts the sentences of bare documents in another order: what is asked stands in what the question says beside the subject, which all of
// a paragraph are near to. The paragraph of the best sentence comes first.
func (r *run) bareOrder(x expectation, question, own string, res corpus.Result) []corpus.Hit {
	asked := pairs(own)
	hits := slices.Clone(res.Hits)
	for i := range hits {
		h := &hits[i]
		h.Sentences = slices.Clone(h.Sentences)
		subject := subjectPairs(*h)
		for j := range h.Sentences {
			s := &h.Sentences[j]
			s.Score += restWeight*restHeld(asked, subject, pairs(inItem(s.Source))) + rowScore(question, s.Source)
			if x.kind != "" {
				if r.lacksKind(x, question, s.Source) {
					s.Score -= kindMalus
				} else {
					s.Score += kindWeight
				}
			}
			if lacksCode(question, s.Chunk.Text) {
				s.Score -= codeMalus
			}
			if letterCount(s.Text) < tinyRunes {
				s.Score -= tinyMalus
			}
			if last, _ := utf8.DecodeLastRuneInString(s.Text); strings.ContainsRune("：:？?", last) {
				s.Score -= openMalus
			}
		}
		slices.SortStableFunc(h.Sentences, func(a, b corpus.SentenceScore) int { return cmp.Compare(b.Score, a.Score) })
		h.Score = h.Sentences[0].Score
	}
	slices.SortStableFunc(hits, func(a, b corpus.Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits
}

// restHeld is the share of the pairs of a question, but for those of the subject, that a sentence holds.
func restHeld(asked, subject, sentence map[string]bool) float64 {
	rest, held := 0, 0
	for p := range asked {
		if !subject[p] {
			rest++
			if sentence[p] {
				held++
			}
		}
	}
	if rest == 0 {
		return 0
	}
	return float64(held) / float64(rest)
}

// How close to the best one further sentences of bare documents must be, and how long all of them may be.
const (
	bareClose  = .07
	bareQuotes = 3
	bareRunes  = 160
)

// chooseBare quotes the best sentence and those nearly as good: without variants the best one is the right one in six of ten questions in residents'
// own words, one of the best three in eight.
func chooseBare(hits []corpus.Hit, follows bool) []corpus.Source {
	var all []corpus.SentenceScore
	for _, h := range hits {
		if !follows || h.Document == hits[0].Document { // a follow-up stays with its document
			all = append(all, h.Sentences...)
		}
	}
	slices.SortStableFunc(all, func(a, b corpus.SentenceScore) int { return cmp.Compare(b.Score, a.Score) })
	var quotes []corpus.Source
	runes := 0
	for _, s := range all {
		runes += utf8.RuneCountInString(s.Text)
		if len(quotes) > 0 && (s.Score < all[0].Score-bareClose || runes > bareRunes) || len(quotes) == bareQuotes {
			break
		}
		quotes = append(quotes, s.Source)
	}
	return quotes
}

// bareSure is the cosine of the best sentence from which on it most likely answers: below it the resident is told that it is only the closest one.
const bareSure = .75
