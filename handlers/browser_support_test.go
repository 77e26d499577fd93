package handlers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A journey is a resident at a browser of one size: Debian's Chromium, started afresh.
type journey struct {
	t    *testing.T
	ctx  context.Context
	name string // of its pictures

	mu       sync.Mutex
	problems []string // what the console complained of
}

func newJourney(t *testing.T, name string, width, height int64, scripts bool) *journey {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("the browser tests need Chromium and Chinese fonts: apt-get install chromium fonts-noto-cjk")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	j := &journey{t: t, name: name}
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

const patience = 15 * time.Second

func (j *journey) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		j.fail(what, err)
	}
}

// fail ends the test with what the page shows.
func (j *journey) fail(what string, err error) {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.ctx, patience)
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	shown, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("main").innerText`))
	j.t.Fatalf("%s: %v\nat %s\n%s", what, err, at, shown)
}

// open goes to a page.
func (j *journey) open(url string) { j.t.Helper(); j.do("open "+url, chromedp.Navigate(url)) }

// see waits until an element is visible.
func (j *journey) see(selector string) {
	j.t.Helper()
	j.until("see "+selector, `(document.querySelector(`+strconv.Quote(selector)+`)?.checkVisibility() === true)`)
}

// click waits for the element and clicks it.
func (j *journey) click(selector string) {
	j.t.Helper()
	j.see(selector)
	j.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// enter presses the Enter key as a keyboard does: one event that types a line end unless the page prevents it. (chromedp's own
// \r sends the character apart, and the page could not.)
func (j *journey) enter() {
	j.t.Helper()
	key := input.DispatchKeyEventParams{Type: "keyDown", Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
	if _, err := chromedp.Call(j.ctx, input.DispatchKeyEvent, key); err != nil {
		j.fail("press Enter", err)
	}
	key.Type, key.Text = "keyUp", ""
	if _, err := chromedp.Call(j.ctx, input.DispatchKeyEvent, key); err != nil {
		j.fail("release Enter", err)
	}
}

// write types into an element.
func (j *journey) write(selector, text string) {
	j.t.Helper()
	j.see(selector)
	j.do("write into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// until waits for an expression to be true, over page loads too. It works with the page's scripts switched off.
func (j *journey) until(what, expression string) {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.ctx, patience)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
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

func eval[T any](j *journey, expression string) T {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		j.fail("evaluate "+expression, err)
	}
	return out
}

func (j *journey) text(selector string) string {
	j.t.Helper()
	return eval[string](j, `document.querySelector(`+strconv.Quote(selector)+`).innerText`)
}

// shot takes a picture into $WENDA_SCREENSHOTS, and checks that nothing sticks out sideways.
func (j *journey) shot(what string) {
	j.t.Helper()
	if w := eval[float64](j, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); w > 0 {
		j.t.Errorf("%s %s: %v pixels stick out sideways", j.name, what, w)
	}
	dir := os.Getenv("WENDA_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		j.t.Fatal(err)
	}
	for name, take := range map[string]chromedp.Action[[]byte]{"": chromedp.CaptureScreenshot(), "-whole": chromedp.FullScreenshot(100)} {
		png, err := chromedp.Run(j.ctx, take)
		if err != nil {
			j.fail("screenshot", err)
		}
		if err := os.WriteFile(filepath.Join(dir, j.name+"-"+what+name+".png"), png, 0o644); err != nil {
			j.t.Fatal(err)
		}
	}
}

// markInView checks that the cited sentence is marked, once, and within the window.
func (j *journey) markInView(want string) {
	j.t.Helper()
	j.see("mark")
	if got := j.text("mark"); got != want || eval[int](j, `document.querySelectorAll("mark").length`) != 1 {
		j.t.Errorf("marked %q, want %q", got, want)
	}
	j.until("scrolled to the mark", `(() => { const r = document.querySelector("mark").getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight })()`)
}
