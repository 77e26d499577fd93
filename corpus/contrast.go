package corpus

import "context"

// Two kinds of messages are not asked of one sentence: talk (a greeting, an attack, another office's business), which the examples show,
// and broad questions, which the outlines' own questions show. A Head fitted on all variants against the ones or the others tells a new
// message apart by its vector, its grams and its nearest neighbours on both sides. Nearness to an example alone caught .63 of the talk
// that no phrase of routes.yaml knows at .01 of the questions lost, the head .66, and .47 against .19 where .002 may be lost
// (2026-11-25; area under the curve .940 -> .966).

const (
	// talkShare and broadShare are the shares of the variants that may look like talk, and like broad questions.
	talkShare  = .002
	broadShare = .04
	// minContrast is how many texts of a kind are needed to fit.
	minContrast = 100
)

// contrastFeatures are the nearest and the mean of the three nearest of the kind, of variants and of negative variants.
func contrastFeatures(kind, pos, neg []float64) []float64 {
	return []float64{first(kind), mean3(kind), first(pos), mean3(pos), first(neg), mean3(neg)}
}

// Surroundings are what stands around the texts of a kind: the nearest of the kind to each variant and, itself left out, to each text of
// the kind; the nearest variants and negative variants to the latter.
type surroundings struct{ ofVariants, own, pos, neg [][]neighbour }

func (x *Index) surround(ctx context.Context, asked []example, vectors [][]float32, k int) surroundings {
	if len(vectors) < minContrast || len(asked) < minContrast {
		return surroundings{}
	}
	variants := make([][]float32, len(asked))
	for i, e := range asked {
		variants[i] = e.vector
	}
	s := surroundings{own: nearestAll(ctx, vectors, vectors, k, 0, true)}
	if len(asked) != len(x.posRaw)+len(x.negRaw) { // a sample of them: others are near too
		s.ofVariants = nearestAll(ctx, variants, vectors, k, 0, false)
		s.pos, s.neg = nearestAll(ctx, vectors, x.posRaw, 3, 0, false), nearestAll(ctx, vectors, x.negRaw, 3, 0, false)
		return s
	}
	var near [][]neighbour
	s.ofVariants, s.pos = nearestBoth(ctx, variants[:len(x.posRaw)], vectors, k, 3)
	near, s.neg = nearestBoth(ctx, variants[len(x.posRaw):], vectors, k, 3)
	s.ofVariants = append(s.ofVariants, near...)
	return s
}

// fitContrast fits variants against texts of another kind; asked are the leave-one-out examples of the variants, with their headFeatures
// first in near. The cut is the logit below which a message is of the other kind.
func (x *Index) fitContrast(ctx context.Context, asked []example, texts []string, vectors [][]float32, s surroundings, share float64) (Head, float64) {
	if s.own == nil || ctx.Err() != nil {
		return Head{}, 0
	}
	all := make([]example, 0, len(asked)+len(vectors))
	for i, e := range asked {
		kind := cosines(s.ofVariants[i])
		all = append(all, example{e.vector, []float64{first(kind), mean3(kind), e.near[0], e.near[1], e.near[2], e.near[3]}, e.text, true})
	}
	for i, v := range vectors {
		all = append(all, example{v, contrastFeatures(cosines(s.own[i]), cosines(s.pos[i]), cosines(s.neg[i])), texts[i], false})
	}
	h, logits := fitHead(ctx, all, folds)
	return h, quantile(logits, share)
}

func (x *Index) exampleTexts() []string {
	out := make([]string, len(x.examples))
	for i, e := range x.examples {
		out[i] = e.text
	}
	return out
}

func (x *Index) askTexts() []string {
	out := make([]string, len(x.asks))
	for i, a := range x.asks {
		out[i] = a.text
	}
	return out
}
