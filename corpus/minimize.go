package corpus

import "math"

// Settings of minimize.
const (
	minimizeRounds  = 60
	minimizeMemory  = 8    // pairs of steps and gradient changes that are remembered
	minimizeEnough  = 1e-4 // of the first gradient's length
	armijo          = 1e-4 // share of the expected decrease that a step must bring (Nocedal and Wright, Numerical Optimization, 3.1)
	minimizeHalvers = 20
)

// minimize finds the minimum of a convex smooth function of n numbers by L-BFGS with backtracking (Nocedal and Wright, algorithm 7.5),
// from nought. f returns the value at w and writes the gradient, which it may not keep. There is no randomness.
func minimize(n int, f func(w, gradient []float32) float64) []float32 {
	w, g := make([]float32, n), make([]float32, n)
	next, nextG, direction := make([]float32, n), make([]float32, n), make([]float32, n)
	value := f(w, g)
	start := math.Sqrt(dot(g, g))
	var steps, changes [][]float32
	var rho []float64
	for range minimizeRounds {
		if math.Sqrt(dot(g, g)) <= minimizeEnough*start {
			break
		}
		lbfgsDirection(direction, g, steps, changes, rho)
		slope := dot(direction, g)
		if slope >= 0 { // rounding spoilt the memory: begin again with the gradient
			steps, changes, rho = nil, nil, nil
			for i, v := range g {
				direction[i] = -v
			}
			slope = -dot(g, g)
		}
		t, found := 1., false
		if len(steps) == 0 {
			t = 1 / math.Max(math.Sqrt(-slope), 1e-12)
		}
		for range minimizeHalvers {
			for i := range w {
				next[i] = w[i] + float32(t)*direction[i]
			}
			if v := f(next, nextG); v <= value+armijo*t*slope {
				value, found = v, true
				break
			}
			t /= 2
		}
		if !found {
			break
		}
		step, change := make([]float32, n), make([]float32, n)
		for i := range w {
			step[i], change[i] = next[i]-w[i], nextG[i]-g[i]
		}
		if sy := dot(step, change); sy > 1e-12 {
			steps, changes, rho = append(steps, step), append(changes, change), append(rho, 1/sy)
			if len(steps) > minimizeMemory {
				steps, changes, rho = steps[1:], changes[1:], rho[1:]
			}
		}
		copy(w, next)
		copy(g, nextG)
	}
	return w
}

// lbfgsDirection is the two-loop recursion: out becomes minus the approximate inverse Hessian times g.
func lbfgsDirection(out, g []float32, steps, changes [][]float32, rho []float64) {
	for i, v := range g {
		out[i] = -v
	}
	k := len(steps)
	alpha := make([]float64, k)
	scratch := make([]float32, len(g))
	for i := k - 1; i >= 0; i-- {
		alpha[i] = rho[i] * dot(steps[i], out)
		add(out, changes[i], float32(-alpha[i]), scratch)
	}
	if k > 0 {
		scale := float32(1 / (rho[k-1] * dot(changes[k-1], changes[k-1])))
		for i := range out {
			out[i] *= scale
		}
	}
	for i := range k {
		beta := rho[i] * dot(changes[i], out)
		add(out, steps[i], float32(alpha[i]-beta), scratch)
	}
}
