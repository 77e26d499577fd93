package sentence

import (
	"runtime"

	"github.com/tmc/langchaingo/embeddings"
)

const (
	// modelName is recorded with every stored vector. Vectors of different names must never be compared: change it with anything
	// that changes a vector (weights, quantisation, pooling, cleaning, tokenizer).
	modelName = "bge-small-zh-v1.5-int8/cls"

	// dimension is the width of the model's last_hidden_state.
	dimension = 512

	// maxTokens is the model's position limit, [CLS] and [SEP] included (max_position_embeddings of bge-small-zh-v1.5).
	maxTokens = 512

	// defaultCache questions cost about 12 MB at most: 2 KiB of vector and up to 1 KiB of key each.
	defaultCache = 4096
)

// Options tune a Model. The zero value is what the server uses.
type Options struct {
	// Slots is how many texts are computed at the same time, each on one thread; the others wait for a slot. 0 means one for each
	// core (GOMAXPROCS).
	Slots int

	// Cache is how many recent questions are remembered. 0 means 4096; negative means none.
	Cache int
}

// filled returns o with the defaults in place.
func (o Options) filled() Options {
	if o.Slots <= 0 {
		o.Slots = runtime.GOMAXPROCS(0)
	}
	if o.Cache == 0 {
		o.Cache = defaultCache
	}
	return o
}

var _ embeddings.Embedder = (*Model)(nil)
