package browsertest

import (
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// Shot takes a picture of the window into $WENDA_SCREENSHOTS, and checks that nothing sticks out sideways, with or without that.
func (tab *Tab) Shot(what string) { tab.T.Helper(); tab.shot(what, chromedp.CaptureScreenshot()) }

// ShotOfPage is Shot with a picture of the whole page: also of what the window would have to scroll to.
func (tab *Tab) ShotOfPage(what string) { tab.T.Helper(); tab.shot(what, chromedp.FullScreenshot(100)) }

func (tab *Tab) shot(what string, take chromedp.Action[[]byte]) {
	tab.T.Helper()
	tab.fits(what)
	dir := os.Getenv("WENDA_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tab.T.Fatal(err)
	}
	ctx, cancel := tab.patient()
	defer cancel()
	png, err := chromedp.Run(ctx, take)
	for err != nil && ctx.Err() == nil { // the page went while its picture was taken, as after a click: the next one has its own
		tab.fits(what)
		png, err = chromedp.Run(ctx, take)
	}
	if err != nil {
		tab.Fail("screenshot", err)
	}
	if err := os.WriteFile(filepath.Join(dir, tab.Name+"-"+what+".png"), png, 0o644); err != nil {
		tab.T.Fatal(err)
	}
}

// fits waits until the page is loaded and nothing sticks out sideways.
func (tab *Tab) fits(what string) {
	tab.T.Helper()
	const wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`
	tab.Until("load and fit sideways at "+what, loaded+` && `+wide+` <= 0`) // one look: the page may go between two
}
