package staff

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"wenda/store"
)

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
