package eval

import (
	"cmp"
	"math"
	"slices"

	"wenda/rag"
)

// A Curve says what refusing at each threshold of the margin would cost and gain. The margin of a question is Trace.Answerable -
// Trace.Cut, the head's logit above its threshold; of several questions in one message the smallest, since one unanswered is enough for
// a refusal.
type Curve struct {
	Answerable, Near int     // cases with a margin: to be answered, and to be refused
	Points           []Point // from refusing nothing to refusing everything, thresholds ascending
	Area             float64 // chance that a near miss has the smaller margin than an answerable question; .5 says nothing, 1 all
	Head             Point   // at threshold 0: the head alone
	Engine           Point   // what the whole engine refused of the same cases, with rules, floor and leniency; no threshold
}

// A Point is one threshold and the shares that are refused by it.
type Point struct {
	Threshold  float64 // margins below it are refused
	Near       float64 // share of near misses refused: the higher the better
	Answerable float64 // share of answerable questions refused: the lower the better
}

// noHead bounds Trace.Cut from below: an index without vectors or without enough negative variants has no head, and a cut of -1e9.
const noHead = -1e8

// A judged case is one that the head had an opinion on.
type judged struct {
	margin     float64
	chance     float64 // that it is answerable, as the head says
	answerable bool
	refused    bool
}

func judgedOf(verdicts []Verdict) []judged {
	var out []judged
	for _, v := range verdicts {
		if v.Case.Expect.Answerable == nil {
			continue
		}
		j := judged{margin: math.Inf(1), answerable: *v.Case.Expect.Answerable, refused: v.Refused}
		for _, t := range parts(v.Trace) {
			if m := t.Answerable - t.Cut; hasMargin(t) && m < j.margin {
				j.margin, j.chance = m, logistic(t.Answerable)
			}
		}
		if !math.IsInf(j.margin, 1) {
			out = append(out, j)
		}
	}
	return out
}

// hasMargin leaves out what the head was not asked about; a question whose vector could not be made has a logit of exactly 0.
func hasMargin(t rag.Trace) bool { return len(t.Candidates) > 0 && t.Cut > noHead && t.Answerable != 0 }

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// Refusals sweeps the threshold over the cases that the head judged. ok is false when there are none of a kind.
func Refusals(verdicts []Verdict) (c Curve, ok bool) {
	cases := judgedOf(verdicts)
	for _, j := range cases {
		if j.answerable {
			c.Answerable++
			c.Engine.Answerable += float64(one(j.refused))
		} else {
			c.Near++
			c.Engine.Near += float64(one(j.refused))
		}
	}
	if c.Answerable == 0 || c.Near == 0 {
		return Curve{}, false
	}
	c.Engine.Answerable /= float64(c.Answerable)
	c.Engine.Near /= float64(c.Near)
	slices.SortFunc(cases, func(a, b judged) int { return cmp.Compare(a.margin, b.margin) })
	at := Point{Threshold: math.Inf(-1)}
	c.Points = []Point{at}
	near, answerable := 0, 0
	for i, j := range cases {
		if j.answerable {
			answerable++
		} else {
			near++
		}
		if i+1 < len(cases) && cases[i+1].margin == j.margin {
			continue // equal margins are refused together
		}
		next := Point{math.Inf(1), float64(near) / float64(c.Near), float64(answerable) / float64(c.Answerable)}
		if i+1 < len(cases) {
			next.Threshold = (j.margin + cases[i+1].margin) / 2
		}
		c.Area += (next.Answerable - at.Answerable) * (next.Near + at.Near) / 2
		at = next
		c.Points = append(c.Points, at)
	}
	c.Head = shares(cases, 0)
	return c, true
}

// shares are what a threshold refuses.
func shares(cases []judged, threshold float64) Point {
	p := Point{Threshold: threshold}
	near, answerable := 0, 0
	for _, j := range cases {
		refused := float64(one(j.margin < threshold))
		if j.answerable {
			answerable++
			p.Answerable += refused
		} else {
			near++
			p.Near += refused
		}
	}
	p.Answerable /= float64(max(answerable, 1))
	p.Near /= float64(max(near, 1))
	return p
}

// AtMost is the point of the curve that refuses most near misses at no more than this share of answerable questions.
func (c Curve) AtMost(answerable float64) Point {
	best := c.Points[0]
	for _, p := range c.Points {
		if p.Answerable <= answerable {
			best = p
		}
	}
	return best
}
