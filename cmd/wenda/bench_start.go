package main

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// start fills a data folder with the bundled plan and measures the first start, which computes all vectors, and the second one.
func (b bench) start(ctx context.Context) error {
	var first time.Duration
	err := b.opened(ctx, func(_ *App, took time.Duration) error {
		first = took
		return nil
	})
	if err != nil {
		return err
	}
	return b.opened(ctx, func(a *App, again time.Duration) error {
		m := a.Library.Current().Manifest
		b.say("start, bundled plan: first %.2f s, again %.2f s (open to ready); %d chunks, %d sentences, %d variants; heap %d MB, resident %s",
			first.Seconds(), again.Seconds(), m.Chunks, m.Sentences, m.Variants+m.Negatives, heapMB(), resident())
		return nil
	})
}

// opened opens the data folder, has its index, and hands both to use with how long that took.
func (b bench) opened(ctx context.Context, use func(a *App, took time.Duration) error) error {
	started := time.Now()
	a, err := open(ctx, b.cfg, b.quiet())
	if err != nil {
		return err
	}
	if err := a.ready(ctx); err != nil {
		return errors.Join(err, a.close())
	}
	return errors.Join(use(a, time.Since(started)), a.close())
}

// heapMB is what is reachable.
func heapMB() int {
	runtime.GC()
	runtime.GC() // what pools held goes with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc >> 20)
}
