package rag

// Cosines from which on the nearest example decides what a question is, and by how much it must be nearer than anything that the
// documents answer. Cries for help and attacks need less than small talk: a guard that cannot decide blocks.
const (
	exampleNear    = .62
	exampleMargin  = .02
	urgentNear     = .60
	urgentMargin   = 0
	exampleSupport = .5 // share of the votes for the family
	headSupport    = .4 // where the head says that it is talk
	headMargin     = .02
	urgentSupport  = .6 // a resident who asks about a check-up is not to be sent to the police
)

// byExample answers what the examples say is no question to the documents.
func (r *run) byExample(p partial, f found) (partial, bool) {
	e, m, params, ok := r.elect(f.asked, f.result.Examples)
	if !ok || f.follows || m.Name == "emergency" && containsAny(f.asked, r.set.Terms.Supposed) {
		return p, false
	}
	if e, m, params, ok := r.ofKind(f.asked, f.result); ok && f.result.Coverage < sureCoverage && !(m.UnlessAsked && r.asksBeside(f.asked)) && !r.story {
		p.trace.Example, p.trace.Kinds, p.trace.Rule = e.String(), f.result.Kinds, "kind"
		return r.routed(p, m, params, f.asked), true
	}
	p.trace.Example, p.trace.Kinds = e.String(), f.result.Kinds
	if m.UnlessAsked && r.asksBeside(f.asked) || r.story && familyOf(m) == talk {
		return p, false
	}
	known := f.result.Positive
	if o := f.result.Outline; o != nil {
		known = max(known, o.Cosine)
	}
	if h := f.result.Hits[0]; !h.Written { // no variants tell how near its questions are: its sentences do
		known = max(known, h.Sentences[0].Cosine)
		if familyOf(m) != help && r.asksBare(m, f.asked, f.result) {
			return p, false
		}
	}
	switch asked := f.result.Question - r.index.Fitted.TalkCut; {
	case !urgent(m) && asked >= surelyAsked, familyOf(m) == attack && asked >= noAttack, unlikelyAttack(m, f.result), r.unlikelyHelp(m, f.result): // 功课太多了，有没有人管 does not want a person on the line
		return p, false
	}
	near, margin, support := exampleNear, exampleMargin, exampleSupport
	if urgent(m) {
		near, margin, support = urgentNear, urgentMargin, urgentSupport
	}
	byNearness := e.cosine >= near && e.cosine >= known+margin && e.share >= support
	byHead := f.result.Question < r.index.Fitted.TalkCut && e.share >= headSupport && e.cosine >= known-headMargin
	if !byNearness && !byHead || f.result.Coverage >= sureCoverage {
		return p, false
	}
	return r.routed(p, m, params, f.asked), true
}
