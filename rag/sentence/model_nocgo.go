//go:build !cgo

package sentence

import "context"

// withCgo says whether this program can load the model.
const withCgo = false

// Model is the sentence model; in this build, without cgo, there is none and every method says so.
type Model struct{}

// Open returns ErrNoCgo.
func Open(dir string, opts Options) (*Model, error) { return nil, ErrNoCgo }

// EmbedDocuments returns ErrNoCgo.
func (m *Model) EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error) {
	return nil, ErrNoCgo
}

// EmbedQuery returns ErrNoCgo.
func (m *Model) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	return nil, ErrNoCgo
}

// Dim is the length of every vector.
func (m *Model) Dim() int { return dimension }

// Name is recorded with vectors.
func (m *Model) Name() string { return modelName }

// Close does nothing.
func (m *Model) Close() error { return nil }
