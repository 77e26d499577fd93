package rag

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/corpus/digest"
	"wenda/rag/sentence"
)

// The bundled plan with the real sentence model, built once: some 14,000 vectors.
var bundledOnce = sync.OnceValues(func() (*bundledPlan, error) {
	dir := os.Getenv("WENDA_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "models")
	}
	model, err := sentence.Open(dir, sentence.Options{})
	if err != nil {
		return nil, fmt.Errorf("the tests need the sentence model (set WENDA_MODELS or run `make model`): %w", err)
	}
	set, err := loadPrompts()
	if err != nil {
		return nil, err
	}
	m, err := planMaterial()
	if err != nil {
		return nil, err
	}
	m.Lexicon, m.Signals, m.Examples, m.Kinds = lexiconOf(set), Signals(&set.Terms), set.Examples, Kinds(set)
	texts := m.Texts()
	v, err := model.EmbedDocuments(context.Background(), texts)
	if err != nil {
		return nil, err
	}
	m.Embedder, m.Vectors = model.Name(), make(map[string][]float32, len(texts))
	for i, t := range texts {
		m.Vectors[corpus.TextDigest(t)] = v[i]
	}
	x, err := corpus.Build(context.Background(), m)
	if err != nil {
		return nil, err
	}
	return &bundledPlan{x, m, model, New(Parts{Index: func() *corpus.Index { return x }, Prompts: loadedPrompts(set), Embedder: model})}, nil
})

type bundledPlan struct {
	index    *corpus.Index
	material corpus.Material
	model    *sentence.Model
	engine   *Engine
}

func theBundledPlan(t *testing.T) *bundledPlan {
	t.Helper()
	b, err := bundledOnce()
	if err != nil {
		t.Fatal(err)
	}
	if m := b.index.Manifest; m.Untied != 0 || m.Missing != 0 || m.Variants < 1500 || b.index.Fitted.Head.Vector == nil {
		t.Fatalf("the bundled plan is not whole: %+v", m)
	}
	return b
}

// planMaterial is the digest as cmd/wenda puts it into an empty library, with every third of the variants that later authors added: fewer
// vectors take less time, and the whole is what cmd/wenda's tests serve.
func planMaterial() (corpus.Material, error) {
	k, err := digest.Kept(time.Time{})
	if err != nil {
		return corpus.Material{}, err
	}
	m := corpus.Material{Documents: []corpus.Document{k.Document}, Outlines: k.Outlines, DocumentOf: map[string]string{}}
	added := 0
	for _, v := range k.Variants {
		if v.Anchor.Say == "" {
			if added++; added%3 > 0 {
				continue
			}
		}
		m.Variants, m.DocumentOf[v.ID] = append(m.Variants, v), k.Document.ID
	}
	for _, o := range m.Outlines {
		m.DocumentOf[o.ID] = k.Document.ID
	}
	return m, nil
}

func bundledVariants(t *testing.T) []string {
	t.Helper()
	m, err := planMaterial()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range m.Variants {
		if !v.Negative {
			out = append(out, v.Text)
		}
	}
	return out
}
