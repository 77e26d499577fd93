package backend

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/ollama"
	"github.com/tmc/langchaingo/llms/openai"
)

const (
	// temperature keeps to the passages without being 0, which some vendors refuse.
	temperature = 0.1

	// placeholder is the key that langchaingo gets: it refuses an empty one, and ours is added by the guard alone.
	placeholder = "none"
)

// Finish reasons with which a reply is complete, was cut, or was refused. OpenAI "Chat Completions" has stop, length and
// content_filter; 智谱 adds sensitive (docs.bigmodel.cn); DeepSeek insufficient_system_resource (api-docs.deepseek.com). Any other
// one is no good reply.
const (
	stopNormal    = "stop"
	stopLength    = "length"
	stopFilter    = "content_filter"
	stopSensitive = "sensitive"
	stopResources = "insufficient_system_resource"
)

// Backend is one model of one vendor. It is safe for concurrent use. Its calls are single ones: Chain adds retry, breaker, places and
// budgets.
type Backend struct {
	s     *settings
	model llms.Model
}

// Request is what to compose from. Every message has text parts only, of the roles system, human and AI.
type Request struct {
	Messages  []llms.MessageContent // not changed
	Channel   string                // whose budget it is; empty is a channel too
	MaxTokens int                   // 0, or more than Limits.MaxTokens: that
}

// Deliver takes the next piece of text: valid UTF-8, never empty, without reasoning. Its error ends the call. It is called by the
// goroutine of Compose, in order.
type Deliver func(ctx context.Context, delta string) error

// Tokens of one call, or of many.
type Tokens struct {
	Prompt     int
	Completion int
	Estimated  bool // the vendor did not say: one token a rune, which is more than it will be
}

// Completion is a whole reply.
type Completion struct {
	Text       string        // all pieces, joined; never empty
	Stop       string        // the vendor's finish reason: always stop, since all others are errors
	Backend    string        // Name of who composed it
	Model      string        // as the vendor calls it
	Tokens     Tokens        //
	Cost       float64       // by Config.Price
	FirstToken time.Duration // from the call to the first piece, retries and change-over included
	Duration   time.Duration // from the call to the end
	Earlier    error         // what went wrong before, joined: a first try, a backend that was preferred; nil if nothing
}

// New makes a backend. It connects to nobody; all problems of c are reported at once.
func New(c Config) (*Backend, error) {
	s, err := c.check(false)
	if err != nil {
		return nil, err
	}
	b := &Backend{s: s}
	if s.vendor.ollama {
		b.model, err = ollama.New(ollama.WithServerURL(s.base.String()), ollama.WithModel(s.model), ollama.WithHTTPClient(s.client),
			ollama.WithRunnerNumCtx(s.vendor.window))
	} else {
		// Everything that langchaingo would else take from OPENAI_* variables is given.
		b.model, err = openai.New(openai.WithToken(placeholder), openai.WithBaseURL(s.base.String()), openai.WithModel(s.model),
			openai.WithOrganization(""), openai.WithAPIType(openai.APITypeOpenAI), openai.WithHTTPClient(s.client))
	}
	if err != nil {
		return nil, fmt.Errorf("backend %s: %w", s.name, err)
	}
	return b, nil
}

// Name is vendor/model, with @host where the operator gave the address, or host/model for a server that is not in the table.
func (b *Backend) Name() string { return b.s.name }

// Close gives up connections that nobody uses. Calls under way go on.
func (b *Backend) Close() {
	if b.s.idle != nil {
		b.s.idle.CloseIdleConnections()
	}
}

