package rag

import "strings"

// What a sentence of a story needs to be its question, in logits of the head for talk above its cut.
const (
	surelyMeant = 2.5 // a chosen one is left alone from here on
	markWorth   = 2   // a question mark counts as much
	meantMargin = 1   // by how much another sentence must be better than the best chosen one
	maxOthers   = 6
	unfound     = 1 // what one costs that finds nothing
)

// meant reconsiders which sentences of a story are its questions. Words that announce a question stand in the telling too (先来问问数,
// 你直接告诉我有还是没有), and the question itself needs none: the head for talk knows sentences that ask something of the documents.
func (r *run) meant(chosen, others []spoken) ([]spoken, error) {
	if len(others) == 0 || len(chosen) == 0 {
		return chosen, nil
	}
	best, marked := -1e9, false
	for _, c := range chosen {
		marked = marked || hasMark(c)
		worth, err := r.worth(c)
		if err != nil {
			return nil, err
		}
		best = max(best, worth)
	}
	if best >= surelyMeant+markWorth {
		return chosen, nil
	}
	var other *spoken
	top := best + meantMargin
	for i := range others[:min(maxOthers, len(others))] {
		if marked && !hasMark(others[i]) {
			continue
		}
		worth, err := r.worth(others[i])
		if err != nil {
			return nil, err
		}
		if worth >= max(top, surelyMeant) {
			top, other = worth, &others[i]
		}
	}
	if other != nil {
		return []spoken{*other}, nil
	}
	return chosen, nil
}

// worth is how much a sentence looks like a question to the documents.
func (r *run) worth(s spoken) (float64, error) {
	found, err := r.search(s.text, nil)
	if err != nil {
		return 0, err
	}
	worth := found.Question - r.index.Fitted.TalkCut
	if found.Strength < r.index.Fitted.Floor {
		worth -= unfound
	}
	if hasMark(s) {
		worth += markWorth
	}
	return worth, nil
}

func hasMark(s spoken) bool { return markAtEnd(s.text) }

func markAtEnd(s string) bool { return strings.HasSuffix(s, "?") || strings.HasSuffix(s, "？") }
