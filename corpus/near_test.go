package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// clustered makes n unit vectors around some centres, as questions about the same paragraph are.
func clustered(n, dim int) [][]float32 {
	r := rand.New(rand.NewPCG(5, 6))
	centres := make([][]float32, 40)
	for c := range centres {
		centres[c] = make([]float32, dim)
		for i := range centres[c] {
			centres[c][i] = float32(r.NormFloat64())
		}
	}
	out := make([][]float32, n)
	for j := range out {
		out[j] = make([]float32, dim)
		for i, x := range centres[r.IntN(len(centres))] {
			out[j][i] = x + .7*float32(r.NormFloat64())
		}
		scaleToUnit(out[j])
	}
	return out
}

// scattered makes n unit vectors that have no directions of their own: heads promise little about them.
func scattered(n, dim int) [][]float32 {
	r := rand.New(rand.NewPCG(7, 8))
	out := make([][]float32, n)
	for j := range out {
		out[j] = make([]float32, dim)
		for i := range out[j] {
			out[j][i] = float32(r.NormFloat64())
		}
		scaleToUnit(out[j])
	}
	return out
}

// leaning makes n vectors that have a large part in common, as some embedders do.
func leaning(n, dim int) [][]float32 {
	all := clustered(n, dim)
	to := scattered(1, dim)[0]
	scratch := make([]float32, dim)
	for _, v := range all {
		add(v, to, 6, scratch)
		scaleToUnit(v)
	}
	return all
}

// repeated makes n vectors of which many are equal.
func repeated(n, dim int) [][]float32 {
	all := clustered(n, dim)
	for i := range all {
		if i%3 > 0 {
			all[i] = all[i/30*30]
		}
	}
	return all
}

// Candidates give what one chromem collection of all vectors gives, number by number and bit by bit, as long as there are few or they are
// short.
func TestNearestIsExact(t *testing.T) {
	for _, tt := range []struct {
		name string
		all  [][]float32
	}{
		{"one", clustered(1, 32)},
		{"two", clustered(2, 32)},
		{"few", clustered(300, 32)},
		{"more", clustered(3000, 64)},
		{"many dimensions", clustered(leastLooks, 512)},
		{"scattered", scattered(2000, 64)},
		{"repeated", repeated(2000, 64)},
		{"all equal", slices.Repeat(clustered(1, 32), 1000)},
		{"on a line", slices.Repeat(clustered(2, 32), 400)},
		{"few dimensions", clustered(2000, 3)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			short := collected(t, tt.all)
			for i := range 20 {
				q := tt.all[i*len(tt.all)/20]
				if i%2 == 1 { // between two of them
					q = slices.Clone(q)
					add(q, tt.all[(i*7+3)%len(tt.all)], .8, make([]float32, len(q)))
					scaleToUnit(q)
				}
				want, err := ask(t.Context(), short.collection, q, len(tt.all))
				if err != nil {
					t.Fatal(err)
				}
				for _, k := range []int{1, 10, 48, 5000} {
					got, err := short.nearest(t.Context(), q, k)
					if err != nil {
						t.Fatal(err)
					}
					if want := want[:min(k, len(want))]; !slices.Equal(got, want) {
						t.Fatalf("question %d, %d nearest: got %v, want %v", i, k, got, want)
					}
					plain, err := short.vectors.nearest(t.Context(), q, k)
					if err != nil || len(plain) != len(got) {
						t.Fatalf("question %d, %d nearest without chromem: got %d, %v, want %d", i, k, len(plain), err, len(got))
					}
					for n := range plain {
						if math.Abs(plain[n].cosine-got[n].cosine) > nearlyEqual || n > 0 && nearer(plain[n-1], plain[n]) >= 0 {
							t.Fatalf("question %d, %d nearest without chromem: got %v at %d, want %v", i, k, plain[n], n, got[n])
						}
					}
				}
			}
		})
	}
}

func TestVectorsKeepTheirMemory(t *testing.T) {
	all := clustered(600, 32)
	v := collected(t, all)
	if &v.all[0][0] != &all[0][0] {
		t.Error("a vector of unit length was copied")
	}
	d, err := v.collection.GetByID(t.Context(), "0")
	if err != nil || !slices.Equal(d.Embedding, all[0]) {
		t.Errorf("chromem holds %v, %v, want %v", d.Embedding, err, all[0])
	}
}