// Compose asks the model once and passes its text on as it comes. The Completion is whole or there is an *Error (a request of another
// shape than Request says gives another one); when deliver failed it wraps deliver's. After an error the pieces that were delivered
// must be voided.
func (b *Backend) Compose(ctx context.Context, r Request, deliver Deliver) (Completion, error) {
	messages, prompt, err := plain(r.Messages)
	if err != nil {
		return Completion{}, err
	}
	limit := b.s.limits.MaxTokens
	if r.MaxTokens > 0 && r.MaxTokens < limit {
		limit = r.MaxTokens
	}
	start := b.s.now()
	var first time.Duration
	var stopped error // deliver's
	c := b.s.begin(ctx, int64(b.s.limits.ReplyBytes)*wireFactor, b.s.limits.Header)
	c.awaitText()
	reply, err := b.model.GenerateContent(c.ctx, messages, llms.WithModel(b.s.model), llms.WithMaxTokens(limit),
		llms.WithTemperature(temperature), llms.WithStreamingFunc(func(_ context.Context, piece []byte) error {
			if len(piece) == 0 {
				return nil
			}
			if first == 0 {
				first = b.s.now().Sub(start)
			}
			stopped = deliver(ctx, string(piece))
			return stopped
		}))
	c.end()
	done := Completion{Stop: c.stop, Backend: b.Name(), Model: c.model, Tokens: c.usage, FirstToken: first, Duration: b.s.now().Sub(start)}
	if done.Model == "" {
		done.Model = b.s.model
	}
	if done.Tokens == (Tokens{}) {
		done.Tokens = Tokens{Prompt: prompt, Completion: c.runes, Estimated: true}
	}
	done.Cost = b.s.price.of(done.Tokens)
	fault := c.failed()
	switch {
	case fault != nil && stopped == nil:
	case stopped != nil && ctx.Err() == nil: // else deliver failed because the caller gave up
		fault = &Error{Code: ReasonDelivery, Backend: b.Name(), Detail: "the text could not be passed on", Text: true, Err: stopped}
	case fault == nil && err != nil:
		fault = c.failWith(&Error{Code: ReasonBadReply, Detail: err.Error(), Err: err})
	case fault == nil:
		if len(reply.Choices) > 0 {
			done.Text = reply.Choices[0].Content
		}
		fault = c.complete(done.Text)
	}
	if fault != nil {
		return Completion{}, spent(fault, done.Tokens)
	}
	return done, nil
}

// complete judges how a stream ended that ended in good order.
func (c *call) complete(text string) *Error {
	switch c.stop {
	case stopNormal:
		if strings.TrimSpace(text) == "" {
			return c.fail(ReasonBadReply, "a reply without text")
		}
		return nil
	case "":
		return c.fail(ReasonTruncated, "no finish reason")
	case stopLength:
		return c.fail(ReasonTruncated, "the limit of tokens was reached")
	case stopFilter, stopSensitive:
		return c.fail(ReasonRefused, "finish reason "+c.stop)
	case stopResources:
		return c.fail(ReasonOverloaded, "finish reason "+c.stop)
	}
	return c.fail(ReasonBadReply, "finish reason "+c.stop)
}

// spent notes what a failed call had cost: nothing where the vendor never answered with text or took the request.
func spent(e *Error, t Tokens) *Error {
	switch {
	case e.Text, e.Status == 0 && e.Code != ReasonUnreachable && e.Code != ReasonTLS:
		e.Spent = t
	}
	return e
}

// of is the cost of t.
func (p Price) of(t Tokens) float64 {
	return (p.Prompt*float64(t.Prompt) + p.Completion*float64(t.Completion)) / 1e6
}

// plain copies messages with one text part each, which is all that langchaingo's Ollama takes, and counts the runes.
func plain(messages []llms.MessageContent) ([]llms.MessageContent, int, error) {
	if len(messages) == 0 {
		return nil, 0, fmt.Errorf("compose: no messages")
	}
	copied := make([]llms.MessageContent, len(messages))
	runes := 0
	for i, m := range messages {
		switch m.Role {
		case llms.ChatMessageTypeSystem, llms.ChatMessageTypeHuman, llms.ChatMessageTypeAI:
		default:
			return nil, 0, fmt.Errorf("compose: message %d has the role %q", i+1, m.Role)
		}
		var text strings.Builder
		for _, part := range m.Parts {
			t, ok := part.(llms.TextContent)
			if !ok {
				return nil, 0, fmt.Errorf("compose: message %d holds a %T", i+1, part)
			}
			text.WriteString(t.Text)
		}
		copied[i] = llms.TextParts(m.Role, text.String())
		runes += utf8.RuneCountInString(text.String())
	}
	return copied, runes, nil
}
