package staff

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/store"
)

func signInForm(name, password string) url.Values {
	return url.Values{"name": {name}, "password": {password}}
}

func TestOneTimeLinkThenSignIn(t *testing.T) {
	s := newSite(t)
	a := store.Account{Name: "王五", Role: store.Edit}
	token := OneTimeLink(&a, s.clock().Add(time.Hour))
	if _, err := s.store.AddAccount(t.Context(), store.By{Name: "test"}, a); err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	if body := b.mustGet(WelcomePath(token)); !strings.Contains(body, "王五") {
		t.Error("the page does not greet")
	}
	for what, form := range map[string]url.Values{
		"至少10个字符":  {"t": {token}, "password": {"short"}, "again": {"short"}},
		"不一样":      {"t": {token}, "password": {goodPassword}, "again": {"other"}},
		"不要有账号名":   {"t": {token}, "password": {"王五王五王五王五王五"}, "again": {"王五王五王五王五王五"}},
		"不要只用一个字符": {"t": {token}, "password": {"aaaaaaaaaaaa"}, "again": {"aaaaaaaaaaaa"}},
	} {
		if status, body := b.post("/staff/welcome", form); status != 400 || !strings.Contains(body, what) {
			t.Errorf("%v: %d, no %q", form, status, what)
		}
	}
	body := b.mustPost("/staff/welcome", url.Values{"t": {token}, "password": {goodPassword}, "again": {goodPassword}})
	if !strings.Contains(body, "王五（编辑）") {
		t.Errorf("not signed in: %s", mainOf(body))
	}
	if status, _ := s.browser().get(WelcomePath(token)); status != 404 {
		t.Errorf("the link works twice: %d", status)
	}
	b2 := s.browser()
	if status, body := b2.post("/staff/sign-in", signInForm("王五", "wrong password")); status != 403 || !strings.Contains(body, wrongSignIn) {
		t.Errorf("wrong password: %d", status)
	}
	form := signInForm("王五", goodPassword)
	form.Set("next", "/staff/audit")
	if body := b2.mustPost("/staff/sign-in", form); !strings.Contains(body, "操作记录</h1>") {
		t.Error("did not come back to the page that was asked for")
	}
	changes, err := s.store.Changes(t.Context(), store.ChangeFilter{Who: "王五"})
	if err != nil || len(changes) != 3 || changes[0].What != "session.begin" || changes[2].What != "account.welcome" || changes[0].By.Address != "127.0.0.1" {
		t.Errorf("audit: %+v, %v", changes, err)
	}
}

func TestLinkEnds(t *testing.T) {
	s := newSite(t)
	a := store.Account{Name: "late", Role: store.View}
	token := OneTimeLink(&a, s.clock().Add(time.Hour))
	if _, err := s.store.AddAccount(t.Context(), store.By{}, a); err != nil {
		t.Fatal(err)
	}
	s.wait(time.Hour)
	if status, _ := s.browser().get(WelcomePath(token)); status != 404 {
		t.Errorf("an old link works: %d", status)
	}
}

func TestNobodyIsLedElsewhere(t *testing.T) {
	for next, want := range map[string]string{"": "/staff/", "https://evil.example/": "/staff/", "//evil.example": "/staff/", "/staff/audit?who=a": "/staff/audit?who=a",
		"/staff/\\evil": "/staff/", "/doc/1": "/staff/", "/staff/sign-in": "/staff/", "/staff/a\r\nSet-Cookie: x": "/staff/"} {
		if got := ownPath(next); got != want {
			t.Errorf("%q: got %q, want %q", next, got, want)
		}
	}
}

