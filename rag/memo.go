package rag

import "sync"

// maxMemo is how much a memo keeps; then it begins anew. The sentences of a plan are a few hundred.
const maxMemo = 4096

// A memo keeps what was made of texts that come again and again. It is safe for concurrent use; what two make at the same time must be equal.
type memo[V any] struct {
	make func(text string) V
	mu   sync.RWMutex
	made map[string]V
}

func newMemo[V any](make func(text string) V) *memo[V] { return &memo[V]{make: make} }

// of is what make makes of the text. It belongs to everybody and is not to be changed.
func (m *memo[V]) of(text string) V {
	m.mu.RLock()
	v, ok := m.made[text]
	m.mu.RUnlock()
	if ok {
		return v
	}
	v = m.make(text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.made == nil || len(m.made) >= maxMemo {
		m.made = map[string]V{}
	}
	m.made[text] = v
	return v
}
