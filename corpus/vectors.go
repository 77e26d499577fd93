package corpus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
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

// vectors is one in-memory chromem collection of numbered vectors. chromem-go never embeds and never keeps anything here: what
// LIBRARIES.md found about both is the reason for this small type.
type vectors struct {
	collection *chromem.Collection
	count, dim int
}

var errEmbeds = errors.New("corpus: chromem must not embed")

func newVectors(ctx context.Context, all [][]float32) (*vectors, error) {
	db := chromem.NewDB()
	c, err := db.CreateCollection("vectors", nil, func(context.Context, string) ([]float32, error) { return nil, errEmbeds })
	if err != nil {
		return nil, fmt.Errorf("create collection: %w", err)
	}
	v := &vectors{collection: c, count: len(all)}
	docs := make([]chromem.Document, len(all))
	for i, vec := range all {
		if v.dim == 0 {
			v.dim = len(vec)
		}
		if err := checkVector(vec, v.dim); err != nil {
			return nil, fmt.Errorf("vector %d: %w", i, err)
		}
		docs[i] = chromem.Document{ID: strconv.Itoa(i), Embedding: vec}
	}
	if len(docs) == 0 {
		return v, nil
	}
	if err := c.AddDocuments(ctx, docs, runtime.NumCPU()); err != nil {
		return nil, fmt.Errorf("add vectors: %w", err)
	}
	if err := ctx.Err(); err != nil { // a cancelled AddDocuments adds nothing and reports nothing
		return nil, err
	}
	if c.Count() != len(all) {
		return nil, fmt.Errorf("collection holds %d of %d vectors", c.Count(), len(all))
	}
	return v, nil
}

// nearest returns the k texts nearest to q, the best first; equal cosines in the order of adding.
func (v *vectors) nearest(ctx context.Context, q []float32, k int) ([]neighbour, error) {
	if v.count == 0 || k <= 0 {
		return nil, nil
	}
	if err := checkVector(q, v.dim); err != nil {
		return nil, fmt.Errorf("question's vector: %w", err)
	}
	var found []chromem.Result
	for more := k + 4; ; more *= 4 {
		var err error
		if found, err = v.collection.QueryEmbedding(ctx, q, min(more, v.count), nil, nil); err != nil {
			return nil, fmt.Errorf("query collection: %w", err)
		}
		if err := ctx.Err(); err != nil { // a cancelled Query returns nothing and reports nothing
			return nil, err
		}
		// equal scores come back in random order: all of those at the end must be seen before they are put in order
		if more >= v.count || found[k-1].Similarity > found[len(found)-1].Similarity {
			break
		}
	}
	out := make([]neighbour, 0, len(found))
	for _, f := range found {
		n, err := strconv.Atoi(f.ID)
		if err != nil {
			return nil, fmt.Errorf("collection returned ID %q: %w", f.ID, err)
		}
		out = append(out, neighbour{n, float64(f.Similarity)})
	}
	slices.SortFunc(out, func(a, b neighbour) int { return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.n, b.n)) })
	return out[:min(k, len(out))], nil
}

// checkVector refuses what would poison a collection: another dimension, NaN, a vector that is not of unit length.
func checkVector(v []float32, dim int) error {
	if len(v) == 0 || len(v) != dim {
		return fmt.Errorf("dimension %d, want %d", len(v), dim)
	}
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if math.IsNaN(sum) || math.Abs(sum-1) > .02 {
		return fmt.Errorf("squared length %g, want 1", sum)
	}
	return nil
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
