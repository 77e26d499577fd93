package main

import (
	"errors"
	"net"
	"net/http"
	"net/netip"

	"wenda/handlers"
	"wenda/handlers/fetch"
	"wenda/handlers/staff"
)

var _ staff.Bench = (*workbench)(nil)

// console makes the staff console of this server.
func (a *App) console() (*staff.Console, error) {
	cfg := staff.Defaults()
	cfg.Plain = a.Config.plainCookies()
	var problems []error
	if cfg.OIDC, problems = a.Config.OIDC.plan(a.Config.WeChat.PublicURL); len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return staff.New(cfg, staff.Deps{Store: a.Store, Bench: &workbench{app: a}, Running: newRunning(a), Advice: reasonText, Propose: a.proposer(), Log: a.Log, RequestID: handlers.RequestID,
		Library: a.Library, Ask: a.tried, Prompts: a.answering, Fetch: fetch.New(nil).Fetch,
		Address: func(r *http.Request) string { return handlers.ClientAddress(r.Context()) }})
}

// plainCookies reports that the console is reached without encryption: on a loopback address with no proxy in front. Anywhere else
// browsers get cookies for https only.
func (c Config) plainCookies() bool {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil || len(c.TrustedProxies) > 0 {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
