package corpus

import "context"

// A message is talk when it asks nothing of the documents: a greeting, an attack, another office's business. The examples say what talk is
// like, all variants and the questions of outlines what it is not; a Head fitted on both tells new messages apart. Nearness to an
// example alone caught .63 of the talk that no phrase of routes.yaml knows at .01 of the questions lost, the head .66, and .47 against
// .19 where .002 may be lost (2026-11-25; area under the curve .940 -> .966).

const (
	// talkShare is the share of questions to the documents that may look like talk.
	talkShare = .002
	// minTalk is how many examples are needed to fit.
	minTalk = 100
)

// talkFeatures are the nearest and the mean of the three nearest of examples, variants and negative variants.
func talkFeatures(talk, pos, neg []float64) []float64 {
	return []float64{first(talk), mean3(talk), first(pos), mean3(pos), first(neg), mean3(neg)}
}

// fitTalk fits on examples against everything that residents ask of the documents. asked are the leave-one-out examples of variants, in
// the order positives, negatives, with their headFeatures first in near.
func (x *Index) fitTalk(ctx context.Context, asked []example) (Head, float64) {
	if len(x.exampleRaw) < minTalk || len(asked) < minTalk {
		return Head{}, 0
	}
	all := make([]example, len(asked)+len(x.exampleRaw))
	parallel(ctx, len(all), func(i int) {
		if i < len(asked) {
			e := asked[i]
			talk := cosines(nearestOf(e.vector, x.exampleRaw, -1, 3))
			all[i] = example{e.vector, []float64{first(talk), mean3(talk), e.near[0], e.near[1], e.near[2], e.near[3]}, e.text, true}
			return
		}
		n := i - len(asked)
		v := x.exampleRaw[n]
		all[i] = example{v, talkFeatures(cosines(nearestOf(v, x.exampleRaw, n, 3)), cosines(nearestOf(v, x.posRaw, -1, 3)), cosines(nearestOf(v, x.negRaw, -1, 3))),
			x.examples[n].text, false}
	})
	if ctx.Err() != nil {
		return Head{}, 0
	}
	return fitHead(all), quantile(crossLogits(all), talkShare)
}
