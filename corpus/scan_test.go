package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// What the processor's own instructions count and multiply is what plain Go does, for every size, and nothing beyond it is written.
func TestScansAreTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, words := range []int{blockWords, 2 * blockWords, 5 * blockWords} {
		for _, n := range []int{0, 1, 2, 7, 300} {
			below, mine := make([]uint64, n*words), make([]uint64, planes*words)
			for i := range below {
				below[i] = r.Uint64()
			}
			for i := range mine {
				mine[i] = r.Uint64()
			}
			if n > 2 {
				for i := range words {
					below[i], below[words+i] = math.MaxUint64, 0
				}
			}
			if n == 7 { // all that a byte's sum can hold
				for i := range mine {
					mine[i] = math.MaxUint64
				}
			}
			got, want := slices.Repeat([]int32{-1}, n+1), slices.Repeat([]int32{-1}, n+1)
			sumPlanes(below, words, mine, got[:n])
			plainSumPlanes(below, words, mine, want[:n])
			if !slices.Equal(got, want) {
				t.Errorf("%d vectors of %d words: got %v, want %v", n, words, got, want)
			}
		}
	}
	for _, n := range []int{0, 1, 31, 32, 64, 512, 1024, 1056} {
		a, b := make([]int8, n), make([]int16, n)
		for i := range n {
			a[i], b[i] = int8(r.IntN(2*mostByte+1)-mostByte), int16(r.IntN(2*mostShort+1)-mostShort)
		}
		if got, want := dotBytes(a, b), plainDotBytes(a, b); got != want {
			t.Errorf("%d bytes: got %d, want %d", n, got, want)
		}
		for i := range n {
			a[i], b[i] = -mostByte, -mostShort
		}
		if got, want := dotBytes(a, b), int32(n*mostByte*mostShort); got != want {
			t.Errorf("%d largest bytes: got %d, want %d", n, got, want)
		}
	}
}

// Rough products are right to .002 of what a product less the common part is, for all that is near.
func TestRough(t *testing.T) {
	for name, all := range map[string][][]float32{"clustered": clustered(400, 512), "of one direction": leaning(400, 300)} {
		mean := newSketches(all).mean
		r := newRough(all, mean)
		q := all[3]
		shorts := r.question(q)
		step := float64(stepOf(q, mostShort))
		for n, v := range all {
			if got, want := r.product(n, shorts)*step+dot(q, mean), dot(q, v); math.Abs(got-want) > .002 {
				t.Errorf("%s, vector %d: got %.4f, want %.4f", name, n, got, want)
			}
		}
	}
}

func BenchmarkScans(b *testing.B) {
	const n = 20000
	all := clustered(n, 512)
	s := newSketches(all)
	r := newRough(all, s.mean)
	mine, _, _ := s.planesOf(all[7])
	sums, shorts := make([]int32, n), r.question(all[7])
	for name, f := range map[string]func([]uint64, int, []uint64, []int32){"sums": sumPlanes, "sums, plain": plainSumPlanes} {
		b.Run(fmt.Sprintf("%s of %d", name, n), func(b *testing.B) {
			for b.Loop() {
				f(s.below, s.words, mine, sums)
			}
		})
	}
	b.Run("product", func(b *testing.B) {
		for i := 0; b.Loop(); i = (i + 97) % n {
			r.product(i, shorts)
		}
	})
	b.Run("whole product", func(b *testing.B) {
		for i := 0; b.Loop(); i = (i + 97) % n {
			dot(all[7], all[i])
		}
	})
}
