package handlers

import (
	"context"
	"errors"
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
	"github.com/chromedp/cdproto/network"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is the one Chromium of these tests, started by the first that needs it and closed when all have run. Each journey has a profile of
// its own in it.
var browser struct {
	once  sync.Once
	ctx   context.Context
	close func()
	err   error
}

// run is testing.M with the browser closed behind it, so that goleak finds nothing of it.
type run struct{ m *testing.M }

// Run implements goleak.TestingM.
func (r run) Run() int {
	code := r.m.Run()
	if browser.close != nil {
		browser.close()
	}
	return code
}

func chromium(t *testing.T) context.Context {
	t.Helper()
	browser.once.Do(func() {
		path, err := exec.LookPath("chromium")
		if err != nil {
			browser.err = errors.New("the browser tests need Chromium and Chinese fonts: apt-get install chromium fonts-noto-cjk")
			return
		}
		profile, err := os.MkdirTemp("", "wenda-chromium-*")
		if err != nil {
			browser.err = err
			return
		}
		opts := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(profile))
		alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
		ctx, cancel := chromedp.NewContext(alloc)
		browser.ctx = ctx
		browser.close = func() {
			_ = chromedp.Cancel(ctx) // closes the browser and waits
			cancel()
			cancelAlloc()
			_ = os.RemoveAll(profile)
		}
		browser.err = chromedp.Do(ctx, chromedp.EmulateViewport(800, 600)) // the browser lives as long as this context
	})
	if browser.err != nil {
		t.Fatalf("start Chromium: %v", browser.err)
	}
	return browser.ctx
}

// A journey is a resident with a browser of one size and a fresh profile.
type journey struct {
	t    *testing.T
	ctx  context.Context
	name string // of its pictures

	mu       sync.Mutex
	problems []string // what the console complained of
	asked    []string // addresses that were requested
	weight   float64  // bytes that came over the network
	files    int
}

func newJourney(t *testing.T, name string, width, height int64, scripts bool) *journey {
	t.Helper()
	j := &journey{t: t, name: name}
	ctx, cancel := chromedp.NewContext(chromium(t), chromedp.WithListener(j.listen), chromedp.WithNewBrowserContext())
	j.ctx = ctx
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		j.mu.Lock()
		defer j.mu.Unlock()
		if len(j.problems) > 0 {
			t.Errorf("console: %v", j.problems)
		}
	})
	j.set(ctx, width, height, scripts)
	return j
}

// tab opens another tab of the same profile, of the same size. Its journey ends with this one.
func (j *journey) tab(name string, width, height int64) *journey {
	j.t.Helper()
	other := &journey{t: j.t, name: name}
	ctx, cancel := chromedp.NewContext(j.ctx, chromedp.WithListener(other.listen))
	other.ctx = ctx
	j.t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
	})
	other.set(ctx, width, height, true)
	return other
}

func (j *journey) set(ctx context.Context, width, height int64, scripts bool) {
	j.t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		j.t.Fatalf("open a tab: %v", err)
	}
	j.media(map[string]string{"prefers-reduced-motion": "reduce"}) // what glides cannot be clicked
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts}); err != nil {
		j.t.Fatal(err)
	}
}

// media makes the browser claim these media features.
func (j *journey) media(features map[string]string) {
	j.t.Helper()
	params := emulation.SetEmulatedMediaParams{}
	for name, value := range features {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: name, Value: value})
	}
	if _, err := chromedp.Call(j.ctx, emulation.SetEmulatedMedia, params); err != nil {
		j.t.Fatal(err)
	}
}

func (j *journey) listen(ev any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch e := ev.(type) {
	case *cdpruntime.EventExceptionThrown:
		j.problems = append(j.problems, fmt.Sprintf("%+v", e.ExceptionDetails))
	case *network.EventRequestWillBeSent:
		j.asked = append(j.asked, e.Request.URL)
	case *network.EventLoadingFinished:
		j.weight += e.EncodedDataLength
		j.files++
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
func (j *journey) open(url string) {
	j.t.Helper()
	j.do("open "+url, chromedp.Navigate(url))
	j.until("load "+url, loaded)
}

// loaded says that there is a page: at times Navigate is done while its document is still empty.
const loaded = `document.readyState === "complete" && document.body !== null`

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
func (j *journey) enter() { j.t.Helper(); j.press("Enter", 13, 0) }

// press presses a key by its name and Windows key code; modifiers: 8 is Shift.
func (j *journey) press(name string, code, modifiers int64) {
	j.t.Helper()
	key := input.DispatchKeyEventParams{Type: "rawKeyDown", Key: name, Code: name, WindowsVirtualKeyCode: code, Modifiers: modifiers}
	if name == "Enter" {
		key.Type, key.Text = "keyDown", "\r"
	}
	if _, err := chromedp.Call(j.ctx, input.DispatchKeyEvent, key); err != nil {
		j.fail("press "+name, err)
	}
	key.Type, key.Text = "keyUp", ""
	if _, err := chromedp.Call(j.ctx, input.DispatchKeyEvent, key); err != nil {
		j.fail("release "+name, err)
	}
}

// tabTo presses Tab until the element has the focus, and fails when the keyboard does not lead there or the focus is not to be seen.
func (j *journey) tabTo(selector string) {
	j.t.Helper()
	for range 120 {
		j.press("Tab", 9, 0)
		if eval[bool](j, `document.activeElement?.matches(`+strconv.Quote(selector)+`) === true`) {
			if !eval[bool](j, `(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 })()`) {
				j.t.Errorf("%s has the focus and does not show it", selector)
			}
			return
		}
	}
	j.fail("tab to "+selector, errors.New("the Tab key does not lead there"))
}

// heard is what the live region told screen readers.
func (j *journey) heard() string {
	j.t.Helper()
	return eval[string](j, `document.querySelector("#live").textContent`)
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
	const wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`
	j.until("load and fit sideways at "+what, loaded+` && `+wide+` <= 0`) // one look: the page may go between two
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

// markInView checks that the cited sentence is marked, once, and within the window.
func (j *journey) markInView(want string) {
	j.t.Helper()
	j.see("mark")
	if got := j.text("mark"); got != want || eval[int](j, `document.querySelectorAll("mark").length`) != 1 {
		j.t.Errorf("marked %q, want %q", got, want)
	}
	j.until("scrolled to the mark", `(() => { const r = document.querySelector("mark").getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight })()`)
}
