package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wenda/corpus"
	"wenda/handlers/signed"
	"wenda/rag"
	"wenda/store"
)

// An Asker answers one question. emit may be nil; it is called by one goroutine at a time, before Ask returns, and must not be kept.
// Errors: rag.ErrEmpty, ErrTooLong, ErrInvalidUTF8, ErrConversation, the context's; anything else means that the machine failed.
// It must be safe for concurrent use and end soon after ctx does.
type Asker interface {
	Ask(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error)
}

// Answers finds what was answered before and keeps what residents say of it. Unknown IDs are store.ErrNotFound; a Feedback that was
// accepted is durable. Both must be safe for concurrent use.
type Answers interface {
	Answer(ctx context.Context, id string) (rag.Answer, error)
	Feedback(ctx context.Context, f store.Feedback) error
}

// Progress finds answers that are being made, by ID. It must be safe for concurrent use.
type Progress interface {
	Composing(id string) (rag.Composing, bool)
}

// Documents shows what answers cite. Current is nil before the first index; DocumentVersion finds any version that was ever live,
// the live one for an empty version, else store.ErrNotFound. Both must be safe for concurrent use.
type Documents interface {
	Current() *corpus.Index
	DocumentVersion(ctx context.Context, id, version string) (corpus.Document, error)
}

// Suggestions are questions that the documents answer. Both methods may return nil and must be safe for concurrent use.
type Suggestions interface {
	// Suggestions are those to start from, in the order of showing.
	Suggestions() []Suggestion
	// Suggest finds those that somebody may be typing, in simplified characters, the likeliest first, at most so many. It is called at every
	// pause in typing and must take a few milliseconds only.
	Suggest(typed string, most int) []Suggestion
}

// A Suggestion is a question that the documents answer, under a topic residents know.
type Suggestion struct {
	Question string `json:"question"`
	Topic    string `json:"topic"`
}

// Deps is what a Server needs from others.
type Deps struct {
	Asker       Asker
	Answers     Answers
	Documents   Documents
	Suggestions Suggestions
	Progress    Progress                   // nil: answers are found once they are complete
	Signed      *signed.Verifier           // of requests by other programs; nil: nobody has a key
	Embedder    func(*corpus.Index) string // name of the embedder that an index (nil: none yet) is wanted to have; empty, or nil: answers are lexical, and that is ready
	Mask        func(string) string        // takes personal data out of comments before they are kept; nil keeps them as they came
	Script      Script                     // nil: everything stays as it is written
	Composes    bool                       // a language model may compose: the pages say so
	Closed      func(string) bool          // whether a channel is switched off; nil: none ever is
	Log         *slog.Logger               // nil is slog.Default
	Now         func() time.Time           // nil is time.Now; of rate limits only

	Tally      *Tally                 // of the answers of all channels; nil: of the Server's own
	Collectors []prometheus.Collector // of others, for /metrics

	Mounts []Mount // channels and the console, which live in packages of their own
}

// A Mount is a part of the site that another package serves: every method and path below Prefix. It sets its own limits of sizes and
// rates, and its replies go through the Server's headers, log, metrics and recovery of panics. RequestID tells its request's ID,
// ClientAddress who sent it.
type Mount struct {
	Prefix  string // as /staff; "/" behind it is added
	Handler http.Handler

	// Limited tells the requests that count against the limit of their address, together with those of the Server; nil: none.
	Limited func(*http.Request) bool
}

type requestIDKeyType struct{}

// RequestID is the ID of the request that a Mount serves; empty outside of one.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKeyType{}).(string)
	return id
}

type clientAddressKeyType struct{}

// ClientAddress is the address of the client of a request that a Mount serves, behind trusted proxies too; empty outside of one.
func ClientAddress(ctx context.Context) string {
	address, _ := ctx.Value(clientAddressKeyType{}).(string)
	return address
}
