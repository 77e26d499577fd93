//go:build long

package staff

import (
	"strings"
	"testing"

	"wenda/handlers/browsertest"
)

// Every page and state of the console, in the light and in the dark, at a telephone's and at a desk's width: no violation of WCAG A and AA.
// No two pages have the same title.
func TestLongStaffAxe(t *testing.T) {
	l, bench := looksSite(t)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{375, 1280} {
			list := looks(l, bench)
			everyPage(t, l, list)
			titles := map[string]string{}
			walk(t, l, list, "long-"+scheme, width, 900, scheme, func(j *journey, what string) {
				j.Axe(what)
				title, path := browsertest.Eval[string](j, `document.title`), browsertest.Eval[string](j, `location.pathname + location.search`)
				if other, taken := titles[title]; taken && !samePage(other, path) {
					t.Errorf("%s and %s have the same title %q", other, path, title)
				}
				titles[title] = path
			})
		}
	}
}

// samePage reports whether two addresses show one page: the same list with another filter, or one with a form that was sent to the other.
func samePage(a, b string) bool {
	plain := func(s string) string { p, _, _ := strings.Cut(s, "?"); return p }
	a, b = plain(a), plain(b)
	const tests, runs = "/staff/tests", "/staff/runs" // the page of tests holds the form that begins a run
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) || a == tests && b == runs || a == runs && b == tests
}

// Every page and state at 320 pixels, which is 1280 at 400 %: nothing sticks out sideways (walk looks), tables scroll in a box of their own
// that can be reached by keyboard and has a name, every table has a caption or a heading before it, its headings have a scope, every chart
// its table.
func TestLongStaffZoom(t *testing.T) {
	l, bench := looksSite(t)
	walk(t, l, looks(l, bench), "zoom", 320, 256, "light", func(j *journey, what string) {
		for rule, broken := range map[string]string{
			"a box that scrolls cannot be reached or has no name": `[...document.querySelectorAll("main *")].filter((e) => { const s = getComputedStyle(e);
				return /auto|scroll/.test(s.overflowX + s.overflowY) && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1) && !e.matches("textarea, select, [tabindex='0']") })`,
			"a table without caption or heading":      `[...document.querySelectorAll("table")].filter((e) => !e.caption && !(e.closest("[aria-label]") && [...document.querySelectorAll("h2, h3")].some((h) => h.compareDocumentPosition(e) & 4)))`,
			"a heading of a table without scope":      `[...document.querySelectorAll("th:not([scope])")]`,
			"a chart without its table":               `[...document.querySelectorAll("svg[role=img]:not(.trend)")].filter((e) => !(e.closest("figure").querySelector("table") || e.closest("figure").nextElementSibling?.querySelector("table")))`,
			"a region that is reached without a name": `[...document.querySelectorAll("[tabindex='0']")].filter((e) => !e.matches("pre") && !e.getAttribute("aria-label"))`,
		} {
			if got := browsertest.Eval[string](j, `(`+broken+`).map((e) => e.outerHTML.slice(0, 160)).join("\n")`); got != "" {
				t.Errorf("%s: %s:\n%s", what, rule, got)
			}
		}
	})
}

// After a form was sent the focus is on what came of it, where the browser shows it: the complaint, the message, the result. A field that is
// complained of says so and points to the complaint.
func TestLongStaffFocus(t *testing.T) {
	l, bench := looksSite(t)
	seen := 0
	walk(t, l, looks(l, bench), "focus", 1280, 900, "light", func(j *journey, what string) {
		name, _, _ := strings.Cut(what, " at ")
		if !strings.HasSuffix(name, " refused") && name != "flash" && name != "merge" && name != "trial answered" && name != "prompt with mistakes" && name != "account made" {
			return
		}
		seen++
		if at := browsertest.Eval[string](j, `(() => { const e = document.activeElement; return e === document.body || !e.matches(":focus") || getComputedStyle(e).outlineStyle === "none" ? "" : e.outerHTML.slice(0, 80) })()`); at == "" {
			t.Errorf("%s: nothing is seen to have the focus", what)
		}
		if strings.HasSuffix(name, " refused") && !browsertest.Eval[bool](j, `[...document.querySelectorAll("[aria-invalid=true]")].some((f) => document.getElementById(f.getAttribute("aria-describedby"))?.getAttribute("role") === "alert")`) {
			t.Errorf("%s: no field points to the complaint", what)
		}
	})
	if seen < 10 {
		t.Errorf("only %d forms were sent", seen)
	}
}
