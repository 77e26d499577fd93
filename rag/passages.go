package rag

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tmc/langchaingo/llms"

	"wenda/corpus"
	"wenda/prompts"
)

// What a model is shown: sentences, so that a figure is looked for in the very sentence that it is said to come from.
const (
	maxPassages     = 8
	maxPassageRunes = 300
	passageClose    = .72 // score of a further sentence against the best one
	maxEarlier      = 3   // questions before this one
)

// A passage is a numbered sentence as a model sees it.
type passage struct {
	source corpus.Source
	text   string // what may be said of it: the sentence, cut where it is very long
	head   string // title, date, validity, section: names and years may come from there
}

// passagesOf numbers what the draft rests on first, then the best sentences beside it.
func passagesOf(set *prompts.Set, d Draft, res corpus.Result) []passage {
	var out []passage
	seen := map[place]bool{}
	add := func(s corpus.Source) {
		at := place{s.Document.ID, s.Chunk.ID, s.Sentence}
		if seen[at] || len(out) >= max(maxPassages, len(d.Statements)) {
			return
		}
		seen[at] = true
		m := s.Document.Meta
		p := passage{source: s, text: tidyQuote(s.Text), head: strings.Join([]string{m.Title, m.Published, m.Validity, s.Chunk.SectionPath()}, "；")}
		if utf8.RuneCountInString(p.text) > maxPassageRunes {
			p.text = clip(p.text, maxPassageRunes, nil)
		}
		if m.Year > 0 { // a plan of 2022 may say 4月, and mean that of 2022
			p.head += "；" + strconv.Itoa(m.Year) + "年"
		}
		out = append(out, p)
	}
	for _, s := range d.Statements {
		for _, src := range s.Sources {
			add(src)
		}
	}
	if d.Outline { // its points are all that was meant
		return out
	}
	for _, h := range res.Hits {
		for _, s := range h.Sentences {
			if s.Score >= passageClose*res.Hits[0].Sentences[0].Score && s.Chunk.Kind == corpus.Paragraph {
				add(s.Source)
			}
		}
	}
	return out
}

// messages are what is sent to a model: our instructions, and the question with numbered passages and earlier questions. All of it was
// masked before; there is no URL in it.
func messages(c prompts.Composing, canary string, passages []passage, earlier []string, question string) []llms.MessageContent {
	var shown []string
	for i, p := range passages {
		m := p.source.Document.Meta
		validity := m.Validity
		if validity == "" {
			validity = c.NoValidity
		}
		shown = append(shown, c.Passage(prompts.Passage{N: strconv.Itoa(i + 1), Title: m.Title, Section: p.source.Chunk.SectionPath(),
			Published: m.Published, Validity: validity, Text: p.text}))
	}
	return []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeSystem, c.System(canary)),
		llms.TextParts(llms.ChatMessageTypeHuman, c.Question(shown, earlier, question)),
	}
}

// earlierOf are the last questions before this one, oldest first.
func earlierOf(turns []remembered) []string {
	var out []string
	for _, t := range turns {
		if t.Question != "" && !t.beside {
			out = append(out, t.Question)
		}
	}
	return out[max(0, len(out)-maxEarlier):]
}
