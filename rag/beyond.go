package rag

import (
	"regexp"
	"unicode"

	"wenda/corpus"
)

// echoShare is how much of a sentence's characters a question must hold to have said it already.
const echoShare = .85

var (
	// whatFor asks for something that the question does not say itself, as openly does
	whatFor = regexp.MustCompile(`哪|谁|为何|来做|用来|目的`)
	// subject is what opens a sentence of a plan, up to what is to be done (钟楼区要)
	subject = regexp.MustCompile(`^[^，。要“]{1,8}要(?:在|把|将)?`)
)

// withNext adds to a sentence that says no more than the question (能耗平台推广来建设哪类学校 beside 推广能耗平台) the one that follows it in its
// paragraph: what was asked for beyond it mostly stands there.
func (r *run) withNext(f found) []corpus.Source {
	best := f.result.Hits[0].Sentences[0]
	if len(f.quotes) != 1 || best.Chunk.Kind != corpus.Paragraph || f.quotes[0].Text != best.Text || !whatFor.MatchString(f.question) && !openly.MatchString(f.question) || echoed(f.question, best.Text) < echoShare {
		return f.quotes
	}
	next, ok := r.index.At(best.Document.ID, best.Chunk.ID, best.Sentence+1)
	if !ok || runesOf([]corpus.Source{best.Source, next}) > maxTwoRunes {
		return f.quotes
	}
	return []corpus.Source{best.Source, next}
}

// echoed is how much of a sentence's characters a question holds, the sentence's subject aside.
func echoed(question, sentence string) float64 {
	have := map[rune]bool{}
	for _, c := range corpus.Fold(question) {
		have[c] = true
	}
	all, held := 0, 0
	for _, c := range corpus.Fold(subject.ReplaceAllString(sentence, "")) {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			all++
			if have[c] {
				held++
			}
		}
	}
	return float64(held) / float64(max(all, 1))
}
