package staff

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"wenda/store"
)

type signInView struct {
	Message string
	Next    string
	Name    string
	Clear   bool // reached without encryption, where the browser will not keep the cookie
	OIDC    bool
}

// signInPage is GET /staff/sign-in.
func (c *Console) signInPage(v *visit) error {
	if v.session.Hash != "" {
		return v.to("/staff/", "")
	}
	return v.signInForm(http.StatusOK, "")
}

// signInForm shows the form; who was on the way to a page comes back to it.
func (v *visit) signInForm(status int, message string) error {
	v.preToken()
	next := v.r.FormValue("next")
	if next == "" && v.r.Method == http.MethodGet && v.route.Needs != Anyone {
		next = v.r.URL.RequestURI()
	}
	clear := !v.console.cfg.Plain && v.r.TLS == nil && v.r.Header.Get("X-Forwarded-Proto") != "https"
	return v.pageAs(status, "sign_in", "登录", signInView{message, ownPath(next), v.form("name"), clear, v.console.provider != nil})
}

// ownPath is a path of the console, or its first page: nobody is led elsewhere after signing in.
func ownPath(next string) string {
	if !strings.HasPrefix(next, "/staff/") || strings.ContainsAny(next, "\\\r\n") || strings.HasPrefix(next, "/staff/sign-in") {
		return "/staff/"
	}
	return next
}

// wrongSignIn does not say which part was wrong.
const wrongSignIn = "账号、密码或动态口令不对。连续错5次要等15分钟；忘了密码请找管理员重置。"

// signIn is POST /staff/sign-in.
func (c *Console) signIn(v *visit) error {
	name, password := v.form("name"), v.text("password")
	key := strings.ToLower(name) + "\n" + v.address()
	if wait := c.fails.try(key); wait > 0 {
		return (&problem{status: http.StatusTooManyRequests, message: "登录失败次数太多。请15分钟后再试，或请管理员重置密码。", retry: wait})
	}
	a, err := c.store.Account(v.r.Context(), name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	ok, err := c.hasher.check(v.r.Context(), a.Password, password)
	if err != nil {
		return err
	}
	if ok && !a.Disabled && a.TOTP != "" {
		if ok, err = c.checkCode(v.r.Context(), a, v.form("code")); err != nil {
			return err
		}
	}
	if !ok || a.Disabled {
		c.log.Warn("staff sign-in failed", "address", v.address(), "request_id", c.deps.RequestID(v.r.Context()))
		return v.signInForm(http.StatusForbidden, wrongSignIn)
	}
	c.fails.forgive(key)
	return v.enter(a, v.form("next"), func(context.Context) error { return nil })
}

// enter begins a session and notes it in the audit, after what comes first.
func (v *visit) enter(a store.Account, next string, first func(ctx context.Context) error) error {
	by := store.By{Name: a.Name, Role: a.Role, Address: v.address()}
	err := v.begin(a, func(ctx context.Context) error {
		if err := first(ctx); err != nil {
			return err
		}
		return v.console.store.WriteAudit(ctx, store.Change{By: by, What: "session.begin", Object: a.Name})
	})
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, ownPath(next), http.StatusSeeOther)
	return nil
}

// signOut is POST /staff/sign-out.
func (c *Console) signOut(v *visit) error {
	if err := c.store.EndSession(v.r.Context(), v.session.Hash); err != nil {
		return err
	}
	c.setCookie(v.w, "sid", "", -1)
	v.session = store.Session{}
	return v.to("/staff/sign-in", "")
}

type welcomeView struct {
	Token, Name string
	Message     string
	Field       string // that Message is about
}

// linked finds the account of a one-time link.
func (v *visit) linked() (store.Account, error) {
	a, err := v.console.store.AccountByLink(v.r.Context(), store.HashToken(v.r.FormValue("t")))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return a, err
	}
	if err != nil || a.Disabled || !v.console.now().Before(a.LinkExpires) {
		return a, noPage.saying("这个链接已经用过或过期了。请管理员重新生成一个（账号页，或 wenda staff reset 账号）。")
	}
	return a, nil
}

// welcomePage is GET /staff/welcome, where a one-time link leads. The link stands in the query: logs hold paths only.
func (c *Console) welcomePage(v *visit) error {
	a, err := v.linked()
	if err != nil {
		return err
	}
	v.preToken()
	v.w.Header().Set("Referrer-Policy", "no-referrer")
	return v.page("welcome", "设置密码", welcomeView{Token: v.r.FormValue("t"), Name: a.Name})
}

// welcome is POST /staff/welcome: the link is used up, the password kept, and the account signed in.
func (c *Console) welcome(v *visit) error {
	a, err := v.linked()
	if err != nil {
		return err
	}
	password := v.text("password")
	if wrong := checkPassword(a.Name, password, v.text("again")); wrong != "" {
		return v.pageAs(http.StatusBadRequest, "welcome", "设置密码", welcomeView{v.r.FormValue("t"), a.Name, wrong, "new"})
	}
	kept, err := c.hasher.hash(v.r.Context(), password)
	if err != nil {
		return err
	}
	by := store.By{Name: a.Name, Role: a.Role, Address: v.address()}
	return v.enter(a, "/staff/", func(ctx context.Context) error {
		return c.store.ChangeAccount(ctx, by, "account.welcome", a.ID, a.Version, true, func(a *store.Account) error {
			a.Password, a.Link, a.LinkExpires = kept, "", time.Time{}
			return nil
		})
	})
}
