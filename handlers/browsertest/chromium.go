package browsertest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is the one browser of a test binary, started by the first Tab. Each Tab of New has a profile of its own in it.
var chromium struct {
	once  sync.Once
	ctx   context.Context
	close func()
	err   error
}

// Close closes the browser, where one was started, and waits for its end, so that nothing of it is left for goleak to find. TestMain calls it
// when all tests have run; there can be no Tab after it.
func Close() {
	if chromium.close != nil {
		chromium.close()
	}
}

// started is the context of the browser, which the first call starts.
func started(t testing.TB) context.Context {
	t.Helper()
	chromium.once.Do(start)
	if chromium.err != nil {
		t.Fatalf("start Chromium: %v", chromium.err)
	}
	return chromium.ctx
}

func start() {
	path, err := exec.LookPath("chromium")
	if err != nil {
		chromium.err = errors.New("the browser tests need Chromium and Chinese fonts: run make browser, or apt-get install chromium fonts-noto-cjk")
		return
	}
	profile, err := os.MkdirTemp("", "wenda-chromium-*")
	if err != nil {
		chromium.err = err
		return
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(profile))
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	chromium.ctx = ctx
	chromium.close = func() {
		_ = chromedp.Cancel(ctx) // closes the browser and waits
		cancel()
		cancelAlloc()
		_ = os.RemoveAll(profile)
	}
	chromium.err = chromedp.Do(ctx, chromedp.EmulateViewport(800, 600)) // the browser lives as long as this context
}