// A vector that is a little too long is tolerated, and no nearer for it.
func TestNearestOfLongVectors(t *testing.T) {
	long := unit(1, .36) // .941 to unit(1, 0), the other one .944
	for i := range long {
		long[i] *= 1.008
	}
	before := slices.Clone(long)
	v := collected(t, [][]float32{long, unit(1, .35), unit(0, 1)})
	got, err := v.nearest(t.Context(), unit(1, 0), 1)
	if err != nil || len(got) != 1 || got[0].n != 1 {
		t.Errorf("got %v, %v, want 1", got, err)
	}
	if got, err := v.nearest(t.Context(), long, 1); err != nil || got[0].n != 0 || got[0].cosine > 1+1e-6 {
		t.Errorf("asking for the long one: got %v, %v, want 0 with cosine 1", got, err)
	}
	if !slices.Equal(long, before) {
		t.Error("the caller's vector was changed")
	}
}

// Beyond that, sketches decide what is looked at: a deterministic loss.
func TestSketchesFindNearlyAll(t *testing.T) {
	for _, tt := range []struct {
		name string
		all  [][]float32
		k    int
		min  float64
	}{
		{"ten", clustered(6000, 512), 10, .98},
		{"forty-eight", clustered(6000, 512), 48, .99},
		{"ten of few dimensions", clustered(6000, leastBits), 10, .97},
		{"repeated", repeated(3000, leastBits), 10, .99},
		{"as many as are looked at", scattered(looks*40, leastBits), 40, 1},
		{"of one direction", leaning(6000, 512), 10, .96},
		{"scattered", scattered(6000, 512), 10, .7}, // nothing is near: the worst there is
	} {
		c := collected(t, tt.all)
		if c.sketches == nil {
			t.Fatalf("%s: no sketches", tt.name)
		}
		var questions [][]float32
		for i := range 40 {
			q := slices.Clone(tt.all[i*len(tt.all)/40])
			add(q, tt.all[(i*7+3)%len(tt.all)], .5, make([]float32, len(q)))
			scaleToUnit(q)
			questions = append(questions, q)
		}
		got, err := c.recall(t.Context(), questions, tt.k)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %.4f", tt.name, got)
		if got < tt.min {
			t.Errorf("%s: recall %.4f, want %.2f", tt.name, got, tt.min)
		}
	}
}

// The n likeliest are those whose estimated products are highest, in grades of .001.
func TestLikely(t *testing.T) {
	for _, all := range [][][]float32{clustered(500, 70), repeated(500, 70)} { // two words, the second one not full
		testLikely(t, all)
	}
}

func testLikely(t *testing.T, all [][]float32) {
	s := newSketches(all)
	less := func(v []float32) []float64 {
		out := make([]float64, len(v))
		for i := range v {
			out[i] = float64(v[i]) - float64(s.mean[i])
		}
		return out
	}
	estimate := func(q, v []float32) float64 {
		squares, sum, sumSquares, product, base := 0., 0., 0., 0., 0.
		dq, dv := less(q), less(v)
		for _, x := range dq {
			squares += x * x
		}
		step := math.Sqrt(squares/70) / 2
		for i := range dq {
			level := step * max(-4, min(3, math.Round(dq[i]/step)))
			product += math.Copysign(level, level*dv[i])
			sum, sumSquares, base = sum+math.Abs(dv[i]), sumSquares+dv[i]*dv[i], base+float64(v[i])*float64(s.mean[i])
		}
		return product*sumSquares/sum + base
	}
	for _, n := range []int{0, 1, 10, 499, 500, 600} {
		for _, q := range all[:5] {
			want := make([]float64, len(all))
			for i, v := range all {
				want[i] = estimate(q, v)
			}
			var got []int
			taken := map[int]bool{}
			s.likely(q, n, func(int) {}, func(i int) { got, taken[i] = append(got, i), true })
			if len(got) != min(n, len(all)) || !slices.IsSorted(got) || len(taken) != len(got) {
				t.Fatalf("%d likely: got %d: %v", n, len(got), got)
			}
			worst, missed := math.Inf(1), math.Inf(-1)
			for i, w := range want {
				if taken[i] {
					worst = min(worst, w)
				} else {
					missed = max(missed, w)
				}
			}
			if missed > worst+.002 {
				t.Errorf("%d likely: took one of %.4f and left one of %.4f", n, worst, missed)
			}
		}
	}
}

func BenchmarkVectors(b *testing.B) {
	for _, n := range []int{1000, 4000, 16000, 64000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			all := clustered(n, 512)
			c := collected(b, all)
			b.Run("look", func(b *testing.B) {
				for i := 0; b.Loop(); i += 97 {
					c.look(all[i%n], 48)
				}
			})
			b.Run("nearest", func(b *testing.B) {
				for i := 0; b.Loop(); i += 97 {
					if _, err := c.nearest(b.Context(), all[i%n], 48); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
