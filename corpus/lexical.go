package corpus

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
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
	postings map[term][]posting // ascending by text
	lengths  []float32
	norm     []float32 // k1*(1-b+b*length/average) of each text
	free     sync.Pool // of *[]float64: a score for every text is 800 kB at 100,000
	adding   *adding   // nil once finished
}

// adding is what texts leave behind until finish: one stream of postings in the order of texts, to be sorted by terms. Growing a list for
// each of a million terms took three times as long.
type adding struct {
	numbers map[term]int32
	common  [0xa000 - 0x4e00]int32 // numbers of single characters, which are half of all terms; 0 is none
	terms   []term                 // by number
	count   []int32                // postings by number
	last    []int32                // place of the last posting by number
	stream  [][]streamed           // in blocks: one growing list would be copied, and be twice as long as it must
	length  int32                  // of the stream
	buffer  []term
}

const streamBlock = 1 << 14

type streamed struct {
	number int32
	posting
}

func newLexical() *lexical {
	return &lexical{adding: &adding{numbers: map[term]int32{}, terms: []term{0}, count: []int32{0}, last: []int32{0}}}
}

// A weighted text: title terms count a part of body terms.
type field struct {
	text   string
	weight float32
}

func (l *lexical) add(fields ...field) {
	a, doc := l.adding, int32(len(l.lengths))
	var length float32
	for _, f := range fields {
		a.buffer = appendTerms(a.buffer[:0], f.text)
		for _, t := range a.buffer {
			a.add(t, doc, f.weight)
			length += f.weight * float32(t.weight())
		}
	}
	l.lengths = append(l.lengths, length)
}

func (a *adding) add(t term, doc int32, weight float32) {
	n := a.number(t)
	if a.count[n] > 0 {
		if p := &a.stream[a.last[n]/streamBlock][a.last[n]%streamBlock]; p.doc == doc {
			p.tf += weight
			return
		}
	}
	if a.length%streamBlock == 0 {
		a.stream = append(a.stream, make([]streamed, 0, streamBlock))
	}
	block := &a.stream[len(a.stream)-1]
	*block = append(*block, streamed{n, posting{doc, weight}})
	a.count[n]++
	a.last[n] = a.length
	a.length++
}

func (a *adding) number(t term) int32 {
	common := commonHan(rune(t)) && t>>21 == 0
	var n int32
	if common {
		n = a.common[t-0x4e00]
	} else {
		n = a.numbers[t]
	}
	if n > 0 {
		return n
	}
	n = int32(len(a.terms))
	a.terms, a.count, a.last = append(a.terms, t), append(a.count, 0), append(a.last, 0)
	if common {
		a.common[t-0x4e00] = n
	} else {
		a.numbers[t] = n
	}
	return n
}

func (l *lexical) finish() {
	a := l.adding
	l.adding = nil
	all := make([]posting, a.length)
	next := a.last // where the next posting of a term goes
	at := int32(0)
	for n, count := range a.count {
		next[n] = at
		at += count
	}
	for b, block := range a.stream {
		for _, p := range block {
			all[next[p.number]] = p.posting
			next[p.number]++
		}
		a.stream[b] = nil
	}
	l.postings = make(map[term][]posting, len(a.terms)-1)
	for n, t := range a.terms[1:] {
		end := next[n+1]
		l.postings[t] = all[end-a.count[n+1] : end : end]
	}
	l.lengths = slices.Clip(l.lengths)
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

// A gain is a term of a question with what it is worth in this index, and the texts that hold it.
type gain struct {
	term
	list []posting
	gain float64
}

// gains prepares a question; terms that no text holds are left out. Their order is that of the terms, so that sums are the same every time.
func (l *lexical) gains(query map[term]float64) []gain {
	out := make([]gain, 0, len(query))
	for t, w := range query {
		if list := l.postings[t]; len(list) > 0 {
			out = append(out, gain{t, list, w * t.weight() * l.idf(t)})
		}
	}
	slices.SortFunc(out, func(a, b gain) int { return cmp.Compare(a.term, b.term) })
	return out
}

// saturated is what a term adds to the score of a text that holds it tf times.
func saturated(gain, tf, norm float64) float64 { return gain * tf * (1 + bm25K1) / (tf + norm) }

// score returns the BM25 score of every text for weighted terms.
func (l *lexical) score(query map[term]float64) []float64 {
	return l.scoreInto(make([]float64, len(l.lengths)), l.gains(query))
}

func (l *lexical) scoreInto(out []float64, gains []gain) []float64 {
	for _, g := range gains {
		for _, p := range g.list {
			out[p.doc] += saturated(g.gain, float64(p.tf), float64(l.norm[p.doc]))
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

// borrow is score in memory that is used again after giveBack.
func (l *lexical) borrow(gains []gain) (scores []float64, giveBack func()) {
	buffer, ok := l.free.Get().(*[]float64)
	if !ok {
		fresh := make([]float64, len(l.lengths))
		buffer = &fresh
	}
	return l.scoreInto(*buffer, gains), func() {
		clear(*buffer)
		l.free.Put(buffer)
	}
}

// of is the score of one text, the same as score gives it: where few texts are of interest, 300 sentences of 400,000, it reads a hundredth
// of the postings.
func (l *lexical) of(gains []gain, doc int) float64 {
	sum := 0.
	for _, g := range gains {
		i, found := slices.BinarySearchFunc(g.list, int32(doc), func(p posting, d int32) int { return cmp.Compare(p.doc, d) })
		if found {
			sum += saturated(g.gain, float64(g.list[i].tf), float64(l.norm[doc]))
		}
	}
	return sum
}

// analyser turns questions into weighted terms with a Lexicon.
type analyser struct {
	stop    *strings.Replacer
	entries []Synonym      // Say folded
	starts  map[rune][]say // every word of Say by its first character: a question is read once, not once for each of a thousand words
}

// A say is a word that adds what its entry means.
type say struct {
	word  string
	entry int
}

func newAnalyser(lx Lexicon) *analyser {
	a := &analyser{starts: map[rune][]say{}}
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
				first, _ := utf8.DecodeRuneInString(w)
				a.starts[first] = append(a.starts[first], say{w, len(a.entries)})
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
	for _, e := range a.said(folded) {
		for _, m := range a.entries[e].Means {
			for _, t := range terms(m) {
				if _, own := out[t]; !own {
					out[t] = thesaurusWeight
				}
			}
		}
	}
	return out
}

// said numbers the entries of which a word occurs in a folded text.
func (a *analyser) said(folded string) []int {
	var out []int
	for i, r := range folded {
		for _, s := range a.starts[r] {
			if strings.HasPrefix(folded[i:], s.word) && !slices.Contains(out, s.entry) {
				out = append(out, s.entry)
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
