package staff

import (
	"strings"
	"testing"

	"wenda/handlers/browsertest"
	"wenda/store"
)

// An administrator comes by OpenID Connect from another site, switches the portal off and on by keyboard, and makes a backup: without
// scripts. What is off stands on the dashboard.
func TestJourneyChannels(t *testing.T) {
	p := newVouching(t)
	p.issuer = strings.Replace(p.server.URL, "127.0.0.1", "localhost", 1) // for browsers another site than the console's
	s := newSite(t, func(c *Config, d *Deps) {
		c.OIDC = &OIDC{Issuer: p.issuer, ClientID: oidcClient, Secret: oidcSecret, Claim: "groups"}
		d.Running = &fixed{state: State{Channels: []Channel{{Name: "portal", Log: "portal"}, {Name: "api", Log: "api"}, {Name: "api:search", Log: "api:search"},
			{Name: "wechat:main", Note: "消息和小程序页面", Log: "wechat"}, {Name: "mp:main", Log: "mp:main"}},
			Backends: []Backend{{Name: "deepseek/deepseek-chat", Breaker: "closed", Calls: 12, Failures: 1, Prompt: 34567, Completion: 890, Cost: .0762},
				{Name: "qwen/qwen-plus", Breaker: "open", Calls: 10, Failures: 7}},
			Day: "2026-11-26", Tokens: 35457, Most: 2000000, Budgets: []Budget{{Channel: "portal", Used: 30000}, {Channel: "wechat", Used: 5457, Most: 500000}},
			Index: "ix-20261126", Embedder: "bge-small-zh-v1.5-q", NotReady: "向量还没有算完，先按词回答", Missing: 5200, Texts: 18614}}
	})
	p.redirect = s.url + CallbackPath
	s.console.provider.Redirect = p.redirect
	a := s.account("张三", store.Admin)
	if err := s.store.ChangeAccount(t.Context(), store.By{Name: "test"}, "account.subject", a.ID, a.Version, false, func(a *store.Account) error {
		a.Subject = subjectOf(p.issuer, "u-1")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	j := newJourney(s, "channels", false)
	j.Open("/staff/channels")
	j.ShotOfPage("1-sign-in")
	j.Click(`a[href^="/staff/oidc"]`)
	j.says("今天的词元") // where it was going
	if got := browsertest.Eval[string](j, `location.pathname`); got != "/staff/channels" {
		t.Errorf("at %s", got)
	}
	j.ShotOfPage("2-page")
	j.TabTo(`input[aria-label="停用门户网页的理由"]`)
	j.fill(`input[aria-label="停用门户网页的理由"]`, "政策更新，核对后恢复")
	j.Enter()
	j.says("“门户网页”已停用。")
	j.ShotOfPage("3-off")
	j.Click(`.menu a[href="/staff/dashboard"]`)
	j.says("“门户网页”已停用：政策更新，核对后恢复（张三")
	j.ShotOfPage("4-dashboard")
	j.Click(`.menu a[href="/staff/channels"]`)
	j.Click(`form[action="/staff/channels/switch"]:has(input[value="portal"]) button`)
	j.says("“门户网页”已恢复。")
	j.Click(`form[action="/staff/backups"] button`)
	j.says("已备份并核对")
	j.See(`a[download]`)
	j.ShotOfPage("5-backup")
	j.Open("/staff/accounts")
	j.says("统一登录编号")
	j.ShotOfPage("6-accounts")
}
