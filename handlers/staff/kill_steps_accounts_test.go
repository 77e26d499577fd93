package staff

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"

	"wenda/store"
)

// sessionsPlus counts the sessions of an account on.
func (s *suite) sessionsPlus(a *attempt, name string, n int) {
	have := 0
	_, _ = fmt.Sscan(s.model["sessions/"+name], &have) // none: 0
	if n += have; n > 0 {
		a.will("sessions/"+name, fmt.Sprint(n))
	} else {
		a.will("sessions/"+name, "")
	}
}

func cookieOf(head http.Header) string {
	for _, k := range (&http.Response{Header: head}).Cookies() {
		if k.Name == "wenda-sid" {
			return k.Value
		}
	}
	return ""
}

var signInSteps = []killStep{
	{"POST /staff/sign-in", "", "signer", func(s *suite, a *attempt) bool {
		a.path, a.session, a.form, a.audit = "/staff/sign-in", "", form("name", "signer", "password", goodPassword), []string{"session.begin"}
		s.sessionsPlus(a, "signer", 1)
		a.done = func(head http.Header, _ string) { s.know.signed = append(s.know.signed, cookieOf(head)) }
		return true
	}},
	{"POST /staff/sign-out", "", "signer", func(s *suite, a *attempt) bool {
		if len(s.know.signed) == 0 {
			return false
		}
		a.path, a.session, s.know.signed = "/staff/sign-out", s.know.signed[0], s.know.signed[1:]
		s.sessionsPlus(a, "signer", -1)
		return true
	}},
}

// changed is an account of the suite after a change of its own.
func (s *suite) changed(a *attempt, name string, change func(*store.Account)) {
	next := s.know.accounts[name]
	change(&next)
	next.Version++
	a.will("account/"+name, accountText(next))
	was := a.done
	a.done = func(head http.Header, page string) {
		s.know.accounts[name] = next
		if was != nil {
			was(head, page)
		}
	}
}

var offered = regexp.MustCompile(`(?s)<code class="secret">([A-Z2-7]+)<.*name="sealed" value="([^"]+)"`)

var ownSteps = []killStep{
	{"POST /staff/me/password", "", "changer", func(s *suite, a *attempt) bool {
		now, next := goodPassword, goodOther
		if s.know.odd {
			now, next = next, now
		}
		a.path, a.session, a.audit = "/staff/me/password", s.know.changer, []string{"account.password"}
		a.form = form("current", now, "password", next, "again", next)
		a.will("sessions/changer", "1")
		a.done = func(head http.Header, _ string) { s.know.odd, s.know.changer = !s.know.odd, cookieOf(head) }
		s.changed(a, "changer", func(*store.Account) {})
		return a.session != ""
	}},
	{"POST /staff/me/sign-out-everywhere", "", "changer", func(s *suite, a *attempt) bool {
		a.path, a.session, a.audit = "/staff/me/sign-out-everywhere", s.know.changer, []string{"session.end_all"}
		a.will("sessions/changer", "")
		a.done = func(http.Header, string) { s.know.changer = "" }
		return a.session != "" && s.chance(4)
	}},
	{"POST /staff/me/totp", "", "changer", func(s *suite, a *attempt) bool {
		a.path, a.session, a.audit = "/staff/me/totp", s.know.changer, []string{"account.totp_on"}
		a.prepare = func(p *poster) bool {
			page, ok := p.get(a.path, a.session)
			m := offered.FindStringSubmatch(page)
			if !ok || m == nil {
				return false
			}
			secret, _ := totpText.DecodeString(m[1]) // of base 32, as matched
			a.form = form("sealed", html.UnescapeString(m[2]), "code", totpAt(secret, time.Now().Unix()/30))
			return true
		}
		s.changed(a, "changer", func(a *store.Account) { a.TOTP = "on" })
		return a.session != "" && s.know.accounts["changer"].TOTP == ""
	}},
	{"POST /staff/me/totp/off", "", "changer", func(s *suite, a *attempt) bool {
		password := goodPassword
		if s.know.odd {
			password = goodOther
		}
		a.path, a.session, a.audit, a.form = "/staff/me/totp/off", s.know.changer, []string{"account.totp_off"}, form("current", password)
		s.changed(a, "changer", func(a *store.Account) { a.TOTP = "" })
		return a.session != "" && s.know.accounts["changer"].TOTP != ""
	}},
}

