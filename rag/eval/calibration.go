package eval

import "math"

// calibrationBins are equally wide, as in C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 2.
const calibrationBins = 10

// A Bin holds the cases to which the head gives chances from Low to below High.
type Bin struct {
	Low, High float64
	N         int
	Said      float64 // mean chance that the head gave
	Margin    float64 // mean margin
	Was       float64 // share that is answerable
	From, To  float64 // 95 % Wilson interval of Was
}

// Calibration compares the head's chance, the logistic of Trace.Answerable, with the share of cases that are answerable: bins from 0
// to 1, empty ones included, and the expected calibration error, the mean of |Said - Was| weighted by N (Guo et al., 2017). The chance is
// taken before Cut is subtracted: with it, it is no chance any more. It reflects the share of negative variants that the head was fitted
// with; a set with another share of near misses shows an error even for a perfect head. Without judged cases bins is nil.
func Calibration(verdicts []Verdict) (bins []Bin, err float64) {
	cases := judgedOf(verdicts)
	if len(cases) == 0 {
		return nil, 0
	}
	bins = make([]Bin, calibrationBins)
	answerable := make([]int, calibrationBins)
	for _, j := range cases {
		i := min(int(j.chance*calibrationBins), calibrationBins-1)
		bins[i].N++
		bins[i].Said += j.chance
		bins[i].Margin += j.margin
		answerable[i] += one(j.answerable)
	}
	for i := range bins {
		b := &bins[i]
		b.Low, b.High = float64(i)/calibrationBins, float64(i+1)/calibrationBins
		b.From, b.To = wilson(answerable[i], b.N)
		if b.N == 0 {
			continue
		}
		n := float64(b.N)
		b.Said, b.Margin, b.Was = b.Said/n, b.Margin/n, float64(answerable[i])/n
		err += n / float64(len(cases)) * math.Abs(b.Said-b.Was)
	}
	return bins, err
}
