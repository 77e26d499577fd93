package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"wenda/rag"
)

// portal is another site with the widget on its pages, strict as portals may be: no inline style, no script but its own and ours.
func portal(t *testing.T) (url string, embed func(wenda string)) {
	t.Helper()
	var wenda atomic.Value
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, _ := wenda.Load().(string)
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src "+at+"; frame-src "+at)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!doctype html><html lang="zh-CN"><title>门户</title><h1>一篇文章</h1><p><a href="#x">一个链接</a></p>
<script src="` + at + `/widget.js" defer data-position="left" data-color="#f0c000" data-label="问一问" data-greeting="&lt;img src=x onerror=alert(1)&gt;您好"></script></html>`))
	}))
	t.Cleanup(srv.Close)
	return srv.URL, func(at string) { wenda.Store(at) }
}

func TestBrowserWidget(t *testing.T) {
	portalURL, embed := portal(t)
	w := conversationWorld(t)
	cfg := w.cfg
	cfg.FrameAncestors = []string{portalURL}
	asked := make(chan rag.Question, 4)
	answers := w.deps.Asker
	w.deps.Asker = askFunc(func(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
		asked <- q
		return answers.Ask(ctx, q, emit)
	})
	s, err := New(cfg, w.deps)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = s
	url, _ := w.listen(t)
	embed(url)

	j := newJourney(t, "widget", 1280, 800, true)
	j.open(portalURL + "/article")
	j.until("a button", widgetRoot+`.querySelector("button").textContent === "问一问"`)
	focused := func(what string) string {
		return `(document.activeElement?.shadowRoot?.activeElement?.tagName ?? document.activeElement.tagName) === "` + what + `"`
	}
	j.press("Tab", 9, 0)
	j.press("Tab", 9, 0)
	j.until("the keyboard leads to the button", focused("BUTTON"))
	if got := eval[string](j, `(() => { const s = getComputedStyle(`+widgetRoot+`.querySelector("button")); return s.color + s.backgroundColor })()`); got != "rgb(0, 0, 0)rgb(240, 192, 0)" {
		t.Errorf("a bright button has the colours %s: black is what can be read on it", got)
	}
	j.shot("1-closed")
	j.enter()
	j.until("open, the focus in the frame", widgetRoot+`.querySelector("button").getAttribute("aria-expanded") === "true" && `+focused("IFRAME"))
	j.until("the frame's page has come", `performance.getEntriesByType("resource").some((e) => e.name.endsWith("/widget"))`)
	asks := func(question string) {
		t.Helper()
		// the frame is another origin's: typing finds out whether its field has the focus
		for range 40 {
			j.do("type", chromedp.KeyEvent(question))
			j.enter()
			select {
			case q := <-asked:
				if q.Text != question && strings.HasSuffix(question, q.Text) { // the focus came in the middle of typing
					continue
				}
				if !strings.Contains(q.Text, question) || q.Channel != "portal" {
					t.Errorf("asked %q by %s", q.Text, q.Channel)
				}
				return
			default:
				j.until("a moment", `new Promise((r) => setTimeout(r, 100)).then(() => true) && true`)
			}
		}
		t.Fatal("the field in the frame never got the focus")
	}
	asks("今年新建几个书屋")
	j.shot("2-asked")

	// a message that is not from our frame closes nothing
	eval[bool](j, `(postMessage({type: "wenda:close"}, "*"), dispatchEvent(new MessageEvent("message", {origin: "https://evil.example", data: {type: "wenda:close"}})), true)`)
	eval[bool](j, `(dispatchEvent(new MessageEvent("message", {origin: "`+url+`", source: window, data: {type: "wenda:close"}})), true)`)
	if !eval[bool](j, widgetRoot+`.querySelector("button").getAttribute("aria-expanded") === "true"`) {
		t.Error("somebody else's message closed the widget")
	}
	j.press("Escape", 27, 0)
	j.until("closed, the focus back on the button", widgetRoot+`.querySelector("button").getAttribute("aria-expanded") === "false" && `+focused("BUTTON"))
	j.enter()
	j.do("another page of the portal", chromedp.Navigate(portalURL+"/other"))
	j.until("open again, the focus left alone", widgetRoot+`.querySelector("button").getAttribute("aria-expanded") === "true" && `+focused("BODY"))
	j.do("a phone", chromedp.EmulateViewport(375, 720))
	j.until("all of a small screen", `(() => { const r = `+widgetRoot+`.querySelector("#panel").getBoundingClientRect(); return r.width >= 370 && r.height >= 700 })()`)
	j.shot("3-phone")
}

// The page in the frame hears its own portal only, and takes what it hears as text.
func TestBrowserWidgetMessages(t *testing.T) {
	w := conversationWorld(t)
	cfg := w.cfg
	cfg.FrameAncestors = []string{"https://www.example.gov.cn"}
	s, err := New(cfg, w.deps)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = s
	url, _ := w.listen(t)
	j := newJourney(t, "messages", 400, 640, true)
	j.open(url + "/widget")
	j.see("#q")
	before := j.text("#greeting")
	tell := func(origin, source string) {
		t.Helper()
		eval[bool](j, `(dispatchEvent(new MessageEvent("message", {origin: "`+origin+`", source: `+source+`, data: {type: "wenda:hello", greeting: "<img src=x onerror='window.hacked=1'>", focus: true}})), true)`)
	}
	tell("https://evil.example", "window")
	tell("https://www.example.gov.cn.evil.example", "window")
	tell("https://www.example.gov.cn", "null")
	if got := j.text("#greeting"); got != before || eval[string](j, `document.activeElement.id`) == "q" {
		t.Errorf("a stranger's greeting was heard: %q", got)
	}
	tell("https://www.example.gov.cn", "window")
	if got := j.text("#greeting"); !strings.HasPrefix(got, "<img") || eval[bool](j, `window.hacked === 1 || document.querySelector("#greeting img") !== null`) {
		t.Errorf("the portal's greeting is shown as %q", got)
	}
}
