package corpus

import (
	"context"
	"math"
	"slices"
	"sort"
)

// A Head is a logistic regression that tells answerable questions from near misses: on the question's vector, on its cosines with the
// nearest variants and negative variants, on how its words overlap with the sentence and with what was asked beside it, on signals of
// what kind of thing is asked, and on its grams. NEARMISS.md measured .78 to .92 (area under the curve) for the first two alone.
type Head struct {
	Vector []float64          `json:"vector"` // weights of the question's vector
	Near   []float64          `json:"near"`   // weights of headFeatures, overlapFeatures and signals
	Grams  map[string]float64 `json:"grams"`  // weights of runs of one to three characters
	Bias   float64            `json:"bias"`
}

// Scales of the features, as in NEARMISS.md.
const (
	vectorScale = 3
	nearScale   = 6
	// signalScale is relative to nearScale: a yes of a signal weighs as a feature of 2. Likewise overlaps.
	signalScale = 2. / nearScale
	// minGram is in how many variants a gram must stand to get a weight.
	minGram = 3
)

type example struct {
	vector     []float32
	near       []float64
	text       string
	answerable bool
}

// headFeatures are the nearest and the mean of the three nearest on both sides, and how the neighbours vote, weighted by
// exp(sharpness x cosine): sharp votes hear the nearest only, soft ones a neighbourhood.
func headFeatures(pos, neg []float64) []float64 {
	return []float64{first(pos), mean3(pos), first(neg), mean3(neg), vote(pos, neg, 15) / 4, vote(pos, neg, 40) / 4}
}

// vote is the log-odds of the neighbours' weights, within -4 and 4.
func vote(pos, neg []float64, sharpness float64) float64 {
	sum := func(list []float64) float64 {
		s := 1e-9
		for _, c := range list[:min(nearNegatives, len(list))] {
			s += math.Exp(sharpness * (c - 1))
		}
		return s
	}
	return max(-4, min(4, math.Log(sum(pos)/sum(neg))))
}

func first(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	return list[0]
}

func mean3(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	n := min(3, len(list))
	sum := 0.
	for _, v := range list[:n] {
		sum += v
	}
	return sum / float64(n)
}

// fits reports whether a head of an earlier build reads as many features as this index gives; one that was never fitted does.
func (x *Index) fits(h Head) bool {
	if h.Vector == nil {
		return true
	}
	want := len(x.features(headFeatures(nil, nil), x.beside(""), -1, noVariant))
	return len(h.Near) == want && (len(x.posRaw) == 0 || len(h.Vector) == len(x.posRaw[0]))
}

// A besides is a question read to be compared with sentences.
type besides struct {
	pairs   []term
	signals func(sentence string) []float64 // nil: none
}

func (x *Index) beside(question string) besides {
	b := besides{pairs: pairs(question)}
	if x.signals != nil {
		b.signals = x.signals(question)
	}
	return b
}

// features adds to those of the neighbourhood what words and signals say of a question beside a sentence; no target is -1.
func (x *Index) features(near []float64, question besides, t int, is own) []float64 {
	sentence := ""
	if t >= 0 {
		sentence = x.targets[t].text
	}
	for _, v := range x.wordings.overlapFeatures(question.pairs, t, is) {
		near = append(near, v*signalScale)
	}
	if question.signals != nil {
		for _, v := range question.signals(sentence) {
			near = append(near, v*signalScale)
		}
	}
	return near
}

// logit is that of an example whose grams weigh so much.
func (h *Head) logit(e example, grams float64) float64 {
	if h.Vector == nil || len(e.near) != len(h.Near) || len(e.vector) != len(h.Vector) {
		return 0
	}
	z := h.Bias
	for i, w := range h.Vector {
		z += w * vectorScale * float64(e.vector[i])
	}
	for i, w := range h.Near {
		z += w * nearScale * e.near[i]
	}
	return z + grams
}

// headRidge is the weight of the squared weights against the mean loss.
const headRidge = 1.6e-3

// A design is the examples as numbers: a dense row each (scaled vector, scaled features, 1), and the numbers of its grams.
type design struct {
	rows   []float32
	width  int
	grams  [][]int32
	names  []string // of grams
	answer []bool
}

