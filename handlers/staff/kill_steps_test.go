package staff

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"wenda/prompts"
	"wenda/store"
)

// A killStep makes attempts of a route. make fills one in and reports false when there is nothing to do it with now. Steps of one group never
// run at once, and those of two never touch the same thing.
type killStep struct {
	route, variant, group string
	make                  func(*suite, *attempt) bool
}

func (st killStep) name() string { return st.route + st.variant }

var killSteps = slices.Concat(signInSteps, ownSteps, accountSteps, promptSteps, setSteps, runSteps, filterSteps, curatedSteps, gapSteps, documentSteps, draftSteps, channelSteps)

func (a *attempt) will(key, value string) {
	if a.after == nil {
		a.after = map[string]string{}
	}
	a.after[key] = value
}

// one of a map, at random; ok is false for an empty one.
func pick[V any](s *suite, m map[string]V, fit func(V) bool) (name string, v V, ok bool) {
	var names []string
	for _, n := range slices.Sorted(maps.Keys(m)) {
		if fit(m[n]) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return "", v, false
	}
	name = names[s.random(len(names))]
	return name, m[name], true
}

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

// text is a prompts file of the suite's, with a mark.
func killText(name, mark string) string {
	text, err := prompts.Default(name)
	if err != nil {
		panic(err)
	}
	return strings.TrimRight(string(text), "\n ") + "\n# " + mark + "\n"
}

var killFiles = []string{"stopphrases.yaml", "suggestions.yaml"}

// drafted is a new draft of a file: the one before loses its label.
func (s *suite) drafted(a *attempt, name, text, comment string) {
	list := s.know.versions[name]
	v := store.PromptVersion{Name: name, Version: 1, Label: store.LabelDraft, Author: "kadmin", Comment: comment}
	if len(list) > 0 {
		v.Version = list[0].Version + 1
	}
	list = slices.Clone(list)
	for i := range list {
		if list[i].Label == store.LabelDraft {
			s.relabel(a, &list[i], "")
		}
	}
	a.will(promptKey(v), promptValue(v.Label, v.Author, v.Comment, text))
	was := a.done
	a.done = func(head http.Header, page string) {
		s.know.versions[name] = slices.Insert(list, 0, v)
		if was != nil {
			was(head, page)
		}
	}
}

func (s *suite) relabel(a *attempt, v *store.PromptVersion, label string) {
	_, rest, _ := strings.Cut(s.model[promptKey(*v)], "|")
	if v.Label = label; rest != "" {
		a.will(promptKey(*v), label+"|"+rest)
	}
}

// released is a state that went live.
func (s *suite) released(a *attempt, state map[string]int, comment string) {
	r := store.Release{N: s.release() + 1, State: state, Comment: comment}
	a.will(fmt.Sprint("release/", r.N), releaseText(state, comment))
	versions := map[string][]store.PromptVersion{}
	for name, list := range s.know.versions {
		list = slices.Clone(list)
		for i := range list {
			switch v := &list[i]; {
			case state[name] == v.Version && v.Label != store.LabelLive:
				s.relabel(a, v, store.LabelLive)
			case state[name] != v.Version && v.Label == store.LabelLive:
				s.relabel(a, v, "")
			}
		}
		versions[name] = list
	}
	was := a.done
	a.done = func(head http.Header, page string) {
		s.know.releases, s.know.versions = slices.Insert(s.know.releases, 0, r), versions
		if was != nil {
			was(head, page)
		}
	}
}

func (s *suite) release() int {
	if len(s.know.releases) == 0 {
		return 0
	}
	return s.know.releases[0].N
}

// draft is the draft of a file, if there is one.
func (s *suite) draft(name string) *store.PromptVersion {
	for i, v := range s.know.versions[name] {
		if v.Label == store.LabelDraft {
			return &s.know.versions[name][i]
		}
	}
	return nil
}

