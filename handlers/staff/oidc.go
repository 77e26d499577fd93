package staff

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"wenda/store"
)

// CallbackPath is where the provider of OpenID Connect sends browsers back to.
const CallbackPath = "/staff/oidc/callback"

// OIDC is a provider of OpenID Connect that staff may sign in with. Whoever it names needs an account here all the same, to which an administrator
// gave the subject: the provider says who somebody is, the console who may in.
type OIDC struct {
	Issuer   string // as the discovery document has it
	ClientID string
	Secret   Secret                // empty: a public client, by PKCE alone
	Redirect string                // CallbackPath with the address that browsers reach
	Claim    string                // of the ID token, whose values Roles names; a dot leads into an object
	Roles    map[string]store.Role // the highest one is the account's from then on; nobody without one gets in. Empty: accounts keep their roles
	Client   *http.Client          // nil is one with the limits below
}

// Secret is text that is never printed.
type Secret string

// String hides it.
func (Secret) String() string { return "●●●●" }

// GoString hides it.
func (Secret) GoString() string { return "●●●●" }

const (
	oidcLife  = 10 * time.Minute // from the link to the way back
	oidcWait  = 8 * time.Second  // for one answer of the provider
	oidcBytes = 1 << 20          // of one
)

// A provider is OIDC at work. What it publishes is asked for when somebody first wants to sign in, so that the console starts without it.
type provider struct {
	OIDC
	now   func() time.Time
	found atomic.Pointer[oidc.Provider]
	ask   sync.Mutex // held while it is asked
}

func newProvider(cfg *OIDC, now func() time.Time) *provider {
	if cfg == nil {
		return nil
	}
	p := &provider{OIDC: *cfg, now: now}
	if p.Client == nil {
		p.Client = &http.Client{Timeout: oidcWait, Transport: bounded{http.DefaultTransport}, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the secret goes to the address that was published, and to no other
		}}
	}
	return p
}

// bounded reads at most oidcBytes of an answer.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, oidcBytes)
	}
	return resp, err
}

var (
	oidcAway  = &problem{status: http.StatusBadGateway, message: "统一登录现在连不上。请稍后再试，或者用账号和密码登录。"}
	oidcStray = &problem{status: http.StatusForbidden, message: "登录没有完成：不是从这里开始的，或者超过了10分钟。请回到登录页，重新点“统一登录”。"}
	oidcNo    = &problem{status: http.StatusForbidden, message: "统一登录没有通过。请回到登录页再试；如果一直这样，请联系管理员。"}
)

// discovered is what the provider publishes. Who comes while it is being asked is told to come again.
func (p *provider) discovered(ctx context.Context) (*oidc.Provider, error) {
	if found := p.found.Load(); found != nil {
		return found, nil
	}
	if !p.ask.TryLock() {
		return nil, busy
	}
	defer p.ask.Unlock()
	found, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, oidcAway.because(err)
	}
	p.found.Store(found)
	return found, nil
}

func (p *provider) config(found *oidc.Provider) oauth2.Config {
	to := found.Endpoint()
	to.AuthStyle = p.style(found)
	return oauth2.Config{ClientID: p.ClientID, ClientSecret: string(p.Secret), Endpoint: to, RedirectURL: p.Redirect, Scopes: []string{oidc.ScopeOpenID, "profile"}}
}

// style is how the secret is sent. oauth2 would find out by trying, and use up a code with it. OpenID Connect Discovery 1.0, section 3: without a
// list it is client_secret_basic.
func (p *provider) style(found *oidc.Provider) oauth2.AuthStyle {
	var published struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&published); p.Secret == "" || err == nil && len(published.Methods) > 0 && !slices.Contains(published.Methods, "client_secret_basic") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

// A passage is what a browser keeps while it is away: state and nonce tie the way back and the token to this browser, verifier is PKCE's.
type passage struct{ state, nonce, verifier, next string }

func (p passage) cookie() string {
	return strings.Join([]string{p.state, p.nonce, p.verifier, base64.RawURLEncoding.EncodeToString([]byte(p.next))}, ".")
}

func readPassage(cookie string) (passage, bool) {
	parts := strings.Split(cookie, ".")
	if len(parts) != 4 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return passage{}, false
	}
	next, err := base64.RawURLEncoding.DecodeString(parts[3])
	return passage{parts[0], parts[1], parts[2], string(next)}, err == nil
}

