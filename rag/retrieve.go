package rag

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"wenda/corpus"
)

// An understood question stands alone.
type understood struct {
	followUp
	asked   string   // as it was asked, cleaned
	context string   // what was said before it in the same message
	told    []string // all of that, sentence by sentence
	joined  string   // put together with the question before it in the same message, in case that alone finds little

	follows bool   // it leans on the turn before
	swapped string // the question of a bare document that it asks of another one
	subject string // what is talked about in a bare document
	lean    *lean
}

// A lean is what a question with earlier turns may lean on.
type lean struct {
	joined string  // the question put together with the turn before
	weight float64 // how much it seems to need that
	before remembered
}

// found is what the search gave for one question, and what of it will be said.
type found struct {
	understood
	result       corpus.Result
	pointed      bool   // it means what was told before it, and was searched for together with that
	repaired     string // words put in by their sound
	quotes       []corpus.Source
	facts        []string              // what the quoted sentences should still hold after cutting
	number       bool                  // a number was asked for and the first quote holds it
	rival        *corpus.SentenceScore // the quote of another paragraph; nil where there is none
	outline      *corpus.OutlineHit
	outlineIntro string
	draft        *Draft // what is told, where it is not for the composer to choose
	lines        int    // of the outline, at most
	doubt        bool
	lacks        refusal // what seems to be missing, with doubt
}

// Weights of the joined question against the bare one: a question that cannot stand alone leans fully, any other may still belong to what
// was talked about (要打造啥品牌来着). Swept over the follow-ups of the tuning sets (2026-11-25).
const (
	leansFully   = 1
	leansALittle = .35
)

func (r *run) understand(question spoken, turns []remembered) understood {
	bare := r.bareBefore(turns)
	knows := func(s string) bool { // 要带什么材料 names no subject in a guide, though plans speak of 材料
		return r.index.Knows(s) && (bare == "" || !r.index.Within(s, bare))
	}
	if len(turns) > 0 {
		if again, ok := asksAgain(&r.set.Terms, question.text, turns[len(turns)-1], r.answered(turns[len(turns)-1]), knows); ok {
			return understood{followUp: followUp{question: again}, asked: again, follows: true}
		}
	}
	if len(turns) > 0 && ownYear.MatchString(question.text) { // it says which year is meant (打错了，是2022)
		turns = append(turns[:len(turns)-1:len(turns)-1], turns[len(turns)-1].withoutYears(&r.set.Terms))
	}
	if len(turns) > 1 && farBack.MatchString(question.text) {
		turns = r.turnMeant(question.text, turns)
		bare = r.bareBefore(turns)
	}
	u := understood{followUp: standAlone(question.text, turns, knows, &r.set.Terms), asked: question.text}
	if bare != "" {
		u = u.inBare(turns[len(turns)-1])
	}
	if len(turns) > 0 && turns[len(turns)-1].beside && (u.question == question.text || u.weak) && letterCount(question.text) < littleRunes {
		u.joined = subjectOf(turns[len(turns)-1]) + " " + question.text
	}
	switch {
	case len(turns) == 0:
		u.context, u.told = question.context, question.told
	case turns[len(turns)-1].beside && u.weak && utf8.RuneCountInString(question.text) > weakRunes:
		u.question, u.context = question.text, question.context
	case u.question != question.text:
		u.follows = true
		u.lean = &lean{u.question, leansFully, turns[len(turns)-1]}
	default:
		u.context, u.told = question.context, question.told
		before := turns[len(turns)-1]
		u.lean = &lean{subjectOf(before) + " " + question.text, leansALittle, before}
	}
	return u
}

// answered is what the answer before said: as the caller of an API tells it, else the sentences that it cited.
func (r *run) answered(before remembered) string {
	if before.Said != "" || len(before.Cited) != 1 {
		return before.Said
	}
	c := before.Cited[0]
	src, _ := r.index.At(c.documentID, c.chunkID, c.sentence)
	return src.Text
}

// farBack are questions that go back behind the last turn.
var farBack = regexp.MustCompile(`最开始|一开始|刚开始|最早|最先|开头|前面(?:说|问|提|讲|那)|之前(?:说|问|提|讲|那)|刚才(?:说|问|提|讲|那)|回到|说回|再回|第一个问题|上上`)

// turnMeant are the turns up to the one whose question finds most together with this one.
func (r *run) turnMeant(question string, turns []remembered) []remembered {
	best, at := -1., len(turns)-1
	for i, t := range turns {
		if t.Question == "" {
			continue
		}
		found, err := r.searchLeaning(question, t.Question+" "+question, leansFully)
		if err == nil && found.Strength > best {
			best, at = found.Strength, i
		}
	}
	return turns[:at+1]
}

