package corpus

import (
	"context"
	"errors"
)

// Recall is the share of the k nearest sentences of an exact scan that the search finds, over all questions, among those of bare documents or the others, whichever are more. It takes as long as the scan
// and is for measuring. A lexical index is an error.
func (x *Index) Recall(ctx context.Context, questions [][]float32, k int) (float64, error) {
	if x.Lexical() {
		return 0, errors.New("corpus: a lexical index has no vectors")
	}
	if len(x.bareOf) > len(x.sentOf) {
		return x.bareVec.recall(ctx, questions, k)
	}
	return x.sentVec.recall(ctx, questions, k)
}

func (v *vectors) recall(ctx context.Context, questions [][]float32, k int) (float64, error) {
	found, all := make([]int, len(questions)), make([]int, len(questions))
	errs := make([]error, len(questions))
	parallel(ctx, len(questions), func(i int) {
		near, err := v.nearest(ctx, questions[i], k)
		if err != nil {
			errs[i] = err
			return
		}
		have := make(map[int]bool, len(near))
		for _, n := range near {
			have[n.n] = true
		}
		for _, n := range nearestOf(questions[i], v.all, -1, k) {
			all[i]++
			if have[n.n] {
				found[i]++
			}
		}
	})
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return 0, err
	}
	hits, wanted := 0, 0
	for i := range found {
		hits, wanted = hits+found[i], wanted+all[i]
	}
	return float64(hits) / float64(max(wanted, 1)), nil
}
