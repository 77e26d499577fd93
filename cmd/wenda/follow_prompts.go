package main

import (
	"context"
	"time"

	"wenda/prompts"
)

// promptsEvery is how often a release of prompts is looked for: with loading them it is live well within a second.
const promptsEvery = 250 * time.Millisecond

// followPrompts swaps the prompts in whenever somebody published others, in the console or by the command line. Where the index is built
// with them (the thesaurus), it is built anew meanwhile and swapped in after; questions are answered all the time.
func (a *App) followPrompts(ctx context.Context) {
	release := a.release
	tick := time.NewTicker(promptsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		live, err := a.Store.LivePrompts(ctx)
		if err != nil || live.N == release {
			continue
		}
		started := time.Now()
		set, err := prompts.Load(a.Store.PromptOverride)
		if err != nil { // checked before it was published: another version of this program reads them otherwise
			a.Log.Error("published prompts do not load; the old ones answer on", "release", live.N, "error", err)
			release = live.N
			continue
		}
		old := a.prompts.Swap(set)
		release = live.N
		a.Log.Info("prompts swapped", "release", live.N, "version", set.Version, "took", time.Since(started).String())
		if old.Search == set.Search {
			continue
		}
		if err := a.Library.Reword(ctx, wording(set)); err != nil && ctx.Err() == nil {
			a.Log.Error("index not built with the new wording", "release", live.N, "error", err)
			continue
		}
		a.Engine.Warm()
		a.Log.Info("index swapped", "index_version", a.Library.Current().Manifest.Version, "release", live.N, "took", time.Since(started).String())
	}
}
