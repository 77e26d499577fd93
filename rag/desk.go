package rag

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/tmc/langchaingo/llms"

	"wenda/corpus"
	"wenda/prompts"
)

// maxKept is how many compositions are remembered.
const maxKept = 1024

// A desk composes the same thing once: who asks for it meanwhile follows along, who asks later gets it from memory. What it keeps
// belongs to one index and one set of prompts; either being swapped empties it.
//
// golang.org/x/sync/singleflight was tried in thought and not used (2026-11-26): those who share its call get a result at the end and
// no sentences on the way, and its call ends with the context of who came first, or with nobody's.
type desk struct {
	model    Model
	mu       sync.Mutex
	underway map[string]*flight
	index    *corpus.Index
	set      *prompts.Set
	kept     map[string]composition
	order    []string // oldest first
}

func newDesk(m Model) *desk {
	return &desk{model: m, underway: map[string]*flight{}, kept: map[string]composition{}}
}

// A flight is one composing with its followers. It has a goroutine, which the last follower waits for.
type flight struct {
	cancel    context.CancelFunc
	over      chan struct{} // closed when the goroutine has ended
	followers int           // under desk.mu

	mu     sync.Mutex
	said   []Statement
	more   chan struct{} // closed when said grew or result is there
	result *composition
}

// compose tells say every verified statement of the composition in order, from this goroutine, and returns it. Its only error is the
// context's. When the last one who follows leaves, the model is cancelled and waited for.
func (d *desk) compose(ctx context.Context, x *corpus.Index, set *prompts.Set, c commission, say func(Statement)) (composition, error) {
	key := keyOf(x, set, d.model.Name(), c.messages)
	d.mu.Lock()
	d.belong(x, set)
	if done, ok := d.kept[key]; ok {
		d.mu.Unlock()
		for _, st := range done.statements {
			say(st)
		}
		done.usage = Usage{Backend: done.usage.Backend, Model: done.usage.Model} // it cost nothing this time
		return done, nil
	}
	f, ok := d.underway[key]
	if !ok {
		f = d.begin(ctx, key, c)
	}
	f.followers++
	d.mu.Unlock()
	defer d.leave(key, f)
	return f.follow(ctx, say)
}

// begin starts a flight; d.mu is held. It keeps the values of ctx and not its end.
func (d *desk) begin(ctx context.Context, key string, c commission) *flight {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{cancel: cancel, over: make(chan struct{}), more: make(chan struct{})}
	d.underway[key] = f
	index, set := d.index, d.set
	go func() {
		defer close(f.over)
		defer cancel()
		result := d.safely(ctx, c, f)
		d.mu.Lock()
		if d.underway[key] == f {
			delete(d.underway, key)
		}
		if result.reason == "" && d.index == index && d.set == set {
			d.keep(key, result)
		}
		d.mu.Unlock()
		f.tell(nil, &result)
	}()
	return f
}

// safely composes; a model that panics has failed.
func (d *desk) safely(ctx context.Context, c commission, f *flight) (out composition) {
	defer func() {
		if v := recover(); v != nil {
			out = composition{reason: reasonFailed, dropped: []Dropped{{Reason: fmt.Sprintf("panic:%v", v)}}}
		}
	}()
	return c.compose(ctx, d.model, func(st Statement) { f.tell(&st, nil) })
}

// leave gives a flight up; the last one ends it.
func (d *desk) leave(key string, f *flight) {
	d.mu.Lock()
	f.followers--
	last := f.followers == 0
	if last && d.underway[key] == f { // who comes now begins anew
		delete(d.underway, key)
	}
	d.mu.Unlock()
	if last {
		f.cancel()
		<-f.over
	}
}

func (f *flight) tell(st *Statement, result *composition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if st != nil {
		f.said = append(f.said, *st)
	}
	f.result = result
	close(f.more)
	f.more = make(chan struct{})
}

func (f *flight) follow(ctx context.Context, say func(Statement)) (composition, error) {
	for told := 0; ; {
		f.mu.Lock()
		fresh, result, more := f.said[told:], f.result, f.more
		f.mu.Unlock()
		if err := ctx.Err(); err != nil {
			return composition{}, err
		}
		for _, st := range fresh {
			say(st)
			told++
		}
		if result != nil {
			return *result, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
		}
	}
}

// belong empties the memory when index or prompts changed; d.mu is held.
func (d *desk) belong(x *corpus.Index, set *prompts.Set) {
	if d.index != x || d.set != set {
		d.index, d.set, d.kept, d.order = x, set, map[string]composition{}, nil
	}
}

func (d *desk) keep(key string, c composition) {
	if _, ok := d.kept[key]; ok {
		return
	}
	if len(d.order) >= maxKept {
		delete(d.kept, d.order[0])
		d.order = d.order[1:]
	}
	d.kept[key] = c
	d.order = append(d.order, key)
}

// keyOf says what is composed, from what, by whom: index version, prompt version, model, and all that is sent.
func keyOf(x *corpus.Index, set *prompts.Set, model string, list []llms.MessageContent) string {
	h := sha256.New()
	put := func(s string) { fmt.Fprintf(h, "%d %s\n", len(s), s) }
	put(x.Manifest.Version)
	put(set.Version)
	put(model)
	for _, m := range list {
		put(string(m.Role))
		for _, p := range m.Parts {
			if t, ok := p.(llms.TextContent); ok {
				put(t.Text)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
