package corpus

import "context"

// Among the messages that ask nothing of the documents are some that must not be missed: cries for help, attacks. For each such kind of
// examples (Material.Kinds) a Head is fitted against everything else, questions and other talk. Of 86 cries for help by an author who
// had tried to miss every rule and example, nearness to an example found .72 where .002 of the harmless messages may be lost, the head .86;
// of 340 attacks .44 and .52 at .005 (2026-11-26).

// FittedKind tells one kind of messages from all others.
type FittedKind struct {
	Head Head    `json:"head"` // low logits are of the kind
	Cut  float64 `json:"cut"`  // from it down
}

const (
	// kindShare is the share of the other messages that may look like the kind.
	kindShare = .003
	kindFolds = 2 // the cut of a rare kind needs no more
	// nearExamples is how many of the nearest examples are looked at. A kind that is not among them is as far as the last one, at most.
	nearExamples = 16
)

// kindFeatures are the nearest and the mean of the three nearest of the kind, the nearest of other examples, of variants and of negative
// variants.
func (x *Index) kindFeatures(kind string, near []neighbour, pos, neg float64) []float64 {
	var own, others []float64
	for _, n := range near {
		if x.examples[n.n].kind == kind {
			own = append(own, n.cosine)
		} else {
			others = append(others, n.cosine)
		}
	}
	if len(near) > 0 {
		last := near[len(near)-1].cosine
		for len(own) < 3 {
			own = append(own, last)
		}
		others = append(others, last)
	}
	return []float64{first(own), mean3(own), first(others), pos, neg}
}

// fitKinds fits a head for every kind of examples; the arguments are those of fitContrast.
func (x *Index) fitKinds(ctx context.Context, asked []example, s surroundings) map[string]FittedKind {
	if s.own == nil || ctx.Err() != nil {
		return nil
	}
	count := map[string]int{}
	for _, e := range x.examples {
		count[e.kind]++
	}
	out := map[string]FittedKind{}
	for kind, n := range count {
		if kind == "" || n < minContrast {
			continue
		}
		all := make([]example, 0, len(asked)+len(x.examples))
		for i, e := range asked {
			all = append(all, example{e.vector, x.kindFeatures(kind, s.ofVariants[i], e.near[0], e.near[2]), e.text, true})
		}
		for i, e := range x.examples {
			near := x.kindFeatures(kind, s.own[i], first(cosines(s.pos[i])), first(cosines(s.neg[i])))
			all = append(all, example{x.exampleRaw[i], near, e.text, e.kind != kind})
		}
		h, logits := fitHead(ctx, all, kindFolds)
		out[kind] = FittedKind{h, quantile(logits, kindShare)}
	}
	return out
}

// kindsOf is by how much a message looks like each kind: its logit below the cut.
func (x *Index) kindsOf(vector []float32, grams []float64, near, pos, neg []neighbour) map[string]float64 {
	out := make(map[string]float64, len(x.Fitted.Kinds))
	for i, kind := range x.gramWeights.kinds {
		f := x.Fitted.Kinds[kind]
		e := example{vector: vector, near: x.kindFeatures(kind, near, first(cosines(pos)), first(cosines(neg)))}
		out[kind] = f.Cut - f.Head.logit(e, grams[firstKind+i])
	}
	return out
}
