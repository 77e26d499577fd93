package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// A phone is how slow the page is made: an old phone on a bad connection, as Lighthouse measures ("slow 4G", 1.6 Mbit/s down, 150 ms).
type phone struct {
	slower        float64 // times the processor is slowed down
	latency       float64 // milliseconds
	download      float64 // bytes a second
	upload        float64
	width, height int64
}

var oldPhone = phone{slower: 6, latency: 150, download: 1.6e6 / 8, upload: .75e6 / 8, width: 375, height: 720}

// painted is what the page tells of itself: milliseconds since it was asked for; shift is a share without a unit.
type painted struct {
	First   float64 `json:"first"`
	Largest float64 `json:"largest"`
	Shift   float64 `json:"shift"`
	Blocked float64 `json:"blocked"` // sum of what long tasks took beyond 50 ms
	Delay   float64 `json:"delay"`   // longest wait of an input for its handler
}

// observe collects painted in the page, from its beginning.
const observe = `(() => {
	const seen = window.painted = {first: 0, largest: 0, shift: 0, blocked: 0, delay: 0};
	const on = (type, take, more) => new PerformanceObserver((l) => l.getEntries().forEach(take)).observe({type, buffered: true, ...more});
	on("paint", (e) => { if (e.name === "first-contentful-paint") seen.first = e.startTime });
	on("largest-contentful-paint", (e) => { seen.largest = e.startTime });
	on("layout-shift", (e) => { if (!e.hadRecentInput) seen.shift += e.value });
	on("longtask", (e) => { seen.blocked += e.duration - 50 });
	on("event", (e) => { seen.delay = Math.max(seen.delay, e.processingStart - e.startTime) }, {durationThreshold: 16});
	on("first-input", (e) => { seen.delay = Math.max(seen.delay, e.processingStart - e.startTime) });
	return true;
})()`

// page measures the first page in Chromium: as it is here, and on an old phone.
func (b bench) page(ctx context.Context, dir string) error {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return errors.New("没有 Chromium：请先运行 make browser")
	}
	b.cfg.Models = filepath.Join(dir, "none") // the page is measured, not the answers: by words is enough
	return b.served(ctx, func(url string) error {
		for _, p := range []struct {
			name string
			phone
		}{{"here", phone{slower: 1, width: oldPhone.width, height: oldPhone.height}}, {"old phone", oldPhone}} {
			if err := b.onePage(ctx, path, url, p.name, p.phone); err != nil {
				return fmt.Errorf("measure the page (%s): %w", p.name, err)
			}
		}
		b.say("wanted on the old phone: largest paint 1500 ms, shift 0, input delay 100 ms, weight 150 KB, each at most")
		return nil
	})
}

// served runs a server on a free port while use runs.
func (b bench) served(ctx context.Context, use func(url string) error) error {
	a, err := open(ctx, b.cfg, b.quiet())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	address, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- a.serve(ctx, func(at net.Addr) { address <- at }) }()
	select {
	case err = <-ended:
	case at := <-address:
		err = use("http://" + at.String())
		stop()
		err = errors.Join(err, <-ended)
	}
	return errors.Join(err, a.close())
}

func (b bench) onePage(ctx context.Context, chromium, url, name string, p phone) error {
	profile, err := os.MkdirTemp("", "wenda-bench-chromium-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile)
	opts := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(profile))
	alloc, cancelAlloc := chromedp.NewExecAllocator(ctx, opts...)
	defer cancelAlloc()
	var mu sync.Mutex
	weight, files := 0., 0
	tab, cancel := chromedp.NewContext(alloc, chromedp.WithListener(func(ev any) {
		if e, ok := ev.(*network.EventLoadingFinished); ok {
			mu.Lock()
			defer mu.Unlock()
			weight += e.EncodedDataLength
			files++
		}
	}))
	defer cancel()
	defer func() { _ = chromedp.Cancel(tab) }()
	if err := chromedp.Do(tab, chromedp.EmulateViewport(p.width, p.height)); err != nil {
		return err
	}
	tab, cancelLate := context.WithTimeout(tab, time.Minute)
	defer cancelLate()
	if err := slowDown(tab, p); err != nil {
		return err
	}
	if err := chromedp.Do(tab, chromedp.Navigate(url+"/")); err != nil {
		return err
	}
	if _, err := chromedp.Run(tab, chromedp.Evaluate[bool](observe)); err != nil {
		return err
	}
	if err := chromedp.Do(tab, chromedp.SendKeys(chromedp.CSS("#q"), "学位")); err != nil { // input, whose delay is measured
		return err
	}
	raw, err := chromedp.Run(tab, chromedp.Evaluate[string](`new Promise((r) => setTimeout(() => r(JSON.stringify(window.painted)), 1500))`, chromedp.EvalAwaitPromise))
	if err != nil {
		return err
	}
	var seen painted
	if err := json.Unmarshal([]byte(raw), &seen); err != nil {
		return err
	}
	script, err := scriptTime(tab)
	if err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	b.say("page, %s: first paint %.0f ms, largest %.0f ms, shift %.4f, input delay %.0f ms, blocked %.0f ms, scripts %.0f ms; %d files, %.1f KB",
		name, seen.First, seen.Largest, seen.Shift, seen.Delay, seen.Blocked, script*1000, files, weight/1024)
	return nil
}

// slowDown makes the tab as slow as p, with nothing cached.
func slowDown(tab context.Context, p phone) error {
	if _, err := chromedp.Call(tab, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	if _, err := chromedp.Call(tab, performance.Enable, performance.EnableParams{}); err != nil {
		return err
	}
	if p.slower == 1 {
		return nil
	}
	if _, err := chromedp.Call(tab, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: p.slower}); err != nil {
		return err
	}
	conditions := []*network.Conditions{{Latency: p.latency, DownloadThroughput: p.download, UploadThroughput: p.upload}}
	_, err := chromedp.Call(tab, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: conditions})
	return err
}

// scriptTime is what scripts took so far, in seconds, as the browser counts it.
func scriptTime(tab context.Context) (float64, error) {
	got, err := chromedp.Call(tab, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		return 0, err
	}
	for _, m := range got.Metrics {
		if m.Name == "ScriptDuration" {
			return m.Value, nil
		}
	}
	return 0, errors.New("the browser tells no ScriptDuration")
}
