package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// axeSource is axe-core, which make axe fetches.
var axeSource = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile(filepath.Join("..", ".cache", "axe", "node_modules", "axe-core", "axe.min.js"))
	return string(b), err
})

// A violation is what axe-core tells of a rule that is broken.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		Target  []any  `json:"target"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// axe checks the page by every rule of WCAG 2.0 to 2.2, A and AA, and reports what is broken.
func (j *journey) axe(what string) {
	j.t.Helper()
	source, err := axeSource()
	if err != nil {
		j.t.Fatalf("axe-core is not there: run make axe (%v)", err)
	}
	ctx, cancel := context.WithTimeout(j.ctx, patience)
	defer cancel()
	if !eval[bool](j, `window.axe !== undefined`) { // by the browser's own protocol: the page's policy refuses it, rightly
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](source+"\n;true")); err != nil {
			j.fail("inject axe-core", err)
		}
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {iframes: false, resultTypes: ["violations"],
		runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}}).then((r) => JSON.stringify({violations: r.violations, passes: r.passes.length}))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		j.fail("run axe-core on "+what, err)
	}
	var got struct {
		Violations []violation
		Passes     int
	}
	if err := json.Unmarshal([]byte(raw), &got); err != nil {
		j.t.Fatal(err)
	}
	if got.Passes < 5 {
		j.t.Errorf("%s %s: axe-core looked at next to nothing (%d rules passed)", j.name, what, got.Passes)
	}
	for _, v := range got.Violations {
		var at []string
		for _, n := range v.Nodes {
			at = append(at, fmt.Sprintf("%v: %s", n.Target, strings.ReplaceAll(n.Summary, "\n", " ")))
		}
		j.t.Errorf("%s %s: %s (%s)\n\t%s", j.name, what, v.ID, v.Help, strings.Join(at, "\n\t"))
	}
}

// display sets the cookie as /settings does.
func (j *journey) display(url, value string) {
	j.t.Helper()
	if _, err := chromedp.Call(j.ctx, network.SetCookie, network.SetCookieParams{Name: displayCookie, Value: value, URL: url}); err != nil {
		j.t.Fatal(err)
	}
}

// A view is a page or a state of one, and how to get there.
type view struct {
	name  string
	reach func(j *journey, url string)
}

// views are all pages and states that residents see.
func views(w *world) []view {
	at := func(name, path string) view { return view{name, func(j *journey, url string) { j.open(url + path) }} }
	asked := func(j *journey, url, question string) {
		j.open(url + "/")
		j.see("#start")
		j.write("#q", question)
		j.enter()
	}
	answer := func(j *journey, url, question string) {
		asked(j, url, question)
		j.see(lastAnswered)
	}
	c := w.document.Chunks[len(w.document.Chunks)-2]
	return []view{
		at("first visit", "/"),
		{"answer", func(j *journey, url string) { answer(j, url, "今年新建几个书屋") }},
		{"not stated", func(j *journey, url string) { answer(j, url, "书屋名单") }},
		{"feedback", func(j *journey, url string) {
			answer(j, url, "读书节")
			j.click(".verdicts button[value=useless]")
			j.see("select[name=reason]")
		}},
		{"waiting", func(j *journey, url string) { asked(j, url, "慢慢来"); j.see("#stop") }},
		{"stopped", func(j *journey, url string) { asked(j, url, "慢慢来"); j.click("#stop"); j.see(".turn .trouble") }},
		{"suggestions", func(j *journey, url string) {
			j.open(url + "/")
			j.write("#q", "书屋")
			j.see("#guesses li")
			j.press("ArrowDown", 40, 0)
		}},
		{"settings open", func(j *journey, url string) { j.open(url + "/"); j.click(".tools summary"); j.see(".settings") }},
		{"history", func(j *journey, url string) {
			answer(j, url, "今年新建几个书屋")
			j.click("#fresh a")
			j.click("#history summary")
			j.see("#history li")
		}},
		{"nothing to ask", func(j *journey, url string) { j.open(url + "/"); j.click(send); j.see("#trouble") }},
		at("answer by the server", "/?q=书屋"),
		at("answer page", "/a/a_1"),
		at("document", "/doc/"+w.document.ID+"?p="+c.ID+"&s=0&cite=a_1#"+c.ID),
		at("document searched", "/doc/"+w.document.ID+"?find=书屋"),
		at("answer expired", "/a/a_none"),
		at("about", "/about"), at("privacy", "/privacy"), at("accessibility", "/accessibility"), at("settings", "/settings"),
		at("style", "/style"), at("widget", "/widget"),
		{"demo", func(j *journey, url string) {
			j.open(url + "/widget/demo")
			eval[bool](j, `(`+widgetRoot+`.querySelector("button").click(), true)`)
			j.until("the frame is there", widgetRoot+`.querySelector("iframe")?.contentDocument?.querySelector("#q") != null`)
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
		j.shot(strings.ReplaceAll(v.name, " ", "-"))
		j.axe(v.name)
		eval[bool](j, `(sessionStorage.clear(), localStorage.clear(), true)`)
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
