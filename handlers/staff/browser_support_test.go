package staff

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
	cdppage "github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"wenda/store"
)

// A journey is somebody of the staff at a browser: Debian's Chromium, with a fresh profile. It counts clicks.
type journey struct {
	*site
	ctx    context.Context
	name   string // of its pictures
	clicks int
	began  time.Time // of what is counted
	marks  int       // elements that were named

	mu       sync.Mutex
	problems []string // what the console complained of
	choosers int      // windows for choosing files that opened
}

// chromium is the one browser of these tests, started by the first that needs it and closed when all have run. Each journey has a profile of
// its own in it.
var chromium struct {
	once  sync.Once
	ctx   context.Context
	close func()
	err   error
}

func startChromium() {
	path, err := exec.LookPath("chromium")
	if err != nil {
		chromium.err = errors.New("the browser tests need Chromium and Chinese fonts: apt-get install chromium fonts-noto-cjk")
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

func newJourney(s *site, name string, scripts bool) *journey {
	t := s.t
	t.Helper()
	chromium.once.Do(startChromium)
	if chromium.err != nil {
		t.Fatalf("start Chromium: %v", chromium.err)
	}
	j := &journey{site: s, name: name}
	ctx, cancel := chromedp.NewContext(chromium.ctx, chromedp.WithListener(j.listen), chromedp.WithNewBrowserContext())
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
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatalf("open a tab: %v", err)
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
	case *cdppage.EventFileChooserOpened:
		j.choosers++
	case *cdpruntime.EventExceptionThrown:
		j.problems = append(j.problems, fmt.Sprintf("%+v", e.ExceptionDetails))
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == "error" {
			j.problems = append(j.problems, fmt.Sprint(e.Args))
		}
	}
}

// signedIn gives the browser a session of a new account, and opens the first page.
func (j *journey) signedIn(name string, role store.Role) {
	j.t.Helper()
	b := j.as(name, role)
	set := network.SetCookieParams{Name: "wenda-sid", Value: b.cookie("wenda-sid"), URL: j.url, SameSite: network.CookieSameSiteStrict}
	if _, err := chromedp.Call(j.ctx, network.SetCookie, set); err != nil {
		j.t.Fatal(err)
	}
	j.open("/staff/")
}

const patience = 40 * time.Second

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

func (j *journey) open(path string) { j.t.Helper(); j.do("open "+path, chromedp.Navigate(j.url+path)) }

// see waits until an element is visible and the page loaded with its styles: what still moves cannot be clicked.
func (j *journey) see(selector string) {
	j.t.Helper()
	j.until("see "+selector, `(document.readyState === "complete" && document.querySelector(`+strconv.Quote(selector)+`)?.checkVisibility() === true)`)
}

// says waits until the page holds a text.
func (j *journey) says(text string) {
	j.t.Helper()
	j.until("read "+text, `(document.querySelector("main")?.innerText.includes(`+strconv.Quote(text)+`) === true)`)
}

// click waits for the element and clicks it. A new page first brings its result into view (autofocus), a moment after it was loaded: a click
// aimed before that lands beside the element. Where the focus was taken away again nothing moves, and the wait is short.
func (j *journey) click(selector string) {
	j.t.Helper()
	j.see(selector)
	for range 20 {
		if in[bool](j, `document.activeElement !== document.body || document.querySelector("[autofocus]") === null`) {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	j.clicks++
	j.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// fill puts a text into a field as pasting does.
func (j *journey) fill(selector, text string) {
	j.t.Helper()
	j.see(selector)
	if ok := in[bool](j, `(() => { const f = document.querySelector(`+strconv.Quote(selector)+`); f.focus(); f.select(); return document.execCommand("insertText", false, `+
		strconv.Quote(text)+`) })()`); !ok {
		j.fail("fill "+selector, fmt.Errorf("not editable"))
	}
}

// tabTo goes to an element as somebody does who presses Tab until it has the focus, forward from where the focus is. Keys are no clicks.
func (j *journey) tabTo(selector string) {
	j.t.Helper()
	j.see(selector)
	for range 200 {
		if in[bool](j, `document.activeElement?.matches(`+strconv.Quote(selector)+`) === true`) {
			j.focusShows(selector)
			return
		}
		j.press("Tab", 9, "")
	}
	j.fail("tab to "+selector, fmt.Errorf("never focused"))
}

func (j *journey) press(key string, code int64, text string) {
	j.t.Helper()
	p := input.DispatchKeyEventParams{Type: "keyDown", Key: key, Code: key, Text: text, WindowsVirtualKeyCode: code}
	if _, err := chromedp.Call(j.ctx, input.DispatchKeyEvent, p); err != nil {
		j.fail("press "+key, err)
	}
	p.Type, p.Text = "keyUp", ""
	if _, err := chromedp.Call(j.ctx, input.DispatchKeyEvent, p); err != nil {
		j.fail("release "+key, err)
	}
}

func (j *journey) enter() { j.t.Helper(); j.press("Enter", 13, "\r") }

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

func in[T any](j *journey, expression string) T {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		j.fail("evaluate "+expression, err)
	}
	return out
}

// shot takes a picture into $WENDA_SCREENSHOTS, and checks that nothing sticks out sideways.
func (j *journey) shot(what string) {
	j.t.Helper()
	const wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`
	j.until("load and fit sideways at "+what, `(document.readyState === "complete" && document.body !== null && `+wide+` <= 0)`) // one look: the page may go between two
	dir := os.Getenv("WENDA_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		j.t.Fatal(err)
	}
	png, err := chromedp.Run(j.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		j.fail("screenshot", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "staff-"+j.name+"-"+what+".png"), png, 0o644); err != nil {
		j.t.Fatal(err)
	}
}

func startJourney(t *testing.T, name string, scripts bool) (*journey, *testBench) {
	t.Helper()
	s, b := benchSite(t)
	return newJourney(s, name, scripts), b
}
