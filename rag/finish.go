package rag

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
)

// finish makes the Answer of its parts and what was written of them: dates, notices, the resident's script.
func (r *run) finish(q Question, asked cleaned, parts []partial, s *sheet) Answer {
	a := Answer{ID: r.id, ConversationID: q.ConversationID, RequestID: q.RequestID, IndexVersion: r.index.Manifest.Version,
		Text: s.text.String(), Citations: s.citations, AsOf: s.asOf, Related: []string{}}
	if a.ConversationID == "" {
		a.ConversationID = newID("c_")
	}
	a.Status, a.Mode, a.Reason = parts[0].status, parts[0].mode, parts[0].reason
	a.Answered = !r.tooMany // true only when every question of the message was answered
	var notices []string
	handoff, generated, degradedFor := false, false, ""
	for _, p := range parts {
		a.Answered = a.Answered && p.status == Answered
		if p.status == Answered && a.Status != Answered { // of several, one answered decides the status
			a.Status, a.Mode, a.Reason = p.status, p.mode, p.reason
		}
		if p.degraded {
			a.Degraded, degradedFor = true, cmp.Or(degradedFor, p.reason)
		}
		generated = generated || p.mode == Generated
		notices = append(notices, p.notice...)
		handoff = handoff || p.handoff
		for _, rel := range p.related {
			if len(a.Related) < 3 {
				a.Related = append(a.Related, rel)
			}
		}
		a.Trace.Parts = append(a.Trace.Parts, p.trace)
	}
	if generated { // one generated part asks for the label
		a.Mode, a.Label, a.AIGC = Generated, r.set.Composing.Label, aigcOf(r.set.Composing.Producer, a.ID)
	}
	if a.Degraded && a.Status == Answered {
		a.Reason = degradedFor
	}
	if r.tooMany {
		notices = append(notices, r.reply("too_many", nil))
	}
	if asked.Masked {
		notices = append(notices, r.reply("masked", nil))
	}
	if r.beside != "" {
		notices = append(notices, r.beside)
	}
	a.Notice = strings.Join(unique(notices), "")
	if handoff {
		h := r.set.Handoff.For(asked.Text)
		if say := parts[0].say; say != "" {
			h.Say = say
		}
		a.Handoff = &Handoff{Name: h.Name, Phone: h.Phone, Hours: h.Hours, Say: h.Say}
	}
	inScriptOf(&a, s.inScript)
	r.steps = append(r.steps, StepTime{r.step, r.now().Sub(r.lastAt)})
	if len(a.Trace.Parts) == 1 {
		a.Trace = a.Trace.Parts[0]
	}
	if a.Trace.Asked == "" {
		a.Trace.Asked = asked.Text
	}
	a.Trace.Steps, a.Trace.Took = r.steps, r.now().Sub(r.started)
	return a
}

// NewAnswerID makes the ID of an answer: 128 random bits.
func NewAnswerID() string { return newID("a_") }

func newID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return prefix + hex.EncodeToString(b[:])
}

func unique(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// saidIn reports that the same sentences were the answer to an earlier question of the message.
func (p partial) saidIn(earlier []partial) bool {
	for _, e := range earlier {
		if p.status == e.status && p.reply == e.reply && saidWith(p.draft, e.draft) && (len(p.draft.Statements) > 0) == (len(e.draft.Statements) > 0) {
			return true
		}
	}
	return false
}

// saidWith reports that all statements of a stand in b.
func saidWith(a, b Draft) bool {
	return !slices.ContainsFunc(a.Statements, func(s Statement) bool {
		return !slices.ContainsFunc(b.Statements, func(o Statement) bool { return o.Text == s.Text })
	})
}