// A session stolen before sign-out is worth nothing after it, and none outlives its time or a clock put back.
func TestSessionsEnd(t *testing.T) {
	end := map[string]func(s *site, b *browser){
		"sign-out":            func(s *site, b *browser) { b.mustPostAny("/staff/sign-out") },
		"sign-out everywhere": func(s *site, b *browser) { s.as("a", store.View).mustPostAny("/staff/me/sign-out-everywhere") },
		"idle":                func(s *site, _ *browser) { s.wait(30 * time.Minute) },
		"age": func(s *site, b *browser) {
			for range 17 {
				s.wait(29 * time.Minute)
				b.get("/staff/me")
			}
		},
		"clock put back": func(s *site, _ *browser) { s.wait(-time.Hour) },
		"disabled": func(s *site, _ *browser) {
			a, _ := s.store.Account(context.Background(), "a")
			if err := s.store.ChangeAccount(context.Background(), store.By{}, "account.disabled", a.ID, a.Version, false, func(a *store.Account) error { a.Disabled = true; return nil }); err != nil {
				s.t.Fatal(err)
			}
		},
	}
	for name, f := range end {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.as("a", store.View)
			b.mustGet("/staff/me")
			stolen := s.browser()
			stolen.setCookie("wenda-sid", b.cookie("wenda-sid"))
			stolen.mustGet("/staff/me")
			f(s, b)
			if status, body := stolen.get("/staff/me"); status != 401 || !strings.Contains(body, "请先登录") {
				t.Errorf("got %d", status)
			}
			if status, _ := stolen.post("/staff/me/password", url.Values{}); status != 401 {
				t.Errorf("a change: got %d", status)
			}
		})
	}
	t.Run("in use", func(t *testing.T) {
		s := newSite(t)
		b := s.as("a", store.View)
		for range 8 {
			s.wait(29 * time.Minute)
			b.mustGet("/staff/me")
		}
	})
}

func (b *browser) mustPostAny(path string) {
	b.t.Helper()
	if status, body := b.post(path, url.Values{}); status != 200 {
		b.t.Fatalf("POST %s: %d %s", path, status, mainOf(body))
	}
}

func TestSignInGivesANewSession(t *testing.T) {
	s := newSite(t)
	s.account("a", store.View)
	b := s.browser()
	b.setCookie("wenda-sid", "planted-by-somebody-else")
	b.get("/staff/sign-in")
	form := signInForm("a", goodPassword)
	form.Set("csrf", csrfOf(b.cookie("wenda-pre")))
	if status, _ := b.postRaw("/staff/sign-in", form, nil); status != 200 {
		t.Fatalf("sign-in: %d", status)
	}
	if got := b.cookie("wenda-sid"); got == "planted-by-somebody-else" || got == "" {
		t.Errorf("session %q", got)
	}
}

func TestCookieIsForHTTPSOnly(t *testing.T) {
	s := newSite(t, func(c *Config, _ *Deps) { c.Plain = false })
	s.account("a", store.View)
	w := httptest.NewRecorder()
	form := signInForm("a", goodPassword)
	form.Set("csrf", csrfOf("x"))
	r := httptest.NewRequest(http.MethodPost, "/staff/sign-in", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "__Host-pre", Value: "x"})
	s.console.ServeHTTP(w, r)
	got := strings.Join(w.Header().Values("Set-Cookie"), "\n")
	if !regexp.MustCompile(`(?m)^__Host-sid=[\w-]{43}; Path=/; HttpOnly; Secure; SameSite=Strict$`).MatchString(got) {
		t.Errorf("cookies %q (%d)", got, w.Code)
	}
}

