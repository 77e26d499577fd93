package main

import (
	"context"
	"time"

	"wenda/corpus"
	"wenda/prompts"
)

// A curation is what staff approved at one revision of the store, and the set of prompts that it makes of the one before.
type curation struct {
	revision int64
	day      string // days of validity are read anew every day
	list     []prompts.Curated
	retired  []string
	base     *prompts.Set // that set was made of
	set      *prompts.Set
}

// answering is the set of prompts that questions are answered with: the live texts, and beside them what staff approved. It is asked for
// every question, and makes a set only when either changed.
func (a *App) answering() *prompts.Set {
	base, c := a.prompts.Load(), a.curated.Load()
	if c == nil {
		return base
	}
	if c.base == base {
		return c.set
	}
	next := *c
	next.base, next.set = base, a.withCurated(base)
	a.curated.CompareAndSwap(c, &next) // who came first made the same
	return next.set
}

// withCurated is a set of prompts, live or tried, with what staff approved beside it.
func (a *App) withCurated(base *prompts.Set) *prompts.Set {
	c := a.curated.Load()
	if c == nil {
		return base
	}
	set, err := base.WithCurated(c.list, c.retired)
	if err != nil {
		a.Log.Error("curated answers are left out", "error", err)
		return base
	}
	return set
}

// readCurated reads what staff approved, when it changed since or the day did.
func (a *App) readCurated(ctx context.Context) error {
	revision, err := a.Store.CuratedRevision(ctx)
	if err != nil {
		return err
	}
	day := corpus.Today(time.Now())
	if c := a.curated.Load(); c != nil && c.revision == revision && c.day == day {
		return nil
	}
	list, retired, err := a.Store.LiveCurated(ctx)
	if err != nil {
		return err
	}
	a.curated.Store(&curation{revision: revision, day: day, list: list, retired: retired})
	return nil
}

// curatedEvery is how often a change of the curated answers is looked for: it is to answer within a second.
const curatedEvery = 250 * time.Millisecond

// followCurated takes up what staff approve, here or in another process, until ctx is done. The old answers stay while reading fails.
func (a *App) followCurated(ctx context.Context) {
	tick := time.NewTicker(curatedEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := a.readCurated(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			a.Log.Error("curated answers cannot be read; the old ones answer on", "error", err)
		}
		failing = err != nil
	}
}
