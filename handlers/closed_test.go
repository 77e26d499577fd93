package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A channel that is switched off answers nobody, says so with 12345, and leaves the others alone; what was answered before can still be read.
func TestClosedChannels(t *testing.T) {
	off := map[string]bool{}
	change := func(c *Config, d *Deps) {
		c.LimitsOff, d.Closed = true, func(channel string) bool { return off[channel] }
	}
	w, key, _ := signedWorld(t, nil, change)
	const question = `{"question":"今年新建几个社区书屋"}`
	own := []string{"Origin", "http://example.com"}
	nonce := 0
	asks := map[string]func() int{
		"portal": func() int { return w.post("/api/v1/ask", question, own...).Code },
		"api":    func() int { return w.post("/api/v1/ask", question).Code },
		"api:search": func() int {
			nonce++
			return w.signedAsk(key, time.Now(), nonce, "").Code
		},
	}
	for closed := range asks {
		off = map[string]bool{closed: true}
		for channel, ask := range asks {
			want := 200
			if channel == closed {
				want = 503
			}
			if got := ask(); got != want {
				t.Errorf("%s while %s is closed: got %d, want %d", channel, closed, got, want)
			}
		}
	}
	off = map[string]bool{"portal": true}
	for name, headers := range map[string][]string{"JSON": own, "a stream": append([]string{"Accept", "text/event-stream"}, own...)} {
		got := wantError(t, w.post("/api/v1/ask", question, headers...), 503, "channel_closed")
		if !strings.Contains(got.Message, "12345") {
			t.Errorf("%s: %s", name, got.Message)
		}
	}
	form := url.Values{"q": {"今年新建几个社区书屋"}}.Encode()
	page := w.do(http.MethodPost, "/", "application/x-www-form-urlencoded", form)
	if page.Code != 503 || page.Header().Get("Retry-After") == "" || !strings.Contains(page.Body.String(), "拨打12345咨询") || strings.Contains(page.Body.String(), "请求编号") {
		t.Errorf("the form: %d, Retry-After %q\n%s", page.Code, page.Header().Get("Retry-After"), page.Body)
	}
	if page := w.get("/?" + form); page.Code != 503 {
		t.Errorf("a link with a question: %d", page.Code)
	}
	if page := w.get("/"); page.Code != 200 || !strings.Contains(page.Body.String(), "拨打12345咨询") {
		t.Errorf("the first page: %d", page.Code)
	}
	if page := w.get("/a/a_1"); page.Code != 200 {
		t.Errorf("an answer of before: %d", page.Code)
	}
	if strings.Contains(w.log.String(), `"level":"ERROR"`) {
		t.Errorf("logged as an error: %s", w.log.String())
	}
	off = nil
	if page := w.get("/"); strings.Contains(page.Body.String(), "拨打12345咨询") {
		t.Error("the first page says closed when it is open")
	}
}
