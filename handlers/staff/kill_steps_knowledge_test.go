package staff

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"wenda/corpus"
	"wenda/store"
)

// varied is a document with one more variant at its end.
func (s *suite) varied(a *attempt, h store.Held, chunk *corpus.Chunk, sentence int, text string) {
	h.Variants = append(slices.Clone(h.Variants), corpus.Variant{ID: corpus.VariantID(h.Document.ID, text, false), Text: text, Origin: corpus.Staff,
		Anchor: corpus.Anchor{Say: chunk.Sentence(sentence)}})
	s.hold(a, h)
}

func (s *suite) hold(a *attempt, h store.Held) {
	a.will("document/"+h.Document.ID, heldText(h))
	was := a.done
	a.done = func(head http.Header, page string) {
		s.know.held[h.Document.ID] = h
		if was != nil {
			was(head, page)
		}
	}
}

// stray is a document of the suite's.
func (s *suite) stray(a *attempt, part, what string, fit func(store.Held) bool) (store.Held, bool) {
	id, h, ok := pick(s, s.know.held, func(h store.Held) bool { return strings.Contains(h.Document.Text, "集合地点") && fit(h) })
	a.path, a.audit, a.form = "/staff/knowledge/"+url.PathEscape(id)+"/"+part, []string{what}, form("reason", a.mark, "was", h.Document.Version)
	return h, ok
}

// awaited is what a file becomes that is read in.
func (s *suite) awaited(a *attempt, name, address string) {
	d, warnings, err := corpus.InspectAt(name, address, []byte(strayDocument(name)), corpus.Today(time.Now()))
	if err != nil {
		s.t.Fatal(err)
	}
	f := store.Staged{Source: d.Meta.Source, Document: d}
	for _, w := range warnings {
		f.Quarantined = f.Quarantined || w.Quarantine
	}
	a.will("staged/"+f.Source, stagedText(f))
}

func (s *suite) waiting(a *attempt, part, what string, fit func(store.Staged) bool) (store.Staged, bool) {
	_, f, ok := pick(s, s.know.staged, fit)
	a.path, a.audit, a.form = fmt.Sprintf("/staff/staged/%d/%s", f.N, part), []string{what}, form("reason", a.mark)
	return f, ok
}

func (s *suite) stage(a *attempt, f store.Staged) {
	a.will("staged/"+f.Source, stagedText(f))
	a.done = func(http.Header, string) { s.know.staged[f.Source] = f }
}

func anyStaged(store.Staged) bool { return true }
func anyHeld(store.Held) bool     { return true }

func metaForms(f url.Values, m corpus.Meta) url.Values {
	f.Set("title", m.Title)
	f.Set("issuer", m.Issuer)
	f.Set("file_number", m.FileNumber)
	f.Set("produced", m.Produced)
	f.Set("published", m.Published)
	f.Set("validity", m.Validity)
	return f
}

