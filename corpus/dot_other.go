//go:build !amd64

package corpus

func dot(a, b []float32) float64 { return plainDot(a, b) }

// add adds factor times b to a; scratch is not needed here.
func add(a, b []float32, factor float32, _ []float32) {
	b = b[:len(a)]
	for i := range a {
		a[i] += factor * b[i]
	}
}
