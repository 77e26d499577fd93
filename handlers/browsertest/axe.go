package browsertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// axeSource is axe-core, which make axe fetches into the root of the repository; tests run in a folder below it.
var axeSource = sync.OnceValues(func() (string, error) {
	for up, levels := "..", 0; ; up, levels = filepath.Join("..", up), levels+1 {
		b, err := os.ReadFile(filepath.Join(up, ".cache", "axe", "node_modules", "axe-core", "axe.min.js"))
		if !errors.Is(err, fs.ErrNotExist) || levels == 4 {
			return string(b), err
		}
	}
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

// Axe checks the page by every rule of WCAG 2.0 to 2.2, A and AA, and reports what is broken. What is in frames is another page.
func (tab *Tab) Axe(what string) {
	tab.T.Helper()
	source, err := axeSource()
	if err != nil {
		tab.T.Fatalf("axe-core is not there: run make axe (%v)", err)
	}
	ctx, cancel := tab.patient()
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](source+"\n;true")); err != nil { // by the browser's protocol: the page's policy refuses it, rightly
		tab.Fail("inject axe-core", err)
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {iframes: false, resultTypes: ["violations"],
		runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}}).then((r) => JSON.stringify({violations: r.violations, passes: r.passes.length}))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		tab.Fail("run axe-core on "+what, err)
	}
	var got struct {
		Violations []violation
		Passes     int
	}
	if err := json.Unmarshal([]byte(raw), &got); err != nil {
		tab.T.Fatal(err)
	}
	if got.Passes < 5 {
		tab.T.Errorf("%s %s: axe-core looked at next to nothing (%d rules passed)", tab.Name, what, got.Passes)
	}
	for _, v := range got.Violations {
		var at []string
		for _, n := range v.Nodes {
			at = append(at, fmt.Sprintf("%v: %s", n.Target, strings.ReplaceAll(n.Summary, "\n", " ")))
		}
		tab.T.Errorf("%s %s: %s (%s), %d times\n\t%s", tab.Name, what, v.ID, v.Help, len(v.Nodes), strings.Join(at, "\n\t"))
	}
}
