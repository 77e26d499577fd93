package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
)

// A curatedCheck is what would come of an entry.
type curatedCheck struct {
	Tried   string        // the question that it was tried with
	Answer  rag.Answer    // what residents would get
	Works   bool          // they would get it
	Same    []curatedNear // entries that have one of its questions
	Near    []curatedNear // entries that have one that is nearly the same
	Shadows []shadow      // what its questions are answered with now
	Words   bool          // without vectors: near ones were looked for by words alone
}

type curatedNear struct {
	ID, Ask, Other string
	Cosine         float64
}

// A shadow is what an ask is answered with today.
type shadow struct {
	Ask, Status, Mode, Text string
	Differs                 bool // it has an answer, and not this one
}

const (
	nearAsk = .88 // cosine of two questions that are probably one: paraphrases of one variant lie at .80 to .95
	// nearAskWords is the same by words: the share of pairs of characters. Two more characters in front of a question of ten leave .8, another
	// word in its place .5.
	nearAskWords = .6
	maxShadows   = 12
)

// blocking says what keeps the entry from being approved.
func (k *curatedCheck) blocking() []string {
	var out []string
	for _, s := range k.Same {
		out = append(out, fmt.Sprintf("问法“%s”已经在另一条审定回答（%s）里，请从其中一条去掉。", s.Ask, s.Other))
	}
	if !k.Works {
		out = append(out, "这样写不会生效：回答没有通过核对。回答里的数字、日期、名称都要在勾选的出处里查得到，出处也要是现行文件里的原句。")
	}
	return out
}

// canCheck reports whether there is an engine to try entries with.
func (c *Console) canCheck() bool { return c.deps.Prompts != nil && c.deps.Ask != nil }

// answersNow are what questions are answered with today, of the first maxShadows.
func (c *Console) answersNow(ctx context.Context, asks []string) ([]shadow, error) {
	var out []shadow
	for _, ask := range asks[:min(len(asks), maxShadows)] {
		a, err := c.deps.Ask(ctx, rag.Question{Text: ask, Channel: "staff"}, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, shadow{Ask: ask, Status: string(a.Status), Mode: string(a.Mode), Text: a.Text})
	}
	return out, nil
}

// checkCurated tries an entry and looks at what it stands beside. Errors are those of the machine.
func (c *Console) checkCurated(ctx context.Context, b prompts.Curated) (*curatedCheck, error) {
	if !c.canCheck() {
		return nil, busy.saying("服务还没有准备好，请过几秒再试。")
	}
	k := &curatedCheck{Tried: b.Asks[0]}
	live := c.deps.Prompts()
	others := slices.DeleteFunc(slices.Clone(live.Curated()), func(o prompts.Curated) bool { return o.ID == b.ID })
	for _, o := range others {
		for _, theirs := range o.Asks {
			for _, ours := range b.Asks {
				if prompts.SameQuestion(ours, theirs) {
					k.Same = append(k.Same, curatedNear{o.ID, ours, theirs, 1})
				}
			}
		}
	}
	if err := c.nearCurated(ctx, k, b.Asks, others); err != nil {
		return nil, err
	}
	always := b // tried as on a day on which it is valid
	always.From, always.Until = "", ""
	with, err := live.WithCurated([]prompts.Curated{always}, nil)
	if err != nil {
		return nil, invalid.saying(err.Error())
	}
	if k.Answer, err = c.deps.Ask(ctx, rag.Question{Text: b.Asks[0], Channel: "staff"}, with); err != nil {
		return nil, err
	}
	k.Works = k.Answer.Mode == rag.Curated
	if k.Shadows, err = c.answersNow(ctx, b.Asks); err != nil {
		return nil, err
	}
	for i := range k.Shadows {
		s := &k.Shadows[i]
		s.Differs = s.Status == string(rag.Answered) && withoutMarks(s.Text) != b.Answer
	}
	return k, nil
}

