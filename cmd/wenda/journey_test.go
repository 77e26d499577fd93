package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A journey is a resident at a browser of one size: Debian's Chromium, started afresh.
type journey struct {
	t             *testing.T
	ctx           context.Context
	name          string // of its pictures
	width, height int64

	mu       sync.Mutex
	problems []string // what the console complained of
}

func newJourney(t *testing.T, name string, width, height int64, scripts bool) *journey {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("the browser tests need Chromium and Chinese fonts: run make browser")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	j := &journey{t: t, name: name, width: width, height: height}
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(t.Logf), chromedp.WithListener(j.listen))
	j.ctx = ctx
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // closes the browser and waits
		cancel()
		cancelAlloc()
		j.mu.Lock()
		defer j.mu.Unlock()
		if len(j.problems) > 0 {
			t.Errorf("console: %v", j.problems)
		}
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil { // the browser lives as long as this context
		t.Fatalf("start Chromium: %v", err)
	}
	calm := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, calm); err != nil { // what glides cannot be clicked
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts}); err != nil {
		t.Fatal(err)
	}
	return j
}

func (j *journey) listen(ev any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch e := ev.(type) {
	case *cdpruntime.EventExceptionThrown:
		j.problems = append(j.problems, fmt.Sprintf("%+v", e.ExceptionDetails))
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == "error" {
			j.problems = append(j.problems, fmt.Sprint(e.Args))
		}
	}
}

// step bounds one step of a journey, so that a page that never shows what is waited for ends the test with what it does show.
const step = 30 * time.Second

func (j *journey) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.ctx, step)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		j.fail(what, err)
	}
}

// fail ends the test with what the page shows.
func (j *journey) fail(what string, err error) {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.ctx, step)
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	shown, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("main").innerText`))
	j.t.Fatalf("%s: %v\nat %s\n%s", what, err, at, shown)
}

func (j *journey) open(url string) { j.t.Helper(); j.do("open "+url, chromedp.Navigate(url)) }

// see waits until an element is visible.
func (j *journey) see(selector string) {
	j.t.Helper()
	j.until("see "+selector, `document.querySelector(`+quoted(selector)+`)?.checkVisibility() === true`)
}

func (j *journey) click(selector string) {
	j.t.Helper()
	j.see(selector)
	j.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

func (j *journey) write(selector, text string) {
	j.t.Helper()
	j.see(selector)
	j.do("write into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// enter presses the Enter key as a keyboard does: one event that types a line end unless the page prevents it.
func (j *journey) enter() {
	j.t.Helper()
	key := input.DispatchKeyEventParams{Type: "keyDown", Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
	for _, key.Type = range []input.DispatchKeyEventType{"keyDown", "keyUp"} {
		if _, err := chromedp.Call(j.ctx, input.DispatchKeyEvent, key); err != nil {
			j.fail("press Enter", err)
		}
		key.Text = ""
	}
}

// until waits for an expression to be true of a page that is read to its end, over page loads too. It works with the page's scripts switched off.
func (j *journey) until(what, expression string) {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.ctx, step)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState !== "loading" && (`+expression+`)`))
		if ok && err == nil {
			return
		}
		select {
		case <-ctx.Done():
			j.fail(what, fmt.Errorf("%s never was true (%v)", expression, err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func inPage[T any](j *journey, expression string) T {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.ctx, step)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		j.fail("evaluate "+expression, err)
	}
	return out
}

func (j *journey) text(selector string) string {
	j.t.Helper()
	return inPage[string](j, `document.querySelector(`+quoted(selector)+`).innerText`)
}

// says checks that an element's text has these words.
func (j *journey) says(selector, want string) {
	j.t.Helper()
	j.see(selector)
	if got := j.text(selector); !strings.Contains(got, want) {
		j.t.Errorf("%s says %q, not %q", selector, got, want)
	}
}

// markInView checks that the cited sentence is marked, once, and within the window.
func (j *journey) markInView(want string) {
	j.t.Helper()
	j.see("mark")
	if got := j.text("mark"); got != want || inPage[int](j, `document.querySelectorAll("mark").length`) != 1 {
		j.t.Errorf("marked %q, want %q", got, want)
	}
	j.until("scrolled to the mark", `(() => { const r = document.querySelector("mark").getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight })()`)
}

// picture is a PNG of the window, made smaller by scale.
func (j *journey) picture(scale float64) []byte {
	j.t.Helper()
	clip := page.Viewport{Width: float64(j.width), Height: float64(j.height), Scale: scale}
	got, err := chromedp.Call(j.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "png", Clip: &clip})
	if err != nil {
		j.fail("take a picture", err)
	}
	return got.Data
}

// shot takes a picture into $WENDA_SCREENSHOTS, and checks that nothing sticks out sideways.
func (j *journey) shot(what string) {
	j.t.Helper()
	if w := inPage[float64](j, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); w > 0 {
		j.t.Errorf("%s %s: %v pixels stick out sideways", j.name, what, w)
	}
	dir := os.Getenv("WENDA_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		j.t.Fatal(err)
	}
	png, err := chromedp.Run(j.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		j.fail("screenshot", err)
	}
	if err := os.WriteFile(filepath.Join(dir, j.name+"-"+what+".png"), png, 0o644); err != nil {
		j.t.Fatal(err)
	}
}

func quoted(s string) string { return strconv.Quote(s) }
