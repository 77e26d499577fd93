package rag

import (
	"context"
	"errors"
	"time"

	"github.com/tmc/langchaingo/llms"
)

// A Message is one of those that a model is sent: text parts only.
type Message = llms.MessageContent

// A Model is a language model that streams text. It is not trusted: nothing of what it says leaves before it was examined.
type Model interface {
	// Name says which model, or models in their order of preference, it is: what one of them composed is not kept for another.
	Name() string
	// Compose passes text on as it comes, from one goroutine, and ends soon after ctx does. Without an error the text is whole; after
	// one, all of it is void. An error's interface{ Reason() string } is the reason that the answer gives. It must be safe for
	// concurrent use; messages are not changed.
	Compose(ctx context.Context, messages []Message, channel string, deliver func(delta string) error) (Usage, error)
}

// Usage is who composed, and what it cost.
type Usage struct {
	Backend          string        `json:"backend"`
	Model            string        `json:"model"`
	PromptTokens     int           `json:"prompt_tokens"`
	CompletionTokens int           `json:"completion_tokens"`
	Cost             float64       `json:"cost"`
	FirstToken       time.Duration `json:"first_token_ns"`
	Took             time.Duration `json:"took_ns"`
}

// Patience is how long a resident waits for a model before the quoted answer comes. 0 means the default.
type Patience struct {
	First time.Duration // until the first verified sentence, queue, retry and change-over included: 10 s (SECURITY.md)
	Gap   time.Duration // without any text after it: 5 s
	Total time.Duration // for all parts of a message: 60 s
}

// DefaultPatience is what holds where nothing is said.
var DefaultPatience = Patience{First: 10 * time.Second, Gap: 5 * time.Second, Total: 60 * time.Second}

func (p Patience) orDefault() Patience {
	if p.First <= 0 {
		p.First = DefaultPatience.First
	}
	if p.Gap <= 0 {
		p.Gap = DefaultPatience.Gap
	}
	if p.Total <= 0 {
		p.Total = DefaultPatience.Total
	}
	return p
}

// Reasons why an answer is quoted although a model was asked; beside these, those of the model's errors.
const (
	reasonLate       = "timeout_first_sentence" // no verified sentence within Patience.First
	reasonGap        = "stalled"                // no text within Patience.Gap
	reasonTotal      = "timeout_total"
	reasonUnverified = "unverified"      // the first sentence, or two of them, did not pass
	reasonEmpty      = "nothing_said"    // text without a statement
	reasonDeclined   = "declined"        // the model finds no answer where the engine does
	reasonOffAsked   = "kind_missing"    // nothing in it is of the kind that was asked for
	reasonFailed     = "model_failed"    // an error without a reason
	reasonCancelled  = "model_cancelled" // nobody waited any more
)

// A reasoned error gives its code.
type reasoned string

func (r reasoned) Error() string  { return "rag: model: " + string(r) }
func (r reasoned) Reason() string { return string(r) }

// reasonOf is the code of an error.
func reasonOf(err error) string {
	var r interface{ Reason() string }
	switch {
	case errors.As(err, &r) && r.Reason() != "":
		return r.Reason()
	case errors.Is(err, context.Canceled):
		return reasonCancelled
	}
	return reasonFailed
}
