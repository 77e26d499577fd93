package handlers

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/handlers/limit"
)

func TestHeadersOnEveryRoute(t *testing.T) {
	w := newWorld(t, func(c *Config, _ *Deps) {
		c.TLS = true
		c.FrameAncestors = []string{"https://www.example.gov.cn"}
	})
	css := regexp.MustCompile(`/assets/style\.[0-9a-f]+\.css`).FindString(w.get("/").Body.String())
	paths := []string{"/", "/?q=x", "/doc/" + w.document.ID, "/a/a_1", css, "/api/v1/suggestions", "/api/v1/answers/a_1", "/api/openapi.json",
		"/healthz", "/readyz", "/metrics", "/nothing", "/api/nothing", "/doc/none", "/api/v1/ask"}
	for _, p := range paths {
		rec := w.get(p)
		h := rec.Header()
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "base-uri 'none'", "form-action 'self'",
			"frame-ancestors 'self' https://www.example.gov.cn"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: CSP %q lacks %s", p, csp, want)
			}
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "strict-origin-when-cross-origin" ||
			h.Get("Strict-Transport-Security") == "" || h.Get("X-Request-ID") == "" {
			t.Errorf("%s: headers %v", p, h)
		}
		if h.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", p)
		}
		cache := h.Get("Cache-Control")
		switch {
		case p == css:
			if !strings.Contains(cache, "immutable") || rec.Header().Get("Content-Type") != "text/css; charset=utf-8" {
				t.Errorf("%s: %v", p, h)
			}
		case rec.Code == 200 && strings.Contains(h.Get("Content-Type"), "text/html"):
			if cache != "private, no-cache" {
				t.Errorf("%s: Cache-Control %q", p, cache)
			}
		default:
			if cache != "no-store" {
				t.Errorf("%s: Cache-Control %q", p, cache)
			}
		}
		if head := w.do("HEAD", p, "", ""); p != "/api/v1/answers/a_1" && head.Code != rec.Code {
			t.Errorf("HEAD %s: got %d, GET has %d", p, head.Code, rec.Code)
		}
	}
	if h := newWorld(t, nil).get("/").Header(); h.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS without TLS")
	}
}

func TestRequestID(t *testing.T) {
	w := newWorld(t, nil)
	for sent, taken := range map[string]bool{"abc_DEF-123": true, "": false, "short": false, strings.Repeat("a", 65): false,
		"has blank in it": false, "line\nbreak-here": false, `quote"quote-quote`: false, "编号编号编号编号": false} {
		got := w.get("/healthz", "X-Request-ID", sent).Header().Get("X-Request-ID")
		if (got == sent) != taken || got == "" {
			t.Errorf("%q: got %q, taken over: want %v", sent, got, taken)
		}
	}
}

func TestAccessLogHoldsNoQuestion(t *testing.T) {
	w := newWorld(t, nil)
	w.post("/api/v1/ask", `{"question":"秘密的问题"}`)
	w.get("/?q=" + "%E7%A7%98%E5%AF%86%E7%9A%84%E9%97%AE%E9%A2%98")
	w.do("POST", "/", "application/x-www-form-urlencoded", "q=%E7%A7%98%E5%AF%86%E7%9A%84%E9%97%AE%E9%A2%98")
	w.get("/x%0a%7b%22level%22:%22ERROR%22%7d")
	log := w.log.String()
	if strings.Contains(log, "秘密的问题") || strings.Contains(log, "%E7%A7%98") {
		t.Errorf("the question is in the log: %s", log)
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines, want 4: %s", len(lines), log)
	}
	for _, l := range lines {
		var got struct {
			Route, Method, Address string
			Status                 int
			RequestID              string `json:"request_id"`
		}
		if err := json.Unmarshal([]byte(l), &got); err != nil || got.Route == "" || got.Status == 0 || got.RequestID == "" || got.Address != "192.0.2.1" {
			t.Errorf("line %s: %v", l, err)
		}
	}
}

