package mp

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// node runs tests of the sample mini-program, without a build and without packages.
func node(t *testing.T, files []string, env ...string) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("没有 node：请运行 apt-get install nodejs（make test 会装）")
	}
	cmd := exec.Command("node", append([]string{"--test", "--test-reporter=tap"}, files...)...)
	cmd.Dir = "../miniprogram"
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "# fail 0") || strings.Contains(string(out), "# pass 0") {
		t.Errorf("%v\n%s", err, out)
	}
}

// WeChat cuts chunks anywhere.
func TestSampleDecoder(t *testing.T) {
	node(t, []string{"test/decoder.test.js", "test/files.test.js"})
}

// The sample's pages against the real server, with wx and Page played by test/phone.js.
func TestSampleDrivesTheAPI(t *testing.T) {
	w := newWorld(t, func(l *Limits, d *Deps) { l.AskBurst, l.Burst = 100, 1000 })
	var codes []string
	for range 10 {
		codes = append(codes, w.wechat.Login("o-phone"))
	}
	control := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch r.URL.Path {
		case "/slow":
			w.slow, w.gate = true, make(chan struct{})
		case "/go":
			w.slow = false
			close(w.gate)
		}
		fmt.Fprint(rw, "ok")
	}))
	defer control.Close()
	node(t, []string{"test/pages.test.js"}, "WENDA_URL="+w.server.URL, "WENDA_CONTROL="+control.URL, "WENDA_CODES="+strings.Join(codes, ","))
	if n := w.wechat.Calls("jscode2session"); n < 2 || n > len(codes) {
		t.Errorf("%d sign-ins", n)
	}
}
