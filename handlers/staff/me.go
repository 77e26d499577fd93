package staff

import (
	"context"
	"net/http"
	"strings"

	"wenda/store"
)

type meView struct {
	Message   string
	Field     string // that Message is about
	Password  bool   // the account has one: not of those who sign in elsewhere
	SignedIn  string
	From      string
	HasSecond bool
}

// mePage is GET /staff/me.
func (c *Console) mePage(v *visit) error { return v.meForm(http.StatusOK, "", "") }

func (v *visit) meForm(status int, field, message string) error {
	a := v.account()
	return v.pageAs(status, "me", "我的账号", meView{message, field, a.Password != "", when(v.session.Created), v.session.Address, a.TOTP != ""})
}

// wrongPassword is shown beside the field.
const wrongPassword = "现在的密码不对，没有更改。请重新输入。"

// confirm wants the own password, with the limits of a sign-in; false: it is not the right one.
func (v *visit) confirm() (bool, error) {
	c, a := v.console, v.account()
	key := strings.ToLower(a.Name) + "\n" + v.address()
	if wait := c.fails.try(key); wait > 0 {
		return false, &problem{status: http.StatusTooManyRequests, message: "密码错的次数太多，请15分钟后再试。", retry: wait}
	}
	ok, err := c.hasher.check(v.r.Context(), a.Password, v.text("current"))
	if ok && err == nil {
		c.fails.forgive(key)
	}
	return ok, err
}

// changePassword is POST /staff/me/password: all sessions end, and this one begins anew.
func (c *Console) changePassword(v *visit) error {
	a, password := v.account(), v.text("password")
	if wrong := checkPassword(a.Name, password, v.text("again")); wrong != "" {
		return v.meForm(http.StatusBadRequest, "new", wrong)
	}
	if ok, err := v.confirm(); err != nil {
		return err
	} else if !ok {
		return v.meForm(http.StatusForbidden, "current", wrongPassword)
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
