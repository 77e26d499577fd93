package handlers

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
)

// display sets the cookie as /settings does.
func (j *journey) display(url, value string) {
	j.T.Helper()
	if _, err := chromedp.Call(j.Ctx, network.SetCookie, network.SetCookieParams{Name: displayCookie, Value: value, URL: url}); err != nil {
		j.T.Fatal(err)
	}
}

// A view is a page or a state of one, and how to get there.
type view struct {
	name  string
	reach func(j *journey, url string)
}

// views are all pages and states that residents see.
func views(w *world) []view {
	at := func(name, path string) view { return view{name, func(j *journey, url string) { j.Open(url + path) }} }
	asked := func(j *journey, url, question string) {
		j.Open(url + "/")
		j.See("#start")
		j.Write("#q", question)
		j.Enter()
	}
	answer := func(j *journey, url, question string) {
		asked(j, url, question)
		j.See(lastAnswered)
	}
	c := w.document.Chunks[len(w.document.Chunks)-2]
	return []view{
		at("first visit", "/"),
		{"answer", func(j *journey, url string) { answer(j, url, "今年新建几个书屋") }},
		{"not stated", func(j *journey, url string) { answer(j, url, "书屋名单") }},
		{"feedback", func(j *journey, url string) {
			answer(j, url, "读书节")
			j.Click(".verdicts button[value=useless]")
			j.See("select[name=reason]")
		}},
		{"waiting", func(j *journey, url string) { asked(j, url, "慢慢来"); j.See("#stop") }},
		{"stopped", func(j *journey, url string) { asked(j, url, "慢慢来"); j.Click("#stop"); j.See(".turn .trouble") }},
		{"suggestions", func(j *journey, url string) {
			j.Open(url + "/")
			j.Write("#q", "书屋")
			j.See("#guesses li")
			j.Press("ArrowDown", 40, 0)
		}},
		{"settings open", func(j *journey, url string) { j.Open(url + "/"); j.Click(".tools summary"); j.See(".settings") }},
		{"history", func(j *journey, url string) {
			answer(j, url, "今年新建几个书屋")
			j.Click("#fresh a")
			j.Click("#history summary")
			j.See("#history li")
		}},
		{"nothing to ask", func(j *journey, url string) { j.Open(url + "/"); j.Click(send); j.See("#trouble") }},
		at("answer by the server", "/?q=书屋"),
		at("answer page", "/a/a_1"),
		at("document", "/doc/"+w.document.ID+"?p="+c.ID+"&s=0&cite=a_1#"+c.ID),
		at("document searched", "/doc/"+w.document.ID+"?find=书屋"),
		at("answer expired", "/a/a_none"),
		at("about", "/about"), at("privacy", "/privacy"), at("accessibility", "/accessibility"), at("settings", "/settings"),
		at("style", "/style"), at("widget", "/widget"),
		{"demo", func(j *journey, url string) {
			j.Open(url + "/widget/demo")
			browsertest.Eval[bool](j, `(`+widgetRoot+`.querySelector("button").click(), true)`)
			j.Until("the frame is there", widgetRoot+`.querySelector("iframe")?.contentDocument?.querySelector("#q") != null`)
		}},
	}
}

// widgetRoot is the widget's shadow root, as an expression in the page.
const widgetRoot = `[...document.body.children].find((e) => e.shadowRoot).shadowRoot`

// axeWorld has the style page too.
func axeWorld(t *testing.T) (*world, string) {
	w := conversationWorld(t)
	cfg := w.cfg
	cfg.Development = true
	s, err := New(cfg, w.deps)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = s
	url, _ := w.listen(t)
	return w, url
}

// checkViews runs axe-core on all views, shown as display says.
func checkViews(t *testing.T, name, display string, width int64, only ...string) {
	w, url := axeWorld(t)
	j := newJourney(t, name, width, 900, true)
	j.display(url, display)
	seen := 0
	for _, v := range views(w) {
		if len(only) > 0 && !strings.Contains(strings.Join(only, ","), v.name) {
			continue
		}
		seen++
		v.reach(j, url)
		j.Shot(strings.ReplaceAll(v.name, " ", "-"))
		j.Axe(v.name)
		browsertest.Eval[bool](j, `(sessionStorage.clear(), localStorage.clear(), true)`)
	}
	if seen == 0 {
		t.Fatal("no views")
	}
}

// Every view in the usual light, the ones with most colours in the dark, with high contrast, in elder mode, in traditional characters.
// TestLongAxe has all of them in all combinations.
func TestBrowserAxe(t *testing.T) {
	t.Run("light", func(t *testing.T) { checkViews(t, "axe-light", "hans.light.normal.off", 375) })
	t.Run("dark", func(t *testing.T) {
		checkViews(t, "axe-dark", "hant.dark.normal.off", 1280, "answer", "settings open")
	})
	t.Run("contrast", func(t *testing.T) {
		checkViews(t, "axe-contrast", "hans.contrast.large.on", 768, "not stated", "document")
	})
}
