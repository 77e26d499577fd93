package staff

import (
	"context"
	"net/http"
	"strings"

	"wenda/store"
)

type meView struct {
	Message   string
	Password  bool // the account has one: not of those who sign in elsewhere
	SignedIn  string
	From      string
	HasSecond bool
}

// mePage is GET /staff/me.
func (c *Console) mePage(v *visit) error { return v.meForm(http.StatusOK, "") }

func (v *visit) meForm(status int, message string) error {
	a := v.account()
	return v.pageAs(status, "me", "我的账号", meView{message, a.Password != "", when(v.session.Created), v.session.Address, a.TOTP != ""})
}

// confirm wants the own password, with the limits of a sign-in.
func (v *visit) confirm() error {
	c, a := v.console, v.account()
	key := strings.ToLower(a.Name) + "\n" + v.address()
	if wait := c.fails.try(key); wait > 0 {
		return &problem{status: http.StatusTooManyRequests, message: "密码错的次数太多，请15分钟后再试。", retry: wait}
	}
	ok, err := c.hasher.check(v.r.Context(), a.Password, v.text("current"))
	if err != nil {
		return err
	}
	if !ok {
		return forbidden.saying("现在的密码不对，没有更改。请返回重新输入。")
	}
	c.fails.forgive(key)
	return nil
}

// changePassword is POST /staff/me/password: all sessions end, and this one begins anew.
func (c *Console) changePassword(v *visit) error {
	a, password := v.account(), v.text("password")
	if wrong := checkPassword(a.Name, password, v.text("again")); wrong != "" {
		return v.meForm(http.StatusBadRequest, wrong)
	}
	if err := v.confirm(); err != nil {
		return err
	}
	kept, err := c.hasher.hash(v.r.Context(), password)
	if err != nil {
		return err
	}
	err = v.begin(a, func(ctx context.Context) error {
		return c.store.ChangeAccount(ctx, v.by(), "account.password", a.ID, a.Version, true, func(a *store.Account) error {
			a.Password = kept
			return nil
		})
	})
	if err != nil {
		return err
	}
	return v.to("/staff/me", "密码已改，别处的登录都已退出。")
}

// signOutEverywhere is POST /staff/me/sign-out-everywhere, this browser included.
func (c *Console) signOutEverywhere(v *visit) error {
	if err := c.store.EndSessions(v.r.Context(), v.by(), v.account()); err != nil {
		return err
	}
	c.setCookie(v.w, "sid", "", -1)
	v.session = store.Session{}
	return v.to("/staff/sign-in", "")
}
