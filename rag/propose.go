package rag

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"

	"wenda/corpus"
)

// Limits of asking a model for questions. Whoever asks waits in front of a page, which the server gives 30 s.
const (
	proposePatience = 20 * time.Second
	maxProposals    = 12
	maxNegatives    = 6
	maxProposedText = 16 << 10 // bytes that are read; what comes after is not
	maxKnownShown   = 30       // known questions that the model is told
)

// Sought is what questions are wanted for.
type Sought struct {
	DocumentID, ChunkID string
	Sentence            int
	Known               []corpus.Variant // of the document
	Tied                []corpus.Variant // those of Known that belong to the sentence
	Channel             string           // whose budget it is
}

// Proposed is what a model proposed, checked. Nothing of it is kept anywhere.
type Proposed struct {
	List  []Proposal // questions that the sentence answers first, as it named them
	Usage Usage
}

// A Proposal is a question that residents might ask.
type Proposal struct {
	Text     string
	Negative bool   // meant as one that the document does not answer
	Lacks    string // of a negative one: the kind of thing that is missing
	Problem  string // why it should not be accepted, a code of propose_check.go; empty: it passed all checks
	Detail   string // the figure, name, word or question that it is about
}

// Errors of Propose.
var (
	ErrNoModel    = errors.New("rag: no language model is configured")
	ErrNoSentence = errors.New("rag: the index does not hold that sentence")
)

// Propose asks the model how residents might ask for what a sentence says, and for what it does not say, and checks what comes. Errors:
// ErrNoModel, ErrNoIndex, ErrNoSentence, the context's, or with a Reason those of the model; nothing_said when nothing of its text is a question.
func (e *Engine) Propose(ctx context.Context, s Sought) (Proposed, error) {
	if e.desk == nil {
		return Proposed{}, ErrNoModel
	}
	x, set := e.index(), e.prompts()
	if x == nil {
		return Proposed{}, ErrNoIndex
	}
	at, ok := x.At(s.DocumentID, s.ChunkID, s.Sentence)
	if !ok {
		return Proposed{}, ErrNoSentence
	}
	var known []string
	for _, v := range s.Tied[:min(len(s.Tied), maxKnownShown)] {
		known = append(known, v.Text)
	}
	p := set.Proposing
	system := p.System(e.canary, maxProposals, maxNegatives)
	said, usage, err := e.listen(ctx, s.Channel, []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeSystem, system),
		llms.TextParts(llms.ChatMessageTypeHuman, p.Request(at.Document.Meta.Title, at.Chunk.SectionPath(), at.Chunk.Text, at.Text, known)),
	})
	if err != nil {
		return Proposed{}, err
	}
	c := &proposalCheck{index: x, set: set, at: at, known: s.Known, tied: s.Tied, embedder: e.embedderOf(x)}
	c.secrets = secretsOf(e.canary, []string{system}, []passage{{text: at.Chunk.Text, head: at.Document.Meta.Title + at.Chunk.SectionPath()}, {text: strings.Join(known, "\n")}})
	if usage.Model == "" { // it was cut short
		usage.Model = e.desk.model.Name()
	}
	out := Proposed{Usage: usage}
	for _, one := range proposalsIn(said, maxProposals, maxNegatives) {
		if err := c.judge(ctx, &one); err != nil {
			return Proposed{}, err
		}
		out.List = append(out.List, one)
	}
	if len(out.List) == 0 {
		return Proposed{}, reasoned(reasonEmpty)
	}
	return out, nil
}

// unended are failures after which what came is good as far as it goes: the model wrote more than it may.
var unended = map[string]bool{"truncated": true, "too_large": true}

var errEnough = errors.New("rag: enough was proposed")

// listen returns what the model says, or its beginning where that is much too long.
func (e *Engine) listen(ctx context.Context, channel string, messages []Message) (string, Usage, error) {
	ctx, stop := context.WithTimeoutCause(ctx, proposePatience, reasoned(reasonTotal))
	defer stop()
	var b strings.Builder
	usage, err := e.desk.model.Compose(ctx, messages, channel, func(delta string) error {
		if b.WriteString(delta); b.Len() > maxProposedText {
			return errEnough
		}
		return nil
	})
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return "", Usage{}, context.Cause(ctx)
	case errors.Is(err, errEnough), unended[reasonOf(err)] && b.Len() > 0: // its last line may be half a question
		said := b.String()
		return said[:strings.LastIndexByte(said, '\n')+1], usage, nil
	default:
		return "", Usage{}, err
	}
	return b.String(), usage, nil
}
