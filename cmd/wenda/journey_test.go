package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
)

// A journey is a resident with a browser of one size and a fresh profile.
type journey struct {
	*browsertest.Tab
	width, height int64
}

func newJourney(t *testing.T, name string, width, height int64, scripts bool) *journey {
	t.Helper()
	return &journey{browsertest.New(t, name, width, height, scripts), width, height}
}

// says checks that an element's text has these words.
func (j *journey) says(selector, want string) {
	j.T.Helper()
	j.See(selector)
	if got := j.Text(selector); !strings.Contains(got, want) {
		j.T.Errorf("%s says %q, not %q", selector, got, want)
	}
}

// picture is a PNG of the window, made smaller by scale.
func (j *journey) picture(scale float64) []byte {
	j.T.Helper()
	clip := page.Viewport{Width: float64(j.width), Height: float64(j.height), Scale: scale}
	got, err := chromedp.Call(j.Ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "png", Clip: &clip})
	if err != nil {
		j.Fail("take a picture", err)
	}
	return got.Data
}

func quoted(s string) string { return strconv.Quote(s) }
