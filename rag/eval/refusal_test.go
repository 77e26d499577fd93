package eval

import (
	"math"
	"testing"

	"wenda/rag"
)

// margin makes a verdict that the head judged.
func margin(answerable *bool, logit, cut float64, refused bool) Verdict {
	return Verdict{Case: Case{ID: "x", Kind: "k", Question: "问", Expect: Expect{Answerable: answerable}}, Refused: refused,
		Trace: rag.Trace{Asked: "问", Answerable: logit, Cut: cut, Candidates: found("学位"), Steps: []rag.StepTime{{Step: "retrieve", Took: 1}}}}
}

func TestRefusals(t *testing.T) {
	// Margins: near misses -2, 0.5, 1; answerable 1, 2, 3, -1. Pairs won by the answerable one: 1 beats -2, 0.5, half of 1; 2 and 3 beat
	// all; -1 beats -2: 2.5 + 3 + 3 + 1 of 12.
	verdicts := []Verdict{
		margin(yes(), 0.5, -.5, false), margin(no(), -3, -1, true), margin(yes(), 1, -1, false), margin(no(), 0.3, -.2, false), margin(yes(), 2, -1, true),
		margin(no(), 1.5, .5, true), margin(yes(), -2, -1, true),
	}
	got, ok := Refusals(verdicts)
	if !ok || got.Answerable != 4 || got.Near != 3 {
		t.Fatalf("got %+v, %v", got, ok)
	}
	if want := 9.5 / 12; math.Abs(got.Area-want) > 1e-9 {
		t.Errorf("area %f, want %f", got.Area, want)
	}
	if w := (Point{0, 1. / 3, .25}); got.Head != w {
		t.Errorf("at the threshold: got %+v, want %+v", got.Head, w)
	}
	if w := (Point{0, 2. / 3, .5}); got.Engine != w {
		t.Errorf("the engine: got %+v, want %+v", got.Engine, w)
	}
	first, last := got.Points[0], got.Points[len(got.Points)-1]
	if first.Near != 0 || first.Answerable != 0 || last.Near != 1 || last.Answerable != 1 || !math.IsInf(first.Threshold, -1) || !math.IsInf(last.Threshold, 1) {
		t.Errorf("the curve goes from %+v to %+v", first, last)
	}
	if len(got.Points) != 7 { // six different margins, and refusing nothing
		t.Fatalf("got %d points: %+v", len(got.Points), got.Points)
	}
	for i := 1; i < len(got.Points); i++ {
		if a, b := got.Points[i-1], got.Points[i]; b.Threshold <= a.Threshold || b.Near < a.Near || b.Answerable < a.Answerable {
			t.Errorf("the curve goes back from %+v to %+v", a, b)
		}
	}
	for _, p := range got.Points {
		if again := shares(judgedOf(verdicts), p.Threshold); again.Near != p.Near || again.Answerable != p.Answerable {
			t.Errorf("a threshold of %f refuses %+v, the curve says %+v", p.Threshold, again, p)
		}
	}
	for cost, want := range map[float64]float64{0: 1. / 3, .25: 2. / 3, .49: 2. / 3, .5: 1, 1: 1} {
		if p := got.AtMost(cost); math.Abs(p.Near-want) > 1e-9 || p.Answerable > cost {
			t.Errorf("at most %.2f: got %+v, want %f of the near misses", cost, p, want)
		}
	}
}

func TestRefusalsArea(t *testing.T) {
	for _, c := range []struct {
		name             string
		answerable, near []float64
		want             float64
	}{
		{"apart", []float64{2, 3}, []float64{-1, 1}, 1},
		{"the wrong way round", []float64{-1, 1}, []float64{2, 3}, 0},
		{"equal", []float64{1, 1}, []float64{1, 1}, .5},
	} {
		var verdicts []Verdict
		for _, m := range c.answerable {
			verdicts = append(verdicts, margin(yes(), m, 0, false))
		}
		for _, m := range c.near {
			verdicts = append(verdicts, margin(no(), m, 0, false))
		}
		if got, ok := Refusals(verdicts); !ok || math.Abs(got.Area-c.want) > 1e-9 {
			t.Errorf("%s: got area %f, %v, want %f", c.name, got.Area, ok, c.want)
		}
	}
}

// Who the head never judged does not count; of several questions the one with the smallest margin decides.
func TestJudgedCases(t *testing.T) {
	several := margin(yes(), 0, 0, false)
	several.Trace = rag.Trace{Parts: []rag.Trace{margin(yes(), 4, 1, false).Trace, {Route: "thanks"}, margin(yes(), 2, 1, false).Trace, margin(yes(), 3, 1, false).Trace}}
	lexical := margin(yes(), 1, -1e9, false)
	noVector := margin(yes(), 0, -1, false)
	fixed := margin(no(), 1, 0, true)
	fixed.Trace.Candidates = nil
	for _, c := range []struct {
		name    string
		verdict Verdict
		want    []float64
	}{
		{"one question", margin(no(), 2, .5, false), []float64{1.5}},
		{"several", several, []float64{1}},
		{"an index without a head", lexical, nil},
		{"a question without a vector", noVector, nil},
		{"a fixed reply", fixed, nil},
		{"small talk", margin(nil, 2, 1, false), nil},
		{"a server's, without a trace", Verdict{Case: Case{Expect: Expect{Answerable: yes()}}}, nil},
	} {
		got := judgedOf([]Verdict{c.verdict})
		if len(got) != len(c.want) || len(got) == 1 && got[0].margin != c.want[0] {
			t.Errorf("%s: got %+v, want margins %v", c.name, got, c.want)
		}
		if _, ok := Refusals([]Verdict{c.verdict}); ok {
			t.Errorf("%s: a curve of one case", c.name)
		}
	}
}