// nearCurated finds questions of other entries that are nearly the same, by vectors, else by shared pairs of characters.
func (c *Console) nearCurated(ctx context.Context, k *curatedCheck, asks []string, others []prompts.Curated) error {
	var theirs, of []string
	for _, o := range others {
		for _, a := range o.Asks {
			theirs, of = append(theirs, a), append(of, o.ID)
		}
	}
	if len(theirs) == 0 {
		return nil
	}
	alike, byWords, err := c.likeness(ctx, slices.Concat(asks, theirs), maxRemembered)
	if err != nil {
		return err
	}
	k.Words = byWords
	near := nearAsk
	if byWords {
		near = nearAskWords
	}
	for i, ours := range asks {
		for j := range theirs {
			if cos := alike(i, len(asks)+j); cos >= near && !prompts.SameQuestion(ours, theirs[j]) {
				k.Near = append(k.Near, curatedNear{of[j], ours, theirs[j], cos})
			}
		}
	}
	return nil
}

// likeness compares texts by their indexes: cosines of their vectors, or without an embedder the share of pairs of characters that they have
// in common, which byWords reports; so it does where more than most vectors are missing.
func (c *Console) likeness(ctx context.Context, texts []string, most int) (alike func(i, j int) float64, byWords bool, err error) {
	var e corpus.Embedder
	if c.deps.Library != nil {
		e = c.deps.Library.Embeds()
	}
	if e != nil {
		vectors, err := c.vectors.of(ctx, e, texts, most)
		switch {
		case ctx.Err() != nil:
			return nil, false, ctx.Err()
		case err == nil:
			return func(i, j int) float64 { return corpus.Dot(vectors[i], vectors[j]) }, false, nil
		}
		if !errors.Is(err, errManyMissing) {
			c.log.Warn("texts are compared by words", "error", err)
		}
	}
	sets := make([][]uint64, len(texts))
	for i, t := range texts {
		sets[i] = pairsOf(t)
	}
	return func(i, j int) float64 { return jaccard(sets[i], sets[j]) }, true, nil
}

// How many sentences are offered for citing.
const (
	citeHits      = 5
	citeSentences = 3 // of a hit
)

// citeChoices are the sentences that are ticked, those that an answer cited, and the nearest ones to the first question and to the answer.
func (c *Console) citeChoices(ctx context.Context, asks []string, answer string, ticked []prompts.Cite, cited []rag.Citation) ([]citeChoice, error) {
	var out []citeChoice
	seen := map[string]bool{}
	for _, t := range ticked {
		choice := citeChoice{Value: citeValue(t), Text: strings.Join(t.Facts, "，"), Where: strings.Join(t.Section, " > "), On: true}
		seen[choice.Text] = true
		out = append(out, choice)
	}
	if c.deps.Library == nil || c.deps.Library.Current() == nil {
		return out, nil
	}
	x := c.deps.Library.Current()
	add := func(s corpus.Source, on bool) {
		if seen[s.Text] || s.Text == "" {
			return
		}
		seen[s.Text] = true
		cite := prompts.Cite{IndexNumber: s.Document.Meta.IndexNumber, Section: s.Chunk.Section, Facts: []string{s.Text}}
		if cite.IndexNumber == "" {
			cite.Document = s.Document.ID
		}
		out = append(out, citeChoice{Value: citeValue(cite), Text: s.Text, Where: s.Document.Meta.Title + "，" + s.Chunk.SectionPath(), On: on})
	}
	for _, ci := range cited {
		for _, s := range x.Sentences(ci.DocumentID, chunkOf(ci.URL)) {
			if strings.Contains(corpus.Fold(s.Text), corpus.Fold(ci.Quote)) || strings.Contains(corpus.Fold(ci.Quote), corpus.Fold(s.Text)) {
				add(s, true)
			}
		}
	}
	for _, text := range []string{strings.Join(asks[:min(1, len(asks))], ""), answer} {
		if strings.TrimSpace(text) == "" {
			continue
		}
		hits, err := c.search(ctx, text, citeHits)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			for _, s := range h.Sentences[:min(citeSentences, len(h.Sentences))] {
				add(s.Source, false)
			}
		}
	}
	return out, nil
}

// search finds paragraphs for a text in the current index.
func (c *Console) search(ctx context.Context, text string, hits int) ([]corpus.Hit, error) {
	q := corpus.Query{Text: text, Hits: hits}
	x := c.deps.Library.Current()
	if e := c.deps.Library.EmbedderOf(x); e != nil {
		var err error
		if q.Vector, err = e.EmbedQuery(ctx, corpus.Plain(text)); ctx.Err() != nil {
			return nil, ctx.Err()
		} else if err != nil {
			c.log.Warn("searched by words", "error", err)
		}
	}
	found, err := x.Search(ctx, q)
	return found.Hits, err
}