var documentSteps = []killStep{
	{"POST /staff/knowledge/upload", "", "documents", func(s *suite, a *attempt) bool {
		a.path, a.shown, a.apart, a.audit, a.files = "/staff/knowledge/upload", true, true, []string{"document.stage"}, map[string]string{}
		for _, part := range []string{"a", "b", "c"} {
			name := a.mark + part + ".txt"
			a.files[name] = strayDocument(name)
			s.awaited(a, name, "")
		}
		a.audit = slices.Repeat(a.audit, len(a.files))
		return len(s.know.staged) < 12
	}},
	{"POST /staff/knowledge/fetch", "", "documents", func(s *suite, a *attempt) bool {
		address := "https://files.example/" + a.mark + ".txt"
		a.path, a.audit, a.form = "/staff/knowledge/fetch", []string{"document.stage"}, form("url", address)
		s.awaited(a, address, address)
		return len(s.know.staged) < 14
	}},
	{"POST /staff/staged/{n}/meta", "", "documents", func(s *suite, a *attempt) bool {
		f, ok := s.waiting(a, "meta", "document.stage", anyStaged)
		m := f.Document.Meta
		m.Issuer = a.mark
		metaForms(a.form, m)
		f.Document = f.Document.WithMeta(m)
		s.stage(a, f)
		return ok
	}},
	{"POST /staff/staged/{n}/drop", "", "documents", func(s *suite, a *attempt) bool {
		f, ok := s.waiting(a, "drop", "document.drop", anyStaged)
		a.will("staged/"+f.Source, "")
		a.done = func(http.Header, string) { delete(s.know.staged, f.Source) }
		return ok && (s.chance(3) || len(s.know.staged) > 9)
	}},
	{"POST /staff/staged/{n}/release", "", "documents", func(s *suite, a *attempt) bool {
		f, ok := s.waiting(a, "release", "document.release", func(f store.Staged) bool { return f.Quarantined && f.ReleasedBy == "" })
		f.ReleasedBy = "kadmin"
		s.stage(a, f)
		return ok
	}},
	{"POST /staff/staged/{n}/publish", "", "documents", func(s *suite, a *attempt) bool {
		f, ok := s.waiting(a, "publish", "document.publish", func(f store.Staged) bool { return !f.Quarantined || f.ReleasedBy != "" })
		if !ok || len(s.know.held) > 30 && !s.chance(6) {
			return false
		}
		a.done = func(http.Header, string) { delete(s.know.staged, f.Source) }
		s.hold(a, store.Held{Kept: corpus.Kept{Document: f.Document, Origin: corpus.Staff}})
		a.will("staged/"+f.Source, "")
		return true
	}},
	{"POST /staff/knowledge/{id}/meta", "", "documents", func(s *suite, a *attempt) bool {
		h, ok := s.stray(a, "meta", "document.meta", func(h store.Held) bool { return !h.Withdrawn })
		m := h.Document.Meta
		m.Issuer = a.mark
		metaForms(a.form, m)
		h.Document = h.Document.WithMeta(m)
		s.hold(a, h)
		return ok
	}},
	{"POST /staff/knowledge/{id}/withdraw", "", "documents", func(s *suite, a *attempt) bool {
		h, ok := s.stray(a, "withdraw", "document.withdraw", func(h store.Held) bool { return !h.Withdrawn })
		h.Withdrawn = true
		s.hold(a, h)
		return ok && s.chance(2)
	}},
	{"POST /staff/knowledge/{id}/restore", "", "documents", func(s *suite, a *attempt) bool {
		h, ok := s.stray(a, "restore", "document.restore", func(h store.Held) bool { return h.Withdrawn || h.SupersededBy != "" })
		a.form.Set("version", h.Document.Version)
		h.Withdrawn, h.SupersededBy = false, ""
		s.hold(a, h)
		return ok
	}},
	{"POST /staff/knowledge/{id}/supersede", "", "documents", func(s *suite, a *attempt) bool {
		h, ok := s.stray(a, "supersede", "document.supersede", anyHeld)
		other, _, _ := pick(s, s.know.held, func(o store.Held) bool { return o.Document.ID != h.Document.ID })
		a.form.Set("other", other)
		same := h.SupersededBy == other
		h.SupersededBy = other
		s.hold(a, h)
		return ok && !same
	}},
	{"POST /staff/knowledge/{id}/variants", "", "documents", func(s *suite, a *attempt) bool {
		h, ok := s.stray(a, "variants", "variants.add", func(h store.Held) bool { return len(h.Variants) < 20 })
		if !ok {
			return false
		}
		for i := range h.Document.Chunks {
			if c := &h.Document.Chunks[i]; len(c.Sentences) > 1 && strings.Contains(c.Sentence(0), "集合地点") {
				a.form = form("p", c.ID, "sentence", "0", "texts", a.mark+"在哪里集合")
				s.varied(a, h, c, 0, a.mark+"在哪里集合")
				return true
			}
		}
		return false
	}},
	{"POST /staff/knowledge/{id}/variants", " (remove)", "documents", func(s *suite, a *attempt) bool {
		h, ok := s.stray(a, "variants", "variants.remove", func(h store.Held) bool { return len(h.Variants) > 0 })
		if !ok {
			return false
		}
		a.form.Set("remove", h.Variants[0].ID)
		h.Variants = h.Variants[1:]
		s.hold(a, h)
		return true
	}},
}

// proposed fills the form that accepts two proposals of a model for the gathering place.
func (s *suite) proposed(a *attempt) (h store.Held, list []store.VariantDraft, ok bool) {
	h, ok = s.stray(a, "drafts", "variants.draft", func(h store.Held) bool { return len(h.Variants) < 20 && len(s.know.drafts[h.Document.ID]) < 6 })
	if !ok {
		return h, nil, false
	}
	for i := range h.Document.Chunks {
		c := &h.Document.Chunks[i]
		if len(c.Sentences) < 2 || !strings.Contains(c.Sentence(0), "集合地点") {
			continue
		}
		a.form = form("p", c.ID, "sentence", "0", "model", "m")
		for n, text := range []string{a.mark + "到哪里集合", a.mark + "集合的地方在哪"} {
			a.form.Add("pick", fmt.Sprint(n))
			a.form.Set(fmt.Sprint("text", n), text)
			list = append(list, store.VariantDraft{Variant: corpus.Variant{ID: corpus.VariantID(h.Document.ID, text, false), Text: text, Model: "m",
				Anchor: corpus.Anchor{Say: c.Sentence(0)}}})
		}
		return h, list, true
	}
	return h, nil, false
}