// ownYear finds a year in a follow-up.
var ownYear = regexp.MustCompile(`(?:19|20)\d\d|[12]\d年`)

// contextWeight is what the question with the sentence before it counts inside a story, against the question alone.
const (
	contextWeight  = .4
	pointingWeight = 1.5 // of a question that means what was told before it
)

// understoodWell is how far above the floor a question's strength needs no repair: that saves the second search for two questions of three.
const understoodWell = .20

// joinedGain is by how much a question must find more together with the one before it in the same message.
const joinedGain = .15

// retrieve searches for the question; inside a story also for the question with the sentence before it, and the better one wins.
func (r *run) retrieve(u understood) (found, error) {
	result, err := r.search(u.asked, u.lean)
	if err != nil {
		return found{}, err
	}
	if u.lean != nil {
		u.question, u.follows = u.asked, result.Leaned
		if result.Leaned {
			u.question = u.lean.joined
		}
	}
	pointed, points, little := false, pointing.MatchString(u.question), utf8.RuneCountInString(u.question) <= littleRunes
	if u.context != "" && !result.Leaned && (points || !little || result.Strength <= r.index.Fitted.Floor+understoodWell) {
		weight := contextWeight
		if points || little {
			weight = pointingWeight
		}
		if result, err = r.searchLeaning(u.question, u.context+u.question, weight); err != nil {
			return found{}, err
		}
		if pointed = weight == pointingWeight; pointed {
			if result, err = r.withMeant(u, result); err != nil {
				return found{}, err
			}
		}
	}
	f := found{understood: u, result: result, lines: r.lines, pointed: pointed}
	doubtful := result.Answerable < r.index.Fitted.Cut // what is misspelt sounds like no question that is answered
	if result.Strength > r.index.Fitted.Floor+understoodWell && !doubtful {
		return f, nil
	}
	if u.joined != "" && !result.Leaned {
		together, err := r.search(u.joined, nil)
		if err != nil {
			return found{}, err
		}
		if together.Strength >= result.Strength+joinedGain {
			f.result, f.question, f.follows = together, u.joined, true
			return f, nil
		}
	}
	for _, p := range r.repairs.of(r.index, r.set).propose(u.question) {
		better, err := r.search(p.text, nil)
		if err != nil {
			return found{}, err
		}
		if better.Strength > max(f.result.Strength, result.Strength+p.gain) || p.gain < repairGainOfAll && doubtful && better.Answerable >= r.index.Fitted.Cut && better.Strength >= f.result.Strength {
			f.result, f.question, f.repaired = better, p.text, p.words
		}
	}
	return f, nil
}

// How far back a question inside a story may point, and what each sentence further back costs.
const (
	meantSentences = 6
	meantFar       = .02
	meantAlone     = .06 // what it costs to look at the sentence that it points to as if the question were a part of that
)

// withMeant looks for the sentence of a story that its question points to (真有这回事吗): the one that finds most beside it or, where the
// question says nothing by itself (是哪几个词？), as a part of it.
func (r *run) withMeant(u understood, result corpus.Result) (corpus.Result, error) {
	best := result.Strength
	try := func(search func(told string) (corpus.Result, error), cost float64) error {
		for i := range min(meantSentences, len(u.told)) {
			s := u.told[len(u.told)-1-i]
			if utf8.RuneCountInString(s) < littleRunes {
				continue
			}
			other, err := search(s)
			if err != nil {
				return err
			}
			if strength := other.Strength - meantFar*float64(i) - cost; strength > best {
				best, result = strength, other
			}
		}
		return nil
	}
	err := try(func(told string) (corpus.Result, error) {
		return r.searchLeaning(u.question, told+u.question, pointingWeight)
	}, 0)
	if err == nil && best <= r.index.Fitted.Floor+understoodWell {
		err = try(func(told string) (corpus.Result, error) { return r.search(told+u.question, nil) }, meantAlone)
	}
	return result, err
}

// sameParagraph is what a paragraph gains when the answer before came from it.
const sameParagraph = .15

// siblingParagraph is that of a question that names another one of a class (光评老师啊，学生呢). Where the answer before does not name that one,
// its paragraph gains nothing and its sentences lose siblingMalus.
const (
	siblingParagraph = .06
	siblingMalus     = .25
)

// toldMalus is what a sentence loses that the answer before quoted. Swept over the follow-ups of the tuning sets (2026-11-26): .882 right
// without, .909 at .1 and .12, .882 at .2.
const toldMalus = .1

