package rag

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"wenda/corpus"
	"wenda/prompts"
)

func (r *run) noSource(p partial) partial {
	p.status, p.mode, p.reason, p.handoff = NoSource, Fixed, "no_source", true
	p.reply = r.reply("no_source", nil)
	p.trace.Rule = "floor"
	return p
}

// elsewhere refuses another year or place.
func (r *run) elsewhere(p partial, x expectation, ref refusal, near corpus.SentenceScore) partial {
	p.mode, p.handoff, p.trace.Rule, p.trace.Lacks, p.reason = Fixed, true, ref.rule, ref.lacks, ref.rule
	if ref.rule == "year" {
		p.status = NotStated
		year := x.otherYear(near.Document.Meta.Year, "")
		if len(year) == 4 && year[0] == '2' {
			year += "年"
		}
		p.reply = r.reply("other_year", prompts.Params{"year": year, "doc_year": strconv.Itoa(near.Document.Meta.Year)})
		return p
	}
	p.status = OutOfScope
	p.reply = r.reply("other_place", prompts.Params{"place": x.place})
	return p
}

// landing is the sentence told beside a refusal: the best that holds every figure the question names (13所学校都在哪几个街道), else the best.
func landing(f found) corpus.SentenceScore {
	named := measured(f.question)
	for _, h := range f.result.Hits {
		for _, s := range h.Sentences {
			have := measured(s.Text)
			if !slices.ContainsFunc(slices.Collect(maps.Keys(named)), func(n string) bool { return !have[n] }) {
				return s
			}
		}
	}
	return f.result.Hits[0].Sentences[0]
}

// notStated says that the document does not say, and what it does say nearby.
func (r *run) notStated(p partial, ref refusal, near corpus.SentenceScore) partial {
	p.status, p.reason, p.handoff = NotStated, "not_stated:"+ref.lacks, true
	p.trace.Rule, p.trace.Lacks = ref.rule, ref.lacks
	what, ok := r.set.What(ref.lacks)
	if !ok {
		what, _ = r.set.What("detail")
	}
	if ref.lacks == "phone" && phoneNumber.MatchString(near.Text) { // somebody else's number would be dialled all the same
		p.mode, p.reply = Fixed, r.reply("not_stated", prompts.Params{"what": what})
		return p
	}
	p.reply = r.reply("not_stated_near", prompts.Params{"what": what, "quote": ""})
	text := clip(tidyQuote(near.Text), maxQuoteRunes, near.Facts)
	if !strings.HasSuffix(text, "。") && !strings.HasSuffix(text, "…") {
		text = strings.TrimRight(text, "；;，") + "。"
	}
	p.draft = Draft{Statements: []Statement{{introducePlan(text, near.Document), []corpus.Source{near.Source}}}}
	p.remember.Cited = []place{{near.Document.ID, near.Chunk.ID, near.Sentence}}
	p.remember.Topic = topicOf(p.draft)
	return p
}

var phoneNumber = regexp.MustCompile(`\d{3,4}-\d{7,8}`)

func refusalOf(lacks, rule string) refusal { return refusal{lacks, rule} }
