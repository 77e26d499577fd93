package staff

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"wenda/store"
)

// touchEvery is how often a session in use is written: idle time is told to within it.
const touchEvery = time.Minute

// clockSlack is by how much the clock may have gone back before sessions end: they must never grow.
const clockSlack = 5 * time.Second

// cookieName of a session, or of people not signed in yet (kind "pre"). Browsers take __Host- only with Secure, for the whole host.
func (c *Console) cookieName(kind string) string {
	if c.cfg.Plain {
		return "wenda-" + kind
	}
	return "__Host-" + kind
}

func (c *Console) setCookie(w http.ResponseWriter, kind, value string, life time.Duration) {
	k := &http.Cookie{Name: c.cookieName(kind), Value: value, Path: "/", HttpOnly: true, Secure: !c.cfg.Plain, SameSite: http.SameSiteStrictMode}
	if life < 0 {
		k.MaxAge = -1
	} else if life > 0 {
		k.MaxAge = int(life.Seconds())
	}
	http.SetCookie(w, k)
}

// newToken has 32 random bytes.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// csrfOf is the token that forms hold: who knows it does not know the cookie.
func csrfOf(token string) string {
	m := hmac.New(sha256.New, []byte(token))
	m.Write([]byte("wenda csrf"))
	return hex.EncodeToString(m.Sum(nil))
}

// findSession finds out who it is. Nobody is no error.
func (v *visit) findSession() error {
	c := v.console
	k, err := v.r.Cookie(c.cookieName("sid"))
	if err != nil || k.Value == "" {
		if k, err := v.r.Cookie(c.cookieName("pre")); err == nil {
			v.token = k.Value
		}
		return nil
	}
	s, err := c.store.Session(v.r.Context(), store.HashToken(k.Value))
	if errors.Is(err, store.ErrNotFound) {
		if k, err := v.r.Cookie(c.cookieName("pre")); err == nil { // signing in beside an old cookie
			v.token = k.Value
		}
		return nil
	}
	if err != nil {
		return err
	}
	now := c.now()
	if c.ended(s, now) {
		return c.store.EndSession(v.r.Context(), s.Hash)
	}
	if now.Sub(s.Seen) >= touchEvery {
		if err := c.store.TouchSession(v.r.Context(), s.Hash, now); err != nil {
			c.log.Warn("session not touched", "error", err) // a full disk: reading goes on
		}
	}
	v.session, v.token = s, k.Value
	return nil
}

func (c *Console) ended(s store.Session, now time.Time) bool {
	return s.Account.Disabled || now.Sub(s.Created) >= c.cfg.Life || now.Sub(s.Seen) >= c.cfg.Idle || now.Before(s.Seen.Add(-clockSlack))
}

// begin signs an account in with a new session; one that the browser had ends. With it goes what else is to be kept: all of it, or nothing.
func (v *visit) begin(a store.Account, with func(ctx context.Context) error) error {
	c := v.console
	token, now := newToken(), c.now()
	err := c.store.Together(v.r.Context(), "begin session", func(ctx context.Context) error {
		if err := with(ctx); err != nil {
			return err
		}
		if v.session.Hash != "" {
			if err := c.store.EndSession(ctx, v.session.Hash); err != nil {
				return err
			}
		}
		return c.store.AddSession(ctx, store.HashToken(token), a.ID, v.address(), now, now.Add(-c.cfg.Life))
	})
	if err != nil {
		return err
	}
	v.session, v.token = store.Session{Hash: store.HashToken(token), Account: a, Address: v.address(), Created: now, Seen: now}, token
	c.setCookie(v.w, "sid", token, 0)
	c.setCookie(v.w, "pre", "", -1)
	return nil
}

// preToken gives people who are not signed in the token of their forms.
func (v *visit) preToken() {
	if v.token == "" {
		v.token = newToken()
		v.console.setCookie(v.w, "pre", v.token, time.Hour)
	}
}
