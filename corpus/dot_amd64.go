package corpus

import "github.com/viterin/vek/vek32"

// dot is the product of two vectors of the same length, with AVX2 where the processor has it: see BenchmarkDot. Fitting multiplies with
// it, which takes 18 million pairs for 6,000 variants, and so does the first look of a search, which finds the candidates that chromem
// is asked about. github.com/viterin/vek (MIT) is amd64 assembly; other processors use plainDot.
func dot(a, b []float32) float64 { return float64(vek32.Dot(a, b)) }

// add adds factor times b to a; scratch has their length.
func add(a, b []float32, factor float32, scratch []float32) {
	vek32.Add_Inplace(a, vek32.MulNumber_Into(scratch, b, factor))
}