func TestReady(t *testing.T) {
	w := newWorld(t, nil)
	manifest := w.shelf.index.Manifest
	for name, c := range map[string]struct {
		configured string
		change     func(*corpus.Index)
		ready      bool
	}{
		"lexical":                {"", nil, true},
		"vectors in place":       {"bge", func(x *corpus.Index) { x.Manifest.Embedder = "bge" }, true},
		"some missing":           {"bge", func(x *corpus.Index) { x.Manifest.Missing = 3 }, false},
		"embedder failed":        {"bge", nil, false},
		"vectors of another one": {"bge", func(x *corpus.Index) { x.Manifest.Embedder = "m3e" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(_ *Config, d *Deps) { d.Embedder = func(*corpus.Index) string { return c.configured } })
			if c.change != nil {
				c.change(w.shelf.index)
			}
			rec := w.get("/readyz")
			var got readiness
			if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if want := map[bool]int{true: 200, false: 503}[c.ready]; rec.Code != want || got.Ready != c.ready || (got.Reason == "") != c.ready {
				t.Errorf("got %d %+v, want %d", rec.Code, got, want)
			}
			if got.Version != manifest.Version || got.Documents != 1 || got.Chunks != manifest.Chunks || got.Embedder != c.configured {
				t.Errorf("got %+v", got)
			}
		})
	}
	w.shelf.index = nil
	if rec := w.get("/readyz"); rec.Code != 503 {
		t.Errorf("without an index: got %d", rec.Code)
	}
	if log := w.log.String(); strings.Contains(log, `"level":"ERROR"`) || !strings.Contains(log, `"level":"WARN"`) {
		t.Errorf("what passes is a warning: %s", log) // a balancer asks every second in the first minute
	}
	if rec := w.get("/healthz"); rec.Code != 200 {
		t.Errorf("alive: got %d", rec.Code)
	}
	if rec := w.get("/doc/" + w.document.ID); rec.Code != 503 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("document without an index: got %d", rec.Code)
	}
	if rec := w.get("/"); rec.Code != 200 {
		t.Errorf("page without an index: got %d", rec.Code)
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld(t, nil)
	w.post("/api/v1/ask", `{"question":"x"}`)
	w.post("/api/v1/answers/a_1/feedback", `{"verdict":"useful"}`)
	w.get("/made/up/1")
	w.do("BREW", "/made/up/2", "", "")
	body := w.get("/metrics").Body.String()
	for _, want := range []string{
		`wenda_http_requests_total{method="POST",route="/api/v1/ask",status="200"} 1`,
		`wenda_http_requests_total{method="GET",route="none",status="404"} 1`,
		`wenda_http_requests_total{method="other",route="none",status="404"} 1`,
		`wenda_answers_total{channel="api",mode="quoted",status="answered"} 1`,
		`wenda_ask_seconds_count{channel="api"} 1`, `wenda_feedback_total{verdict="useful"} 1`, `wenda_streams_open 0`, `go_goroutines`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestRateLimit(t *testing.T) {
	now := time.Unix(1000, 0)
	w := newWorld(t, func(c *Config, d *Deps) {
		c.RateBurst = 3
		d.Now = func() time.Time { return now }
	})
	ask := func(headers ...string) int { return w.post("/api/v1/ask", `{"question":"x"}`, headers...).Code }
	for i := range 3 {
		if got := ask("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i), "X-Real-IP", "198.51.100.9", "Forwarded", "for=198.51.100.8"); got != 200 {
			t.Fatalf("question %d: got %d", i, got)
		}
	}
	rec := w.post("/api/v1/ask", `{"question":"x"}`, "X-Forwarded-For", "198.51.100.77")
	wantError(t, rec, 429, "rate_limited")
	if got := rec.Header().Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q, want 1", got)
	}
	for _, p := range []string{"/?q=x", "/a/a_1"} {
		if page := w.get(p); page.Code != 429 || page.Header().Get("Retry-After") == "" || !strings.Contains(page.Body.String(), "太频繁") {
			t.Errorf("%s: got %d", p, page.Code)
		}
	}
	for _, p := range []string{"/", "/healthz", "/doc/" + w.document.ID} {
		if got := w.get(p).Code; got != 200 {
			t.Errorf("%s costs nothing: got %d", p, got)
		}
	}
	now = now.Add(time.Second)
	if got := ask(); got != 200 {
		t.Errorf("a second later: got %d", got)
	}
	now = now.Add(-time.Hour)
	if got := ask(); got != 429 {
		t.Errorf("clock set back: got %d, want 429", got)
	}
}

func TestLimitsOff(t *testing.T) {
	w := newWorld(t, func(c *Config, _ *Deps) { c.LimitsOff, c.RateBurst, c.Streams = true, 1, 1 })
	for range 5 {
		if got := w.post("/api/v1/ask", `{"question":"x"}`).Code; got != 200 {
			t.Fatalf("got %d", got)
		}
	}
	wantError(t, w.post("/api/v1/ask", `{"question":"`+strings.Repeat("x", 20<<10)+`"}`), 413, "body_too_large")
}

func TestLimiterIsBounded(t *testing.T) {
	l := limit.NewRate(60, 1, 100, time.Now)
	take := func(address string) time.Duration { return l.Take(clientOf(address)) }
	for i := range 10000 {
		take(fmt.Sprintf("10.%d.%d.1", i/250, i%250))
	}
	if l.Clients() != 100 {
		t.Errorf("remembers %d addresses, want 100", l.Clients())
	}
	if take("10.39.249.1") == 0 {
		t.Error("the newest was forgotten")
	}
	if take("2001:db8::1") != 0 || take("2001:db8::2") == 0 || take("2001:db8:0:1::1") != 0 {
		t.Error("IPv6: one /64 is one client")
	}
	if take("::ffff:192.0.2.7") != 0 || take("192.0.2.7") == 0 {
		t.Error("a mapped address is the same client")
	}
}

func TestTrustedProxy(t *testing.T) {
	w := newWorld(t, func(c *Config, _ *Deps) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // httptest's peer is 192.0.2.1
		c.RateBurst = 1
	})
	if got := w.post("/api/v1/ask", `{"question":"x"}`, "X-Forwarded-For", "203.0.113.5").Code; got != 200 {
		t.Fatalf("got %d", got)
	}
	if got := w.post("/api/v1/ask", `{"question":"x"}`, "X-Forwarded-For", "203.0.113.6").Code; got != 200 {
		t.Errorf("another client behind the proxy: got %d", got)
	}
	if got := w.post("/api/v1/ask", `{"question":"x"}`, "X-Forwarded-For", "10.1.1.1, 203.0.113.6").Code; got != 429 {
		t.Errorf("a forged first entry: got %d, want 429", got)
	}
	other := newWorld(t, func(c *Config, _ *Deps) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
		c.RateBurst = 1
	})
	other.post("/api/v1/ask", `{"question":"x"}`, "X-Forwarded-For", "203.0.113.5")
	if got := other.post("/api/v1/ask", `{"question":"x"}`, "X-Forwarded-For", "203.0.113.6").Code; got != 429 {
		t.Errorf("the peer is no trusted proxy: got %d, want 429", got)
	}
}

func TestConfigMistakesAllAtOnce(t *testing.T) {
	c := Defaults()
	c.ReadTimeout, c.Streams, c.StreamGrace, c.FrameAncestors = 0, -1, time.Hour, []string{"*", "https://x.example/path"}
	_, err := New(c, Deps{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"ReadTimeout", "Streams", "StreamGrace", `"*"`, `"https://x.example/path"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
	if _, err := New(Defaults(), Deps{}); err == nil {
		t.Error("no error without an Asker")
	}
}
