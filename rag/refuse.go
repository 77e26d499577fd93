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

// A question is of another subject than the sentence that was found for it where its strength is littleFound above the floor at most, the linear
// classifier gives the sentence less than littleProbe and its rare terms cover less than littleWords of it (校服 beside 智能技术普及课程).
const (
	littleFound = .25
	littleProbe = .075
	littleWords = .1
)

// landing is the sentence told beside a refusal: the best that holds every figure the question names (13所学校都在哪几个街道), else the best; nil
// where it is of another subject. One of something is no figure (一个月要交多少), and a row of the metadata is only told where it was named or
// the document is asked about. A sentence that holds the question's figures is of its subject.
func (r *run) landing(f found) *corpus.SentenceScore {
	named := measured(f.question)
	maps.DeleteFunc(named, func(figure string, _ bool) bool { return oneOf.MatchString(figure) })
	first := f.result.Hits[0]
	near := &first.Sentences[0]
	if near.Chunk.Kind != corpus.Paragraph && !containsAny(f.question, r.set.Terms.AboutDocument) && !namesField(f.question, near.Text) {
		return nil
	}
	if len(named) > 0 {
		for _, h := range f.result.Hits {
			for i, s := range h.Sentences {
				if have := measured(s.Text); !slices.ContainsFunc(slices.Collect(maps.Keys(named)), func(n string) bool { return !have[n] }) {
					return &h.Sentences[i]
				}
			}
		}
	}
	probed := first.Written && near.Probe != 0 // of very many variants there is no probe
	if probed && near.Probe < littleProbe && f.result.Coverage < littleWords && f.result.Strength < r.index.Fitted.Floor+littleFound {
		return nil
	}
	return near
}

// notStated says that the document does not say, and what it does say nearby.
func (r *run) notStated(p partial, ref refusal, near *corpus.SentenceScore) partial {
	p.status, p.reason, p.handoff = NotStated, "not_stated:"+ref.lacks, true
	p.trace.Rule, p.trace.Lacks = ref.rule, ref.lacks
	what, ok := r.set.What(ref.lacks)
	if !ok {
		what, _ = r.set.What("detail")
	}
	if near == nil || strings.HasSuffix(near.Text, "：") || // it only announces what stands below
		ref.lacks == "phone" && phoneNumber.MatchString(near.Text) { // somebody else's number would be dialled all the same
		p.mode, p.reply = Fixed, r.reply("not_stated", prompts.Params{"what": what})
		return p
	}
	p.reply = r.reply("not_stated_near", prompts.Params{"what": what, "quote": ""})
	text := clip(tidyQuote(near.Text), maxQuoteRunes, near.Facts)
	if !strings.HasSuffix(text, "。") && !strings.HasSuffix(text, "…") {
		text = strings.TrimRight(text, "；;，") + "。"
	}
	p.draft = Draft{Statements: []Statement{{ofItem(introduced(text, near.Source), near.Source), []corpus.Source{near.Source}}}}
	p.remember.Cited = []place{{near.Document.ID, near.Chunk.ID, near.Sentence}}
	p.remember.Topic = topicOf(p.draft)
	return p
}

// oneOf finds one of something among measured figures.
var oneOf = regexp.MustCompile(`^1\D`)

var phoneNumber = regexp.MustCompile(`\d{3,4}-\d{7,8}`)

func refusalOf(lacks, rule string) refusal { return refusal{lacks, rule} }
