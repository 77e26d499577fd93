package staff

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"wenda/store"
)

// oidcSite is a console that knows the provider, with an account "li" of its subject u-1.
func oidcSite(t *testing.T, roles map[string]store.Role) (*site, *vouching, store.Account) {
	p := newVouching(t)
	s := newSite(t, func(c *Config, _ *Deps) {
		c.OIDC = &OIDC{Issuer: p.server.URL, ClientID: oidcClient, Secret: oidcSecret, Redirect: oidcRedirect, Claim: "groups", Roles: roles}
		c.Failures = 1000
	})
	s.account("root", store.Admin)
	a := s.account("li", store.Edit)
	if err := s.store.ChangeAccount(t.Context(), store.By{Name: "test"}, "account.subject", a.ID, a.Version, false, func(a *store.Account) error {
		a.Subject = subjectOf(p.server.URL, "u-1")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	a.Version++
	return s, p, a
}

// still is a browser that stays where it is sent to.
func (s *site) still() *browser {
	b := s.browser()
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// location sends a browser to an address, and tells where it is sent on to.
func (b *browser) location(address string) (*url.URL, *http.Response) {
	b.t.Helper()
	resp, err := b.client.Get(address)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	u, err := resp.Location()
	if err != nil && !errors.Is(err, http.ErrNoLocation) {
		b.t.Fatal(err)
	}
	return u, resp
}

// away takes a browser to the provider and back before the console: the query that it comes with.
func (b *browser) away(start string) url.Values {
	b.t.Helper()
	to, resp := b.location(b.url + start)
	if to == nil {
		b.t.Fatalf("no way to the provider: %d", resp.StatusCode)
	}
	back, resp := b.location(to.String())
	if back == nil || !strings.HasPrefix(back.String(), oidcRedirect+"?") {
		b.t.Fatalf("no way back: %d, %v", resp.StatusCode, back)
	}
	return back.Query()
}

func (b *browser) back(q url.Values) (int, string) {
	b.t.Helper()
	return b.get(CallbackPath + "?" + q.Encode())
}

func TestOIDCSignIn(t *testing.T) {
	for _, alg := range []string{"RS256", "ES256"} {
		t.Run(alg, func(t *testing.T) {
			s, p, _ := oidcSite(t, nil)
			p.set(func(p *vouching) { p.alg, p.post = alg, alg == "ES256" })
			b := s.still()
			if !strings.Contains(b.mustGet("/staff/sign-in"), `href="/staff/oidc?next=%2fstaff%2f"`) {
				t.Error("the sign-in page has no link")
			}
			to, resp := b.location(b.url + "/staff/oidc?next=" + url.QueryEscape("/staff/log?text=x"))
			passing := resp.Cookies()
			if len(passing) != 1 || passing[0].SameSite != http.SameSiteLaxMode || !passing[0].HttpOnly || passing[0].MaxAge != 600 {
				t.Errorf("cookies on the way: %v", passing)
			}
			if strings.Contains(to.String(), passing[0].Value) || strings.Contains(to.String(), oidcSecret) {
				t.Errorf("the address tells secrets: %s", to)
			}
			back, _ := b.location(to.String())
			resp, err := b.client.Get(b.url + CallbackPath + "?" + back.RawQuery)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK { // a page of this origin: a redirect would come without the strict cookie
				t.Fatalf("callback: %d", resp.StatusCode)
			}
			found := map[string]*http.Cookie{}
			for _, k := range resp.Cookies() {
				found[k.Name] = k
			}
			if k := found["wenda-sid"]; k == nil || k.SameSite != http.SameSiteStrictMode || !k.HttpOnly {
				t.Errorf("session: %v", k)
			}
			if k := found["wenda-oidc"]; k == nil || k.MaxAge != -1 {
				t.Errorf("the cookie of the way is left: %v", k)
			}
			if got := mainOf(b.mustGet("/staff/me")); !strings.Contains(got, "<dd>li</dd>") || !strings.Contains(got, "编辑") {
				t.Errorf("signed in as %s", got)
			}
			changes, err := s.store.Changes(t.Context(), store.ChangeFilter{What: "session.begin"})
			if err != nil || len(changes) != 1 || changes[0].By.Name != "li" || changes[0].After != "oidc" {
				t.Errorf("audit: %+v, %v", changes, err)
			}
			if strings.Contains(s.log.String(), oidcSecret) {
				t.Error("the secret is in the log")
			}
		})
	}
}

// The page after the way back goes on by itself, to a page of the console only.
func TestOIDCGoesOn(t *testing.T) {
	s, _, _ := oidcSite(t, nil)
	for next, want := range map[string]string{"/staff/log?text=x": "/staff/log?text=x", "https://evil.example/": "/staff/", "//evil.example": "/staff/", `/staff/x"><script>`: `/staff/x&#34;&gt;&lt;script&gt;`} {
		b := s.still()
		status, body := b.back(b.away("/staff/oidc?next=" + url.QueryEscape(next)))
		if meta := `<meta http-equiv="refresh" content="0; url=` + want + `">`; status != 200 || !strings.Contains(body, meta) {
			t.Errorf("%s: %d, no %s", next, status, meta)
		}
	}
}

// What must not let anybody in. Each case starts with a way that works but for what it changes.
func TestOIDCRefuses(t *testing.T) {
	s, p, a := oidcSite(t, nil)
	claim := func(name string, value any) func(*vouching) {
		return func(p *vouching) { p.claims = map[string]any{name: value} }
	}
	for name, c := range map[string]struct {
		provider func(*vouching)
		query    func(url.Values)
		browser  func(*browser)
		status   int
		says     string
		unasked  bool // the provider is not asked for a token
	}{
		"wrong nonce":            {provider: claim("nonce", "other"), status: 403, says: "没有通过"},
		"no nonce":               {provider: claim("nonce", nil), status: 403, says: "没有通过"},
		"wrong audience":         {provider: claim("aud", "other"), status: 403, says: "没有通过"},
		"several, made for none": {provider: claim("aud", []string{oidcClient, "other"}), status: 403, says: "没有通过"},
		"made for another":       {provider: claim("azp", "other"), status: 403, says: "没有通过"},
		"wrong issuer":           {provider: claim("iss", "https://evil.example"), status: 403, says: "没有通过"},
		"expired":                {provider: claim("exp", time.Now().Add(-time.Minute).Unix()), status: 403, says: "没有通过"},
		"nobody":                 {provider: claim("sub", nil), status: 403, says: "没有通过"},
		"unknown user":           {provider: claim("sub", "u-2<b>"), status: 403, says: "您还没有后台账号。请把这个编号交给管理员，由他在“账号”页填上：u-2&lt;b&gt;"},
		"forged":                 {provider: func(p *vouching) { p.forged = true }, status: 403, says: "没有通过"},
		"unsigned":               {provider: func(p *vouching) { p.alg = "none" }, status: 403, says: "没有通过"},
		"wrong state":            {query: func(q url.Values) { q.Set("state", newToken()) }, status: 403, says: "不是从这里开始的", unasked: true},
		"no state":               {query: func(q url.Values) { q.Del("state") }, status: 403, says: "不是从这里开始的", unasked: true},
		"another browser":        {browser: func(b *browser) { b.setCookie("wenda-oidc", "") }, status: 403, says: "不是从这里开始的", unasked: true},
		"half a cookie":          {browser: func(b *browser) { b.setCookie("wenda-oidc", "...") }, query: func(q url.Values) { q.Set("state", "") }, status: 403, says: "不是从这里开始的", unasked: true},
		"wrong verifier": {browser: func(b *browser) {
			parts := strings.Split(b.cookie("wenda-oidc"), ".")
			parts[2] = newToken()
			b.setCookie("wenda-oidc", strings.Join(parts, "."))
		}, status: 403, says: "没有通过"},
		"unknown code":      {query: func(q url.Values) { q.Set("code", "x") }, status: 403, says: "没有通过"},
		"the provider's no": {query: func(q url.Values) { q.Set("error", "access_denied"); q.Del("code") }, status: 403, says: "没有通过", unasked: true},
		"as it should be":   {status: 200, says: "正在进入后台"},
		"several, ours all the same": {provider: func(p *vouching) {
			p.claims = map[string]any{"aud": []string{oidcClient, "other"}, "azp": oidcClient}
		}, status: 200, says: "正在进入后台"},
	} {
		t.Run(name, func(t *testing.T) {
			p.set(func(p *vouching) {
				p.claims, p.forged, p.alg, p.asked = nil, false, "RS256", 0
				if c.provider != nil {
					c.provider(p)
				}
			})
			b := s.still()
			q := b.away("/staff/oidc")
			if c.query != nil {
				c.query(q)
			}
			if c.browser != nil {
				c.browser(b)
			}
			status, body := b.back(q)
			if status != c.status || !strings.Contains(body, c.says) {
				t.Errorf("got %d, want %d with %q:\n%s", status, c.status, c.says, mainOf(body))
			}
			if in := b.cookie("wenda-sid") != ""; in != (c.status == 200) {
				t.Errorf("has a session: %v", in)
			}
			if (p.tokens() == 0) != c.unasked {
				t.Errorf("asked for %d tokens", p.tokens())
			}
		})
	}
	t.Run("replayed", func(t *testing.T) {
		p.set(func(p *vouching) { p.claims, p.forged, p.alg = nil, false, "RS256" })
		b := s.still()
		q := b.away("/staff/oidc")
		kept := b.cookie("wenda-oidc")
		if status, _ := b.back(q); status != 200 {
			t.Fatalf("the first time: %d", status)
		}
		again := s.still()
		if status, _ := again.back(q); status != 403 {
			t.Errorf("without the cookie: %d", status)
		}
		again.setCookie("wenda-oidc", kept)
		if status, body := again.back(q); status != 403 || !strings.Contains(body, "没有通过") || again.cookie("wenda-sid") != "" {
			t.Errorf("with the cookie: %d", status)
		}
	})
	t.Run("disabled", func(t *testing.T) {
		if err := s.store.ChangeAccount(t.Context(), store.By{Name: "test"}, "account.disabled", a.ID, a.Version, true, func(a *store.Account) error { a.Disabled = true; return nil }); err != nil {
			t.Fatal(err)
		}
		b := s.still()
		if status, _ := b.back(b.away("/staff/oidc")); status != 403 || b.cookie("wenda-sid") != "" {
			t.Errorf("got %d", status)
		}
	})
}

// Where roles come from the provider, the highest is taken, changes are kept and audited, and nobody without one gets in.
func TestOIDCRoles(t *testing.T) {
	s, p, a := oidcSite(t, map[string]store.Role{"jy-view": store.View, "jy-publish": store.Publish})
	for _, c := range []struct {
		groups any
		want   store.Role // empty: no
	}{{[]string{"x", "jy-view", "jy-publish"}, store.Publish}, {"jy-view", store.View}, {[]string{"x"}, ""}, {nil, ""}, {7, ""}, {[]any{"jy-view", 7}, ""}} {
		p.set(func(p *vouching) { p.claims = map[string]any{"groups": c.groups} })
		b := s.still()
		status, _ := b.back(b.away("/staff/oidc"))
		now, err := s.store.AccountByID(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if in := status == 200; in != (c.want != "") || in && now.Role != c.want || !in && status != 403 {
			t.Errorf("%v: %d, role %s, want %q", c.groups, status, now.Role, c.want)
		}
	}
	changes, err := s.store.Changes(t.Context(), store.ChangeFilter{What: "account.role"})
	if err != nil || len(changes) != 2 || changes[0].By.Name != "li（统一登录）" {
		t.Errorf("audit: %+v, %v", changes, err)
	}
}

// An administrator says whose an account is; a subject is one account's alone.
func TestOIDCSubjects(t *testing.T) {
	s, p, li := oidcSite(t, nil)
	admin := s.as("root", store.Admin)
	other := s.account("wang", store.View)
	give := func(a store.Account, subject string) int {
		status, _ := admin.post("/staff/accounts/"+a.ID+"/subject", url.Values{"subject": {subject}})
		return status
	}
	for subject, want := range map[string]int{"u-1": 409, "a b": 400, "编号": 400, strings.Repeat("x", 256): 400, "u-2": 200} {
		if got := give(other, subject); got != want {
			t.Errorf("%.20q: %d, want %d", subject, got, want)
		}
	}
	if page := mainOf(admin.mustGet("/staff/accounts")); !strings.Contains(page, `value="u-2"`) || !strings.Contains(page, `value="u-1"`) || strings.Contains(page, p.server.URL) {
		t.Errorf("the page: %s", page)
	}
	if give(li, "") != 200 {
		t.Error("taken away")
	}
	b := s.still()
	if status, _ := b.back(b.away("/staff/oidc")); status != 403 {
		t.Errorf("whose subject was taken away: %d", status)
	}
}

// A provider that is away keeps nobody from the password, and is asked again; without one nothing of it is there; secrets are not printed.
func TestOIDCAway(t *testing.T) {
	s, p, _ := oidcSite(t, nil)
	p.set(func(p *vouching) { p.down = true })
	b := s.still()
	if status, body := b.get("/staff/oidc"); status != http.StatusBadGateway || !strings.Contains(body, "用账号和密码登录") {
		t.Errorf("away: %d", status)
	}
	p.set(func(p *vouching) { p.down = false })
	if status, _ := b.back(b.away("/staff/oidc")); status != 200 {
		t.Errorf("back again: %d", status)
	}
	plain := newSite(t)
	for _, path := range []string{"/staff/oidc", CallbackPath + "?code=x&state=y"} {
		if status, _ := plain.browser().get(path); status != http.StatusNotFound {
			t.Errorf("%s without a provider: %d", path, status)
		}
	}
	if strings.Contains(plain.browser().mustGet("/staff/sign-in"), "统一登录") {
		t.Error("the link is there without a provider")
	}
	if got := fmt.Sprintf("%v %+v %#v %s", OIDC{Secret: oidcSecret}, OIDC{Secret: oidcSecret}, OIDC{Secret: oidcSecret}, Secret(oidcSecret)); strings.Contains(got, oidcSecret) {
		t.Errorf("printed: %s", got)
	}
}

// Codes cannot be tried without end.
func TestOIDCLimit(t *testing.T) {
	p := newVouching(t)
	s := newSite(t, func(c *Config, _ *Deps) {
		c.OIDC = &OIDC{Issuer: p.server.URL, ClientID: oidcClient, Secret: oidcSecret, Redirect: oidcRedirect}
	})
	last := 0
	for range 6 {
		b := s.still()
		q := b.away("/staff/oidc")
		q.Set("code", "guess")
		last, _ = b.back(q)
	}
	if last != http.StatusTooManyRequests || p.tokens() != 5 {
		t.Errorf("the sixth: %d, after %d tokens asked for", last, p.tokens())
	}
}
