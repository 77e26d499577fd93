package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
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
	j.Open(portalURL + "/article")
	j.Until("a button", widgetRoot+`.querySelector("button").textContent === "问一问"`)
	focused := func(what string) string {
		return `(document.activeElement?.shadowRoot?.activeElement?.tagName ?? document.activeElement.tagName) === "` + what + `"`
	}
	j.Press("Tab", 9, 0)
	j.Press("Tab", 9, 0)
	j.Until("the keyboard leads to the button", focused("BUTTON"))
	if got := browsertest.Eval[string](j, `(() => { const s = getComputedStyle(`+widgetRoot+`.querySelector("button")); return s.color + s.backgroundColor })()`); got != "rgb(0, 0, 0)rgb(240, 192, 0)" {
		t.Errorf("a bright button has the colours %s: black is what can be read on it", got)
	}
	j.Shot("1-closed")
	j.Enter()
	j.Until("open, the focus in the frame", widgetRoot+`.querySelector("button").getAttribute("aria-expanded") === "true" && `+focused("IFRAME"))
	j.Until("the frame's page has come", `performance.getEntriesByType("resource").some((e) => e.name.endsWith("/widget"))`)
	asks := func(question string) {
		t.Helper()
		// the frame is another origin's: typing finds out whether its field has the focus
		for range 40 {
			j.Do("type", chromedp.KeyEvent(question))
			j.Enter()
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
				j.Until("a moment", `new Promise((r) => setTimeout(r, 100)).then(() => true) && true`)
			}
		}
		t.Fatal("the field in the frame never got the focus")
	}
	asks("今年新建几个书屋")
	j.Shot("2-asked")

	// a message that is not from our frame closes nothing
	browsertest.Eval[bool](j, `(postMessage({type: "wenda:close"}, "*"), dispatchEvent(new MessageEvent("message", {origin: "https://evil.example", data: {type: "wenda:close"}})), true)`)
	browsertest.Eval[bool](j, `(dispatchEvent(new MessageEvent("message", {origin: "`+url+`", source: window, data: {type: "wenda:close"}})), true)`)
	if !browsertest.Eval[bool](j, widgetRoot+`.querySelector("button").getAttribute("aria-expanded") === "true"`) {
		t.Error("somebody else's message closed the widget")
	}
	j.Press("Escape", 27, 0)
	j.Until("closed, the focus back on the button", widgetRoot+`.querySelector("button").getAttribute("aria-expanded") === "false" && `+focused("BUTTON"))
	j.Enter()
	j.Do("another page of the portal", chromedp.Navigate(portalURL+"/other"))
	j.Until("open again, the focus left alone", widgetRoot+`.querySelector("button").getAttribute("aria-expanded") === "true" && `+focused("BODY"))
	j.Do("a phone", chromedp.EmulateViewport(375, 720))
	j.Until("all of a small screen", `(() => { const r = `+widgetRoot+`.querySelector("#panel").getBoundingClientRect(); return r.width >= 370 && r.height >= 700 })()`)
	j.Shot("3-phone")
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
	j.Open(url + "/widget")
	j.See("#q")
	before := j.Text("#greeting")
	tell := func(origin, source string) {
		t.Helper()
		browsertest.Eval[bool](j, `(dispatchEvent(new MessageEvent("message", {origin: "`+origin+`", source: `+source+`, data: {type: "wenda:hello", greeting: "<img src=x onerror='window.hacked=1'>", focus: true}})), true)`)
	}
	tell("https://evil.example", "window")
	tell("https://www.example.gov.cn.evil.example", "window")
	tell("https://www.example.gov.cn", "null")
	if got := j.Text("#greeting"); got != before || browsertest.Eval[string](j, `document.activeElement.id`) == "q" {
		t.Errorf("a stranger's greeting was heard: %q", got)
	}
	tell("https://www.example.gov.cn", "window")
	if got := j.Text("#greeting"); !strings.HasPrefix(got, "<img") || browsertest.Eval[bool](j, `window.hacked === 1 || document.querySelector("#greeting img") !== null`) {
		t.Errorf("the portal's greeting is shown as %q", got)
	}
}
