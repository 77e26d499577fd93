package rag

import (
	"cmp"
	"strings"
)

// inBare puts a follow-up to an answer from a bare document together with what was talked about there, not with all that was asked of it: the subject of
// the talk and what is asked now, or the first question and another one that the same is asked of (印染厂宿舍呢), since no variants tell.
func (u understood) inBare(before remembered) understood {
	if u.more || u.both || u.nth != 0 || u.question == u.asked {
		return u
	}
	switch rest, joined := strings.CutPrefix(u.question, subjectOf(before)+" "); {
	case joined:
		u.subject = cmp.Or(before.subject, subjectOf(before))
		u.question = u.subject + " " + rest
	case letterCount(u.question) <= letterCount(u.asked):
		u.subject, u.swapped = u.question, cmp.Or(before.swapped, before.Question)
		u.question = u.swapped + " " + u.question
	}
	return u
}

// bareBefore is the paragraph of a bare document that the last answer came from; empty: it came from another.
func (r *run) bareBefore(turns []remembered) string {
	if len(turns) == 0 || !r.index.HasBare() {
		return ""
	}
	chunk, _, _, err := r.lastPlace(turns[len(turns)-1])
	if err != nil || !r.index.IsBare(chunk) {
		return ""
	}
	return chunk
}

// own are the words that a follow-up says itself, where it says any that name something; else, and where it asks the same of another one, those of
// the whole question.
func (f found) own() string {
	if own := stopWords.Replace(f.asked); f.follows && f.swapped == "" && f.afterTurn() && len(pairs(own)) > 0 {
		return own
	}
	return stopWords.Replace(f.question)
}

// asksAnew reports a follow-up that asks another thing of the same subject.
func (f found) asksAnew() bool {
	return f.follows && f.swapped == "" && f.afterTurn() && strings.HasSuffix(f.question, f.asked)
}

// ask is the question without the subject that it leans on.
func (f found) ask() string {
	if f.asksAnew() {
		return f.asked
	}
	return f.question
}

// afterTurn reports that the question leans on an earlier turn, and not on another question of its message.
func (f found) afterTurn() bool { return f.lean != nil && !f.lean.before.beside }

// toldAgain reports that the best sentence was the answer before and holds nothing of what this question says itself. Of several questions in a
// message one sentence often answers two.
func (f found) toldAgain() bool {
	best := f.result.Hits[0].Sentences[0]
	return best.Told && f.afterTurn() && restHeld(pairs(stopWords.Replace(f.asked)), nil, pairs(best.Text)) == 0
}
