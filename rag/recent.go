package rag

import (
	"sync"

	"wenda/corpus"
	"wenda/prompts"
)

// maxRecent is how many questions are remembered with what answers them.
const maxRecent = 4096

// recent remembers what was found for questions without earlier turns, so that a question that many ask is searched for once. It
// belongs to one index and one set of prompts: either being swapped empties it.
type recent struct {
	mu    sync.Mutex
	index *corpus.Index
	set   *prompts.Set
	parts map[string][]partial
	order []string // oldest first
}

// get returns parts that must not be changed.
func (m *recent) get(x *corpus.Index, set *prompts.Set, question string) ([]partial, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.index != x || m.set != set {
		return nil, false
	}
	p, ok := m.parts[question]
	return p, ok
}

func (m *recent) put(x *corpus.Index, set *prompts.Set, question string, parts []partial) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.index != x || m.set != set {
		m.index, m.set, m.parts, m.order = x, set, map[string][]partial{}, nil
	}
	if _, ok := m.parts[question]; ok {
		return
	}
	if len(m.order) >= maxRecent {
		delete(m.parts, m.order[0])
		m.order = m.order[1:]
	}
	m.parts[question] = parts
	m.order = append(m.order, question)
}
