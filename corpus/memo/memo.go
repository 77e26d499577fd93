// Package memo keeps what is made of texts that come again and again: of sentences, for all the questions asked beside them.
package memo

import "sync"

// most is how much a memo keeps; then it begins anew. The sentences of a plan are a few hundred.
const most = 4096

// A Memo makes something of texts and keeps it. It is safe for concurrent use; what two make at the same time must be equal.
type Memo[V any] struct {
	make func(text string) V
	mu   sync.RWMutex
	made map[string]V
}

// New makes a Memo of what make makes.
func New[V any](make func(text string) V) *Memo[V] { return &Memo[V]{make: make} }

// Of is what was made of the text. It belongs to everybody and is not to be changed.
func (m *Memo[V]) Of(text string) V {
	m.mu.RLock()
	v, ok := m.made[text]
	m.mu.RUnlock()
	if ok {
		return v
	}
	v = m.make(text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.made == nil || len(m.made) >= most {
		m.made = map[string]V{}
	}
	m.made[text] = v
	return v
}
