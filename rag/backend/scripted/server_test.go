package scripted

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func post(t *testing.T, url, body string) (string, int, error) {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return string(raw), resp.StatusCode, err
}

func TestItSpeaksWhatIsAsked(t *testing.T) {
	s := Start()
	defer s.Close()
	for _, row := range []struct{ path, body, want string }{
		{"/v1/chat/completions", `{"stream":true,"messages":[{"role":"user","content":"?"}]}`, "data: [DONE]\n\n"},
		{"/v1/chat/completions", `{"messages":[]}`, `"message":{"role":"assistant","content":"2022年全年`},
		{"/v1/embeddings", `{"input":["a","b"]}`, `"index":1`},
		{"/v1/embeddings", `{"input":"a"}`, `"index":0`},
		{"/api/chat", `{"stream":true}`, `"done":true`},
		{"/api/embed", `{"input":["a"]}`, `"embeddings":[[`},
	} {
		got, status, err := post(t, s.URL+row.path, row.body)
		if err != nil || status != 200 || !strings.Contains(got, row.want) {
			t.Errorf("%s: got %d %q, %v, want %q", row.path, status, got, err, row.want)
		}
	}
	if asked := s.Requests(); len(asked) != 6 || asked[0].Messages[0].Content != "?" || !asked[0].Stream || !slices.Equal(asked[2].Input, []string{"a", "b"}) {
		t.Errorf("asked %+v", s.Requests())
	}
}

func TestItFollowsItsScript(t *testing.T) {
	s := Start()
	defer s.Close()
	s.Script(Refuse(429, "slow", "slow down", "3"), Stream(Write("half"), Cut()))
	s.Answer(func(r Request) Reply { return JSON(418, r.Path) })
	if got, status, err := post(t, s.URL+"/a", "{}"); err != nil || status != 429 || !strings.Contains(got, "slow down") {
		t.Errorf("got %d %q, %v", status, got, err)
	}
	if got, _, err := post(t, s.URL+"/b", "{}"); !errors.Is(err, io.ErrUnexpectedEOF) || got != "half" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, status, err := post(t, s.URL+"/c", "not JSON"); err != nil || status != 418 || got != "/c" {
		t.Errorf("got %d %q, %v", status, got, err)
	}
	// It waits no longer than its client.
	s.Script(Stream(Write("x"), Wait(time.Hour)), Stream(Write("x"), Hold()))
	for range 2 {
		resp, err := http.Post(s.URL, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	for range 1000 {
		if _, busy := s.Open(); busy == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("a handler outlives its client")
}
