package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"wenda/corpus"
)

// pairsOf are the pairs of neighbouring characters of a text, each once, in order.
func pairsOf(text string) []uint64 {
	r := []rune(corpus.Fold(text))
	var out []uint64
	for i := 0; i+1 < len(r); i++ {
		out = append(out, uint64(r[i])<<32|uint64(r[i+1]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// jaccard is the share of pairs that two texts have in common.
func jaccard(a, b []uint64) float64 {
	all, both := len(a)+len(b), 0
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			both++
			a, b = a[1:], b[1:]
		}
	}
	if all -= both; all > 0 {
		return float64(both) / float64(all)
	}
	return 0
}

// maxRemembered is how many questions' vectors are kept in memory: those of the gaps of 90 days and of the curated answers, 2 KiB each.
const maxRemembered = 4096

// A vectorMemory remembers vectors of questions that pages compare again and again: computing one takes 3 ms. Nothing of it is written. Its
// zero value is ready; it is safe for concurrent use.
type vectorMemory struct {
	mu       sync.Mutex
	embedder string
	known    map[string][]float32
}

// errManyMissing says that too many vectors would have to be computed.
var errManyMissing = errors.New("vectors are still being computed")

// of gives the vector of each text, in their order; callers only read them. More than most that are not remembered are errManyMissing.
func (m *vectorMemory) of(ctx context.Context, e corpus.Embedder, texts []string, most int) ([][]float32, error) {
	out, missing := m.lookUp(e.Name(), texts)
	if len(missing) == 0 {
		return out, nil
	}
	if len(missing) > most {
		return nil, errManyMissing
	}
	plain := make([]string, len(missing))
	for i, at := range missing {
		plain[i] = corpus.Plain(texts[at])
	}
	fresh, err := e.EmbedDocuments(ctx, plain)
	if err != nil {
		return nil, err
	}
	if len(fresh) != len(plain) {
		return nil, fmt.Errorf("%s gave %d vectors for %d texts", e.Name(), len(fresh), len(plain))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, at := range missing {
		out[at] = fresh[i]
		for text := range m.known { // any one makes room
			if len(m.known) < maxRemembered {
				break
			}
			delete(m.known, text)
		}
		m.known[texts[at]] = fresh[i]
	}
	return out, nil
}

// lookUp tells what is remembered, and the places of those that are not. Vectors of another embedder are forgotten.
func (m *vectorMemory) lookUp(embedder string, texts []string) (out [][]float32, missing []int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || m.embedder != embedder {
		m.embedder, m.known = embedder, map[string][]float32{}
	}
	out = make([][]float32, len(texts))
	for i, t := range texts {
		if out[i] = m.known[t]; out[i] == nil {
			missing = append(missing, i)
		}
	}
	return out, missing
}

const (
	// mostAtOnce is how many vectors a page computes while somebody waits; with more missing it compares by words until Remember has them.
	mostAtOnce = 40
	// rememberAtOnce is how many Remember computes in one go: residents' questions come in between.
	rememberAtOnce = 16
	// rememberEvery is how often it looks for new questions.
	rememberEvery = time.Minute
)

// Remember computes the vectors of the questions that the page of gaps compares, before somebody opens it, until ctx is done. It is called
// once, from a goroutine of the caller's.
func (c *Console) Remember(ctx context.Context) {
	tick := time.NewTicker(rememberEvery)
	defer tick.Stop()
	for {
		if err := c.RememberOnce(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("vectors of open questions not computed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// RememberOnce does so for the questions of now.
func (c *Console) RememberOnce(ctx context.Context) error {
	if c.deps.Library == nil || c.deps.Library.Embedder == nil {
		return nil
	}
	for _, days := range gapDays {
		list, _, err := c.openQuestions(ctx, days)
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(list, rememberAtOnce) {
			var texts []string
			for _, q := range chunk {
				texts = append(texts, q.Text)
			}
			if _, err := c.vectors.of(ctx, c.deps.Library.Embedder, texts, rememberAtOnce); err != nil {
				return err
			}
		}
		if _, _, _, err := c.openGaps(ctx, days); err != nil { // so that the page finds them grouped
			return err
		}
	}
	return nil
}
