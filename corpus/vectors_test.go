package corpus

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
)

func unit(v ...float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out
}

func TestVectorsRefuse(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	good := unit(1, 2, 3)
	bad := map[string][]float32{"NaN": {nan, 0, 1}, "infinite": {inf, 0, 0}, "zero": {0, 0, 0}, "too long": {1, 1, 1}, "too short": {.5, 0, 0},
		"more dimensions": unit(1, 1, 1, 1), "fewer dimensions": unit(1, 1), "nil": nil, "empty": {}}
	c := collected(t, [][]float32{good, unit(3, 2, 1)})
	for name, vec := range bad {
		if _, err := newVectors(t.Context(), [][]float32{good, vec}); err == nil {
			t.Errorf("adding %s: no error", name)
		}
		if got, err := c.nearest(t.Context(), vec, 1); err == nil {
			t.Errorf("asking chromem for %s: got %v and no error", name, got)
		}
		if got, err := c.vectors.nearest(t.Context(), vec, 1); err == nil {
			t.Errorf("asking for %s: got %v and no error", name, got)
		}
	}
	if _, err := newVectors(t.Context(), [][]float32{nil}); err == nil {
		t.Error("a first vector without dimensions: no error")
	}
}

func collected(tb testing.TB, all [][]float32) *stored {
	tb.Helper()
	c, err := newStored(tb.Context(), all)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestNearest(t *testing.T) {
	var all [][]float32
	for i := range 30 {
		all = append(all, unit(1, float32(i)/10, 0))
	}
	same := unit(0, 0, 1)
	for range 40 {
		all = append(all, same)
	}
	v := collected(t, all)
	tests := []struct {
		name string
		q    []float32
		k    int
		want []int
	}{
		{"the best first", unit(1, .5, 0), 3, []int{5, 6, 4}},
		{"equal scores in the order of adding", same, 5, []int{30, 31, 32, 33, 34}},
		{"more than there are", same, 1000, nil},
		{"none", same, 0, []int{}},
	}
	for _, tt := range tests {
		for i := range 40 { // the order of equal scores would change from call to call
			nearest := v.nearest
			if i%2 == 1 {
				nearest = v.vectors.nearest
			}
			got, err := nearest(t.Context(), tt.q, tt.k)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			var ns []int
			for i, n := range got {
				ns = append(ns, n.n)
				if want := dot(tt.q, all[n.n]); math.Abs(n.cosine-want) > 1e-5 {
					t.Errorf("%s: cosine of %d: got %v, want %v", tt.name, n.n, n.cosine, want)
				}
				if i > 0 && n.cosine > got[i-1].cosine {
					t.Errorf("%s: %v is not in order", tt.name, got)
				}
			}
			if tt.want == nil {
				if len(ns) != len(all) {
					t.Fatalf("%s: got %d, want all %d", tt.name, len(ns), len(all))
				}
			} else if !slices.Equal(ns, tt.want) {
				t.Fatalf("%s: got %v, want %v", tt.name, ns, tt.want)
			}
		}
	}
}

func TestNearestOfNothing(t *testing.T) {
	v := collected(t, nil)
	if got, err := v.nearest(t.Context(), unit(1, 1), 5); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v, want nothing and no error", got, err)
	}
}

func TestCancelledContextIsAnError(t *testing.T) {
	all := [][]float32{unit(1, 2), unit(2, 1)}
	v := collected(t, all)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := v.nearest(ctx, all[0], 1); !errors.Is(err, context.Canceled) {
		t.Errorf("nearest by chromem: got %v, %v, want a cancelled context", got, err)
	}
	if got, err := v.vectors.nearest(ctx, all[0], 1); !errors.Is(err, context.Canceled) {
		t.Errorf("nearest: got %v, %v, want a cancelled context", got, err)
	}
	if _, err := newStored(ctx, all); !errors.Is(err, context.Canceled) {
		t.Errorf("storing: got %v, want a cancelled context", err)
	}
	if _, err := newVectors(ctx, all); !errors.Is(err, context.Canceled) {
		t.Errorf("adding: got %v, want a cancelled context", err)
	}
}

// The scan that fitting uses must agree with chromem.
func TestNearestOfAgrees(t *testing.T) {
	var all [][]float32
	for i := range 50 {
		all = append(all, unit(float32(i*7%11)-5, float32(i*5%13)-6, float32(i%3)+.5))
	}
	v := collected(t, all)
	for i, q := range all {
		want, err := v.nearest(t.Context(), q, 8)
		if err != nil {
			t.Fatal(err)
		}
		got := nearestOf(q, all, -1, 8)
		for k := range want {
			if math.Abs(got[k].cosine-want[k].cosine) > 1e-5 {
				t.Errorf("vector %d: got %v, want %v", i, got, want)
			}
		}
		for _, n := range nearestOf(q, all, i, 8) {
			if n.n == i {
				t.Errorf("vector %d was to be left out", i)
			}
		}
	}
}
