package staff

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"wenda/prompts"
	"wenda/store"
)

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
