package staff

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
	"wenda/store"
)

// A journey is somebody of the staff at a browser with a fresh profile. It counts clicks.
type journey struct {
	*site
	*browsertest.Tab
	clicks int
	began  time.Time // of what is counted
	marks  int       // elements that were named

	mu       sync.Mutex
	choosers int // windows for choosing files that opened
}

func newJourney(s *site, name string, scripts bool) *journey {
	s.t.Helper()
	j := &journey{site: s}
	j.Tab = browsertest.New(s.t, "staff-"+name, 1280, 900, scripts, j.listen)
	return j
}

func startJourney(t *testing.T, name string, scripts bool) (*journey, *testBench) {
	t.Helper()
	s, b := benchSite(t)
	return newJourney(s, name, scripts), b
}

func (j *journey) listen(event any) {
	if _, ok := event.(*cdppage.EventFileChooserOpened); ok {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.choosers++
	}
}

// within makes t the test that fails, of the site and of the browser, until back is called.
func (j *journey) within(t *testing.T) (back func()) {
	site, tab := j.site.t, j.T
	j.site.t, j.T = t, t
	return func() { j.site.t, j.T = site, tab }
}

// signedIn gives the browser a session of a new account, and opens the first page.
func (j *journey) signedIn(name string, role store.Role) {
	j.T.Helper()
	b := j.as(name, role)
	set := network.SetCookieParams{Name: "wenda-sid", Value: b.cookie("wenda-sid"), URL: j.url, SameSite: network.CookieSameSiteStrict}
	if _, err := chromedp.Call(j.Ctx, network.SetCookie, set); err != nil {
		j.T.Fatal(err)
	}
	j.Open("/staff/")
}

// Open goes to a page of the site.
func (j *journey) Open(path string) { j.T.Helper(); j.Tab.Open(j.url + path) }

// Click is the browser's, counted.
func (j *journey) Click(selector string) {
	j.T.Helper()
	j.clicks++
	j.Tab.Click(selector)
}

// says waits until the page holds a text.
func (j *journey) says(text string) {
	j.T.Helper()
	j.Until("read "+text, `document.querySelector("main")?.innerText.includes(`+strconv.Quote(text)+`) === true`)
}

// fill puts a text into a field as pasting does.
func (j *journey) fill(selector, text string) {
	j.T.Helper()
	j.See(selector)
	if ok := browsertest.Eval[bool](j, `(() => { const f = document.querySelector(`+strconv.Quote(selector)+`); f.focus(); f.select(); return document.execCommand("insertText", false, `+
		strconv.Quote(text)+`) })()`); !ok {
		j.Fail("fill "+selector, errors.New("not editable"))
	}
}
