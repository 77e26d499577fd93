package corpus

import "math"

// rough are vectors less their mean at a quarter of their size, a byte a dimension: products with them are right to about .0005, and reading
// 768 of them in any order takes a fifth of the time that whole ones take (docs/speed.md).
type rough struct {
	row   int       // bytes of a vector
	bytes []int8    // dimension by dimension in steps of the vector
	step  []float32 // by vector
}

const (
	// mostByte and mostShort are what the largest dimension of a vector, and of a question, is written as: sums of up to 8,000 products fit.
	mostByte, mostShort = 127, 2047
	rowBytes            = 32 // rows are a multiple of it
	// roughSpare is how many more are multiplied exactly than are wanted, since the last ones may change places.
	roughSpare = 8
)

func newRough(all [][]float32, mean []float32) *rough {
	r := &rough{row: (len(all[0]) + rowBytes - 1) / rowBytes * rowBytes, step: make([]float32, len(all))}
	r.bytes = make([]int8, len(all)*r.row)
	apart, scratch := make([]float32, len(mean)), make([]float32, len(mean))
	for n, v := range all {
		copy(apart, v)
		add(apart, mean, -1, scratch)
		step := stepOf(apart, mostByte)
		r.step[n] = step
		for i, x := range apart {
			r.bytes[n*r.row+i] = int8(math.Round(float64(x / step)))
		}
	}
	return r
}

// question is q made ready for product.
func (r *rough) question(q []float32) []int16 {
	shorts, step := make([]int16, r.row), stepOf(q, mostShort)
	for i, x := range q {
		shorts[i] = int16(math.Round(float64(x / step)))
	}
	return shorts
}

// product is about that of vector n and the question that shorts were made of, in steps of the question, and less what is the same for all.
func (r *rough) product(n int, shorts []int16) float64 {
	return float64(r.step[n]) * float64(dotBytes(r.bytes[n*r.row:(n+1)*r.row], shorts))
}

// touch is for a vector that product will be asked about soon.
func (r *rough) touch(n int) { touch(r.bytes[n*r.row : (n+1)*r.row]) }

// stepOf is the step in which the largest dimension of v is most.
func stepOf(v []float32, most float32) float32 {
	var largest float32
	for _, x := range v {
		largest = max(largest, x, -x)
	}
	return max(largest, 1e-9) / most
}

func plainDotBytes(a []int8, b []int16) int32 {
	b = b[:len(a)]
	var sum int32
	for i, x := range a {
		sum += int32(x) * int32(b[i])
	}
	return sum
}
