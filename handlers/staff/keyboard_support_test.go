package staff

import (
	"errors"
	"strconv"
	"time"

	"github.com/chromedp/cdproto/input"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
)

// By keyboard alone: Tab, Enter, Space, arrows, and text as an input method brings it. Nothing here clicks or moves the focus from outside.

// enterOn goes to an element by Tab and presses Enter on it.
func (j *journey) enterOn(selector string) {
	j.t.Helper()
	j.TabTo(selector)
	j.Enter()
}

func (j *journey) space() { j.t.Helper(); j.Press(" ", 32, 0) }
func (j *journey) down()  { j.t.Helper(); j.Press("ArrowDown", 40, 0) }
func (j *journey) up()    { j.t.Helper(); j.Press("ArrowUp", 38, 0) }
func (j *journey) tab()   { j.t.Helper(); j.Press("Tab", 9, 0) }

// overwrite replaces the text of the field that Tab leads to.
func (j *journey) overwrite(selector, text string) {
	j.t.Helper()
	j.TabTo(selector)
	all := input.DispatchKeyEventParams{Type: "keyDown", Key: "a", Code: "KeyA", WindowsVirtualKeyCode: 65, Modifiers: 2, Commands: []string{"selectAll"}}
	if _, err := chromedp.Call(j.Ctx, input.DispatchKeyEvent, all); err != nil {
		j.Fail("select all in "+selector, err)
	}
	all.Type, all.Commands = "keyUp", nil
	if _, err := chromedp.Call(j.Ctx, input.DispatchKeyEvent, all); err != nil {
		j.Fail("select all in "+selector, err)
	}
	if _, err := chromedp.Call(j.Ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		j.Fail("write into "+selector, err)
	}
}

// takeFiles presses Space on the field for files and answers the window of the system that comes.
func (j *journey) takeFiles(selector string, files ...string) {
	j.t.Helper()
	if _, err := chromedp.Call(j.Ctx, cdppage.SetInterceptFileChooserDialog, cdppage.SetInterceptFileChooserDialogParams{Enabled: true}); err != nil {
		j.Fail("wait for the window of files", err)
	}
	j.TabTo(selector)
	before := j.windows()
	j.space()
	for end := time.Now().Add(browsertest.Patience); j.windows() == before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			j.Fail("choose files", errors.New("Space opened no window"))
		}
	}
	j.Do("choose files", chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

func (j *journey) windows() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.choosers
}

// focused wants the focus on an element: the summary of what is wrong after a save that failed, the result after one that did not.
func (j *journey) focused(selector string) {
	j.t.Helper()
	j.Until("the focus to be on "+selector, `document.readyState === "complete" && document.activeElement?.matches(`+strconv.Quote(selector)+`) === true`)
}

// Where the focus goes.
const (
	onResult = `main [role="status"]`
	onWrong  = `main [role="alert"]`
)

// walk presses Tab through a page: everything that it stops at shows the focus, and the order is that of the text, with the link that skips
// the menu first. It returns how many stops there were.
func (j *journey) walk(path string) (stops int) {
	j.t.Helper()
	j.Open(path)
	j.See("main")
	browsertest.Eval[bool](j, `(() => { document.activeElement?.blur(); globalThis.stops = []; return true })()`)
	for stops = 0; stops < 60; stops++ {
		j.tab()
		order := browsertest.Eval[string](j, `(() => { const e = document.activeElement, list = globalThis.stops;
			if (!e || e === document.body || list.includes(e)) return "end";
			const last = list.at(-1); list.push(e);
			if (list.length === 1) return e.matches("a.skip") ? "" : "the first stop is not the link to the content: " + e.outerHTML.slice(0, 100);
			return last.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING ? "" : "out of order: " + e.outerHTML.slice(0, 100) })()`)
		switch order {
		case "":
			j.FocusShows(path)
		case "end":
			return stops
		default:
			j.t.Errorf("%s: %s", path, order)
		}
	}
	return stops
}
