package rag

import (
	"cmp"
	"regexp"
	"slices"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// Whether the sentence before or behind the best one of a bare document is quoted with it: logistic regressions on 1,916 and 2,127 answers to CMRC
// 2018's trial set and DRCD's test set, of which 86 and 87 hold the answer only with that sentence (2026-11-28).
const (
	beforeOffset = -3.88
	beforeLeans  = 2.1 // the best sentence leans on what stands before it
	beforeEcho   = 2.  // of its characters that the question has: it only says the question again
	beforeLacks  = 1.  // a kind of thing is asked for that it does not hold
	beforeFigure = .79 // a figure is asked for that it lacks and the sentence before has
	beforeTold   = .72 // or that it has
	beforeFar    = 1.  // of its score above that of the sentence before
	behindOffset = -2.53
	behindEcho   = .55
	behindSays   = 2.6 // of the question's words that only both together hold
	behindTold   = .6
	behindFar    = 2.2
	unscored     = .5 // what the best one's score is above that of a sentence that the search did not score

	beforeCut = -3
	behindCut = -2.7

	aroundRunes = 200 // of all quotes, at most
)

// leansBack finds a sentence whose beginning means what was said before it (该标志被评为第三名, 但这些因素).
var leansBack = regexp.MustCompile(`^(?:但|但是|而|而且|不过|然而|另外|此外|同时|随后|后来|于是|也|并|并且|又|还|再|则|即|即使|甚至|最后|最终|结果|虽然|尽管|直到|后)?[，,]?` +
	`(?:[在从对由到]?[这该此]|其(?:[^他它她中余次]|$)|他|她|它|前者|后者|上述|以上|为此|对此|因此|所以|故|由此|从此|因而|同年|同日|当时|于是)`)

// A neighbour is a sentence beside the best one, with its score where the search gave it one.
type neighbour struct {
	corpus.Source
	far   float64 // what the best one's score is above its
	logit float64 // of whether it is lacking, above its cut
}

// withAround adds to the quotes what stands beside the best sentence of a bare document, where that leans on it or where the question goes on there:
// what is asked then mostly stands in the one and its subject in the other. The sentences stand in their order.
func (r *run) withAround(f found, x expectation, unmet bool) []corpus.Source {
	best := f.result.Hits[0].Sentences[0]
	if best.Chunk.Row != nil || best.Chunk.Kind != corpus.Paragraph || !slices.ContainsFunc(f.quotes, isSentence(best.Source)) {
		return f.quotes
	}
	figure := wantsFigure(&r.set.Terms, f.question)
	if figure && x.kind != "" && !unmet && newFigure(f.question, best.Text) && !leansBack.MatchString(best.Text) { // no other figure beside it
		return f.quotes
	}
	var beside []neighbour
	if n, ok := r.nextTo(f, -1); ok {
		n.logit = beforeLogit(f.question, best.Text, n, unmet, figure) - beforeCut
		beside = append(beside, n)
	}
	if n, ok := r.nextTo(f, 1); ok {
		n.logit = behindLogit(f.question, best.Text, n, figure) - behindCut
		beside = append(beside, n)
	}
	slices.SortStableFunc(beside, func(a, b neighbour) int { return cmp.Compare(b.logit, a.logit) })
	quotes := slices.Clone(f.quotes)
	for _, n := range beside {
		if n.logit < 0 || slices.ContainsFunc(quotes, isSentence(n.Source)) || len(quotes) == bareQuotes || runesOf(quotes)+utf8.RuneCountInString(n.Text) > aroundRunes {
			continue
		}
		quotes = append(quotes, n.Source)
	}
	if len(quotes) == len(f.quotes) {
		return f.quotes
	}
	return readable(quotes, best.Source)
}

// readable puts first the best sentence and those of the quotes that stand around it in its paragraph, in their order, without a gap.
func readable(quotes []corpus.Source, best corpus.Source) []corpus.Source {
	at := func(n int) int {
		return slices.IndexFunc(quotes, func(q corpus.Source) bool { return q.Chunk == best.Chunk && q.Sentence == n })
	}
	first, last := best.Sentence, best.Sentence
	for at(first-1) >= 0 {
		first--
	}
	for at(last+1) >= 0 {
		last++
	}
	var out []corpus.Source
	for n := first; n <= last; n++ {
		out = append(out, quotes[at(n)])
	}
	for _, q := range quotes {
		if q.Chunk != best.Chunk || q.Sentence < first || q.Sentence > last {
			out = append(out, q)
		}
	}
	return out
}

// nextTo is the sentence some places from the best one in its paragraph, of the same list item.
func (r *run) nextTo(f found, places int) (neighbour, bool) {
	hit := f.result.Hits[0]
	best := hit.Sentences[0]
	src, ok := r.index.At(best.Document.ID, best.Chunk.ID, best.Sentence+places)
	later := best.Text
	if places > 0 {
		later = src.Text
	}
	if !ok || corpus.WithoutNumber(later) != later { // it opens another item
		return neighbour{}, false
	}
	n := neighbour{Source: src, far: unscored}
	if at := slices.IndexFunc(hit.Sentences, func(s corpus.SentenceScore) bool { return isSentence(src)(s.Source) }); at >= 0 {
		n.far = best.Score - hit.Sentences[at].Score
	}
	return n, true
}

// isSentence tells a sentence from others, whatever they say.
func isSentence(s corpus.Source) func(corpus.Source) bool {
	return func(other corpus.Source) bool { return other.Chunk == s.Chunk && other.Sentence == s.Sentence }
}

// beforeLogit is that of whether the answer lacks the sentence before the best one.
func beforeLogit(question, best string, n neighbour, unmet, figure bool) float64 {
	logit := beforeOffset + beforeEcho*echoed(question, best) - beforeFar*n.far
	if leansBack.MatchString(best) {
		logit += beforeLeans
	}
	if unmet {
		logit += beforeLacks
	}
	switch {
	case figure && newFigure(question, best):
		logit -= beforeTold
	case figure && newFigure(question, n.Text):
		logit += beforeFigure
	}
	return logit
}

// behindLogit is that of whether the answer lacks the sentence behind the best one.
func behindLogit(question, best string, n neighbour, figure bool) float64 {
	logit := behindOffset + behindEcho*echoed(question, best) + behindSays*(says(question, best+n.Text)-says(question, best)) - behindFar*n.far
	if figure && newFigure(question, best) {
		logit -= behindTold
	}
	return logit
}

// wantsFigure reports that a figure or a time is asked for.
func wantsFigure(t *prompts.Terms, question string) bool {
	return muchOrMany.MatchString(question) || howLong.MatchString(question) || containsAny(question, t.AskDate)
}

// newFigure reports a figure in a sentence that the question does not say.
func newFigure(question, sentence string) bool {
	asked := figures(question)
	for f := range figures(sentence) {
		if !asked[f] {
			return true
		}
	}
	return false
}

// clauseHolds is what it counts that a clause holds the kind of thing that is asked for, against the share of the question's words in it.
const clauseHolds = .25

// askedClauses are, of the quotes that are too long to be shown whole, the clauses that say most of the question beside its subject, each with the
// one behind it: cut from the front, a long sentence would lose what was asked (分布于……等地，生长于海拔100米).
func askedClauses(f found, holds func(text string) bool) []string {
	asked, subject := pairs(stopWords.Replace(f.question)), subjectPairs(f.result.Hits[0])
	var out []string
	for _, q := range f.quotes {
		text := tidyQuote(q.Text)
		if q.Chunk.Row != nil || utf8.RuneCountInString(text) <= maxQuoteRunes {
			continue
		}
		best, at := 0., -1
		clauses := clauseSpans(text)
		for i, c := range clauses {
			said := restHeld(asked, subject, pairs(text[c[0]:c[1]]))
			if said > 0 && holds(text[c[0]:c[1]]) {
				said += clauseHolds
			}
			if said > best {
				best, at = said, i
			}
		}
		if at < 0 {
			continue
		}
		end := min(at+1, len(clauses)-1)
		if utf8.RuneCountInString(text[clauses[at][0]:clauses[end][1]]) > maxQuoteRunes {
			end = at
		}
		out = append(out, text[clauses[at][0]:clauses[end][1]])
	}
	return out
}
