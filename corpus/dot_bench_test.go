package corpus

import "testing"

func BenchmarkDot(b *testing.B) {
	x, y := make([]float32, 512), make([]float32, 512)
	for i := range x {
		x[i], y[i] = float32(i), float32(512-i)
	}
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			dot(x, y)
		}
	})
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			plainDot(x, y)
		}
	})
}

func TestDotIsTheSameEverywhere(t *testing.T) {
	x, y := make([]float32, 519), make([]float32, 519)
	for i := range x {
		x[i], y[i] = float32(i%7)/7, float32(i%11)/11
	}
	got, want := dot(x, y), plainDot(x, y)
	if d := got - want; d > 1e-3 || d < -1e-3 || want < 1 {
		t.Errorf("dot = %v, want %v", got, want)
	}
}
