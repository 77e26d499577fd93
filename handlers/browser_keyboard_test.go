package handlers

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
)

// A resident who has nothing but a keyboard gets everything.
func TestBrowserKeyboardAlone(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "keyboard", 1280, 800, true)
	j.Open(url + "/")
	j.Press("Tab", 9, 0)
	if got := browsertest.Eval[string](j, `document.activeElement.textContent`); got != "跳到主要内容" {
		t.Errorf("the first stop is %q", got)
	}
	j.Shot("1-skip")
	j.Enter()
	j.Until("in the main part", `document.activeElement.id === "main"`)
	j.TabTo("#q")
	j.Do("type", chromedp.KeyEvent("书屋名单"))
	j.Enter()
	j.See(lastAnswered)
	if got := browsertest.Eval[string](j, `document.activeElement.id`); got != "q" {
		t.Errorf("after asking the focus is on %q", got)
	}
	back := func(selector string) {
		t.Helper()
		for range 60 {
			j.Press("Tab", 9, 8)
			if browsertest.Eval[bool](j, `document.activeElement?.matches(`+quoted(selector)+`) === true`) {
				return
			}
		}
		j.Fail("tab back to "+selector, fmt.Errorf("Shift+Tab does not lead there"))
	}
	back(`.verdicts button[value=useful]`)
	j.Enter()
	j.Until("thanks", `document.querySelector(".thanks").textContent.includes("谢谢")`)
	back(`.card a`)
	j.Enter()
	j.Until("the focus is on the cited sentence", besidePanel+`?.activeElement?.id === "cited"`)
	j.Shot("2-beside")
	j.Press("Escape", 27, 0)
	j.Until("back on the card", `document.activeElement.matches(".card a")`)
	j.TabTo("[data-do=rephrase]")
	j.Enter()
	j.Until("in the field", `document.activeElement.id === "q" && document.activeElement.value === "书屋名单"`)
	back(`.tools summary`)
	j.Enter()
	j.See(".settings")
	j.TabTo(`.settings button[value=dark]`)
	j.Enter()
	j.Until("dark", `document.documentElement.dataset.theme === "dark"`)
	j.Press("Escape", 27, 0)
	j.Until("closed, focus on its button", `document.activeElement.matches(".tools summary") && !document.querySelector(".tools details").open`)
	j.TabTo("#fresh a")
	j.Enter()
	j.See("#start")
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// At 320 pixels, which is 1280 at 400 %, nothing sticks out sideways, and with three times the text neither (Shot looks).
func TestBrowserZoom(t *testing.T) {
	w, url := axeWorld(t)
	j := newJourney(t, "zoom", 320, 256, true)
	for _, display := range []string{"hans.light.normal.off", "hant.light.huge.off"} {
		j.display(url, display)
		for _, v := range views(w) {
			if !strings.Contains("first visit, not stated, feedback, settings open, history, document searched, about, accessibility, widget", v.name) {
				continue
			}
			v.reach(j, url)
			j.Shot(display + "-" + strings.ReplaceAll(v.name, " ", "-"))
			browsertest.Eval[bool](j, `(sessionStorage.clear(), localStorage.clear(), true)`)
		}
	}
	// every control can be hit with a thumb; links within running text are the exception that WCAG names
	j.display(url, "hans.light.normal.off")
	small := `[...document.querySelectorAll("button, select, textarea, summary, input:not([type=hidden]), .chips a, .topic a, .card .open, footer li a")]
		.filter((e) => e.checkVisibility() && !e.closest("label.tick") && e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 80)).join("\n")`
	for _, v := range views(w) {
		if strings.Contains("first visit, not stated, settings open, history, document", v.name) {
			v.reach(j, url)
			if got := browsertest.Eval[string](j, small); got != "" {
				t.Errorf("%s: lower than 44 pixels:\n%s", v.name, got)
			}
			browsertest.Eval[bool](j, `(sessionStorage.clear(), localStorage.clear(), true)`)
		}
	}
}

// update writes golden files anew; read them before they are committed.
var update = flag.Bool("update", false, "write golden files anew")

// What a screen reader would say of an answer, in which order, as text.
func TestBrowserAccessibilityTree(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "tree", 1280, 800, true)
	j.Open(url + "/")
	j.Write("#q", "书屋名单")
	j.Enter()
	j.See(lastAnswered)
	tree, err := chromedp.Call(j.Ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	got := spoken(tree.Nodes)
	file := filepath.Join("testdata", "answer.spoken.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// spoken writes the main part of the tree, one node a line: role, name, what is on or off.
func spoken(nodes []*accessibility.Node) string {
	byID := map[accessibility.NodeID]*accessibility.Node{}
	var main *accessibility.Node
	for _, n := range nodes {
		byID[n.NodeID] = n
		if value(n.Role) == "main" {
			main = n
		}
	}
	var b strings.Builder
	var write func(n *accessibility.Node, depth int)
	write = func(n *accessibility.Node, depth int) {
		role, name := value(n.Role), strings.TrimSpace(value(n.Name))
		said := !n.Ignored && role != "generic" && role != "none" && role != "InlineTextBox" && role != "LineBreak" && (role != "StaticText" || name != "") &&
			!(role == "paragraph" && name == "")
		if said {
			b.WriteString(strings.Repeat("  ", depth) + role)
			if name != "" {
				b.WriteString(" “" + name + "”")
			}
			for _, p := range n.Properties {
				switch p.Name {
				case "pressed", "expanded", "disabled", "required", "live", "busy":
					if v := value(p.Value); v != "false" {
						b.WriteString(" " + string(p.Name) + "=" + v)
					}
				}
			}
			b.WriteByte('\n')
			depth++
		}
		if said && (role == "button" || role == "link" || role == "heading" || role == "DisclosureTriangle") && name != "" {
			return // its text is its name
		}
		for _, id := range n.ChildIDs {
			if c := byID[id]; c != nil {
				write(c, depth)
			}
		}
	}
	if main != nil {
		write(main, 0)
	}
	return b.String()
}

func value(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var of any
	if err := json.Unmarshal(v.Value, &of); err != nil {
		return ""
	}
	return fmt.Sprint(of)
}