// ended are the drafts of a document, picked to be published or dropped.
func (s *suite) ended(a *attempt, part, what string) (h store.Held, list []store.VariantDraft, ok bool) {
	id, list, ok := pick(s, s.know.drafts, func(list []store.VariantDraft) bool { return len(list) > 0 && list[len(list)-1].N > 0 })
	if !ok {
		return h, nil, false
	}
	h = s.know.held[id]
	a.path, a.audit, a.form = "/staff/knowledge/"+url.PathEscape(id)+"/drafts/"+part, []string{what}, form("p", "x")
	for _, d := range list {
		a.form.Add("draft", fmt.Sprint(d.N))
		a.will("draft/"+d.Variant.ID, "")
	}
	a.done = func(http.Header, string) { delete(s.know.drafts, id) }
	return h, list, true
}

// published is a document with these at the end of its variants.
func (s *suite) published(a *attempt, h store.Held, list []store.VariantDraft) {
	h.Variants = slices.Clone(h.Variants)
	for _, d := range list {
		h.Variants = append(h.Variants, d.Variant)
	}
	s.hold(a, h)
}

var draftSteps = []killStep{
	{"POST /staff/knowledge/{id}/drafts", "", "documents", func(s *suite, a *attempt) bool {
		h, list, ok := s.proposed(a)
		if !ok {
			return false
		}
		for _, d := range list {
			a.will("draft/"+d.Variant.ID, draftText(d.Variant))
		}
		id := h.Document.ID
		a.done = func(http.Header, string) { s.know.drafts[id] = append(s.know.drafts[id], list...) } // without their numbers: the next period knows them
		return true
	}},
	{"POST /staff/knowledge/{id}/drafts", " (publish)", "documents", func(s *suite, a *attempt) bool {
		h, list, ok := s.proposed(a)
		if !ok {
			return false
		}
		a.form.Set("publish", "yes")
		a.audit = []string{"variants.draft", "variants.publish"}
		s.published(a, h, list)
		return true
	}},
	{"POST /staff/knowledge/{id}/drafts/publish", "", "documents", func(s *suite, a *attempt) bool {
		h, list, ok := s.ended(a, "publish", "variants.publish")
		if ok {
			s.published(a, h, list)
		}
		return ok
	}},
	{"POST /staff/knowledge/{id}/drafts/drop", "", "documents", func(s *suite, a *attempt) bool {
		_, _, ok := s.ended(a, "drop", "variants.drop")
		return ok
	}},
}

var channelSteps = []killStep{
	{"POST /staff/channels/embedder", "", "embedder", func(s *suite, a *attempt) bool {
		a.path, a.audit, a.form = "/staff/channels/embedder", []string{"embedder.change"}, form("to", "words", "reason", a.mark)
		e := store.EmbedderState{Under: "bundled", Target: "words", Reason: a.mark}
		a.will("embedder", embedderText(e))
		a.done = func(http.Header, string) { s.know.embedder = e }
		return s.know.embedder.Target == ""
	}},
	{"POST /staff/channels/embedder/cancel", "", "embedder", func(s *suite, a *attempt) bool {
		a.path, a.audit = "/staff/channels/embedder/cancel", []string{"embedder.cancel"}
		e := s.know.embedder
		e.Target, e.Failed = "", store.Cancelled
		a.will("embedder", embedderText(e))
		a.done = func(http.Header, string) { s.know.embedder = e }
		return s.know.embedder.Target != ""
	}},
	{"POST /staff/channels/switch", "", "switches", func(s *suite, a *attempt) bool {
		name := []string{"portal", "api", "wechat:main", store.ModelSwitch}[s.random(4)]
		a.path = "/staff/channels/switch"
		to, what, reason := "off", "switch.off", a.mark
		if s.know.off[name] != "" {
			to, what, reason = "on", "switch.on", ""
		}
		a.audit, a.form = []string{what}, form("name", name, "to", to, "reason", a.mark)
		a.will("switch/"+name, reason)
		a.done = func(http.Header, string) { s.know.off[name] = reason }
		return true
	}},
	{"POST /staff/backups", "", "backups", func(s *suite, a *attempt) bool {
		a.path, a.audit, a.fresh, a.early = "/staff/backups", []string{"backup.make"}, "backup/", true
		a.done = func(http.Header, string) { s.know.backedUp = time.Now() }
		return len(s.know.backups) < 4 && time.Since(s.know.backedUp) > 1100*time.Millisecond || s.acknowledged["POST /staff/backups"] == 0
	}},
	{"POST /staff/backups/{name}/delete", "", "backups", func(s *suite, a *attempt) bool {
		if len(s.know.backups) == 0 {
			return false
		}
		name := s.know.backups[0]
		s.know.backups = s.know.backups[1:]
		a.path, a.audit, a.early = "/staff/backups/"+name+"/delete", []string{"backup.delete"}, true
		a.will("backup/"+name, "")
		return true
	}},
}
