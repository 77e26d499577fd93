package corpus

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// wordsOfTests are few, so that texts share them.
var wordsOfTests = strings.Fields("学位 培训 登记 书法 食堂 教师 学校 新增 安排 招生 入学 经费 补贴 公园 交通 iep 2800 营养 午餐 监管")

func chanceText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(wordsOfTests[r.IntN(len(wordsOfTests))])
		if r.IntN(5) == 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// plainPostings is what adding and finishing must give: a map of the terms of each text, in the order of texts.
func plainPostings(texts [][]field) (map[term][]posting, []float32) {
	postings, lengths := map[term][]posting{}, []float32{}
	for doc, fields := range texts {
		var length float32
		tf := map[term]float32{}
		for _, f := range fields {
			for _, t := range terms(f.text) {
				tf[t] += f.weight
				length += f.weight * float32(t.weight())
			}
		}
		for t, n := range tf {
			postings[t] = append(postings[t], posting{int32(doc), n})
		}
		lengths = append(lengths, length)
	}
	return postings, lengths
}

func chanceFields(seed uint64, n int) [][]field {
	r := rand.New(rand.NewPCG(seed, 4))
	out := make([][]field, n)
	for i := range out {
		for range r.IntN(4) {
			out[i] = append(out[i], field{chanceText(r, r.IntN(8)), []float32{1, titleWeight, variantWordWeight}[r.IntN(3)]})
		}
	}
	return out
}

func TestPostings(t *testing.T) {
	for seed, n := range []int{0, 1, 7, 50, 2000} { // the last one has two blocks and more
		texts := chanceFields(uint64(seed), n)
		l := newLexical()
		for _, f := range texts {
			l.add(f...)
		}
		blocks := len(l.adding.stream)
		l.finish()
		if n == 2000 && blocks < 2 {
			t.Errorf("%d texts make %d blocks, want more than one", n, blocks)
		}
		want, lengths := plainPostings(texts)
		if len(l.postings) != len(want) || !slices.Equal(l.lengths, lengths) {
			t.Fatalf("%d: got %d terms and lengths %v, want %d and %v", seed, len(l.postings), l.lengths, len(want), lengths)
		}
		for tm, list := range want {
			if !slices.Equal(l.postings[tm], list) {
				t.Errorf("%d: term %x: got %v, want %v", seed, tm, l.postings[tm], list)
			}
		}
	}
}

// The score of one text, of all of them, and of all of them in used memory are the same to the last bit, every time.
func TestScoresAgree(t *testing.T) {
	texts := chanceFields(99, 300)
	l := newLexical()
	for _, f := range texts {
		l.add(f...)
	}
	l.finish()
	a := newAnalyser(Lexicon{Thesaurus: []Synonym{{Say: []string{"学位"}, Means: []string{"招生入学"}}}})
	r := rand.New(rand.NewPCG(5, 5))
	above := 0
	for range 200 {
		text := chanceText(r, 1+r.IntN(5))
		q := a.query(text)
		want := l.score(q)
		used, giveBack := l.borrow(l.gains(q))
		gains := l.gains(a.query(text))
		for doc := range want {
			if want[doc] > 0 {
				above++
			}
			if used[doc] != want[doc] || l.of(gains, doc) != want[doc] {
				t.Fatalf("%q, text %d: got %v in used memory and %v alone, want %v", text, doc, used[doc], l.of(gains, doc), want[doc])
			}
		}
		giveBack()
	}
	if above < 1000 {
		t.Errorf("only %d scores above 0", above)
	}
}

// said finds what looking for every word finds.
func TestSaid(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	var lx Lexicon
	for range 40 {
		var e Synonym
		for range 1 + r.IntN(3) {
			word := []rune(chanceText(r, 2))
			e.Say = append(e.Say, string(word[r.IntN(2):len(word)-r.IntN(2)]))
		}
		lx.Thesaurus = append(lx.Thesaurus, e)
	}
	lx.Thesaurus = append(lx.Thesaurus, Synonym{Say: []string{"", " ", "ＩＥＰ"}})
	a := newAnalyser(lx)
	found := 0
	for range 300 {
		folded := Fold(chanceText(r, r.IntN(8)))
		var want []int
		for i, e := range a.entries {
			if containsAny(folded, e.Say) {
				want = append(want, i)
			}
		}
		got := a.said(folded)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%q: got %v, want %v", folded, got, want)
		}
		found += len(want)
	}
	if found < 100 {
		t.Errorf("only %d entries were found", found)
	}
}

func BenchmarkLexical(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		texts := chanceFields(7, n)
		build := func() *lexical {
			l := newLexical()
			for _, f := range texts {
				l.add(f...)
			}
			l.finish()
			return l
		}
		b.Run(fmt.Sprint("build/", n), func(b *testing.B) {
			for b.Loop() {
				build()
			}
		})
		l := build()
		gains := l.gains(newAnalyser(Lexicon{}).query("今年新增多少学位"))
		b.Run(fmt.Sprint("every/", n), func(b *testing.B) {
			for b.Loop() {
				_, giveBack := l.borrow(gains)
				giveBack()
			}
		})
		b.Run(fmt.Sprint("three hundred of/", n), func(b *testing.B) {
			for b.Loop() {
				for doc := range 300 {
					l.of(gains, doc)
				}
			}
		})
	}
}
