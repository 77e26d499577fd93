package staff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/store"
)

// bus is the document that curated answers cite, and the place of busSentence in it.
func (s *suite) bus() (h store.Held, chunk *corpus.Chunk, sentence int) {
	for _, h := range s.know.held {
		for i := range h.Document.Chunks {
			c := &h.Document.Chunks[i]
			for n := range c.Sentences {
				if c.Sentence(n) == busSentence {
					return h, c, n
				}
			}
		}
	}
	s.t.Fatal("no sentence to cite")
	return h, nil, 0
}

// curatedAs fills the form of an entry in, in its next version.
func (s *suite) curatedAs(a *attempt, id, do string) store.CuratedEntry {
	h, chunk, _ := s.bus()
	e := s.know.curated[id]
	cite := citeValue(prompts.Cite{Document: h.Document.ID, Section: chunk.Section, Facts: []string{busSentence}})
	ask := a.mark + "校车何时出发"
	a.path = "/staff/curated/" + id
	a.form = form("asks", ask, "answer", "校车七点十分从东站发车。", "owner", "李", "review", "2099-01-01", "base", fmt.Sprint(e.Newest.Version), "cite", cite, "do", do)
	e.ID = id
	e.Newest = store.CuratedVersion{Version: e.Newest.Version + 1, Author: "kadmin", Body: prompts.Curated{ID: id, Asks: []string{ask}, Answer: "校车七点十分从东站发车。"}}
	a.audit = []string{"curated.save"}
	if do == "publish" {
		e.Live, e.Retired = e.Newest.Version, false
		a.audit = append(a.audit, "curated.approve")
	}
	s.curate(a, e)
	return e
}

func (s *suite) curate(a *attempt, e store.CuratedEntry) {
	a.will("curated/"+e.ID, curatedText(e))
	a.done = func(http.Header, string) { s.know.curated[e.ID] = e }
}

func (s *suite) entry(fit func(store.CuratedEntry) bool) (store.CuratedEntry, bool) {
	_, e, ok := pick(s, s.know.curated, func(e store.CuratedEntry) bool { return strings.HasPrefix(e.ID, "s-") && fit(e) })
	return e, ok
}

// writeEntry writes a new entry, or one that is there, by that button.
func writeEntry(button string) func(*suite, *attempt) bool {
	return func(s *suite, a *attempt) bool {
		id := "s-" + a.mark
		if e, ok := s.entry(func(store.CuratedEntry) bool { return true }); ok && (s.chance(2) || len(s.know.curated) > 20) {
			id = e.ID
		}
		s.curatedAs(a, id, button)
		return true
	}
}

const bundledEntry = "which-document"

var curatedSteps = []killStep{
	{"POST /staff/curated/{id}", "", "curated", writeEntry("save")},
	{"POST /staff/curated/{id}", " (publish)", "curated", writeEntry("publish")},
	{"POST /staff/curated/{id}/approve", "", "curated", func(s *suite, a *attempt) bool {
		e, ok := s.entry(func(e store.CuratedEntry) bool { return e.Live != e.Newest.Version })
		a.path, a.audit, a.form = "/staff/curated/"+e.ID+"/approve", []string{"curated.approve"}, form("version", fmt.Sprint(e.Newest.Version))
		e.Live, e.Retired = e.Newest.Version, false
		s.curate(a, e)
		return ok
	}},
	{"POST /staff/curated/{id}/retire", "", "curated", func(s *suite, a *attempt) bool {
		e, ok := s.entry(func(e store.CuratedEntry) bool { return !e.Retired })
		a.path, a.audit, a.form = "/staff/curated/"+e.ID+"/retire", []string{"curated.retire"}, form("reason", a.mark)
		e.Live, e.Retired = 0, true
		s.curate(a, e)
		return ok
	}},
	{"POST /staff/curated/{id}/retire", " (of the program)", "curated", func(s *suite, a *attempt) bool {
		a.path, a.audit, a.form = "/staff/curated/"+bundledEntry+"/retire", []string{"curated.retire"}, form("reason", a.mark)
		a.will("hidden/"+bundledEntry, "hidden")
		a.done = func(http.Header, string) { s.know.hidden = []string{bundledEntry} }
		return len(s.know.hidden) == 0
	}},
	{"POST /staff/curated/{id}/restore", "", "curated", func(s *suite, a *attempt) bool {
		a.path, a.audit = "/staff/curated/"+bundledEntry+"/restore", []string{"curated.restore"}
		a.will("hidden/"+bundledEntry, "")
		a.done = func(http.Header, string) { s.know.hidden = nil }
		return len(s.know.hidden) > 0
	}},
}

// gap takes a question that nothing answers, and closes it with its question in the set of gaps.
func (s *suite) gap(a *attempt, how, note, owner string) (question, key string, ok bool) {
	if len(s.know.gaps) == 0 {
		return "", "", false
	}
	question = s.know.gaps[0]
	s.know.gaps = s.know.gaps[1:]
	sum := sha256.Sum256([]byte(question)) // gapKey
	a.will("gap/"+question, gapText(how, note, owner))
	return question, hex.EncodeToString(sum[:8]), true
}

var gapSteps = []killStep{
	{"POST /staff/gaps/{key}/close", "", "gaps", func(s *suite, a *attempt) bool {
		question, key, ok := s.gap(a, store.GapNote, a.mark, "张")
		if !ok {
			return false
		}
		a.path, a.audit = "/staff/gaps/"+key+"/close", []string{"set.change", "gap.close"}
		a.form = form("how", store.GapNote, "note", a.mark, "owner", "张", "set", s.know.sets[gapSet].ID)
		s.cased(a, gapSet, question)
		return true
	}},
	{"POST /staff/gaps/{key}/variants", "", "gaps", func(s *suite, a *attempt) bool {
		question, key, ok := s.gap(a, store.GapVariants, "", "")
		if !ok {
			return false
		}
		h, chunk, n := s.bus()
		a.path, a.audit = "/staff/gaps/"+key+"/variants", []string{"variants.add", "set.change", "gap.close"}
		a.form = form("place", fmt.Sprintf("%s|%s|%d", h.Document.ID, chunk.ID, n), "ask", question, "set", s.know.sets[gapSet].ID)
		s.cased(a, gapSet, question)
		s.varied(a, h, chunk, n, question)
		return true
	}},
	{"POST /staff/curated/{id}", " (closing a gap)", "gaps", func(s *suite, a *attempt) bool {
		question, key, ok := s.gap(a, store.GapCurated, "", "")
		if !ok {
			return false
		}
		s.curatedAs(a, "g-"+a.mark, "publish")
		a.form.Set("gap", key)
		a.form.Set("set", s.know.sets[gapSet].ID)
		a.audit = append(a.audit, "set.change", "gap.close")
		s.cased(a, gapSet, question)
		return true
	}},
}
