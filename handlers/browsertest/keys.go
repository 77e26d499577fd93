package browsertest

import (
	"errors"
	"strconv"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Enter presses the Enter key as a keyboard does: one event that types a line end unless the page prevents it. (chromedp's own \r sends the
// character apart, and the page could not.)
func (tab *Tab) Enter() { tab.T.Helper(); tab.Press("Enter", 13, 0) }

// Press presses a key by its name and Windows key code; modifiers: 8 is Shift.
func (tab *Tab) Press(name string, code, modifiers int64) {
	tab.T.Helper()
	key := input.DispatchKeyEventParams{Type: "rawKeyDown", Key: name, Code: name, WindowsVirtualKeyCode: code, Modifiers: modifiers}
	switch name { // the keys that type something
	case "Enter":
		key.Type, key.Text = "keyDown", "\r"
	case " ":
		key.Type, key.Text, key.Code = "keyDown", " ", "Space"
	}
	if _, err := chromedp.Call(tab.Ctx, input.DispatchKeyEvent, key); err != nil {
		tab.Fail("press "+name, err)
	}
	key.Type, key.Text = "keyUp", ""
	if _, err := chromedp.Call(tab.Ctx, input.DispatchKeyEvent, key); err != nil {
		tab.Fail("release "+name, err)
	}
}

// TabTo goes to an element as somebody does who presses Tab until it has the focus, forward from where the focus is. It fails when the
// keyboard does not lead there or the focus is not to be seen.
func (tab *Tab) TabTo(selector string) {
	tab.T.Helper()
	tab.See(selector)
	for range 200 {
		if Eval[bool](tab, `document.activeElement?.matches(`+strconv.Quote(selector)+`) === true`) {
			tab.FocusShows(selector)
			return
		}
		tab.Press("Tab", 9, 0)
	}
	tab.Fail("tab to "+selector, errors.New("the Tab key does not lead there"))
}

// FocusShows wants that people see where the focus is; what says in a failure what has it.
func (tab *Tab) FocusShows(what string) {
	tab.T.Helper()
	if !Eval[bool](tab, `(() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
		return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && r.width > 0 && r.height > 0 && r.bottom > 0 && r.top < innerHeight })()`) {
		tab.T.Errorf("%s has the focus and does not show it: %s", what, Eval[string](tab, `document.activeElement.outerHTML.slice(0, 200)`))
	}
}