var promptSteps = []killStep{
	{"POST /staff/prompts/import", "", "prompts", func(s *suite, a *attempt) bool {
		name := killFiles[s.random(2)]
		text := killText(name, a.mark)
		bundle, _ := json.Marshal(Bundle{BundleFormat, map[string]string{name: text}}) // strings only
		a.path, a.audit, a.files = "/staff/prompts/import", []string{"prompt.import"}, map[string]string{"b.json": string(bundle)}
		s.drafted(a, name, text, "导入")
		return true
	}},
	{"POST /staff/prompts/{name}", "", "prompts", func(s *suite, a *attempt) bool {
		name := killFiles[s.random(2)]
		text, base := killText(name, a.mark), 0
		if list := s.know.versions[name]; len(list) > 0 {
			base = list[0].Version
		}
		a.path, a.audit, a.form = "/staff/prompts/"+name, []string{"prompt.save"}, form("text", text, "comment", a.mark, "base", fmt.Sprint(base))
		s.drafted(a, name, text, a.mark)
		return true
	}},
	{"POST /staff/prompts/{name}/drop", "", "prompts", func(s *suite, a *attempt) bool {
		name := killFiles[s.random(2)]
		d := s.draft(name)
		if d == nil || !s.chance(2) {
			return false
		}
		next := *d
		a.path, a.audit, a.form = "/staff/prompts/"+name+"/drop", []string{"prompt.drop"}, form("version", fmt.Sprint(d.Version))
		s.relabel(a, &next, "")
		a.done = func(http.Header, string) { *d = next }
		return true
	}},
	{"POST /staff/prompts/publish", "", "prompts", func(s *suite, a *attempt) bool {
		name := killFiles[s.random(2)]
		d := s.draft(name)
		if d == nil {
			return false
		}
		a.path, a.audit = "/staff/prompts/publish", []string{"run.begin"}
		a.form = form("base", fmt.Sprint(s.release()), "take-"+name, fmt.Sprint(d.Version), "comment", a.mark)
		a.will("run/"+a.mark, runText(store.RunGate, store.RunWaiting, 0))
		state := map[string]int{}
		if len(s.know.releases) > 0 {
			maps.Copy(state, s.know.releases[0].State)
		}
		state[name] = d.Version
		then := &attempt{group: a.group, mark: a.mark, audit: []string{"prompt.publish"}}
		then.will("run/"+a.mark, runText(store.RunGate, store.RunDone, s.release()+1))
		s.released(then, state, a.mark)
		var run string
		a.done = func(head http.Header, _ string) { run = head.Get("Location") }
		then.poll = func(p *poster) (bool, error) {
			page, ok := p.get(run, a.session)
			if !ok {
				return false, errGone
			}
			if !strings.Contains(page, fmt.Sprintf("第%d次发布", s.release()+1)) {
				return false, nil
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			then.done(nil, "")
			return true, nil
		}
		a.then = then
		return true
	}},
	{"POST /staff/prompts/rollback", "", "prompts", func(s *suite, a *attempt) bool {
		if len(s.know.releases) == 0 {
			return false
		}
		to, state, name := 0, map[string]int{}, "退回程序自带的文字"
		if len(s.know.releases) > 1 && s.chance(2) {
			r := s.know.releases[1+s.random(len(s.know.releases)-1)]
			to, state, name = r.N, r.State, fmt.Sprintf("退回第%d次发布", r.N)
		}
		a.path, a.audit, a.form = "/staff/prompts/rollback", []string{"prompt.rollback"}, form("base", fmt.Sprint(s.release()), "to", fmt.Sprint(to))
		s.released(a, state, name)
		return true
	}},
	{"POST /staff/runs/{id}/override", "", "prompts", func(s *suite, a *attempt) bool {
		r := s.know.blocked
		if r == nil || r.Summary.Base != s.release() || r.Summary.Published != 0 {
			return false
		}
		reason := "急用，已经核对过 " + a.mark
		a.path, a.audit, a.form = "/staff/runs/"+r.ID+"/override", []string{"prompt.override"}, form("reason", reason)
		a.will(s.know.stopped, runText(store.RunGate, store.RunDone, s.release()+1))
		a.done = func(http.Header, string) { s.know.blocked = nil }
		s.released(a, map[string]int{}, "强制发布："+reason+"（拦下的原因：变差了）")
		return true
	}},
	{"POST /staff/publishing", "", "publishing", func(s *suite, a *attempt) bool {
		margin := float64(s.marks%1000) / 10
		a.path, a.audit = "/staff/publishing", []string{"setting.change"}
		a.form = form("margin", fmt.Sprint(margin), "reason", a.mark)
		a.will("setting/publishing", fmt.Sprintf("%+v", Publishing{Margin: margin}))
		return s.model["setting/publishing"] != a.after["setting/publishing"]
	}},
}

// cased is a set with more questions.
func (s *suite) cased(a *attempt, name string, questions ...string) {
	set := s.know.sets[name]
	for _, q := range questions {
		set.Cases += killCases(q)
	}
	set.Version += len(questions)
	a.will("set/"+name, setText(s.t, set.Version, set.Cases))
	was := a.done
	a.done = func(head http.Header, page string) {
		s.know.sets[name] = set
		if was != nil {
			was(head, page)
		}
	}
}

func (s *suite) set(fit func(store.TestSet) bool) (store.TestSet, bool) {
	_, set, ok := pick(s, s.know.sets, func(t store.TestSet) bool { return strings.HasPrefix(t.Name, "set-") && fit(t) })
	return set, ok
}

var setSteps = []killStep{
	{"POST /staff/tests", "", "sets", func(s *suite, a *attempt) bool {
		name, cases := "set-"+a.mark, killCases("甲"+a.mark, "乙"+a.mark)
		a.path, a.audit, a.form, a.files = "/staff/tests", []string{"set.add"}, form("name", name), map[string]string{"c.jsonl": cases}
		a.will("set/"+name, setText(s.t, 1, cases))
		a.done = func(head http.Header, _ string) {
			s.know.sets[name] = store.TestSet{ID: strings.TrimPrefix(head.Get("Location"), "/staff/tests/"), Name: name, Cases: cases, Version: 1}
		}
		return len(s.know.sets) < 12
	}},
	{"POST /staff/tests/{id}", "", "sets", func(s *suite, a *attempt) bool {
		set, ok := s.set(func(store.TestSet) bool { return true })
		next := set
		next.Cases, next.Version = killCases("改"+a.mark), set.Version+1
		a.path, a.audit = "/staff/tests/"+set.ID, []string{"set.change"}
		a.form = form("name", set.Name, "version", fmt.Sprint(set.Version), "base", set.Cases, "text", next.Cases, "comment", a.mark)
		a.will("set/"+set.Name, setText(s.t, next.Version, next.Cases))
		a.done = func(http.Header, string) { s.know.sets[set.Name] = next }
		return ok
	}},
	{"POST /staff/tests/{id}/cases", "", "sets", func(s *suite, a *attempt) bool {
		set, ok := s.set(func(store.TestSet) bool { return true })
		a.path, a.audit = "/staff/tests/"+set.ID+"/cases", []string{"set.change"}
		a.form = form("question", "加"+a.mark, "answerable", "yes", "facts", "一；二")
		if ok {
			s.cased(a, set.Name, "加"+a.mark)
		}
		return ok
	}},
	{"POST /staff/tests/{id}/drop", "", "sets", func(s *suite, a *attempt) bool {
		set, ok := s.set(func(store.TestSet) bool { return len(s.know.sets) > 4 })
		a.path, a.audit, a.form = "/staff/tests/"+set.ID+"/drop", []string{"set.drop"}, form("version", fmt.Sprint(set.Version))
		a.will("set/"+set.Name, "")
		a.done = func(http.Header, string) { delete(s.know.sets, set.Name) }
		return ok
	}},
	{"POST /staff/trial/case", "", "sets", func(s *suite, a *attempt) bool {
		a.path, a.audit, a.form = "/staff/trial/case", []string{"set.change"}, form("question", "试"+a.mark, "judgement", "never")
		if s.model["set/"+collected] == "" { // the first one makes the set
			a.audit = []string{"set.add", "set.change"}
			s.know.sets[collected] = store.TestSet{Name: collected, Version: 1}
		}
		s.cased(a, collected, "试"+a.mark)
		return len(s.know.sets[collected].Cases) < 1<<15
	}},
}

var runSteps = []killStep{
	{"POST /staff/runs", "", "runs", func(s *suite, a *attempt) bool {
		a.path, a.audit, a.form = "/staff/runs", []string{"run.begin"}, form("set", s.know.sets[slowSet].ID, "wording", "live")
		a.will("run/"+a.mark, runText(store.RunTest, store.RunWaiting, 0))
		a.done = func(head http.Header, _ string) { s.know.under = append(s.know.under, head.Get("Location")+" "+a.mark) }
		return len(s.know.under) < 2
	}},
	{"POST /staff/runs/{id}/cancel", "", "runs", func(s *suite, a *attempt) bool {
		if len(s.know.under) == 0 {
			return false
		}
		path, mark, _ := strings.Cut(s.know.under[0], " ")
		s.know.under = s.know.under[1:]
		a.path, a.audit = path+"/cancel", []string{"run.cancel"}
		a.will("run/"+mark, runText(store.RunTest, store.RunCancelled, 0))
		a.settle = func(p *poster) (did, sure bool) {
			page, ok := p.get(path, a.session)
			return !strings.Contains(page, "不用取消"), ok
		}
		return true
	}},
}

var filterSteps = []killStep{
	{"POST /staff/log/filters", "", "filters", func(s *suite, a *attempt) bool {
		query := url.Values{"status": {"answered"}, "text": {a.mark}}.Encode()
		a.path, a.audit, a.form = "/staff/log/filters", []string{"filter.save"}, form("name", a.mark, "query", query)
		a.will("filter/"+a.mark, query)
		a.done = func(http.Header, string) { s.know.filters = append(s.know.filters, a.mark) }
		return true
	}},
	{"POST /staff/log/filters/delete", "", "filters", func(s *suite, a *attempt) bool {
		if len(s.know.filters) == 0 {
			return false
		}
		name := s.know.filters[0]
		s.know.filters = s.know.filters[1:]
		a.path, a.audit, a.form = "/staff/log/filters/delete", []string{"filter.delete"}, form("name", name)
		a.will("filter/"+name, "")
		return true
	}},
}
