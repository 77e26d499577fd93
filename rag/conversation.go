package rag

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

// ErrConversation is returned for a conversation that is unknown here or has expired.
var ErrConversation = errors.New("rag: unknown conversation")

// Conversations are kept in memory for a while after their last question.
const (
	conversationIdle  = 30 * time.Minute
	conversationTurns = 20
	maxConversations  = 20000
)

// A remembered turn is what a follow-up may lean on.
type remembered struct {
	Question string  // standing alone
	Said     string  // what was answered, as the caller of an API tells it; never evidence
	Cited    []place // what the answer cited, in order
	Topic    string
	swapped  string // see understood
	subject  string // likewise
	beside   bool   // asked in the same message: a question after it that can stand alone does
}

type place struct {
	documentID, chunkID string
	sentence            int
}

type conversation struct {
	id    string
	turns []remembered
	last  time.Time
}

// conversations is a bounded memory; the one unused for longest goes first.
type conversations struct {
	mu    sync.Mutex
	byID  map[string]*list.Element
	order *list.List // front: newest
	now   func() time.Time
}

func newConversations(now func() time.Time) *conversations {
	return &conversations{byID: map[string]*list.Element{}, order: list.New(), now: now}
}

// turns returns a copy of what is remembered.
func (c *conversations) turns(id string) ([]remembered, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byID[id]
	if !ok {
		return nil, ErrConversation
	}
	conv := el.Value.(*conversation)
	if c.now().Sub(conv.last) > conversationIdle {
		c.order.Remove(el)
		delete(c.byID, id)
		return nil, ErrConversation
	}
	return append([]remembered(nil), conv.turns...), nil
}

func (c *conversations) add(id string, t remembered) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byID[id]
	if !ok {
		el = c.order.PushFront(&conversation{id: id})
		c.byID[id] = el
		for c.order.Len() > maxConversations {
			old := c.order.Back()
			delete(c.byID, old.Value.(*conversation).id)
			c.order.Remove(old)
		}
	}
	c.order.MoveToFront(el)
	conv := el.Value.(*conversation)
	conv.last = c.now()
	if t.Question == "" { // small talk keeps a conversation alive and leaves nothing to lean on
		return
	}
	conv.turns = append(conv.turns, t)
	if n := len(conv.turns); n > conversationTurns {
		conv.turns = conv.turns[n-conversationTurns:]
	}
}