// Forms without the token, with another one's, from another site, or of a type that needs no permission to be sent: 403, or 400.
func TestForgedRequests(t *testing.T) {
	s := newSite(t)
	admin := s.as("admin", store.Admin)
	other := s.as("b", store.Admin)
	add := func() url.Values { return url.Values{"name": {"forged"}, "role": {"admin"}} }
	good := csrfOf(admin.cookie("wenda-sid"))
	cases := map[string]struct {
		form   url.Values
		header map[string]string
		want   int
	}{
		"no token":       {add(), nil, 403},
		"another's":      {with(add(), "csrf", csrfOf(other.cookie("wenda-sid"))), nil, 403},
		"another site":   {with(add(), "csrf", good), map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"another origin": {with(add(), "csrf", good), map[string]string{"Origin": "https://evil.example"}, 403},
		"plain text":     {with(add(), "csrf", good), map[string]string{"Content-Type": "text/plain"}, 400},
	}
	for name, c := range cases {
		if status, _ := admin.postRaw("/staff/accounts", c.form, c.header); status != c.want {
			t.Errorf("%s: got %d, want %d", name, status, c.want)
		}
	}
	if status, _ := admin.postRaw("/staff/accounts?csrf="+good, add(), nil); status != 403 {
		t.Error("a token in the address was taken")
	}
	if _, err := s.store.Account(t.Context(), "forged"); err == nil {
		t.Fatal("a forged account was made")
	}
	if status, _ := admin.postRaw("/staff/accounts", with(add(), "csrf", good), map[string]string{"Sec-Fetch-Site": "same-origin"}); status != 200 {
		t.Errorf("the right form: %d", status)
	}
}

func with(v url.Values, name, value string) url.Values {
	v.Set(name, value)
	return v
}

func TestBruteForce(t *testing.T) {
	s := newSite(t)
	s.account("a", store.View)
	s.account("b", store.View)
	b := s.browser()
	b.get("/staff/sign-in")
	for i := range 5 {
		if status, _ := b.post("/staff/sign-in", signInForm("a", "wrong password")); status != 403 {
			t.Fatalf("failure %d: %d", i+1, status)
		}
	}
	for _, name := range []string{"a", "A "} {
		if status, body := b.post("/staff/sign-in", signInForm(name, goodPassword)); status != 429 || !strings.Contains(body, "15分钟") {
			t.Errorf("%q, the right password after five wrong ones: %d", name, status)
		}
	}
	if status, _ := s.browser().post("/staff/sign-in", signInForm("b", goodPassword)); status != 200 {
		t.Errorf("another account: %d", status)
	}
	s.wait(15 * time.Minute)
	if status, _ := b.post("/staff/sign-in", signInForm("a", goodPassword)); status != 200 {
		t.Errorf("after 15 minutes: %d", status)
	}
}

// Many at once are no more than one after the other.
func TestFailuresAtOnce(t *testing.T) {
	f := newFailures(Defaults(), time.Now)
	var passed sync.WaitGroup
	var mu sync.Mutex
	n := 0
	for range 50 {
		passed.Go(func() {
			if f.try("k") == 0 {
				mu.Lock()
				n++
				mu.Unlock()
			}
		})
	}
	passed.Wait()
	if n != 5 {
		t.Errorf("%d tries passed, want 5", n)
	}
	cfg := Defaults()
	cfg.FailureKeys = 3
	small := newFailures(cfg, time.Now)
	for _, k := range []string{"a", "b", "c", "d", "e"} {
		small.try(k)
	}
	if len(small.counts) != 3 || small.order.Len() != 3 {
		t.Errorf("%d keys kept", len(small.counts))
	}
}

// An unknown name takes the same work: the hash of nobody is as strong as a real one.
func TestUnknownNamesTakeTheSameWork(t *testing.T) {
	h := newHasher(Defaults())
	if a, b := strings.Join(strings.Split(h.dummy, "$")[:4], "$"), strings.Join(strings.Split(goodHash(), "$")[:4], "$"); a != b || a != "$argon2id$v=19$m=19456,t=2,p=1" {
		t.Errorf("dummy %s, real %s", a, b)
	}
	if ok, err := h.check(t.Context(), "", ""); ok || err != nil {
		t.Errorf("nobody's password: %v, %v", ok, err)
	}
	if ok, err := h.check(t.Context(), goodHash(), goodPassword); !ok || err != nil {
		t.Errorf("the right one: %v, %v", ok, err)
	}
	if cap(h.places) != 2 {
		t.Errorf("%d at once", cap(h.places))
	}
}

func TestTOTP(t *testing.T) {
	// RFC 6238, appendix B, SHA-1, the last six digits.
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if got := totpAt(secret, at/30); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
}

func TestSecondFactor(t *testing.T) {
	s := newSite(t)
	b := s.as("a", store.View)
	page := b.mustGet("/staff/me/totp")
	text := regexp.MustCompile(`class="secret">([A-Z2-7]+)<`).FindStringSubmatch(page)[1]
	sealed := regexp.MustCompile(`name="sealed" value="([^"]+)"`).FindStringSubmatch(page)[1]
	secret, err := totpText.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	code := func() string { return totpAt(secret, s.clock().Unix()/30) }
	if status, _ := b.post("/staff/me/totp", url.Values{"sealed": {unescape(sealed)}, "code": {"000000"}}); status != 400 {
		t.Errorf("a wrong code switched it on: %d", status)
	}
	b.mustPost("/staff/me/totp", url.Values{"sealed": {unescape(sealed)}, "code": {code()}})
	a, err := s.store.Account(t.Context(), "a")
	if err != nil || a.TOTP == "" || strings.Contains(a.TOTP, text) {
		t.Fatalf("kept %q, %v", a.TOTP, err)
	}
	try := func(code string) int {
		form := signInForm("a", goodPassword)
		form.Set("code", code)
		status, _ := s.browser().post("/staff/sign-in", form)
		return status
	}
	if got := try(""); got != 403 {
		t.Errorf("without a code: %d", got)
	}
	used := code()
	if got := try(used); got != 200 {
		t.Errorf("the right code: %d", got)
	}
	if got := try(used); got != 403 {
		t.Errorf("the same code again: %d", got)
	}
	s.wait(30 * time.Second)
	if got := try(code()); got != 200 {
		t.Errorf("the next code: %d", got)
	}
	if status, _ := b.post("/staff/me/totp/off", url.Values{"current": {"wrong password"}}); status != 403 {
		t.Errorf("switched off without the password: %d", status)
	}
	b.mustPost("/staff/me/totp/off", url.Values{"current": {goodPassword}})
	if got := try(""); got != 200 {
		t.Errorf("after switching it off: %d", got)
	}
}

func unescape(s string) string { return strings.ReplaceAll(s, "&#43;", "+") }

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	s := newSite(t)
	here, there := s.as("anna", store.View), s.as("anna", store.View)
	form := url.Values{"current": {goodPassword}, "password": {"another good one"}, "again": {"another good one"}}
	if body := here.mustPost("/staff/me/password", form); !strings.Contains(body, "密码已改") {
		t.Errorf("no word of it: %s", mainOf(body))
	}
	here.mustGet("/staff/me")
	if status, _ := there.get("/staff/me"); status != 401 {
		t.Errorf("the other session lives: %d", status)
	}
	if status, _ := s.browser().post("/staff/sign-in", signInForm("anna", goodPassword)); status != 403 {
		t.Errorf("the old password works: %d", status)
	}
}

