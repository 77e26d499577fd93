package rag

import (
	"slices"
	"strings"

	"wenda/corpus"
)

// continued answers 还有呢, 第二个呢 and 两个比比 from the places that the answers before came from.
func (r *run) continued(u understood, turns []remembered) (partial, bool) {
	if !u.more && u.nth == 0 && !u.both || len(turns) == 0 {
		return partial{}, false
	}
	last := turns[len(turns)-1]
	cited := r.citedBy(last)
	sources := r.continuation(u, turns, cited)
	if len(sources) == 0 {
		return partial{}, false
	}
	p := partial{status: Answered, mode: Quoted, remember: remembered{Question: last.Question, Topic: last.Topic}}
	p.trace = Trace{Asked: u.asked, Standalone: last.Question, Rule: "continued"}
	h := corpus.OutlineHit{Topic: sources[0].Chunk.Section[len(sources[0].Chunk.Section)-1]}
	for _, s := range sources {
		h.Points = append(h.Points, corpus.OutlinePoint{Source: s})
		p.remember.Cited = append(p.remember.Cited, place{s.Document.ID, s.Chunk.ID, s.Sentence})
	}
	f := found{understood: u, quotes: sources, lines: maxOutlineLines}
	if len(sources) > 1 && !u.both {
		f.outline, f.outlineIntro = &h, r.introOf(h.Topic)
	}
	p.remember.Cited = append(append([]place(nil), cited...), p.remember.Cited...)
	d, err := r.composer.Compose(f)
	if err != nil {
		return partial{}, false
	}
	p.draft = d
	p.notice = append(p.notice, r.planNotice(sources[0]))
	if p = r.verified(p); p.status == Answered {
		if p.wanted = r.want(p, partial{}, f, u.asked); p.wanted != nil {
			p.wanted.earlier = earlierOf(turns)
		}
	}
	return p, true
}

// continuation are the sentences that a turn means which says nothing by itself; cited is what the last answer rests on. None: it means
// something else.
func (r *run) continuation(u understood, turns []remembered, cited []place) []corpus.Source {
	if len(cited) == 0 {
		return nil
	}
	var meant []place
	switch {
	case u.both:
		before := r.citedBy(turns[len(turns)-2])
		if len(before) == 0 {
			return nil
		}
		meant = []place{before[0], cited[0]}
	case u.nth < 0:
		meant = cited[len(cited)-1:]
	case u.nth > len(cited): // of what the sentence lists (五项管理是哪五项？ 第二个呢)
		src, ok := r.index.At(cited[0].documentID, cited[0].chunkID, cited[0].sentence)
		if len(cited) > 1 || !ok || itemsIn(src.Text) < u.nth {
			return nil
		}
		meant = cited
	case u.nth > 0:
		meant = cited[u.nth-1 : u.nth]
	default:
		return r.rest(cited)
	}
	var out []corpus.Source
	for _, c := range meant {
		src, ok := r.index.At(c.documentID, c.chunkID, c.sentence)
		if ok && !slices.ContainsFunc(out, func(s corpus.Source) bool { return s.Text == src.Text }) { // one sentence may answer both
			out = append(out, src)
		}
	}
	return out
}

// itemsIn is how many things a sentence's longest list has.
func itemsIn(sentence string) int {
	most := 0
	for _, list := range enumeration.FindAllString(sentence, -1) {
		most = max(most, strings.Count(list, "、")+1)
	}
	return most
}

// citedBy is what an earlier answer cited; of a turn that the caller tells, what the same question cites now.
func (r *run) citedBy(turn remembered) []place {
	if len(turn.Cited) > 0 {
		return turn.Cited
	}
	f, err := r.retrieve(understood{followUp: followUp{question: turn.Question}, asked: turn.Question})
	if err != nil || len(f.result.Hits) == 0 {
		return nil
	}
	p, err := r.decide(f)
	if err != nil {
		return nil
	}
	return p.remember.Cited
}

// rest are the sentences of the last cited paragraph that were not cited yet.
func (r *run) rest(cited []place) []corpus.Source {
	if len(cited) == 0 {
		return nil
	}
	seen := map[place]bool{}
	for _, c := range cited {
		seen[c] = true
	}
	last := cited[len(cited)-1]
	var out []corpus.Source
	for _, s := range r.index.Sentences(last.documentID, last.chunkID) {
		if !seen[place{last.documentID, last.chunkID, s.Sentence}] && len(out) < maxOutlineLines {
			out = append(out, s)
		}
	}
	return out
}
