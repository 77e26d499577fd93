package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// call makes one call and gives its errcode.
func call(t *testing.T, s *Server, path, body string) int {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
	var reply struct {
		Code int `json:"errcode"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		t.Fatalf("%s: %s", path, w.Body)
	}
	return reply.Code
}

func (s *Server) access(t *testing.T, force bool) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/cgi-bin/stable_token",
		strings.NewReader(fmt.Sprintf(`{"grant_type":"client_credential","appid":"wxfake00000000","secret":"secret","force_refresh":%v}`, force))))
	var reply struct {
		Token string `json:"access_token"`
	}
	_ = json.Unmarshal(w.Body.Bytes(), &reply)
	return reply.Token
}

func text(content string) string {
	return `{"touser":"o1","msgtype":"text","text":{"content":"` + content + `"}}`
}

// The quotas and refusals of PROTOCOL.md: a test against a fake that is kinder than WeChat proves nothing.
func TestServerRefuses(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	s := New(Options{Now: func() time.Time { return now }})
	send := "/cgi-bin/message/custom/send?access_token=" + s.access(t, false)
	want := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	want("an unknown user", call(t, s, send, text("x")), 40003)
	s.UserSaid("o1")
	want("another token", call(t, s, "/cgi-bin/message/custom/send?access_token=x", text("x")), 40001)
	want("an escape", call(t, s, send, text(`\u003cb`)), 40033)
	want("2049 bytes", call(t, s, send, text(strings.Repeat("x", 2049))), 45002)
	want("no text", call(t, s, send, text("")), 44004)
	want("an unknown field", call(t, s, send, `{"touser":"o1","msgtype":"text","text":{"content":"x"},"y":1}`), 47001)
	want("2048 bytes", call(t, s, send, text(strings.Repeat("x", 2048))), 0)
	for range 4 {
		want("within five", call(t, s, send, text("x")), 0)
	}
	want("the sixth", call(t, s, send, text("x")), 45047)
	s.UserEntered("o1")
	want("entered", call(t, s, send, text("x")), 0)
	now = now.Add(61 * time.Second)
	want("a minute later", call(t, s, send, text("x")), 45015)
	s.UserSaid("o1")
	now = now.Add(2 * time.Hour)
	want("an old token", call(t, s, send, text("x")), 42001)
	now = now.Add(47 * time.Hour)
	send = "/cgi-bin/message/custom/send?access_token=" + s.access(t, false)
	want("49 hours later", call(t, s, send, text("x")), 45015)
}

// The same token for everybody until five minutes before its end; then the next one, and both are good. Forced ones are rare.
func TestServerTokens(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	s := New(Options{Now: func() time.Time { return now }})
	first := s.access(t, false)
	now = now.Add(114 * time.Minute)
	if len(first) < 512 || s.access(t, false) != first {
		t.Error("another token before its time")
	}
	now = now.Add(time.Minute)
	second := s.access(t, false)
	if second == first || s.checkToken(first) != 0 || s.checkToken(second) != 0 {
		t.Error("five minutes before its end both should be good")
	}
	if forced := s.access(t, true); forced == second || s.checkToken(second) != 40001 || s.access(t, true) != "" {
		t.Error("a forced token makes the others bad, and a second one is refused")
	}
}
