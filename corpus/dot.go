package corpus

// plainDot is the product of two vectors of the same length. Eight sums at once keep the processor busy without assembly.
func plainDot(a, b []float32) float64 {
	var s [8]float32
	b = b[:len(a)]
	for len(a) >= 8 {
		x, y := a[:8:8], b[:8:8]
		for i := range s {
			s[i] += x[i] * y[i]
		}
		a, b = a[8:], b[8:]
	}
	for i := range a {
		s[0] += a[i] * b[i]
	}
	return float64(s[0]+s[1]+s[2]+s[3]) + float64(s[4]+s[5]+s[6]+s[7])
}
