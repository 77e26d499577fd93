package eval

import (
	"math"
	"slices"
	"time"
)

// A StepRow says how long a step takes. The last row, "all", is the whole question.
type StepRow struct {
	Step     string
	N        int // messages with this step
	P50, P95 time.Duration
}

// Times sums up the steps of the traces, in the order of their first appearance. A step that a message goes through for each of its
// questions counts once, with the sum. Without traces there are no rows.
func Times(verdicts []Verdict) []StepRow {
	var order []string
	took := map[string][]time.Duration{}
	add := func(step string, d time.Duration) {
		if took[step] == nil {
			order = append(order, step)
		}
		took[step] = append(took[step], d)
	}
	for _, v := range verdicts {
		if len(v.Trace.Steps) == 0 {
			continue
		}
		var steps []string
		sum := map[string]time.Duration{}
		for _, s := range v.Trace.Steps {
			if !slices.Contains(steps, s.Step) {
				steps = append(steps, s.Step)
			}
			sum[s.Step] += s.Took
		}
		for _, s := range steps {
			add(s, sum[s])
		}
		add("all", v.Trace.Took)
	}
	var out []StepRow
	for _, step := range allLast(order) {
		d := took[step]
		slices.Sort(d)
		out = append(out, StepRow{step, len(d), nearestRank(d, .50), nearestRank(d, .95)})
	}
	return out
}

// nearestRank is the smallest value that at least the share of sorted values does not exceed.
func nearestRank(sorted []time.Duration, share float64) time.Duration {
	return sorted[max(int(math.Ceil(share*float64(len(sorted)))), 1)-1]
}

// Lengths of answers are counted in bars of lengthStep runes; the last bar holds all longer ones.
const (
	lengthStep = 20
	lengthBars = 16
)

// A LengthBar counts answers of Low to High runes, High excluded; the last bar's High is 0: no end.
type LengthBar struct{ Low, High, N int }

// Lengths counts the lengths of what was answered; refusals and fixed replies are left out.
func Lengths(verdicts []Verdict) []LengthBar {
	out := make([]LengthBar, lengthBars)
	for i := range out {
		out[i].Low, out[i].High = i*lengthStep, (i+1)*lengthStep
	}
	out[lengthBars-1].High = 0
	for _, v := range verdicts {
		if !v.Refused {
			out[min(v.Runes/lengthStep, lengthBars-1)].N++
		}
	}
	return out
}

// Traced reports whether the run has traces: a Server tells none.
func Traced(verdicts []Verdict) bool {
	return slices.ContainsFunc(verdicts, func(v Verdict) bool { return len(v.Trace.Steps) > 0 })
}
