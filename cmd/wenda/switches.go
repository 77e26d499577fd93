package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wenda/store"
)

// switchesEvery is how often the switches are read: what staff switch by another process holds well within a second.
const switchesEvery = 250 * time.Millisecond

// A switchboard is what staff switched off, as this process knows it. It is asked for every question, so it does not ask the store then: while
// that cannot be read, what was known holds, and answers go on. Its methods may be called from several goroutines.
type switchboard struct {
	store *store.Store
	off   atomic.Pointer[map[string]bool]

	mu     sync.Mutex      // of what follows, and of reading
	gate   context.Context // of the language models: done while they are switched off
	closed context.CancelCauseFunc
}

// modelOff is why a question that a model might have answered is not.
type modelOff struct{}

func (modelOff) Error() string  { return "the language model is switched off" }
func (modelOff) Reason() string { return "model_off" }

func newSwitchboard(s *store.Store) *switchboard {
	b := &switchboard{store: s}
	b.off.Store(&map[string]bool{})
	b.gate, b.closed = context.WithCancelCause(context.Background())
	return b
}

// Off reports whether this is switched off: a channel, or store.ModelSwitch.
func (b *switchboard) Off(name string) bool { return (*b.off.Load())[name] }

// refresh takes over what the store says. Switching the models off ends what they are composing.
func (b *switchboard) refresh(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	list, err := b.store.SwitchedOff(ctx)
	if err != nil {
		return fmt.Errorf("read switches: %w", err)
	}
	off := make(map[string]bool, len(list))
	for _, w := range list {
		off[w.Name] = true
	}
	b.off.Store(&off)
	switch was := b.gate.Err() != nil; {
	case off[store.ModelSwitch] && !was:
		b.closed(modelOff{})
	case !off[store.ModelSwitch] && was:
		b.gate, b.closed = context.WithCancelCause(context.Background())
	}
	return nil
}

// whileModelsOn is ctx until the models are switched off, with modelOff as its cause then. leave must be called.
func (b *switchboard) whileModelsOn(ctx context.Context) (on context.Context, leave func()) {
	b.mu.Lock()
	gate := b.gate
	b.mu.Unlock()
	on, cancel := context.WithCancelCause(ctx)
	if gate.Err() != nil { // now, not in a goroutine of its own
		cancel(modelOff{})
	}
	stop := context.AfterFunc(gate, func() { cancel(modelOff{}) })
	return on, func() { stop(); cancel(nil) }
}

// follow reads the switches again and again, and logs every change.
func (b *switchboard) follow(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(switchesEvery)
	defer tick.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		before := *b.off.Load()
		err := b.refresh(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			log.Error("switches not read; what was known holds", "error", err)
		}
		failed = err != nil
		if now := *b.off.Load(); len(now) != len(before) {
			log.Warn("switches changed", "off", len(now), "before", len(before))
		}
	}
}
