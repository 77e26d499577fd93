package corpus

import "sync"

// mostKept is how much a Memo keeps; then it begins anew. The sentences of a plan are a few hundred.
const mostKept = 4096

// A Memo makes something of texts that come again and again, as sentences do for all the questions asked beside them, and keeps it. It is safe for concurrent use; what two make at the same time must be equal.
type Memo[V any] struct {
	make func(text string) V
	mu   sync.RWMutex
	made map[string]V
}

// NewMemo makes a Memo of what make makes.
func NewMemo[V any](make func(text string) V) *Memo[V] { return &Memo[V]{make: make} }

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
	if m.made == nil || len(m.made) >= mostKept {
		m.made = map[string]V{}
	}
	m.made[text] = v
	return v
}
