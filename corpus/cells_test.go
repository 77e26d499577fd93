package corpus

import (
	"context"
	"math/rand/v2"
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

func recall(t testing.TB, all [][]float32, queries int) float64 {
	t.Helper()
	ctx := context.Background()
	c, err := newCells(ctx, all)
	if err != nil {
		t.Fatal(err)
	}
	hit, want := 0, 0
	for i := range queries {
		q := all[i*len(all)/queries]
		got, err := c.nearest(ctx, q, 10)
		if err != nil {
			t.Fatal(err)
		}
		have := map[int]bool{}
		for _, n := range got {
			have[n.n] = true
		}
		for _, n := range nearestOf(q, all, -1, 10) {
			want++
			if have[n.n] {
				hit++
			}
		}
	}
	if want == 0 {
		t.Fatal("nothing was asked")
	}
	return float64(hit) / float64(want)
}

func TestCellsFindWhatAnExactScanFinds(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		min  float64
	}{{"one collection is exact", 500, 1}, {"cells", 3000, .93}} {
		if got := recall(t, clustered(c.n, 64), 60); got < c.min {
			t.Errorf("%s: recall of the nearest ten %.3f, want %.2f", c.name, got, c.min)
		}
	}
}

func TestCellsAreTheSameEveryTime(t *testing.T) {
	all := clustered(2000, 32)
	_, a := kmeans(context.Background(), all, 8)
	_, b := kmeans(context.Background(), all, 8)
	seen := map[int]bool{}
	for c := range a {
		if len(a[c]) != len(b[c]) {
			t.Fatalf("group %d has %d members, then %d", c, len(a[c]), len(b[c]))
		}
		for _, n := range a[c] {
			if seen[n] {
				t.Fatalf("vector %d is in two groups", n)
			}
			seen[n] = true
		}
	}
	if len(seen) != len(all) {
		t.Errorf("%d of %d vectors are in groups", len(seen), len(all))
	}
}

func BenchmarkCells(b *testing.B) {
	all := clustered(20000, 128)
	b.ReportMetric(recall(b, all, 50), "recall@10")
	c, err := newCells(context.Background(), all)
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		if _, err := c.nearest(context.Background(), all[i%len(all)], 10); err != nil {
			b.Fatal(err)
		}
		i += 97
	}
}
