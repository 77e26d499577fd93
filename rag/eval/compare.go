package eval

import (
	"math"
	"reflect"
)

// worseBy is the chance below which a loss counts as more than noise: one-sided, since only getting worse stops a release.
const worseBy = .05

// A Comparison tells two runs of the same cases apart, question by question.
type Comparison struct {
	Title                   string   // of what with what, for people
	Better, Worse           []Change // right now and wrong before, and the reverse, in the order of the new run
	CitedBetter, CitedWorse []Change // as right or wrong as before, but the right passage is cited now, or no longer
	Added, Missing          []string // IDs that only the new run has, and only the earlier one
	Altered                 []string // IDs of cases whose question or expectation is not what it was: not compared
	Rows                    []ComparedRow
	Cited                   ComparedRow // citations of all answerable cases
}

// A Change is a case that ended otherwise than before.
type Change struct{ Before, After Verdict }

// A ComparedRow sums up one kind, or "all".
type ComparedRow struct {
	Kind          string
	N             int     // cases of both runs
	Before, After int     // how many of them were right
	Better, Worse int     // the discordant pairs
	P             float64 // chance of at least so many losses among the discordant pairs if neither run were better
	Limit         float64 // P below it is beyond noise
}

// Beyond reports whether the loss is beyond noise.
func (r ComparedRow) Beyond() bool { return r.P < r.Limit }

// Worsened reports whether the new run is worse beyond noise: in right answers over all, in right answers of one kind, or in
// citations over all.
//
// The test is McNemar's in its exact form, a sign test on the discordant pairs (Q. McNemar, Psychometrika 12 (1947), 153-157; for
// classifiers on one test set T. Dietterich, Neural Computation 10 (1998), 1895-1923), one-sided at .05. The k kinds share one .05
// (Bonferroni's inequality; O. J. Dunn, Journal of the American Statistical Association 56 (1961), 52-64): each is tested at .05/k.
// Fewer than five discordant pairs are never beyond noise: 1/2^4 is .0625. Answers do not vary from run to run; the noise meant is that
// other questions of the same kind might have been asked.
func (c Comparison) Worsened() bool {
	for _, r := range c.Rows {
		if r.Beyond() {
			return true
		}
	}
	return c.Cited.Beyond()
}

// Compare pairs verdicts by the ID of their case.
func Compare(title string, before, after []Verdict) Comparison {
	c := Comparison{Title: title, Cited: ComparedRow{Kind: "cited"}}
	earlier := map[string]Verdict{}
	for _, v := range before {
		earlier[v.Case.ID] = v
	}
	rows := map[string]*ComparedRow{}
	var order []string
	for _, now := range after {
		then, ok := earlier[now.Case.ID]
		delete(earlier, now.Case.ID)
		if !ok {
			c.Added = append(c.Added, now.Case.ID)
			continue
		}
		if !sameCase(then.Case, now.Case) {
			c.Altered = append(c.Altered, now.Case.ID)
			continue
		}
		for _, kind := range []string{now.Case.Kind, "all"} {
			if rows[kind] == nil {
				rows[kind] = &ComparedRow{Kind: kind}
				order = append(order, kind)
			}
			rows[kind].add(then.OK, now.OK)
		}
		if now.Case.Expect.answerable() {
			c.Cited.add(then.Cited, now.Cited)
		}
		c.sort(Change{then, now})
	}
	for _, v := range before {
		if _, left := earlier[v.Case.ID]; left {
			c.Missing = append(c.Missing, v.Case.ID)
		}
	}
	kinds := len(order) - 1
	for _, kind := range allLast(order) {
		r := *rows[kind]
		r.Limit = worseBy
		if kind != "all" {
			r.Limit /= float64(kinds)
		}
		r.P = signTest(r.Better, r.Worse)
		c.Rows = append(c.Rows, r)
	}
	c.Cited.P, c.Cited.Limit = signTest(c.Cited.Better, c.Cited.Worse), worseBy
	return c
}

func (c *Comparison) sort(ch Change) {
	then, now := ch.Before, ch.After
	switch {
	case now.OK && !then.OK:
		c.Better = append(c.Better, ch)
	case then.OK && !now.OK:
		c.Worse = append(c.Worse, ch)
	case now.Cited && !then.Cited:
		c.CitedBetter = append(c.CitedBetter, ch)
	case then.Cited && !now.Cited:
		c.CitedWorse = append(c.CitedWorse, ch)
	}
}

func (r *ComparedRow) add(then, now bool) {
	r.N++
	r.Before += one(then)
	r.After += one(now)
	r.Better += one(now && !then)
	r.Worse += one(then && !now)
}

// sameCase leaves Expect.Document out: runs from before it existed are compared too.
func sameCase(a, b Case) bool {
	plain := func(c Case) Case {
		c.Expect.Document = ""
		if len(c.Expect.Facts) == 0 {
			c.Expect.Facts = nil
		}
		if len(c.Expect.MustNot) == 0 {
			c.Expect.MustNot = nil
		}
		if len(c.Expect.Status) == 0 {
			c.Expect.Status = nil
		}
		if len(c.History) == 0 {
			c.History = nil
		}
		return c
	}
	return reflect.DeepEqual(plain(a), plain(b))
}

// signTest is the chance of at least worse losses in better + worse fair throws.
func signTest(better, worse int) float64 {
	n := better + worse
	p := 0.
	for k := worse; k <= n; k++ {
		p += math.Exp(logChoose(n, k) - float64(n)*math.Ln2) // in logarithms: 2^-n is nought from 1,075 pairs on
	}
	return min(1, p)
}

func logChoose(n, k int) float64 {
	gamma := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	return gamma(n) - gamma(k) - gamma(n-k)
}