var welcomeLink = regexp.MustCompile(`/staff/welcome\?t=([A-Za-z0-9_-]+)`)

// others are the accounts that an administrator changes.
func (s *suite) others(a *attempt, part, what string, fit func(store.Account) bool) (store.Account, bool) {
	name, one, ok := pick(s, s.know.accounts, func(o store.Account) bool { return strings.HasPrefix(o.Name, "zz") && fit(o) })
	a.path, a.audit, a.form = "/staff/accounts/"+one.ID+"/"+part, []string{what}, form("version", fmt.Sprint(one.Version))
	if ok && s.model["sessions/"+name] != "" {
		a.will("sessions/"+name, "")
	}
	return one, ok
}

var accountSteps = []killStep{
	{"POST /staff/accounts", "", "accounts", func(s *suite, a *attempt) bool {
		name := "zz" + a.mark
		a.path, a.shown, a.audit, a.form = "/staff/accounts", true, []string{"account.add"}, form("name", name, "role", "edit")
		a.will("account/"+name, accountText(store.Account{Role: store.Edit, Version: 1, Link: "x"}))
		return true
	}},
	{"POST /staff/accounts/{id}/role", "", "accounts", func(s *suite, a *attempt) bool {
		one, ok := s.others(a, "role", "account.role", func(store.Account) bool { return true })
		role := store.Roles()[s.random(4)]
		a.form.Set("role", string(role))
		s.changed(a, one.Name, func(a *store.Account) { a.Role = role })
		return ok
	}},
	{"POST /staff/accounts/{id}/disabled", "", "accounts", func(s *suite, a *attempt) bool {
		one, ok := s.others(a, "disabled", "account.disabled", func(store.Account) bool { return true })
		if !one.Disabled {
			a.form.Set("disabled", "yes")
		}
		s.changed(a, one.Name, func(a *store.Account) { a.Disabled = !a.Disabled })
		return ok
	}},
	{"POST /staff/accounts/{id}/reset", "", "accounts", func(s *suite, a *attempt) bool {
		one, ok := s.others(a, "reset", "account.reset", func(store.Account) bool { return true })
		a.shown = true
		a.done = func(_ http.Header, page string) {
			if m := welcomeLink.FindStringSubmatch(page); m != nil {
				s.know.links[one.Name] = m[1]
			}
		}
		s.changed(a, one.Name, func(a *store.Account) { a.Password, a.Link = "", "x" })
		return ok
	}},
	{"POST /staff/accounts/{id}/subject", "", "accounts", func(s *suite, a *attempt) bool {
		one, ok := s.others(a, "subject", "account.subject", func(store.Account) bool { return true })
		a.form.Set("subject", a.mark)
		s.changed(a, one.Name, func(c *store.Account) { c.Subject = subjectOf("https://id.example", a.mark) })
		return ok
	}},
	{"POST /staff/welcome", "", "accounts", func(s *suite, a *attempt) bool {
		name, token, ok := pick(s, s.know.links, func(string) bool { return true })
		if !ok || s.know.accounts[name].Disabled || s.know.accounts[name].Link == "" {
			return false
		}
		delete(s.know.links, name)
		a.path, a.session, a.audit = "/staff/welcome", "", []string{"account.welcome", "session.begin"}
		a.form = form("t", token, "password", goodPassword, "again", goodPassword)
		a.will("sessions/"+name, "1")
		s.changed(a, name, func(a *store.Account) { a.Password, a.Link = "x", "" })
		return true
	}},
}
