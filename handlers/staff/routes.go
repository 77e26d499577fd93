package staff

import (
	"slices"
	"strings"

	"wenda/store"
)

// Anyone is the role of routes for people who are not signed in.
const Anyone store.Role = ""

// A Route is one thing that can be reached: routing, the menu and the permission test are made of the list.
type Route struct {
	Method string
	Path   string     // a pattern of net/http
	Needs  store.Role // the lowest that may; Anyone needs no sign-in
	Menu   string     // its title in the menu; empty: not there
	Files  bool       // its form holds files: Config.UploadBytes
	handle func(*visit) error
}

// allRoutes is the whole console. The menu has the order of the list.
func (c *Console) allRoutes() []Route {
	return slices.Concat(
		c.frameRoutes(),
		c.dashboardRoutes(), // what is looked at every day first, then what is changed, then what is administered
		c.logRoutes(),
		c.gapRoutes(),
		c.curatedRoutes(),
		c.knowledgeRoutes(),
		c.proposeRoutes(),
		c.promptRoutes(),
		c.trialRoutes(),
		c.setRoutes(),
		c.runRoutes(),
		c.channelRoutes(),
		c.accountRoutes(),
		c.auditRoutes(),
	)
}

// frameRoutes are the first page, sign-in and what everybody may do with the own account.
func (c *Console) frameRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff", Needs: store.View, handle: c.home},
		{Method: "GET", Path: "/staff/{$}", Needs: store.View, Menu: "首页", handle: c.home},
		{Method: "GET", Path: "/staff/assets/{name}", Needs: Anyone, handle: c.asset},
		{Method: "GET", Path: "/staff/sign-in", Needs: Anyone, handle: c.signInPage},
		{Method: "POST", Path: "/staff/sign-in", Needs: Anyone, handle: c.signIn},
		{Method: "GET", Path: "/staff/oidc", Needs: Anyone, handle: c.oidcStart},
		{Method: "GET", Path: CallbackPath, Needs: Anyone, handle: c.oidcBack},
		{Method: "POST", Path: "/staff/sign-out", Needs: store.View, handle: c.signOut},
		{Method: "GET", Path: "/staff/welcome", Needs: Anyone, handle: c.welcomePage},
		{Method: "POST", Path: "/staff/welcome", Needs: Anyone, handle: c.welcome},
		{Method: "GET", Path: "/staff/me", Needs: store.View, handle: c.mePage},
		{Method: "POST", Path: "/staff/me/password", Needs: store.View, handle: c.changePassword},
		{Method: "POST", Path: "/staff/me/sign-out-everywhere", Needs: store.View, handle: c.signOutEverywhere},
		{Method: "GET", Path: "/staff/me/totp", Needs: store.View, handle: c.totpPage},
		{Method: "POST", Path: "/staff/me/totp", Needs: store.View, handle: c.totpOn},
		{Method: "POST", Path: "/staff/me/totp/off", Needs: store.View, handle: c.totpOff},
	}
}

// menuFor lists what an account of this role sees in the menu.
func (c *Console) menuFor(role store.Role, path string) []menuItem {
	for _, of := range []struct{ path, menu string }{{"/staff/staged/", "/staff/knowledge/"}, {"/staff/runs/", "/staff/tests/"}} {
		if rest, is := strings.CutPrefix(path, of.path); is { // pages that belong to an entry with another path
			path = of.menu + rest
		}
	}
	var out []menuItem
	for _, rt := range c.routes {
		if rt.Menu == "" || !role.May(rt.Needs) {
			continue
		}
		to := pathOf(rt.Path)
		here := path == to || to != "/staff/" && len(path) > len(to) && path[:len(to)+1] == to+"/"
		out = append(out, menuItem{Title: rt.Menu, To: to, Here: here})
	}
	return out
}

type menuItem struct {
	Title, To string
	Here      bool
}
