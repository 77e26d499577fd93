package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"wenda/corpus"
)

// A benchMaker makes up texts and vectors that are like real ones in what costs time: how often characters and pairs occur, and how near
// sentences are to each other. They have no sense.
type benchMaker struct {
	r       *rand.Rand
	after   map[[2]rune][]rune // what follows two characters in residents' and the plan's sentences
	starts  [][2]rune
	vectors [][]float32 // real ones; none without a model
}

// Of a document's paragraphs and their sentences.
const (
	benchPerDocument  = 250
	benchPerParagraph = 4
)

// How a made up vector is mixed of real ones: one, up to benchMix of another, and noise in no direction. Calibrated on the plan's 8,149
// vectors (2026-11-25): the nearest, tenth and 48th neighbour of a question have cosines of .81, .66 and .62 among 40,000 of them; a
// vector of the plan has .73, .65 and .59 among the others, and two by chance .42 against .41. k-means cells find .92 of the ten nearest
// of 31,000 in a quarter of the vectors; .94 was measured on as many real sentences of policies.
const (
	benchMix   = .8
	benchNoise = .5
)

func newBenchMaker(ctx context.Context, a *App) (*benchMaker, error) {
	m := &benchMaker{r: rand.New(rand.NewPCG(3, 4)), after: map[[2]rune][]rune{}}
	x := a.Library.Current()
	documents, variants := x.Vocabulary()
	texts := append(documents, variants...)
	for _, t := range texts {
		m.learn([]rune(t))
	}
	if a.Library.Embeds() == nil {
		return m, nil
	}
	digests := make([]string, len(texts))
	for i, t := range texts {
		digests[i] = corpus.TextDigest(corpus.Plain(t))
	}
	kept, err := a.Store.Vectors(ctx, a.embedderName(), digests)
	if err != nil {
		return nil, err
	}
	for _, d := range digests {
		if v := kept[d]; v != nil {
			m.vectors = append(m.vectors, v)
		}
	}
	if len(m.vectors) == 0 {
		return nil, fmt.Errorf("the plan has no vectors to mix others of")
	}
	return m, nil
}

func (m *benchMaker) learn(text []rune) {
	for i := 0; i+2 < len(text); i++ {
		pair := [2]rune{text[i], text[i+1]}
		if i == 0 {
			m.starts = append(m.starts, pair)
		}
		m.after[pair] = append(m.after[pair], text[i+2])
	}
}

// words are n characters or a few more, each as likely as after the two before it; now and then a name that nobody else has.
func (m *benchMaker) words(n int) string {
	var b strings.Builder
	pair := m.starts[m.r.IntN(len(m.starts))]
	for i := 0; i < n; i++ {
		b.WriteRune(pair[0])
		next := m.after[pair]
		if len(next) == 0 || strings.ContainsRune("。？！?!；", pair[1]) {
			pair = m.starts[m.r.IntN(len(m.starts))]
			continue
		}
		pair = [2]rune{pair[1], next[m.r.IntN(len(next))]}
		if m.r.IntN(40) == 0 {
			b.WriteString(m.name())
		}
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("。？！?!；\n", r) {
			return '，'
		}
		return r
	}, b.String())
}

func (m *benchMaker) name() string {
	if m.r.IntN(3) == 0 {
		return fmt.Sprint(m.r.IntN(100000))
	}
	return string([]rune{rune(0x4e00 + m.r.IntN(6000)), rune(0x4e00 + m.r.IntN(6000))}) + "街道"
}

func (m *benchMaker) question() string { return m.words(10+m.r.IntN(8)) + "吗" }

// document makes a document of n paragraphs, with a vector for each of its texts.
func (m *benchMaker) document(number, n int) (corpus.Document, map[string][]float32, error) {
	var b strings.Builder
	title := fmt.Sprintf("%s工作方案第%d号", m.name(), number)
	b.WriteString(title + "\n\n")
	for range n {
		for range benchPerParagraph {
			b.WriteString(m.words(18+m.r.IntN(25)) + "。")
		}
		b.WriteString("\n")
	}
	d, err := corpus.Read(title+".txt", []byte(b.String()))
	if err != nil {
		return d, nil, fmt.Errorf("read %s: %w", title, err)
	}
	if m.vectors == nil {
		return d, nil, nil
	}
	vectors := map[string][]float32{}
	for _, t := range (corpus.Material{Documents: []corpus.Document{d}}).Texts() {
		vectors[corpus.TextDigest(t)] = m.vector()
	}
	return d, vectors, nil
}

// vector is nil without a model.
func (m *benchMaker) vector() []float32 {
	if m.vectors == nil {
		return nil
	}
	one, other := m.vectors[m.r.IntN(len(m.vectors))], m.vectors[m.r.IntN(len(m.vectors))]
	v, noise := make([]float64, len(one)), make([]float64, len(one))
	for i := range noise {
		noise[i] = m.r.NormFloat64()
	}
	share, loud := benchMix*m.r.Float64(), benchNoise/length(noise)
	for i := range v {
		v[i] = float64(one[i]) + share*float64(other[i]) + loud*noise[i]
	}
	out, l := make([]float32, len(v)), length(v)
	for i := range out {
		out[i] = float32(v[i] / l)
	}
	return out
}

func length(v []float64) float64 {
	sum := 0.
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}
