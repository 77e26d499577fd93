package rag

import (
	"fmt"

	"wenda/corpus"
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
		if err == nil {
			q.Vector = v
		} else { // a question that the model cannot read is still searched by words, but not remembered so
			r.byWords = true
		}
	}
	result, err := r.index.Search(r.ctx, q)
	if err != nil {
		return corpus.Result{}, fmt.Errorf("search: %w", err)
	}
	return result, nil
}
