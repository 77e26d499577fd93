package main

import (
	"context"
	"time"
)

// retentionEvery is how often the log is looked at for what is too old.
const retentionEvery = 6 * time.Hour

// keepRetention deletes what the log holds longer than Config.LogDays, now and then, until ctx is done. Each run that deletes something
// says so in the log of the program and leaves a checkpoint that the console shows.
func (a *App) keepRetention(ctx context.Context) {
	tick := time.NewTicker(retentionEvery)
	defer tick.Stop()
	for {
		a.deleteOld(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *App) deleteOld(ctx context.Context, now time.Time) {
	before := now.AddDate(0, 0, -a.Config.LogDays)
	n, err := a.Store.DeleteAnswersBefore(ctx, before, now)
	if err != nil && ctx.Err() == nil {
		a.Log.Error("retention failed; it is tried again", "error", err)
	}
	if n > 0 {
		a.Log.Info("retention deleted answers", "answers", n, "asked_before", before.Format(time.DateOnly), "days", a.Config.LogDays)
	}
}
