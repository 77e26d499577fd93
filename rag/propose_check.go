package rag

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// Why a proposal should not be accepted: codes, which the console puts into words.
const (
	proposalLeak       = "leak"       // holds what the model was told to keep to itself; its text is taken out
	proposalMarkup     = "markup"     // signs, links, other scripts
	proposalLength     = "length"     // too short or too long for a question
	proposalNotAsking  = "not_asking" // asks nothing
	proposalFigure     = "figure"     // a figure that the passage does not hold
	proposalName       = "name"       // a name, a Latin word or a place that it does not hold
	proposalKnown      = "known"      // there already
	proposalNear       = "near"       // almost there already
	proposalUnanswered = "unanswered" // the sentence does not hold what is asked for
	proposalAnswered   = "answered"   // meant as one that is not answered, and the sentence answers it
	proposalNotFound   = "not_found"  // the search does not lead from the question to the passage: it is about something else
)

// ProposalProblems lists all codes of Proposal.Problem.
func ProposalProblems() []string {
	return []string{proposalLeak, proposalMarkup, proposalLength, proposalNotAsking, proposalFigure, proposalName, proposalKnown, proposalNear,
		proposalUnanswered, proposalAnswered, proposalNotFound}
}

const (
	minProposal = 4 // runes
	maxProposal = 40
	// nearProposal is the cosine from which two questions are the same in other words (bge-small-zh: paraphrases of one variant lie at .80 to .95,
	// handlers/staff; more alike than those is no new way to ask).
	nearProposal = .95
	nearByWords  = .85 // share of pairs of characters, both ways, where there are no vectors
	proposalHits = 5   // paragraphs among which the passage must be found
)

// proposalCheck judges proposals one after the other: each is compared with those that passed before it. Not for several goroutines.
type proposalCheck struct {
	index    *corpus.Index
	set      *prompts.Set
	at       corpus.Source
	known    []corpus.Variant
	tied     []corpus.Variant
	embedder QueryEmbedder // nil: by words
	secrets  secrets

	passed  []string
	vectors map[string][]float32 // of texts; nil vectors: it failed
}

// judge sets Problem, Detail and Lacks. Its only errors are the context's and the search's.
func (c *proposalCheck) judge(ctx context.Context, p *Proposal) error {
	if p.Problem, p.Detail = c.shape(p.Text); p.Problem == proposalLeak {
		p.Text, p.Detail = "……", ""
	}
	if p.Problem == "" {
		p.Problem, p.Detail = c.brought(p)
	}
	if p.Problem == "" {
		p.Problem, p.Detail = c.twice(ctx, p.Text)
	}
	missing, unmet := expect(&c.set.Terms, p.Text).unmet(&c.set.Terms, p.Text, []string{c.at.Text}, c.at.Document)
	if p.Negative {
		if p.Lacks = "detail"; unmet {
			p.Lacks = missing.lacks
		}
	}
	if p.Problem == "" {
		kind := expect(&c.set.Terms, p.Text).kind
		switch {
		case !p.Negative && unmet:
			p.Problem, p.Detail = proposalUnanswered, missing.rule
		case p.Negative && !unmet && kind != "":
			p.Problem, p.Detail = proposalAnswered, kind
		}
	}
	if p.Problem == "" {
		found, err := c.finds(ctx, p.Text)
		if err != nil {
			return err
		}
		if !found {
			p.Problem = proposalNotFound
		}
	}
	if p.Problem == "" {
		c.passed = append(c.passed, p.Text)
	}
	return ctx.Err()
}

// shape looks at the text alone.
func (c *proposalCheck) shape(text string) (problem, detail string) {
	if v := c.secrets.leaked("", text); v != "" {
		return proposalLeak, v
	}
	if m := foreignSign.FindString(text); m != "" {
		return proposalMarkup, m
	}
	if n := utf8.RuneCountInString(text); n < minProposal || n > maxProposal {
		return proposalLength, fmt.Sprint(n)
	}
	if !asksSomething(text) {
		return proposalNotAsking, ""
	}
	return "", ""
}

