package handlers

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wenda/handlers/signed"
	"wenda/rag"
	"wenda/store"
)

const signedSecret = "4d1c0f3e9b7a4c2d8e6f1a2b3c4d5e6f4d1c0f3e9b7a4c2d8e6f1a2b3c4d5e6f"

// signedWorld is a Server that knows two programs, with the real store behind it; now may be nil.
func signedWorld(t *testing.T, now func() time.Time, change func(*Config, *Deps)) (*world, signed.Key, *store.Store) {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	keys, err := signed.ParseKeys("search", "2026a "+signedSecret)
	if err != nil {
		t.Fatal(err)
	}
	other, err := signed.ParseKeys("hotline", "h1 "+signedSecret)
	if err != nil {
		t.Fatal(err)
	}
	v, err := signed.New(append(keys, other...), s, now)
	if err != nil {
		t.Fatal(err)
	}
	return newWorld(t, func(c *Config, d *Deps) {
		d.Signed = v
		if change != nil {
			change(c, d)
		}
	}), keys[0], s
}

func (w *world) signedAsk(k signed.Key, at time.Time, nonce int, accept string) *httptest.ResponseRecorder {
	const body = `{"question":"今年新建几个社区书屋"}`
	r := httptest.NewRequest("POST", "/api/v1/signed/ask", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	r.Header.Set("Origin", "http://example.com") // as if our own page asked
	k.Sign(r, []byte(body), at, fmt.Sprintf("nonce-%020d", nonce))
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec
}

func TestSignedAsk(t *testing.T) {
	var channels []string
	w, key, _ := signedWorld(t, nil, asker(func(_ context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
		channels = append(channels, q.Channel)
		return rag.Answer{ID: "a_1", Text: "好"}, nil
	}))
	for i, accept := range []string{mediaJSON, mediaNDJSON, mediaSSE} {
		if rec := w.signedAsk(key, time.Now(), i, accept); rec.Code != 200 || !strings.Contains(rec.Body.String(), `"answer":"好"`) {
			t.Errorf("%s: got %d %s", accept, rec.Code, rec.Body)
		}
	}
	if got, want := strings.Join(channels, " "), "api:search api:search api:search"; got != want {
		t.Errorf("channels: got %s, want %s", got, want)
	}
	wantError(t, w.signedAsk(key, time.Now(), 1, mediaJSON), 401, "signature_invalid") // a replay
	wantError(t, w.signedAsk(key, time.Now().Add(-time.Hour), 9, mediaJSON), 401, "signature_invalid")
	wantError(t, w.post("/api/v1/signed/ask", `{"question":"x"}`), 401, "signature_invalid")
	wantError(t, w.post("/api/v1/signed/ask", `{"question":"`+strings.Repeat("x", 20<<10)+`"}`), 413, "body_too_large")
	wantError(t, w.get("/api/v1/signed/ask"), 405, "method_not_allowed")
	if len(channels) != 3 {
		t.Errorf("a refused request was answered: %v", channels)
	}
	if log := w.log.String(); !strings.Contains(log, "nonce used before") || strings.Contains(log, signedSecret[:16]) {
		t.Errorf("the log should say why and show no secret: %s", log)
	}
}

func TestSignedLimits(t *testing.T) {
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	w, key, s := signedWorld(t, clock, func(c *Config, d *Deps) {
		d.Now = clock
		c.SignedPerMinute, c.SignedBurst, c.RateBurst = 60, 5, 2
	})
	for i := range 5 { // more than one address may ask
		if rec := w.signedAsk(key, now, i, mediaJSON); rec.Code != 200 {
			t.Fatalf("%d: got %d %s", i, rec.Code, rec.Body)
		}
	}
	if rec := w.signedAsk(key, now, 5, mediaJSON); rec.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", rec.Header().Get("Retry-After"))
	} else {
		wantError(t, rec, 429, "rate_limited")
	}
	now = now.Add(time.Second)
	if rec := w.signedAsk(key, now, 5, mediaJSON); rec.Code != 200 { // the nonce was not used up by the refusal
		t.Errorf("after a second: got %d %s", rec.Code, rec.Body)
	}
	for i := range 3 { // who has no key is limited by address
		rec := w.post("/api/v1/signed/ask", "{}")
		if want := []int{401, 401, 429}[i]; rec.Code != want {
			t.Errorf("forged %d: got %d, want %d", i, rec.Code, want)
		}
	}
	now = now.Add(time.Minute)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if rec := w.signedAsk(key, now, 9, mediaJSON); rec.Code < 500 { // nonces cannot be kept: nobody gets in
		t.Errorf("with a closed store: got %d %s", rec.Code, rec.Body)
	}
}

// The programs of docs/api-signed.md run as they stand there.
func TestSignedExamplesRun(t *testing.T) {
	text, err := os.ReadFile("../docs/api-signed.md")
	if err != nil {
		t.Fatal(err)
	}
	w, _, _ := signedWorld(t, nil, nil)
	server := httptest.NewServer(w.Handler())
	defer server.Close()
	programs := map[string]func(file string) *exec.Cmd{
		"bash":   func(f string) *exec.Cmd { return exec.Command("bash", f) },
		"python": func(f string) *exec.Cmd { return exec.Command("python3", f) },
		"go":     func(f string) *exec.Cmd { return exec.Command("go", "run", f) },
	}
	ran := map[string]bool{}
	for _, block := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		language, program := block[1], block[2]
		command, known := programs[language]
		if !known {
			continue
		}
		if ran[language] {
			t.Errorf("%s: two programs; name one", language)
		}
		ran[language] = true
		for _, c := range []struct {
			secret string
			good   bool
		}{{signedSecret, true}, {strings.Repeat("0", 64), false}} {
			file := filepath.Join(t.TempDir(), "example."+language)
			if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := command(file)
			cmd.Env = append(os.Environ(), "WENDA_URL="+server.URL, "WENDA_KEY_ID=2026a", "WENDA_KEY_SECRET="+c.secret, "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
			out, err := cmd.CombinedOutput()
			if good := err == nil && strings.Contains(string(out), "新建社区书屋9个"); good != c.good {
				t.Errorf("%s with a good key %v: %v\n%s", language, c.good, err, out)
			}
			if !c.good && !strings.Contains(string(out), "401") && !strings.Contains(string(out), "signature_invalid") {
				t.Errorf("%s with a wrong key says nothing of it: %s", language, out)
			}
		}
	}
	if len(ran) != len(programs) {
		t.Errorf("ran %v, want %d programs", ran, len(programs))
	}
}
