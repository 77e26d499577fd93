package corpus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	chromem "github.com/philippgille/chromem-go"
)

// Embedder makes vectors of unit length; vectors[i] belongs to texts[i]. rag/sentence and rag/backend have it. It must be safe for
// concurrent use and must not change texts.
type Embedder interface {
	EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error)
	EmbedQuery(ctx context.Context, text string) ([]float32, error)
	Name() string // recorded with every vector: vectors of two names are never compared
}

// A nearest text: its number in the order of adding, and its cosine.
type neighbour struct {
	n      int
	cosine float64
}

const (
	// looks is how many vectors are multiplied for each one that is wanted, and leastLooks how many at least: those with the likeliest
	// sketches. As long as there are no more, the search is exact, and about as fast as with sketches. Sketches of fewer than leastBits
	// dimensions tell too little.
	looks      = 12
	leastLooks = 192
	leastBits  = 256
	// chromem's sums differ from dot's in the seventh digit: vectors this close to the last one wanted are candidates too, at most spare.
	nearlyEqual = 1e-5
	spare       = 16
)

// vectors are numbered vectors: of sentences, of their variants, and of other texts that questions are compared with.
type vectors struct {
	all      [][]float32 // by number
	sketches *sketches   // nil: every vector is looked at
	rough    *rough      // with sketches
}

// stored are vectors in an in-memory chromem collection: those of the sentences, which answers quote. chromem-go never embeds and never
// keeps anything on disk here: what LIBRARIES.md found about both is the reason for this small type. chromem answers, but it takes .4 us a
// vector and reads every one: so a first look finds candidates, and the answer is that of a short collection of what chromem holds of them.
// That costs 1.6 to 1.9 us a candidate (BenchmarkVectors), more than fifty products: the variants, of which a search wants 64, are not stored
// (docs/speed.md).
type stored struct {
	vectors
	collection *chromem.Collection
	documents  []chromem.Document // by number, as the collection was given them; they hold the same memory
}

var errEmbeds = errors.New("corpus: chromem must not embed")

