package corpus

// plainDot is the product of two vectors of the same length. Four sums at once keep the processor busy without assembly; the compiler
// would not unroll a loop over an array of them, which took three times as long.
func plainDot(a, b []float32) float64 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	for len(a) >= 8 {
		x, y := a[:8:8], b[:8:8]
		s0 += x[0]*y[0] + x[4]*y[4]
		s1 += x[1]*y[1] + x[5]*y[5]
		s2 += x[2]*y[2] + x[6]*y[6]
		s3 += x[3]*y[3] + x[7]*y[7]
		a, b = a[8:], b[8:]
	}
	for i := range a {
		s0 += a[i] * b[i]
	}
	return float64(s0+s1) + float64(s2+s3)
}

// Dot is the product of two vectors of the same length, of length 1 their cosine, as fast as this processor can.
func Dot(a, b []float32) float64 { return dot(a, b) }