// saidRunes is how much of an earlier answer, as the caller tells it, is looked at to find the paragraph that it came from.
const saidRunes = 60

// lastPlace is the paragraph that the answer before came from, which of its sentences were told, and their text: what it cited, else what is
// found for what was asked and said.
func (r *run) lastPlace(before remembered) (chunkID string, told []int, text string, err error) {
	if len(before.Cited) > 0 {
		chunkID = before.Cited[0].chunkID
		for _, c := range before.Cited {
			if c.chunkID == chunkID {
				told = append(told, c.sentence)
			}
			src, _ := r.index.At(c.documentID, c.chunkID, c.sentence)
			text += src.Text
		}
		return chunkID, told, text, nil
	}
	said := []rune(before.Said)
	found, err := r.search(before.Question+" "+string(said[:min(saidRunes, len(said))]), nil)
	if err != nil || len(found.Hits) == 0 {
		return "", nil, "", err
	}
	best := found.Hits[0].Sentences[0]
	return best.Chunk.ID, []int{best.Sentence}, best.Text, nil
}

// search finds the paragraphs for a question, with what it leans on where there is something.
func (r *run) search(question string, l *lean) (corpus.Result, error) {
	q := corpus.Query{Text: question, Read: r.index.Read(question)}
	r.expect(question) // while the vector is made
	var err error
	if q.Vector, err = r.embed(question); err != nil {
		return corpus.Result{}, err
	}
	if l != nil {
		last, told, text, err := r.lastPlace(l.before)
		if err != nil {
			return corpus.Result{}, err
		}
		lean := corpus.Lean{Text: l.joined, Weight: l.weight, Chunk: last, Bonus: sameParagraph, Told: told, Malus: toldMalus}
		if l.before.beside && l.weight < leansFully { // of several questions in a message each may be about something else
			lean.Bonus = 0
		} else if now := besideSibling(question, subjectOf(l.before), r.set.Terms.Siblings); now != "" {
			lean.Bonus = siblingParagraph
			if level := strings.TrimSuffix(now, "里") + "级"; text != "" && !containsAny(text, []string{now, level}) { // 市里 is told of as 市级
				lean.Bonus, lean.Malus = 0, siblingMalus
			}
		}
		if lean.Vector, err = r.embed(l.joined); err != nil {
			return corpus.Result{}, err
		}
		q.Leans = append(q.Leans, lean)
	}
	result, err := r.index.Search(r.ctx, q)
	if err != nil {
		return corpus.Result{}, fmt.Errorf("search: %w", err)
	}
	return result, nil
}

// besideSibling is the one of a class that a question names where the one before it named another (光评老师啊，学生呢): that may well be told
// elsewhere. Empty when there is none.
func besideSibling(question, before string, siblings [][]string) string {
	for _, class := range siblings {
		if now := firstOf(question, class); now != "" && !strings.Contains(before, now) && containsAny(before, class) {
			return now
		}
	}
	return ""
}

// weakRunes is up to how many runes a question after another one in a message leans on it.
const weakRunes = 6

// searchLeaning searches for a clause beside the whole question that it stands in.
func (r *run) searchLeaning(clause, whole string, weight float64) (corpus.Result, error) {
	q := corpus.Query{Text: clause, Read: r.index.Read(clause)}
	lean := corpus.Lean{Text: whole, Weight: weight}
	var err error
	if q.Vector, err = r.embed(clause); err != nil {
		return corpus.Result{}, err
	}
	if lean.Vector, err = r.embed(whole); err != nil {
		return corpus.Result{}, err
	}
	q.Leans = []corpus.Lean{lean}
	res, err := r.index.Search(r.ctx, q)
	if err != nil {
		return corpus.Result{}, fmt.Errorf("search: %w", err)
	}
	return res, nil
}

// ahead lets the embedder begin with what will be searched for first, while the rules still read the message.
func (r *run) ahead(list []spoken) {
	if e, ok := r.embedder.(AheadEmbedder); ok && len(list) > 0 && !r.index.Lexical() {
		e.Ahead(corpus.Plain(list[0].text))
	}
}

// embed makes a question's vector; nil without a model. A question that the model cannot read is searched by words, but not remembered so.
func (r *run) embed(question string) ([]float32, error) {
	if r.embedder == nil || r.index.Lexical() {
		return nil, nil
	}
	v, err := r.embedder.EmbedQuery(r.ctx, corpus.Plain(question))
	if r.ctx.Err() != nil {
		return nil, r.ctx.Err()
	}
	if err != nil {
		r.byWords = true
		return nil, nil
	}
	return v, nil
}