// newVectors wants vectors of unit length, and keeps their memory.
func newVectors(ctx context.Context, all [][]float32) (*vectors, error) {
	v := &vectors{all: slices.Clone(all)}
	for i, vec := range all {
		if err := checkVector(vec, len(all[0])); err != nil {
			return nil, fmt.Errorf("vector %d: %w", i, err)
		}
		v.all[i] = ofUnitLength(vec)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(all) > leastLooks && len(all[0]) >= leastBits {
		v.sketches = newSketches(v.all)
		v.rough = newRough(v.all, v.sketches.mean)
	}
	return v, nil
}

// newStored is newVectors with chromem.
func newStored(ctx context.Context, all [][]float32) (*stored, error) {
	v, err := newVectors(ctx, all)
	if err != nil {
		return nil, err
	}
	c, err := newCollection()
	if err != nil {
		return nil, err
	}
	s := &stored{vectors: *v, collection: c, documents: make([]chromem.Document, len(all))}
	for i, vec := range s.all {
		// AddDocuments would start a goroutine for each and let them wait for one lock
		s.documents[i] = chromem.Document{ID: strconv.Itoa(i), Embedding: vec}
		if err := c.AddDocument(ctx, s.documents[i]); err != nil {
			return nil, fmt.Errorf("add vector %d: %w", i, err)
		}
		if err := ctx.Err(); err != nil { // chromem does not look at it
			return nil, err
		}
	}
	if c.Count() != len(all) {
		return nil, fmt.Errorf("collection holds %d of %d vectors", c.Count(), len(all))
	}
	return s, nil
}

func newCollection() (*chromem.Collection, error) {
	c, err := chromem.NewDB().CreateCollection("vectors", nil, func(context.Context, string) ([]float32, error) { return nil, errEmbeds })
	if err != nil {
		return nil, fmt.Errorf("create collection: %w", err)
	}
	return c, nil
}

// nearest returns the k vectors nearest to q, the best first; equal cosines in the order of adding.
func (v *vectors) nearest(ctx context.Context, q []float32, k int) ([]neighbour, error) {
	if len(v.all) == 0 || k <= 0 {
		return nil, ctx.Err()
	}
	if err := checkVector(q, len(v.all[0])); err != nil {
		return nil, fmt.Errorf("question's vector: %w", err)
	}
	found := v.look(q, k)
	return found[:min(k, len(found))], ctx.Err()
}

// nearest is that of vectors as chromem has it.
func (v *stored) nearest(ctx context.Context, q []float32, k int) ([]neighbour, error) {
	if len(v.all) == 0 || k <= 0 {
		return nil, ctx.Err()
	}
	if err := checkVector(q, len(v.all[0])); err != nil {
		return nil, fmt.Errorf("question's vector: %w", err)
	}
	short, candidates := v.collection, v.candidates(q, k)
	if len(candidates) < len(v.all) {
		var err error
		if short, err = v.among(ctx, candidates); err != nil {
			return nil, err
		}
	}
	found, err := ask(ctx, short, q, len(candidates))
	return found[:min(k, len(found))], err
}

// among makes a collection of what chromem holds of some vectors.
func (v *stored) among(ctx context.Context, some []neighbour) (*chromem.Collection, error) {
	short, err := newCollection()
	if err != nil {
		return nil, err
	}
	for _, n := range some {
		if err := short.AddDocument(ctx, v.documents[n.n]); err != nil { // what the collection holds; to ask it for a copy takes twice as long
			return nil, fmt.Errorf("add vector %d: %w", n.n, err)
		}
	}
	return short, nil
}

// ask returns the cosines of all n vectors of a collection, the best first. Less than all would not do: chromem returns equal ones in a
// random order.
func ask(ctx context.Context, c *chromem.Collection, q []float32, n int) ([]neighbour, error) {
	results, err := c.QueryEmbedding(ctx, q, n, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("query collection: %w", err)
	}
	if err := ctx.Err(); err != nil { // a cancelled Query returns nothing and reports nothing
		return nil, err
	}
	found := make([]neighbour, len(results))
	for i, r := range results {
		number, err := strconv.Atoi(r.ID)
		if err != nil {
			return nil, fmt.Errorf("collection returned ID %q: %w", r.ID, err)
		}
		found[i] = neighbour{number, float64(r.Similarity)}
	}
	slices.SortFunc(found, nearer)
	return found, nil
}

// candidates hold the k nearest, if the sketches find them, in no certain order.
func (v *vectors) candidates(q []float32, k int) []neighbour {
	if v.rough == nil {
		return v.look(q, k)
	}
	shorts, most := v.rough.question(q), min(k, len(v.all))+roughSpare
	list := make([]neighbour, 0, most)
	keep := func(i int) { list = keepNearest(list, neighbour{i, v.rough.product(i, shorts)}, most) }
	if n := max(leastLooks, looks*k); n < len(v.all) {
		v.sketches.likely(q, n, v.rough.touch, keep)
	} else {
		for i := range v.all {
			keep(i)
		}
	}
	return list
}

// look returns the k nearest as dot has them, in nearest's order, and up to spare more that are as near as the last of them.
func (v *vectors) look(q []float32, k int) []neighbour {
	k = min(k, len(v.all))
	list := make([]neighbour, 0, k+spare)
	keep := func(i int) { list = keepNearest(list, neighbour{i, dot(q, v.all[i])}, k+spare) }
	if v.rough != nil {
		candidates := v.candidates(q, k)
		numbers := make([]int, len(candidates))
		for i, c := range candidates {
			numbers[i] = c.n
		}
		inTurn(numbers, func(i int) { touch(v.all[i]) }, keep)
	} else {
		for i := range v.all {
			keep(i)
		}
	}
	end := k
	for end < len(list) && list[end].cosine > list[k-1].cosine-nearlyEqual {
		end++
	}
	return list[:end]
}

// nearer orders neighbours: the best first, equal cosines by number.
func nearer(a, b neighbour) int {
	return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.n, b.n))
}

// checkVector refuses what would poison a collection: another dimension, NaN, a vector that is not of unit length.
func checkVector(v []float32, dim int) error {
	if len(v) == 0 || len(v) != dim {
		return fmt.Errorf("dimension %d, want %d", len(v), dim)
	}
	sum := squaredLength(v)
	if math.IsNaN(sum) || math.Abs(sum-1) > .02 {
		return fmt.Errorf("squared length %g, want 1", sum)
	}
	return nil
}

// ofUnitLength returns v, or a copy of length 1 where chromem would make one: what is multiplied here must be what is multiplied there.
func ofUnitLength(v []float32) []float32 {
	if math.Abs(math.Sqrt(squaredLength(v))-1) < 1e-6 {
		return v
	}
	v = slices.Clone(v)
	scaleToUnit(v)
	return v
}

func squaredLength(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum
}

// scaleToUnit scales v to length 1; false for a zero vector, which stays.
func scaleToUnit(v []float32) bool {
	length := math.Sqrt(dot(v, v))
	if length == 0 {
		return false
	}
	for i := range v {
		v[i] /= float32(length)
	}
	return true
}
