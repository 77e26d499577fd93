package corpus

import (
	"math"
	"sort"
	"strings"
)

// BM25 over characters: k1 and b as measured in RETRIEVAL.md (the recipe).
const (
	bm25K1          = .9
	bm25B           = .6
	thesaurusWeight = .8
)

// A Lexicon is what staff may change about how residents' words are understood. It reaches this package as values.
type Lexicon struct {
	StopPhrases []string  // carry no topic; replaced by a blank before search
	Thesaurus   []Synonym // residents' words to the documents' words
	Version     string
}

// A Synonym adds Means to the search when one of Say occurs in the question.
type Synonym struct{ Say, Means []string }

type posting struct {
	doc int32
	tf  float32
}

// lexical is a BM25 index over numbered texts. Add everything, then finish, then score; scoring is safe for concurrent use.
type lexical struct {
	postings map[term][]posting
	lengths  []float32
	norm     []float32 // k1*(1-b+b*length/average) of each text
}

func newLexical() *lexical { return &lexical{postings: map[term][]posting{}} }

// A weighted text: title terms count a part of body terms.
type field struct {
	text   string
	weight float32
}

func (l *lexical) add(fields ...field) {
	doc := int32(len(l.lengths))
	var length float32
	tf := map[term]float32{}
	for _, f := range fields {
		for _, t := range terms(f.text) {
			tf[t] += f.weight
			length += f.weight * float32(t.weight())
		}
	}
	for t, n := range tf {
		l.postings[t] = append(l.postings[t], posting{doc, n})
	}
	l.lengths = append(l.lengths, length)
}

func (l *lexical) finish() {
	var sum float32
	for _, n := range l.lengths {
		sum += n
	}
	mean := max(sum/float32(max(len(l.lengths), 1)), 1)
	l.norm = make([]float32, len(l.lengths))
	for i, n := range l.lengths {
		l.norm[i] = bm25K1 * (1 - bm25B + bm25B*n/mean)
	}
}

func (l *lexical) idf(t term) float64 {
	n, df := float64(len(l.lengths)), float64(len(l.postings[t]))
	return math.Log(1 + (n-df+.5)/(df+.5))
}

// maxScore is the highest idf there can be: scores divided by it are comparable between indexes (E in RETRIEVAL.md).
func (l *lexical) maxIDF() float64 { return math.Log(1 + (float64(len(l.lengths))+.5)/.5) }

// score returns the BM25 score of every text for weighted terms.
func (l *lexical) score(query map[term]float64) []float64 {
	out := make([]float64, len(l.lengths))
	for t, w := range query {
		list := l.postings[t]
		if len(list) == 0 {
			continue
		}
		gain := w * t.weight() * l.idf(t)
		for _, p := range list {
			tf := float64(p.tf)
			out[p.doc] += gain * tf * (1 + bm25K1) / (tf + float64(l.norm[p.doc]))
		}
	}
	return out
}

// most is above what any text can score for the query: as if it held every term many times.
func (l *lexical) most(query map[term]float64) float64 {
	sum := 0.
	for t, w := range query {
		sum += w * t.weight() * l.idf(t) * (1 + bm25K1)
	}
	return sum
}

// analyser turns questions into weighted terms with a Lexicon.
type analyser struct {
	stop    *strings.Replacer
	entries []Synonym // Say folded
}

func newAnalyser(lx Lexicon) *analyser {
	a := &analyser{}
	phrases := append([]string(nil), lx.StopPhrases...)
	sort.Slice(phrases, func(i, j int) bool { return len(phrases[i]) > len(phrases[j]) }) // longest first
	pairs := make([]string, 0, 2*len(phrases))
	for _, p := range phrases {
		if p = Fold(p); p != "" { // an empty one would part all characters
			pairs = append(pairs, p, " ")
		}
	}
	a.stop = strings.NewReplacer(pairs...)
	for _, s := range lx.Thesaurus {
		e := Synonym{Means: s.Means}
		for _, w := range s.Say {
			if w = Fold(w); w != "" { // an empty one would be in every question
				e.Say = append(e.Say, w)
			}
		}
		a.entries = append(a.entries, e)
	}
	return a
}

// query returns the weighted terms of a question: its own at 1, the thesaurus' expansions at .8.
func (a *analyser) query(question string) map[term]float64 {
	folded := Fold(question)
	out := map[term]float64{}
	for _, t := range terms(a.topic(question)) {
		out[t] = 1
	}
	for _, e := range a.entries {
		if !containsAny(folded, e.Say) {
			continue
		}
		for _, m := range e.Means {
			for _, t := range terms(m) {
				if _, own := out[t]; !own {
					out[t] = thesaurusWeight
				}
			}
		}
	}
	return out
}

// topic returns the question without stop phrases.
func (a *analyser) topic(question string) string {
	return strings.TrimSpace(a.stop.Replace(foldWords(question)))
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