func TestLastAdministratorStays(t *testing.T) {
	s := newSite(t)
	admin := s.as("admin", store.Admin)
	second := s.account("second", store.Admin)
	change := func(a store.Account, path string, form url.Values) int {
		form.Set("version", "1")
		status, _ := admin.post("/staff/accounts/"+a.ID+path, form)
		return status
	}
	if got := change(second, "/role", url.Values{"role": {"view"}}); got != 200 {
		t.Errorf("the second one may go: %d", got)
	}
	if got := change(second, "/role", url.Values{"role": {"edit"}}); got != 409 {
		t.Errorf("changed in an old version: %d", got)
	}
	me, _ := s.store.Account(t.Context(), "admin")
	if got := change(me, "/disabled", url.Values{"disabled": {"yes"}}); got != 409 {
		t.Errorf("oneself: %d", got)
	}
	err := s.store.ChangeAccount(t.Context(), store.By{}, "account.disabled", me.ID, me.Version, true, func(a *store.Account) error { a.Disabled = true; return nil })
	if problemOf(err).status != 409 {
		t.Errorf("by command: %v", err)
	}
}

func TestSignInFormsAreSmall(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	form := signInForm("a", strings.Repeat("x", 5<<10))
	if status, _ := b.post("/staff/sign-in", form); status != 413 {
		t.Errorf("5 KiB of password: %d", status)
	}
}
