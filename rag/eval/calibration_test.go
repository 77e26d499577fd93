package eval

import (
	"math"
	"testing"
)

func TestCalibration(t *testing.T) {
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	bins, got := Calibration([]Verdict{
		margin(yes(), logit(.85), -1, false), margin(yes(), logit(.85), -1, false), margin(yes(), logit(.85), 2, false), margin(no(), logit(.81), -1, false),
		margin(no(), logit(.1001), 0, false), margin(yes(), 50, 0, false), margin(nil, logit(.3), 0, false),
	})
	if len(bins) != calibrationBins {
		t.Fatalf("got %d bins", len(bins))
	}
	n := 0
	for i, b := range bins {
		n += b.N
		if math.Abs(b.Low-float64(i)/10) > 1e-9 || math.Abs(b.High-float64(i+1)/10) > 1e-9 {
			t.Errorf("bin %d is from %f to %f", i, b.Low, b.High)
		}
	}
	if n != 6 || bins[8].N != 4 || bins[1].N != 1 || bins[9].N != 1 {
		t.Errorf("got %d cases: %+v", n, bins)
	}
	b := bins[8]
	if low, high := wilson(3, 4); math.Abs(b.Said-.84) > 1e-9 || b.Was != .75 || b.From != low || b.To != high {
		t.Errorf("got %+v, want .84 said and .75 true", b)
	}
	if want := (3*(logit(.85)) + logit(.81) + 1 - 2 + 1 + 1) / 4; math.Abs(b.Margin-want) > 1e-9 {
		t.Errorf("mean margin %f, want %f", b.Margin, want)
	}
	if want := (4*.09 + 1*.1001 + 0) / 6; math.Abs(got-want) > 1e-6 {
		t.Errorf("expected calibration error %f, want %f", got, want)
	}
	if bins, _ := Calibration([]Verdict{{Case: Case{Expect: Expect{Answerable: yes()}}}}); bins != nil {
		t.Errorf("without traces: got %+v", bins)
	}
}
