package handlers

import (
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"

	"wenda/handlers/browsertest"
)

// run is testing.M with the browser closed behind it, so that goleak finds nothing of it.
type run struct{ m *testing.M }

// Run implements goleak.TestingM.
func (r run) Run() int {
	code := r.m.Run()
	browsertest.Close()
	return code
}

// A journey is a resident with a browser of one size and a fresh profile. It counts what the page asks of the network.
type journey struct {
	*browsertest.Tab

	mu     sync.Mutex
	asked  []string // addresses that were requested
	weight float64  // bytes that came over the network
	files  int
}

func newJourney(t *testing.T, name string, width, height int64, scripts bool) *journey {
	t.Helper()
	j := &journey{}
	j.Tab = browsertest.New(t, name, width, height, scripts, j.listen)
	return j
}

func (j *journey) listen(event any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		j.asked = append(j.asked, e.Request.URL)
	case *network.EventLoadingFinished:
		j.weight += e.EncodedDataLength
		j.files++
	}
}

// heard is what the live region told screen readers.
func (j *journey) heard() string {
	j.T.Helper()
	return browsertest.Eval[string](j, `document.querySelector("#live").textContent`)
}
