package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"wenda/corpus"
	"wenda/handlers/staff"
	"wenda/rag/backend"
	"wenda/store"
)

// A changer goes over to another embedder when an administrator asks for it in the console: its vectors are made while the old index answers,
// then both are swapped at once. What is wanted stands in the store, and every batch of vectors too: a server that is killed goes on where
// it was when it starts again, with the old embedder serving meanwhile. Its methods may be called from several goroutines.
type changer struct {
	app  *App
	look chan struct{} // the store was changed: look now

	mu    sync.Mutex
	shown *staff.EmbedderChange // nil: nothing is under way
}

const (
	// changesEvery is how often the store is asked what is wanted: another process may write it.
	changesEvery = 500 * time.Millisecond
	// changeTries is how often a vendor may fail in a row for a reason that passes, without a single vector in between.
	changeTries = 3
)

func newChanger(a *App) *changer { return &changer{app: a, look: make(chan struct{}, 1)} }

// now makes follow look at the store at once.
func (c *changer) now() {
	select {
	case c.look <- struct{}{}:
	default: // it will
	}
}

// progress is what is under way; nil: nothing.
func (c *changer) progress() *staff.EmbedderChange {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shown == nil {
		return nil
	}
	copied := *c.shown
	return &copied
}

func (c *changer) show(change func(*staff.EmbedderChange)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shown != nil {
		change(c.shown)
	}
}

// follow does what is wanted until ctx is done. One change is under way at a time; it ends before follow returns.
func (c *changer) follow(ctx context.Context) {
	tick := time.NewTicker(changesEvery)
	defer tick.Stop()
	var under underway
	defer func() { under.end() }()
	for {
		state, err := c.app.Store.Embedder(ctx)
		if err == nil && (state.Target != under.target || !state.Since.Equal(under.since)) { // the same may be wanted again after it failed
			under.end()
			under = c.begin(ctx, state.Target, state.Since)
		}
		select {
		case <-ctx.Done():
			return
		case <-c.look:
		case <-tick.C:
		}
	}
}

// underway is a change in a goroutine of its own. Its zero value: none.
type underway struct {
	target string
	since  time.Time // when it was asked for
	stop   context.CancelFunc
	ended  chan struct{}
}

// begin begins a change; an empty target begins none.
func (c *changer) begin(ctx context.Context, target string, since time.Time) underway {
	if target == "" {
		return underway{since: since}
	}
	ctx, stop := context.WithCancel(ctx)
	u := underway{target, since, stop, make(chan struct{})}
	go func() {
		defer close(u.ended)
		c.change(ctx, target)
	}()
	return u
}

// end stops the change and waits for it.
func (u underway) end() {
	if u.target != "" {
		u.stop()
		<-u.ended
	}
}

// change makes the vectors, swaps, and writes down what came of it. A ctx that ended leaves all as it is.
func (c *changer) change(ctx context.Context, target string) {
	a := c.app
	c.mu.Lock()
	c.shown = &staff.EmbedderChange{To: target}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.shown = nil
	}()
	log := a.Log.With("embedder", target)
	log.Info("changing the embedder; the old index answers on")
	err := c.turn(ctx, target)
	switch {
	case err == nil:
		a.Engine.Warm()
		a.waiting.missing.Store(0)
		log.Info("embedder changed", "index_version", a.Library.Current().Manifest.Version)
	case ctx.Err() != nil, errors.Is(err, store.ErrConflict):
		log.Info("change of the embedder ended; the old one serves")
	default:
		log.Error("embedder not changed; the old one serves", "reason", changeReason(err), "error", err)
		if err := a.Store.EmbedderFailed(ctx, target, changeReason(err)); err != nil && !errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
			log.Error("failure of the change not written; it begins anew after a restart", "error", err)
		}
	}
}

// Codes of store.EmbedderState.Failed beside those of rag/backend and store.Cancelled.
const (
	changeNotConfigured = "not_configured"
	changeNoModel       = "no_model"
	changeNotKept       = "not_kept" // the database takes nothing
)

// A changeError has its code for the console.
type changeError struct {
	code string
	err  error
}

func (e changeError) Error() string  { return e.code + ": " + e.err.Error() }
func (e changeError) Unwrap() error  { return e.err }
func (e changeError) Reason() string { return e.code }

func changeReason(err error) string {
	if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrUnwritable) {
		return changeNotKept
	}
	return reasonIn(err)
}

// passing are failures of a vendor that may be over in a moment.
var passing = map[string]bool{backend.ReasonRateLimited: true, backend.ReasonOverloaded: true, backend.ReasonFailed: true, backend.ReasonUnreachable: true,
	backend.ReasonTimeoutHeaders: true, backend.ReasonTimeoutTotal: true, backend.ReasonTruncated: true, backend.ReasonBusy: true}

// turn makes the vectors and swaps.
func (c *changer) turn(ctx context.Context, target string) error {
	a := c.app
	choice := a.choice(target)
	if choice == nil {
		return changeError{changeNotConfigured, errors.New("it is not configured any more")}
	}
	o, err := choice.open(a)
	if err != nil {
		return changeError{changeNoModel, err}
	}
	if err := c.prepare(ctx, o.embeds()); err != nil {
		return err
	}
	return a.Library.Turn(ctx, o.embeds(), func() error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := a.Store.EmbedderServes(ctx, target); err != nil {
			return err
		}
		a.serving.Store(choice)
		return nil
	})
}

// prepare makes the vectors, and is patient with failures that pass.
func (c *changer) prepare(ctx context.Context, e corpus.Embedder) error {
	whole := 0 // missing at first
	for tries := 1; ; tries++ {
		got := 0
		err := c.app.Library.Prepare(ctx, e, wording(c.app.prompts.Load()), func(done, all int) {
			got, whole = done, max(whole, all)
			c.show(func(s *staff.EmbedderChange) { s.Done, s.All, s.Last = whole-all+done, whole, "" })
			c.app.changing.told(c.app.Log, e.Name(), whole-all+done, whole)
		})
		if got > 0 {
			tries = 1
		}
		if err == nil || ctx.Err() != nil || !passing[reasonIn(err)] || tries >= changeTries {
			return err
		}
		c.app.Log.Warn("vectors not made; trying again", "embedder", e.Name(), "reason", reasonIn(err), "try", tries)
		c.show(func(s *staff.EmbedderChange) { s.Last = reasonIn(err) })
		t := time.NewTimer(c.app.embedAgain)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}
