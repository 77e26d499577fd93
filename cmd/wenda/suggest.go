package main

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/handlers"
	"wenda/prompts"
)

// suggestions hands questions that the documents answer to the pages: those to start from, of prompts and the documents' variants, and
// those that somebody may be typing.
type suggestions struct {
	app  *App
	kept atomic.Pointer[guesses]
}

// guesses are the questions of one index and one set of prompts.
type guesses struct {
	index *corpus.Index
	set   *prompts.Set
	list  []guess
	start []handlers.Suggestion
}

// A guess is a question that may be shown. Several of one sentence say the same: one of them is enough.
type guess struct {
	text, folded string
	sentence     int // -1: of no sentence
	bonus        float64
}

// ofOneSentence is how many questions of one sentence are offered at once.
const ofOneSentence = 2

// shownBonus puts the questions that were written to be shown before the others of their sentence.
const shownBonus = 1.3

// longestShown is the longest question that is offered, in runes: longer ones are stories, found by but not clicked on.
const longestShown = 26

// current returns the guesses of what answers now, and makes them when that is new. Two goroutines may make them twice; the result is the same.
func (s *suggestions) current() *guesses {
	x, set := s.app.Library.Current(), s.app.prompts.Load()
	if g := s.kept.Load(); g != nil && g.index == x && g.set == set {
		return g
	}
	g := newGuesses(x, set)
	s.kept.Store(g)
	return g
}

func newGuesses(x *corpus.Index, set *prompts.Set) *guesses {
	g := &guesses{index: x, set: set}
	for _, ask := range set.CuratedAsks() {
		g.add(guess{text: ask, sentence: -1, bonus: .5})
	}
	for _, sug := range set.Suggestions {
		g.add(guess{text: strings.TrimRight(sug.Question, "？?"), sentence: -1, bonus: .4})
	}
	if x == nil {
		return g
	}
	questions := x.Questions()
	for _, q := range questions {
		if !asks(q.Text) {
			continue
		}
		bonus := .8 * plain(q)
		if q.Shown {
			bonus = shownBonus
		}
		g.add(guess{text: q.Text, sentence: q.Sentence, bonus: bonus})
	}
	g.start = starting(questions, set)
	return g
}

func (g *guesses) add(q guess) {
	if n := utf8.RuneCountInString(q.text); n < 4 || n > longestShown {
		return
	}
	q.folded = corpus.Fold(q.text)
	g.list = append(g.list, q)
}

// asks tells questions from the bare words that variants also are.
func asks(text string) bool {
	for _, w := range []string{"吗", "么", "多少", "几", "哪", "谁", "怎", "啥", "有没有", "能不能", "是不是", "可不可以", "会不会", "？"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// Suggestions implements handlers.Suggestions.
func (s *suggestions) Suggestions() []handlers.Suggestion { return s.current().start }

// more is how many questions of the documents follow the prompts' own under a topic; near is the share of pairs of characters from which on a
// variant is about the same as a question.
const (
	more = 2
	near = .25
)

// starting are the prompts' questions, each followed by others that the same part of the documents answers. A question that no variant is
// near to is not about these documents any more, and left out.
func starting(questions []corpus.Question, set *prompts.Set) []handlers.Suggestion {
	var out []handlers.Suggestion
	for _, sug := range set.Suggestions {
		best, at := near, -1
		want := pairs(corpus.Fold(sug.Question))
		for i, q := range questions {
			if share := shareOf(want, corpus.Fold(q.Text)); share > best {
				best, at = share, i
			}
		}
		if at < 0 {
			continue
		}
		out = append(out, handlers.Suggestion{Question: sug.Question, Topic: sug.Topic})
		for _, text := range others(questions, questions[at]) {
			if !slices.ContainsFunc(out, func(s handlers.Suggestion) bool { return s.Question == text }) {
				out = append(out, handlers.Suggestion{Question: text, Topic: sug.Topic})
			}
		}
	}
	return out
}

// others are the questions to show of other sentences in the same part of the documents, in the order of the text.
func others(questions []corpus.Question, to corpus.Question) []string {
	var out []string
	for _, q := range questions {
		if q.Shown && q.Section == to.Section && q.Sentence != to.Sentence && len(out) < more {
			out = append(out, q.Text)
		}
	}
	return out
}

// plain says how much of a question is the document's own words, 0 to 1: slang is understood, and not to be put into people's mouths.
func plain(q corpus.Question) float64 {
	return shareOf(pairs(corpus.Fold(q.Text)), corpus.Fold(q.Says))
}

// awkward says how little a question looks like one that people click on: long ones, and those that only want a yes.
func awkward(text string) float64 {
	n := float64(utf8.RuneCountInString(text)) / 40
	if strings.ContainsAny(text, "“”，,：") {
		n += .3
	}
	for _, w := range []string{"吗", "是不是", "有没有", "会不会", "请问", " "} {
		if strings.Contains(text, w) {
			n += .3
		}
	}
	return n
}

// Suggest implements handlers.Suggestions.
func (s *suggestions) Suggest(typed string, most int) []handlers.Suggestion {
	return s.current().suggest(typed, most)
}

// suggest puts first what begins with the typed words, then what has them, then what has most of their pairs of characters.
func (g *guesses) suggest(typed string, most int) []handlers.Suggestion {
	want := corpus.Fold(typed)
	if want == "" {
		return nil
	}
	type scored struct {
		guess
		score float64
	}
	var found []scored
	wanted := pairs(want)
	for _, q := range g.list {
		score := 0.
		switch {
		case strings.HasPrefix(q.folded, want):
			score = 3
		case strings.Contains(q.folded, want):
			score = 2
		case len(wanted) > 1:
			if score = shareOf(wanted, q.folded); score < .6 {
				score = 0
			}
		}
		if score > 0 {
			found = append(found, scored{q, score + q.bonus - awkward(q.text)})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var out []handlers.Suggestion
	sentences, texts := map[int]int{}, map[string]bool{}
	for _, f := range found {
		if len(out) == most {
			break
		}
		if texts[f.folded] || f.sentence >= 0 && sentences[f.sentence] == ofOneSentence {
			continue
		}
		texts[f.folded] = true
		sentences[f.sentence]++
		out = append(out, handlers.Suggestion{Question: f.text})
	}
	return out
}

// pairs are the neighbouring characters of a text, each pair once.
func pairs(text string) map[string]bool {
	out := map[string]bool{}
	r := []rune(text)
	for i := 0; i+1 < len(r); i++ {
		out[string(r[i:i+2])] = true
	}
	return out
}

// shareOf is the share of pairs that text has, 0 to 1.
func shareOf(pairs map[string]bool, text string) float64 {
	if len(pairs) == 0 {
		return 0
	}
	n := 0
	for p := range pairs {
		if strings.Contains(text, p) {
			n++
		}
	}
	return float64(n) / float64(len(pairs))
}