// brought finds what the passage, its headings and its title do not hold. One that is meant not to be answered may ask for another year or
// place.
func (c *proposalCheck) brought(p *Proposal) (problem, detail string) {
	m := c.at.Document.Meta
	all := strings.Join([]string{c.at.Chunk.Text, c.at.Chunk.SectionPath(), m.Title, m.Issuer, fmt.Sprintf("%d年", m.Year)}, "\n")
	folded := corpus.Fold(all)
	if !p.Negative {
		have := figures(all)
		for f := range figures(p.Text) {
			if !have[f] {
				return proposalFigure, f
			}
		}
		if place := foreignPlace(&c.set.Terms, p.Text, folded); place != "" {
			return proposalName, place
		}
	}
	for _, q := range quotedName.FindAllStringSubmatch(p.Text, -1) {
		if !strings.Contains(folded, corpus.Fold(strings.Join(q[1:], ""))) {
			return proposalName, q[0]
		}
	}
	for _, w := range latin.FindAllString(corpus.Fold(p.Text), -1) {
		if !strings.Contains(folded, w) {
			return proposalName, w
		}
	}
	return "", ""
}

// twice compares with every question of the document by its letters, and with those of the sentence and those that passed by likeness.
func (c *proposalCheck) twice(ctx context.Context, text string) (problem, detail string) {
	key := letters(text)
	for _, v := range c.known {
		if letters(v.Text) == key {
			return proposalKnown, v.Text
		}
	}
	for _, v := range c.tied {
		if c.alike(ctx, text, v.Text) {
			return proposalNear, v.Text
		}
	}
	for _, other := range c.passed {
		if c.alike(ctx, text, other) {
			return proposalNear, other
		}
	}
	return "", ""
}

func (c *proposalCheck) alike(ctx context.Context, a, b string) bool {
	va, vb := c.vector(ctx, a), c.vector(ctx, b)
	if va == nil || len(va) != len(vb) {
		return pairsShared(a, b) >= nearByWords && pairsShared(b, a) >= nearByWords
	}
	dot := float32(0)
	for i := range va {
		dot += va[i] * vb[i]
	}
	return dot >= nearProposal
}

// vector is nil without an embedder, and for good once it failed: a vendor that hangs is not asked for every text.
func (c *proposalCheck) vector(ctx context.Context, text string) []float32 {
	if c.embedder == nil {
		return nil
	}
	if v, has := c.vectors[text]; has {
		return v
	}
	v, err := c.embedder.EmbedQuery(ctx, corpus.Plain(text))
	if err != nil {
		c.embedder = nil
		return nil
	}
	if c.vectors == nil {
		c.vectors = map[string][]float32{}
	}
	c.vectors[text] = v
	return v
}

// finds reports whether the search leads from the question to the passage.
func (c *proposalCheck) finds(ctx context.Context, text string) (bool, error) {
	q := corpus.Query{Text: text, Hits: proposalHits}
	if !c.index.Lexical() {
		q.Vector = c.vector(ctx, text)
	}
	found, err := c.index.Search(ctx, q)
	if err != nil {
		return false, fmt.Errorf("search for a proposed question: %w", err)
	}
	for _, h := range found.Hits {
		if h.Document.ID == c.at.Document.ID && h.Chunk.ID == c.at.Chunk.ID {
			return true, nil
		}
	}
	return false, nil
}

// pairsShared is the share of a's pairs of letters that stand in b.
func pairsShared(a, b string) float64 {
	rs, in := []rune(letters(a)), letters(b)
	if len(rs) < 2 {
		return 0
	}
	n := 0
	for i := range len(rs) - 1 {
		if strings.Contains(in, string(rs[i:i+2])) {
			n++
		}
	}
	return float64(n) / float64(len(rs)-1)
}
