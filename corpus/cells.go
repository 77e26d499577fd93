package corpus

import (
	"cmp"
	"context"
	"slices"
)

// Cells: many vectors are divided by k-means into collections of about cellSize, and only those whose centroids are nearest to the question
// are asked. chromem takes .6 us a vector of 512 dimensions, a centroid 53 ns.
const (
	// exactBelow is up to how many vectors one collection is scanned exactly: below it cells save less than the calls to
	// several collections cost (.04 ms each, 2026-11).
	exactBelow = 600
	cellSize   = 250
	// askedShare is the share of vectors that is scanned; recall of the nearest ten is reported by BenchmarkCells.
	askedShare   = .34
	kmeansRounds = 6
)

// cells finds the nearest of many numbered vectors.
type cells struct {
	centroids [][]float32
	parts     []*vectors
	numbers   [][]int // numbers[c][i] is the number of vector i of part c
	count     int
}

func newCells(ctx context.Context, all [][]float32) (*cells, error) {
	c := &cells{count: len(all)}
	if len(all) > 0 {
		for _, v := range all {
			if err := checkVector(v, len(all[0])); err != nil {
				return nil, err
			}
		}
	}
	groups := [][]int{everyNumber(len(all))}
	if len(all) > exactBelow {
		c.centroids, groups = kmeans(ctx, all, len(all)/cellSize)
	}
	for _, g := range groups {
		part := make([][]float32, len(g))
		for i, n := range g {
			part[i] = all[n]
		}
		v, err := newVectors(ctx, part)
		if err != nil {
			return nil, err
		}
		c.parts, c.numbers = append(c.parts, v), append(c.numbers, g)
	}
	return c, nil
}

// nearest returns the k vectors nearest to q, the best first; equal cosines in the order of adding.
func (c *cells) nearest(ctx context.Context, q []float32, k int) ([]neighbour, error) {
	if len(c.parts) == 1 {
		return c.parts[0].nearest(ctx, q, k)
	}
	order := everyNumber(len(c.parts))
	near := make([]float64, len(c.parts))
	for i, centre := range c.centroids {
		near[i] = dot(q, centre)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(near[b], near[a]), cmp.Compare(a, b)) })
	var out []neighbour
	asked := 0
	for _, cell := range order {
		if asked > 0 && float64(asked) >= askedShare*float64(c.count) {
			break
		}
		found, err := c.parts[cell].nearest(ctx, q, k)
		if err != nil {
			return nil, err
		}
		asked += c.parts[cell].count
		for _, n := range found {
			out = append(out, neighbour{c.numbers[cell][n.n], n.cosine})
		}
	}
	slices.SortFunc(out, func(a, b neighbour) int { return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.n, b.n)) })
	return out[:min(k, len(out))], nil
}

// kmeans divides unit vectors into k groups by cosine. It starts from vectors spread evenly over the list, so that the same list gives
// the same groups; empty groups are dropped.
func kmeans(ctx context.Context, all [][]float32, k int) (centroids [][]float32, groups [][]int) {
	for i := range k {
		centroids = append(centroids, slices.Clone(all[i*len(all)/k]))
	}
	of := make([]int, len(all))
	for range kmeansRounds {
		parallel(ctx, len(all), func(i int) {
			best := -2.
			for c, centre := range centroids {
				if d := dot(all[i], centre); d > best {
					best, of[i] = d, c
				}
			}
		})
		sums := make([][]float32, k)
		scratch := make([]float32, len(all[0]))
		for c := range sums {
			sums[c] = make([]float32, len(all[0]))
		}
		for i, c := range of {
			add(sums[c], all[i], 1, scratch)
		}
		for c, sum := range sums {
			if scaleToUnit(sum) {
				centroids[c] = sum
			}
		}
	}
	groups = make([][]int, k)
	for i, c := range of {
		groups[c] = append(groups[c], i)
	}
	for c := k - 1; c >= 0; c-- {
		if len(groups[c]) == 0 {
			groups, centroids = slices.Delete(groups, c, c+1), slices.Delete(centroids, c, c+1)
		}
	}
	return centroids, groups
}

func everyNumber(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