// oidcStart is GET /staff/oidc: a link leads here, since the page's policy sends forms nowhere else.
func (c *Console) oidcStart(v *visit) error {
	if c.provider == nil {
		return noPage
	}
	ctx := oidc.ClientContext(v.r.Context(), c.provider.Client)
	found, err := c.provider.discovered(ctx)
	if err != nil {
		return err
	}
	p := passage{newToken(), newToken(), oauth2.GenerateVerifier(), ownPath(v.form("next"))}
	c.setPassage(v.w, p.cookie(), int(oidcLife.Seconds()))
	config := c.provider.config(found)
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, config.AuthCodeURL(p.state, oidc.Nonce(p.nonce), oauth2.S256ChallengeOption(p.verifier)), http.StatusSeeOther)
	return nil
}

// setPassage writes the cookie. It is Lax: a strict one does not come back from another site.
func (c *Console) setPassage(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: c.cookieName("oidc"), Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: !c.cfg.Plain, SameSite: http.SameSiteLaxMode})
}

type oidcView struct{ Next string }

// oidcBack is GET /staff/oidc/callback. It ends with a page and not with a redirect: the session's cookie is strict, and only what this origin
// itself asks for next has it.
func (c *Console) oidcBack(v *visit) error {
	if c.provider == nil {
		return noPage
	}
	var p passage
	ours := false
	if k, err := v.r.Cookie(c.cookieName("oidc")); err == nil {
		p, ours = readPassage(k.Value)
	}
	c.setPassage(v.w, "", -1) // used up, whatever comes of it
	v.w.Header().Set("Referrer-Policy", "no-referrer")
	query := v.r.URL.Query()
	if !ours || subtle.ConstantTimeCompare([]byte(p.state), []byte(query.Get("state"))) != 1 {
		return oidcStray
	}
	key := "oidc\n" + v.address()
	if wait := c.fails.try(key); wait > 0 {
		return &problem{status: http.StatusTooManyRequests, message: "登录失败次数太多，请15分钟后再试。", retry: wait}
	}
	if said := query.Get("error"); said != "" {
		return oidcNo.because(fmt.Errorf("the provider says %.80q", said))
	}
	who, err := c.provider.identify(v.r.Context(), p, query.Get("code"))
	if err != nil {
		return err
	}
	a, err := v.admit(who)
	if err != nil {
		return err
	}
	c.fails.forgive(key)
	by := store.By{Name: a.Name, Role: a.Role, Address: v.address()}
	err = v.begin(a, func(ctx context.Context) error {
		return c.store.WriteAudit(ctx, store.Change{By: by, What: "session.begin", Object: a.Name, After: "oidc"})
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "oidc", page{Title: "已登录", M: oidcView{ownPath(p.next)}, Goes: ownPath(p.next)})
}

// An identity is somebody whom the provider vouches for.
type identity struct {
	subject string // as AccountBySubject knows it
	shown   string // the part of it that people pass on
	role    store.Role
	mapped  bool // role is the provider's to give
}

// subjectOf is an account's Subject: another issuer's people are others, whatever they are called there.
func subjectOf(issuer, subject string) string { return issuer + " " + subject }

// subjectShown is the part of an account's Subject that people pass on.
func subjectShown(subject string) string {
	_, shown, _ := strings.Cut(subject, " ")
	return shown
}

// identify turns a code into who it is: exchange with PKCE, signature, issuer, audience and time by go-oidc, nonce and authorized party here.
func (p *provider) identify(ctx context.Context, way passage, code string) (identity, error) {
	ctx = oidc.ClientContext(ctx, p.Client)
	found, err := p.discovered(ctx)
	if err != nil {
		return identity{}, err
	}
	config := p.config(found)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(way.verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < 500 {
		return identity{}, oidcNo.because(fmt.Errorf("exchange of the code: %s", refused.ErrorCode))
	}
	if err != nil {
		return identity{}, oidcAway.because(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return identity{}, oidcNo.because(errors.New("no ID token came"))
	}
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return identity{}, oidcNo.because(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(way.nonce)) != 1 {
		return identity{}, oidcNo.because(errors.New("the ID token is of another sign-in"))
	}
	var claims map[string]json.RawMessage
	if err := id.Claims(&claims); err != nil {
		return identity{}, oidcNo.because(err)
	}
	// OpenID Connect Core 1.0, section 3.1.3.7, 4 and 5: a token for several, or made for somebody else, is not for us.
	var party string
	if raw, has := claims["azp"]; has && (json.Unmarshal(raw, &party) != nil || party != p.ClientID) || !has && len(id.Audience) > 1 {
		return identity{}, oidcNo.because(errors.New("the ID token was made for another client"))
	}
	if id.Subject == "" {
		return identity{}, oidcNo.because(errors.New("the ID token names nobody"))
	}
	who := identity{subject: subjectOf(p.Issuer, id.Subject), shown: id.Subject, mapped: len(p.Roles) > 0}
	for _, value := range valuesOf(claims, p.Claim) {
		if role := p.Roles[value]; role.May(store.View) && (who.role == "" || role.May(who.role)) {
			who.role = role
		}
	}
	return who, nil
}

// valuesOf are the texts of a claim: one or a list, of that name, or in an object where dots lead into it (realm_access.roles).
func valuesOf(claims map[string]json.RawMessage, name string) []string {
	raw, has := claims[name]
	if !has {
		outer, inner, deeper := strings.Cut(name, ".")
		var object map[string]json.RawMessage
		if !deeper || json.Unmarshal(claims[outer], &object) != nil {
			return nil
		}
		return valuesOf(object, inner)
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return list
}

// admit finds the account, in the role that the provider gives.
func (v *visit) admit(who identity) (store.Account, error) {
	c, ctx := v.console, v.r.Context()
	a, err := c.store.AccountBySubject(ctx, who.subject)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return a, oidcNo.saying("您还没有后台账号。请把这个编号交给管理员，由他在“账号”页填上：" + who.shown)
	case err != nil:
		return a, err
	case a.Disabled:
		return a, oidcNo.because(errors.New("the account is disabled"))
	case !who.mapped || who.role == a.Role:
		return a, nil
	case who.role == "":
		return a, oidcNo.saying("统一登录没有给您后台的角色。请联系管理员。")
	}
	by := store.By{Name: a.Name + "（统一登录）", Role: a.Role, Address: v.address()}
	if err := c.store.ChangeAccount(ctx, by, "account.role", a.ID, a.Version, true, func(a *store.Account) error { a.Role = who.role; return nil }); err != nil {
		return a, err
	}
	return c.store.AccountByID(ctx, a.ID)
}

// maxSubject is the longest subject (OpenID Connect Core 1.0, section 2).
const maxSubject = 255

// changeSubject is POST /staff/accounts/{id}/subject: who of the provider's the account is; empty: nobody.
func (c *Console) changeSubject(v *visit) error {
	if c.provider == nil {
		return noPage
	}
	ctx, shown := v.r.Context(), v.form("subject")
	a, err := c.store.AccountByID(ctx, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	subject := ""
	if shown != "" {
		subject = subjectOf(c.provider.Issuer, shown)
		if len(shown) > maxSubject || slices.ContainsFunc([]rune(shown), func(r rune) bool { return r <= ' ' || r > '~' }) {
			return invalid.saying("统一登录的编号应为255个以内的英文字符，没有空格。本人登录一次，会看到自己的编号。")
		}
		switch other, err := c.store.AccountBySubject(ctx, subject); {
		case err == nil && other.ID != a.ID:
			return conflict.saying("这个编号已经是“" + other.Name + "”的了。")
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	version := a.Version
	if shown := v.form("version"); shown != "" {
		if version, err = strconv.ParseInt(shown, 10, 64); err != nil {
			return badForm.because(err)
		}
	}
	err = c.store.ChangeAccount(ctx, v.by(), "account.subject", a.ID, version, true, func(a *store.Account) error { a.Subject = subject; return nil })
	if errors.Is(err, store.ErrConflict) {
		return v.accountBeside(a, "把统一登录编号改成 "+cmp.Or(shown, "（空）"), "subject", named{"subject", shown})
	}
	if err != nil {
		return err
	}
	return v.to("/staff/accounts", "“"+a.Name+"”的统一登录编号已更改，并从各处退出。")
}