func newDesign(examples []example) design {
	dim, near := len(examples[0].vector), len(examples[0].near)
	d := design{width: dim + near + 1, grams: make([][]int32, len(examples))}
	d.rows = make([]float32, 0, len(examples)*d.width)
	count := map[string]int{}
	all := make([][]string, len(examples))
	for i, e := range examples {
		for _, v := range e.vector {
			d.rows = append(d.rows, vectorScale*v)
		}
		for _, v := range e.near {
			d.rows = append(d.rows, float32(nearScale*v))
		}
		d.rows = append(d.rows, 1)
		d.answer = append(d.answer, e.answerable)
		all[i] = grams(e.text)
		for _, g := range all[i] {
			count[g]++
		}
	}
	for g, n := range count {
		if n >= minGram {
			d.names = append(d.names, g)
		}
	}
	sort.Strings(d.names)
	number := make(map[string]int32, len(d.names))
	for i, g := range d.names {
		number[g] = int32(i)
	}
	for i, list := range all {
		for _, g := range list {
			if n, ok := number[g]; ok {
				d.grams[i] = append(d.grams[i], n)
			}
		}
	}
	return d
}

func (d design) row(i int) []float32 { return d.rows[i*d.width : (i+1)*d.width] }

// score is the logit of row i: dense weights first, then one of each gram.
func (d design) score(w []float32, i int) float64 {
	z := dot(w[:d.width], d.row(i))
	for _, g := range d.grams[i] {
		z += float64(w[d.width+int(g)])
	}
	return z
}

// fit fits on the rows that use says; both kinds count the same in all, however many there are of each.
func (d design) fit(use func(row int) bool) []float32 {
	var train []int
	var pos, neg float64
	for i, yes := range d.answer {
		if !use(i) {
			continue
		}
		train = append(train, i)
		if yes {
			pos++
		} else {
			neg++
		}
	}
	posWeight, negWeight := .5/max(pos, 1), .5/max(neg, 1)
	scratch := make([]float32, d.width)
	return minimize(d.width+len(d.names), func(w, gradient []float32) float64 {
		loss := 0.
		for i, v := range w {
			gradient[i] = headRidge * v
			loss += .5 * headRidge * float64(v) * float64(v)
		}
		for _, i := range train {
			z, y, share := d.score(w, i), 0., negWeight
			if d.answer[i] {
				y, share = 1, posWeight
			}
			loss += share * (softplus(z) - y*z)
			step := float32((1/(1+math.Exp(-z)) - y) * share)
			add(gradient[:d.width], d.row(i), step, scratch)
			for _, g := range d.grams[i] {
				gradient[d.width+int(g)] += step
			}
		}
		return loss
	})
}

// softplus is log(1+exp(z)).
func softplus(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }

// fitHead fits a head, and gives the logits of the answerable examples, each from a head fitted without its fold. They are void
// once ctx has ended.
func fitHead(ctx context.Context, examples []example, folds int) (Head, []float64) {
	if len(examples) == 0 {
		return Head{}, nil
	}
	d := newDesign(examples)
	var h Head
	parts := make([][]float64, folds)
	parallel(ctx, folds+1, func(n int) {
		if n == 0 {
			h = d.head(len(examples[0].vector), d.fit(func(int) bool { return true }))
			return
		}
		f := n - 1
		w := d.fit(func(i int) bool { return i%folds != f })
		for i := f; i < len(examples); i += folds {
			if d.answer[i] {
				parts[f] = append(parts[f], d.score(w, i))
			}
		}
	})
	return h, slices.Concat(parts...)
}

// head names the weights; dim is the length of the vectors.
func (d design) head(dim int, w []float32) Head {
	h := Head{Bias: float64(w[d.width-1]), Grams: make(map[string]float64, len(d.names))}
	for i, v := range w[:d.width-1] {
		if i < dim {
			h.Vector = append(h.Vector, float64(v))
		} else {
			h.Near = append(h.Near, float64(v))
		}
	}
	for i, g := range d.names {
		h.Grams[g] = float64(w[d.width+i])
	}
	return h
}

// folds is into how many parts the examples are divided: each part is judged by a head that never saw it.
const folds = 4
