package staff

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"wenda/store"
)

// accountRoutes is who may work here.
func (c *Console) accountRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/accounts", Needs: store.Admin, Menu: "账号", handle: c.accountsPage},
		{Method: "POST", Path: "/staff/accounts", Needs: store.Admin, handle: c.addAccount},
		{Method: "POST", Path: "/staff/accounts/{id}/role", Needs: store.Admin, handle: c.changeRole},
		{Method: "POST", Path: "/staff/accounts/{id}/disabled", Needs: store.Admin, handle: c.changeDisabled},
		{Method: "POST", Path: "/staff/accounts/{id}/reset", Needs: store.Admin, handle: c.resetAccount},
		{Method: "POST", Path: "/staff/accounts/{id}/subject", Needs: store.Admin, handle: c.changeSubject},
	}
}

type accountsView struct {
	Accounts []store.Account
	Link     string // one-time link of an account just made or reset; shown once
	LinkOf   string
	LinkEnds time.Time
	OIDC     bool
	Beside   *accountBeside // somebody else changed it first
	Message  string         // what is wrong with Name, that a new account was to have
	Name     string
}

// An accountBeside is a change of an account that was not kept, because somebody else had changed it since the page was shown.
type accountBeside struct {
	Account store.Account // as it is now
	Now     string        // in words
	Mine    string        // what was to be changed, in words
	Path    string        // of the form that changes it all the same
	Fields  []named
}

// accountsPage is GET /staff/accounts.
func (c *Console) accountsPage(v *visit) error { return v.accountsWith(http.StatusOK, accountsView{}) }

func (v *visit) accountsWith(status int, m accountsView) error {
	m.OIDC = v.console.provider != nil
	var err error
	if m.Accounts, err = v.console.store.Accounts(v.r.Context()); err != nil {
		return err
	}
	return v.pageAs(status, "accounts", "账号", m)
}

var accountName = regexp.MustCompile(`^[\p{Han}A-Za-z0-9_.-]{2,32}$`)

// CheckName says in Chinese what is wrong with the name of a new account; empty when nothing is.
func CheckName(name string) string {
	if !accountName.MatchString(name) {
		return "账号名用2到32个汉字、字母、数字或 . _ -，不要有空格。"
	}
	return ""
}

// OneTimeLink gives an account a new link and takes its password away; it returns what stands in the link.
func OneTimeLink(a *store.Account, expires time.Time) string {
	token := newToken()
	a.Password, a.TOTP, a.TOTPStep, a.Link, a.LinkExpires = "", "", 0, store.HashToken(token), expires
	return token
}

// addAccount is POST /staff/accounts.
func (c *Console) addAccount(v *visit) error {
	name := v.form("name")
	role, err := store.ParseRole(v.form("role"))
	if err != nil {
		return invalid.saying(err.Error())
	}
	if wrong := CheckName(name); wrong != "" {
		return v.accountsWith(http.StatusBadRequest, accountsView{Message: wrong, Name: name})
	}
	a := store.Account{Name: name, Role: role}
	token := OneTimeLink(&a, c.now().Add(c.cfg.LinkLife))
	switch a, err = c.store.AddAccount(v.r.Context(), v.by(), a); {
	case errors.Is(err, store.ErrTaken):
		return v.accountsWith(http.StatusConflict, accountsView{Message: "已经有账号叫“" + name + "”，请换一个名称。", Name: name})
	case err != nil:
		return err
	}
	return v.accountsWith(http.StatusOK, accountsView{Link: v.linkTo(token), LinkOf: a.Name, LinkEnds: a.LinkExpires})
}

// linkTo is the address of a one-time link, on the host that this request reached.
func (v *visit) linkTo(token string) string {
	scheme := "https"
	if v.console.cfg.Plain {
		scheme = "http"
	}
	return scheme + "://" + v.r.Host + WelcomePath(token)
}

// WelcomePath is where a one-time link leads.
func WelcomePath(token string) string { return "/staff/welcome?t=" + token }

// resetAccount is POST /staff/accounts/{id}/reset: a new link, no password, no second factor, no sessions.
func (c *Console) resetAccount(v *visit) error {
	var token string
	a, err := v.changeOther("account.reset", true, func(a *store.Account) error {
		token = OneTimeLink(a, c.now().Add(c.cfg.LinkLife))
		return nil
	})
	if errors.Is(err, store.ErrConflict) {
		return v.accountBeside(a, "重置密码", "reset")
	}
	if err != nil {
		return err
	}
	return v.accountsWith(http.StatusOK, accountsView{Link: v.linkTo(token), LinkOf: a.Name, LinkEnds: c.now().Add(c.cfg.LinkLife)})
}

// changeRole is POST /staff/accounts/{id}/role.
func (c *Console) changeRole(v *visit) error {
	role, err := store.ParseRole(v.form("role"))
	if err != nil {
		return invalid.saying(err.Error())
	}
	a, err := v.changeOther("account.role", true, func(a *store.Account) error { a.Role = role; return nil })
	if errors.Is(err, store.ErrConflict) {
		return v.accountBeside(a, "把角色改成"+role.String(), "role", named{"role", v.form("role")})
	}
	if err != nil {
		return err
	}
	return v.to("/staff/accounts", "“"+a.Name+"”现在的角色是“"+role.String()+"”，要重新登录。")
}

// changeDisabled is POST /staff/accounts/{id}/disabled.
func (c *Console) changeDisabled(v *visit) error {
	off := v.form("disabled") == "yes"
	a, err := v.changeOther("account.disabled", true, func(a *store.Account) error { a.Disabled = off; return nil })
	if errors.Is(err, store.ErrConflict) {
		return v.accountBeside(a, map[bool]string{true: "停用", false: "启用"}[off], "disabled", named{"disabled", v.form("disabled")})
	}
	if err != nil {
		return err
	}
	if off {
		return v.to("/staff/accounts", "已停用“"+a.Name+"”，并从各处退出。")
	}
	return v.to("/staff/accounts", "已启用“"+a.Name+"”。")
}

// accountBeside shows what somebody else made of an account meanwhile, with what was to be done to it, which can be done all the same.
func (v *visit) accountBeside(a store.Account, mine, path string, fields ...named) error {
	now, err := v.console.store.AccountByID(v.r.Context(), a.ID)
	if err != nil {
		return err
	}
	said := "角色“" + now.Role.String() + "”"
	switch {
	case now.Disabled:
		said += "，已停用"
	case now.Password == "" && now.Subject == "":
		said += "，等待设密码"
	}
	if s := subjectShown(now.Subject); s != "" {
		said += "，统一登录编号 " + s
	}
	return v.accountsWith(http.StatusConflict, accountsView{Beside: &accountBeside{now, said, mine, "/staff/accounts/" + now.ID + "/" + path, fields}})
}

// changeOther changes the account of the path in the version that the page showed. Nobody changes the own account here: an administrator
// who loses the role by a slip could not mend it.
func (v *visit) changeOther(what string, signOut bool, f func(*store.Account) error) (store.Account, error) {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	a, err := v.console.store.AccountByID(ctx, id)
	if err != nil {
		return a, err
	}
	if a.ID == v.account().ID {
		return a, &problem{status: http.StatusConflict, message: "不能在这里改自己的账号。请另一位管理员来改，或到“我的账号”。"}
	}
	version, err := strconv.ParseInt(v.form("version"), 10, 64)
	if err != nil {
		return a, badForm.because(err)
	}
	return a, v.console.store.ChangeAccount(ctx, v.by(), what, id, version, signOut, f)
}
