package browsertest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Patience is how long one step of a journey may take, so that a page that never shows what is waited for ends the test with what it does
// show. Nothing waits longer than it has to: it is long for the sake of a busy machine.
const Patience = 40 * time.Second

// A Tab is somebody at a browser, with a window of one size.
type Tab struct {
	T    testing.TB      // the test that fails; a journey through subtests puts each of them here
	Ctx  context.Context // of chromedp, for what has no method here; it ends with the test
	Name string          // of the pictures

	mu       sync.Mutex
	problems []string // what the console complained of
}

// New opens a tab with a fresh profile. Its window is width by height pixels; without scripts the page's own do not run. It is closed when t
// ends, which fails if the console complained. The listeners get the browser's events, from the first one on, on one goroutine that is not
// the test's; they must return fast and give no commands.
func New(t testing.TB, name string, width, height int64, scripts bool, listeners ...func(event any)) *Tab {
	t.Helper()
	return open(t, started(t), name, width, height, scripts, listeners, chromedp.WithNewBrowserContext())
}

// Another opens another tab of the same profile, with scripts.
func (tab *Tab) Another(name string, width, height int64, listeners ...func(event any)) *Tab {
	tab.T.Helper()
	return open(tab.T, tab.Ctx, name, width, height, true, listeners)
}

func open(t testing.TB, parent context.Context, name string, width, height int64, scripts bool, listeners []func(event any), opts ...chromedp.ContextOption) *Tab {
	t.Helper()
	tab := &Tab{T: t, Name: name}
	for _, listen := range append(listeners, tab.listen) {
		opts = append(opts, chromedp.WithListener(listen))
	}
	ctx, cancel := chromedp.NewContext(parent, opts...)
	tab.Ctx = ctx
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		tab.mu.Lock()
		defer tab.mu.Unlock()
		if len(tab.problems) > 0 {
			t.Errorf("%s: the console complained:\n%s", name, strings.Join(tab.problems, "\n"))
		}
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	tab.Media(nil)
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts}); err != nil {
		t.Fatal(err)
	}
	return tab
}

func (tab *Tab) listen(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *cdpruntime.EventExceptionThrown:
		tab.problems = append(tab.problems, fmt.Sprintf("%s %s (%s:%d)", e.ExceptionDetails.Text, said(e.ExceptionDetails.Exception), e.ExceptionDetails.URL, e.ExceptionDetails.LineNumber+1))
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == "error" {
			tab.problems = append(tab.problems, said(e.Args...))
		}
	}
}

// said is what the console would show of values.
func said(values ...*cdpruntime.RemoteObject) string {
	var parts []string
	for _, v := range values {
		switch {
		case v == nil:
		case v.Description != "":
			parts = append(parts, v.Description)
		default:
			parts = append(parts, string(v.Value))
		}
	}
	return strings.Join(parts, " ")
}

// Media makes the browser claim these media features, and no others but reduced motion, which it always claims: what glides cannot be
// clicked.
func (tab *Tab) Media(features map[string]string) {
	tab.T.Helper()
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}
	for name, value := range features {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: name, Value: value})
	}
	if _, err := chromedp.Call(tab.Ctx, emulation.SetEmulatedMedia, params); err != nil {
		tab.T.Fatal(err)
	}
}

// Do takes actions of chromedp; what says in a failure what they were for.
func (tab *Tab) Do(what string, actions ...chromedp.Action[chromedp.Void]) {
	tab.T.Helper()
	ctx, cancel := tab.patient()
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		tab.Fail(what, err)
	}
}

func (tab *Tab) patient() (context.Context, context.CancelFunc) {
	return context.WithTimeout(tab.Ctx, Patience)
}

// Fail ends the test with what the page shows.
func (tab *Tab) Fail(what string, err error) {
	tab.T.Helper()
	ctx, cancel := tab.patient()
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	shown, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("main").innerText`))
	tab.T.Fatalf("%s: %v\nat %s\n%s", what, err, at, shown)
}

// Open goes to a page and waits until it is loaded.
func (tab *Tab) Open(url string) {
	tab.T.Helper()
	tab.Do("open "+url, chromedp.Navigate(url))
	tab.Until("load "+url, loaded)
}

// loaded says that there is a page: at times Navigate is done while its document is still empty.
const loaded = `document.readyState === "complete" && document.body !== null`

// See waits until an element is visible and the page loaded with its styles: what still moves cannot be clicked.
func (tab *Tab) See(selector string) {
	tab.T.Helper()
	tab.Until("see "+selector, loaded+` && document.querySelector(`+strconv.Quote(selector)+`)?.checkVisibility() === true`)
}

// Click waits for the element and clicks it. A new page first brings its result into view (autofocus), a moment after it was loaded: a click
// aimed before that lands beside the element. Where the focus was taken away again nothing moves, and the wait is short.
func (tab *Tab) Click(selector string) {
	tab.T.Helper()
	tab.See(selector)
	for range 20 {
		if Eval[bool](tab, `document.activeElement !== document.body || document.querySelector("[autofocus]") === null`) {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	tab.Do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Write waits for the element and types into it, behind what it holds.
func (tab *Tab) Write(selector, text string) {
	tab.T.Helper()
	tab.See(selector)
	tab.Do("write into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Until waits for an expression to be true of a page that is read to its end, over page loads too.
func (tab *Tab) Until(what, expression string) {
	tab.T.Helper()
	ctx, cancel := tab.patient()
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState !== "loading" && (`+expression+`)`))
		if ok && err == nil {
			return
		}
		select {
		case <-ctx.Done():
			tab.Fail(what, fmt.Errorf("%s never was true (%v)", expression, err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Eval is the value of an expression in the page, now.
func Eval[T any](on Holder, expression string) T {
	tab := on.itself()
	tab.T.Helper()
	ctx, cancel := tab.patient()
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tab.Fail("evaluate "+expression, err)
	}
	return out
}

// A Holder is a Tab, or a journey that embeds one.
type Holder interface{ itself() *Tab }

func (tab *Tab) itself() *Tab { return tab }

// Text is what an element shows.
func (tab *Tab) Text(selector string) string {
	tab.T.Helper()
	return Eval[string](tab, `document.querySelector(`+strconv.Quote(selector)+`).innerText`)
}

// MarkInView checks that the cited sentence is marked, once, and within the window.
func (tab *Tab) MarkInView(want string) {
	tab.T.Helper()
	tab.See("mark")
	if got := tab.Text("mark"); got != want || Eval[int](tab, `document.querySelectorAll("mark").length`) != 1 {
		tab.T.Errorf("marked %q, want %q", got, want)
	}
	tab.Until("scrolled to the mark", `(() => { const r = document.querySelector("mark").getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight })()`)
}
