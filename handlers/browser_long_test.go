//go:build long

package handlers

import (
	"strings"
	"testing"

	"wenda/handlers/browsertest"
)

// Every view in every theme, both scripts, elder mode, at a phone's and a desk's width: no violation of WCAG A and AA.
func TestLongAxe(t *testing.T) {
	for _, theme := range []string{"light", "dark", "contrast"} {
		for _, rest := range []struct {
			script, size, elder string
			width               int64
		}{{"hans", "normal", "off", 1280}, {"hant", "large", "off", 375}, {"hans", "normal", "on", 375}, {"hant", "huge", "on", 768}} {
			display := strings.Join([]string{rest.script, theme, rest.size, rest.elder}, ".")
			t.Run(display, func(t *testing.T) { checkViews(t, "long-"+display, display, rest.width) })
		}
	}
}

// Every view at 320 pixels, with the text at each size: nothing sticks out sideways (Shot looks).
func TestLongZoom(t *testing.T) {
	w, url := axeWorld(t)
	j := newJourney(t, "long-zoom", 320, 256, true)
	for _, display := range []string{"hans.light.normal.off", "hant.dark.large.off", "hans.contrast.huge.off", "hans.light.normal.on"} {
		j.display(url, display)
		for _, v := range views(w) {
			if v.name == "demo" { // its panel covers everything
				continue
			}
			v.reach(j, url)
			j.Shot(display + "-" + strings.ReplaceAll(v.name, " ", "-"))
			browsertest.Eval[bool](j, `(sessionStorage.clear(), localStorage.clear(), true)`)
		}
	}
}
