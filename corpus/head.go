package corpus

import (
	"context"
	"math"
)

// A Head is a logistic regression that tells answerable questions from near misses: on the question's vector and on its cosines
// with the nearest variants and negative variants. NEARMISS.md measured .78 to .92 (area under the curve) for it, and less
// with similarity to sentences or BM25 as features, because variants avoid the document's words.
type Head struct {
	Vector []float64 `json:"vector"` // weights of the question's vector
	Near   []float64 `json:"near"`   // weights of headFeatures
	Bias   float64   `json:"bias"`
}

// Scales of the features, as in NEARMISS.md.
const (
	vectorScale = 3
	nearScale   = 6
	// signalScale is relative to nearScale: a yes of a signal weighs as a feature of 2.
	signalScale = 2. / nearScale
)

type example struct {
	vector     []float32
	near       []float64
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
	want := len(x.withSignals(headFeatures(nil, nil), "", ""))
	return len(h.Near) == want && (len(x.posRaw) == 0 || len(h.Vector) == len(x.posRaw[0]))
}

func (h *Head) logit(q []float32, near []float64) float64 {
	if h.Vector == nil || len(near) != len(h.Near) {
		return 0
	}
	return h.of(example{vector: q, near: near})
}

func (h *Head) of(e example) float64 {
	z := h.Bias
	for i, w := range h.Vector {
		z += w * vectorScale * float64(e.vector[i])
	}
	for i, w := range h.Near {
		z += w * nearScale * e.near[i]
	}
	return z
}

// Settings of the fit: full batches, Nesterov momentum, a little ridge. There is no randomness: the same variants give the same head.
const (
	headRounds   = 120
	headStep     = 1.5 / (vectorScale * vectorScale)
	headMomentum = .9
	headRidge    = 2e-3
)

// A design is the examples as one flat matrix, a row each: scaled vector, scaled features, 1.
type design struct {
	rows   []float32
	width  int
	answer []bool
}

func newDesign(examples []example) design {
	dim, near := len(examples[0].vector), len(examples[0].near)
	d := design{width: dim + near + 1}
	d.rows = make([]float32, 0, len(examples)*d.width)
	for _, e := range examples {
		for _, v := range e.vector {
			d.rows = append(d.rows, vectorScale*v)
		}
		for _, v := range e.near {
			d.rows = append(d.rows, float32(nearScale*v))
		}
		d.rows = append(d.rows, 1)
		d.answer = append(d.answer, e.answerable)
	}
	return d
}

func (d design) row(i int) []float32 { return d.rows[i*d.width : (i+1)*d.width] }

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
	w, prev, look := make([]float32, d.width), make([]float32, d.width), make([]float32, d.width)
	grad, scratch := make([]float32, d.width), make([]float32, d.width)
	for range headRounds {
		for i := range look {
			look[i] = w[i] + headMomentum*(w[i]-prev[i])
			grad[i] = headRidge * look[i]
		}
		for _, i := range train {
			y, share := 0., negWeight
			if d.answer[i] {
				y, share = 1, posWeight
			}
			step := float32((1/(1+math.Exp(-dot(look, d.row(i)))) - y) * share)
			add(grad, d.row(i), step, scratch)
		}
		copy(prev, w)
		for i := range w {
			w[i] = look[i] - headStep*grad[i]
		}
	}
	return w
}

func fitHead(examples []example) Head {
	if len(examples) == 0 {
		return Head{}
	}
	d := newDesign(examples)
	w := d.fit(func(int) bool { return true })
	dim := len(examples[0].vector)
	h := Head{Bias: float64(w[d.width-1])}
	for i, v := range w[:d.width-1] {
		if i < dim {
			h.Vector = append(h.Vector, float64(v))
		} else {
			h.Near = append(h.Near, float64(v))
		}
	}
	return h
}

// folds is into how many parts the examples are divided: each part is judged by a head that never saw it.
const folds = 4

// crossLogits returns the logits of the answerable examples, each from a head fitted without its fold.
func crossLogits(examples []example) []float64 {
	d := newDesign(examples)
	parts := make([][]float64, folds)
	parallel(context.Background(), folds, func(f int) {
		w := d.fit(func(i int) bool { return i%folds != f })
		for i := f; i < len(examples); i += folds {
			if d.answer[i] {
				parts[f] = append(parts[f], dot(w, d.row(i)))
			}
		}
	})
	var out []float64
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}
