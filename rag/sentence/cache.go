package sentence

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// cache remembers the vectors of recent questions and lets equal questions that arrive together be computed once. The least recently
// used goes first. Keys are tokens, not words, so no question stays in memory as text. It is safe for concurrent use.
type cache struct {
	limit int // vectors kept; 0 or less keeps none

	mu      sync.Mutex
	recent  *list.List               // of *cached, most recent first
	byKey   map[string]*list.Element // into recent
	pending map[string]*pending      // being computed
}

type cached struct {
	key    string
	vector []float32
}

// pending is a vector on its way; done is closed when vector and err are set.
type pending struct {
	done   chan struct{}
	vector []float32
	err    error
}

func newCache(limit int) *cache {
	return &cache{limit: limit, recent: list.New(), byKey: map[string]*list.Element{}, pending: map[string]*pending{}}
}

// vector returns the remembered vector for key, or that of a computation under way, or computes it. The result is shared: callers
// copy. A caller whose ctx ends stops waiting. When the one who computes gives up, those who waited compute themselves.
func (c *cache) vector(ctx context.Context, key string, compute func() ([]float32, error)) ([]float32, error) {
	for {
		v, p, mine := c.lookup(key)
		if v != nil {
			return v, nil
		}
		if mine {
			return c.fill(key, p, compute)
		}
		select {
		case <-p.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !gaveUp(p.err) {
			return p.vector, p.err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

// lookup returns a remembered vector, or the pending entry and whether the caller must fill it.
func (c *cache) lookup(key string) (v []float32, p *pending, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		c.recent.MoveToFront(e)
		return e.Value.(*cached).vector, nil, false
	}
	if p, ok := c.pending[key]; ok {
		return nil, p, false
	}
	p = &pending{done: make(chan struct{}), err: context.Canceled} // the error stands if compute never returns
	c.pending[key] = p
	return nil, p, true
}

// fill computes, remembers a success and releases those who wait, also when compute panics.
func (c *cache) fill(key string, p *pending, compute func() ([]float32, error)) ([]float32, error) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.pending, key)
		if p.err == nil {
			c.remember(key, p.vector)
		}
		close(p.done)
	}()
	p.vector, p.err = compute()
	return p.vector, p.err
}

// remember adds a vector and drops the oldest above the limit. The caller holds mu.
func (c *cache) remember(key string, v []float32) {
	if c.limit <= 0 {
		return
	}
	c.byKey[key] = c.recent.PushFront(&cached{key: key, vector: v})
	for c.recent.Len() > c.limit {
		oldest := c.recent.Back()
		delete(c.byKey, oldest.Value.(*cached).key)
		c.recent.Remove(oldest)
	}
}

// gaveUp says that an error is about the caller's patience and not about the text.
func gaveUp(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
