package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
)

// vectorBytes of JSON at most are read for one text: 4,096 numbers of 32 characters.
const vectorBytes = 128 << 10

// Embedder turns texts into vectors by a vendor's model. It is safe for concurrent use. It fits corpus.Embedder.
type Embedder struct {
	s      *settings
	places chan struct{} // one element for each request under way
	rest   *rest         // of questions

	mu        sync.Mutex
	dimension int // of all vectors so far; 0 before the first
	usage     BackendUsage
}

// NewEmbedder makes an embedder. It connects to nobody; all problems of c are reported at once.
func NewEmbedder(c Config) (*Embedder, error) {
	s, err := c.check(true)
	if err != nil {
		return nil, err
	}
	if c.Rest <= 0 {
		c.Rest = defaultRest
	}
	turned := func(from, to string) {
		if c.Turned != nil {
			c.Turned(s.name, from, to)
		}
	}
	return &Embedder{s: s, places: make(chan struct{}, defaultCalls), rest: &rest{pause: c.Rest, now: s.now, turned: turned},
		usage: BackendUsage{Name: s.name, Failures: map[string]int{}}}, nil
}

// Name is vendor/model, or host/model for a server that is not in the table. It is recorded with vectors: those of two names are never
// compared.
func (e *Embedder) Name() string { return e.s.name }

// Close gives up connections that nobody uses.
func (e *Embedder) Close() {
	if e.s.idle != nil {
		e.s.idle.CloseIdleConnections()
	}
}

// EmbedQuery returns the vector of one text, of length 1, owned by the caller, within Limits.Query. When all places are taken it says busy at
// once; after a failure that took all that time, or three others in a row, breaker_open for Config.Rest, and then one caller at a time tries.
// Errors are ErrEmptyText or an *Error.
func (e *Embedder) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	if strings.TrimSpace(text) == "" {
		return nil, ErrEmptyText
	}
	select {
	case e.places <- struct{}{}:
		defer func() { <-e.places }()
	default:
		return nil, &Error{Code: ReasonBusy, Backend: e.Name(), Detail: fmt.Sprintf("%d requests are under way", cap(e.places))}
	}
	if !e.rest.enter() {
		e.count(ReasonBreakerOpen)
		return nil, &Error{Code: ReasonBreakerOpen, Backend: e.Name(), Detail: "it failed and rests"}
	}
	limited, cancel := context.WithTimeout(ctx, e.s.limits.Query)
	defer cancel()
	how := wentAway // also when something panics
	defer func() { e.rest.leave(how) }()
	vectors, fault := e.embed(limited, []string{text}, false)
	switch {
	case fault == nil:
		how = wentWell
		return vectors[0], nil
	case ctx.Err() != nil:
		return nil, fault
	case limited.Err() != nil:
		how = wentSlow
		fault = &Error{Code: ReasonTimeoutTotal, Backend: e.Name(), Detail: fmt.Sprintf("no vector after %v", e.s.limits.Query), Err: fault}
	default:
		how = wentWrong
	}
	return nil, fault
}

// EmbedDocuments returns vectors[i] for texts[i], of length 1 and of one dimension, owned by the caller. texts is not changed. It
// sends one batch after the other and waits for a place if need be. All or nothing: the first error ends it. Errors are EmbedQuery's.
func (e *Embedder) EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error) {
	for i, text := range texts {
		if strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("embed text %d of %d: %w", i+1, len(texts), ErrEmptyText)
		}
	}
	vectors := make([][]float32, 0, len(texts))
	for from := 0; from < len(texts); from += e.s.vendor.batch {
		batch := texts[from:min(from+e.s.vendor.batch, len(texts))]
		select {
		case e.places <- struct{}{}:
		case <-ctx.Done():
			return nil, endedError(ctx.Err())
		}
		got, fault := e.embed(ctx, batch, true)
		<-e.places
		if fault != nil {
			return nil, fmt.Errorf("embed texts %d to %d of %d: %w", from+1, from+len(batch), len(texts), fault)
		}
		vectors = append(vectors, got...)
	}
	return vectors, nil
}

// Usage is what was embedded until now. State is that of the rest which questions are kept away by.
func (e *Embedder) Usage() BackendUsage {
	e.mu.Lock()
	defer e.mu.Unlock()
	u := e.usage
	u.Failures = maps.Clone(u.Failures)
	u.State = e.rest.String()
	return u
}

// embed makes one request, and one more if that promises something.
func (e *Embedder) embed(ctx context.Context, texts []string, patient bool) ([][]float32, *Error) {
	vectors, fault := e.once(ctx, texts, patient)
	if fault != nil && e.s.limits.retryWait(ctx, fault) {
		e.mu.Lock()
		e.usage.Retries++
		e.mu.Unlock()
		vectors, fault = e.once(ctx, texts, patient)
	}
	return vectors, fault
}

// count notes a call that never came to the vendor.
func (e *Embedder) count(reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.usage.Failures[reason]++
}

// once makes one request through the guard and books it. A patient one gives the vendor Limits.Total for its first byte, since
// embeddings come all at once.
func (e *Embedder) once(ctx context.Context, texts []string, patient bool) ([][]float32, *Error) {
	header := e.s.limits.Header
	if patient {
		header = e.s.limits.Total
	}
	began := e.s.now()
	c := e.s.begin(ctx, int64(len(texts))*vectorBytes, header)
	reply, fault := e.ask(c, texts)
	c.end()
	if late := c.failed(); late != nil {
		fault = late
	}
	var vectors [][]float32
	if fault == nil {
		vectors, fault = e.sort(c, reply, len(texts))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.usage.Calls++
	if fault != nil {
		e.usage.Failures[fault.Code]++
		e.usage.failed(e.s.now(), fault.Code)
		return nil, fault
	}
	e.usage.Completed++
	e.usage.went(e.s.now(), e.s.now().Sub(began))
	e.usage.Tokens.Prompt += reply.tokens()
	e.usage.Cost += e.s.price.of(Tokens{Prompt: reply.tokens()})
	return vectors, nil
}

// ask sends texts and reads the reply.
func (e *Embedder) ask(c *call, texts []string) (vectorReply, *Error) {
	path := "/embeddings"
	if e.s.vendor.ollama {
		path = "/api/embed"
	}
	body, err := json.Marshal(struct {
		Model string   `json:"model"`
		Input []string `json:"input"`
	}{e.s.model, texts})
	if err != nil {
		return vectorReply{}, c.fail(ReasonBadRequest, err.Error())
	}
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, e.s.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return vectorReply{}, c.fail(ReasonBadRequest, err.Error())
	}
	resp, err := e.s.client.Do(req)
	if err != nil {
		return vectorReply{}, c.lost(err) // the guard's fault, if it had one
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return vectorReply{}, c.lost(err)
	}
	if said := parseComplaint(raw); said.given {
		return vectorReply{}, c.fail(said.code(http.StatusOK), said.message)
	}
	if looksLikeMarkup(raw) {
		return vectorReply{}, c.fail(ReasonBadReply, "a page instead of vectors")
	}
	var reply vectorReply
	if err := json.Unmarshal(raw, &reply); err != nil {
		return vectorReply{}, c.fail(ReasonBadReply, "vectors that cannot be read: "+err.Error())
	}
	return reply, nil
}
