package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"wenda/rag"
	"wenda/rag/backend"
)

// languageModels are those that a command works with. Both chains share places, budgets and counters.
type languageModels struct {
	Compose *backend.Chain
	Rewrite *backend.Chain // Compose unless the operator named others

	patience rag.Patience       // of the engine: as long as the operator lets calls take, where that is longer than its own
	backends []*backend.Backend // each once, those of Compose first
	budgets  map[string]int     // tokens that channels may take a day
}

// openModels makes the chains, nil for none. It connects to nobody. Every call and every turn of a breaker gets a line in the log. What is
// spent is kept in books, nil for nowhere.
func (c LLM) openModels(log *slog.Logger, books backend.Books) (*languageModels, error) {
	if c.none() {
		return nil, nil
	}
	plan, problems := c.plan()
	if len(problems) > 0 {
		return nil, misuseError{errors.Join(problems...)}
	}
	for _, host := range plan.clear {
		log.Warn("the key of a language model is sent without encryption; use https if this is not a network of your own", "host", host)
	}
	plan.chain.Books, plan.chain.Now = books, chinaNow
	plan.chain.Ended = func(_ context.Context, channel string, done backend.Completion, err error) {
		logCall(log, channel, done, err)
	}
	plan.chain.Turned = func(name, from, to string) { log.Warn("model breaker", "backend", name, "from", from, "to", to) }
	m := &languageModels{budgets: plan.chain.ChannelTokens, patience: plan.patience}
	chain := func(configs []backend.Config, of func([]*backend.Backend) (*backend.Chain, error)) (*backend.Chain, error) {
		var backends []*backend.Backend
		for _, config := range configs {
			b, err := backend.New(config)
			if err != nil {
				return nil, err
			}
			backends = append(backends, b)
			if !m.has(b.Name()) {
				m.backends = append(m.backends, b)
			}
		}
		return of(backends)
	}
	var err error
	if m.Compose, err = chain(plan.compose, func(b []*backend.Backend) (*backend.Chain, error) { return backend.NewChain(b, plan.chain) }); err != nil {
		return nil, fmt.Errorf("language models: %w", err)
	}
	m.Rewrite = m.Compose
	if len(plan.rewrite) > 0 {
		if m.Rewrite, err = chain(plan.rewrite, m.Compose.Beside); err != nil {
			return nil, fmt.Errorf("language models to rewrite with: %w", err)
		}
	}
	return m, nil
}

func (m *languageModels) has(name string) bool {
	for _, b := range m.backends {
		if b.Name() == name {
			return true
		}
	}
	return false
}

// names are the backends, in order.
func (m *languageModels) names() []string {
	var names []string
	for _, b := range m.backends {
		names = append(names, b.Name())
	}
	return names
}

// close gives up connections. Nil has none.
func (m *languageModels) close() {
	if m != nil {
		m.Compose.Close()
	}
}

// logCall writes one line about a call, without a word of question or answer: also the vendor's own words, which may quote them, are for
// the level debug alone.
func logCall(log *slog.Logger, channel string, done backend.Completion, err error) {
	if err == nil {
		log.Info("model call", "backend", done.Backend, "model", done.Model, "channel", channel,
			"prompt_tokens", done.Tokens.Prompt, "completion_tokens", done.Tokens.Completion, "estimated", done.Tokens.Estimated, "cost", done.Cost,
			"first_token_ms", done.FirstToken.Milliseconds(), "took_ms", done.Duration.Milliseconds(), "earlier", reasonsOf(done.Earlier))
		return
	}
	var e *backend.Error
	if !errors.As(err, &e) {
		log.Error("model call failed", "channel", channel, "error", err)
		return
	}
	level := slog.LevelWarn
	if e.Code == backend.ReasonCancelled { // the resident left
		level = slog.LevelInfo
	}
	ctx := context.Background()
	log.Log(ctx, level, "model call failed", "backend", e.Backend, "channel", channel, "reason", e.Code, "status", e.Status, "retry_after", e.After.String(),
		"text", e.Text, "prompt_tokens", e.Spent.Prompt, "completion_tokens", e.Spent.Completion, "earlier", reasonsOf(e.Err))
	log.Debug("model call failed", "backend", e.Backend, "detail", e.Detail)
}

// reasonsOf lists the vendors' failures that are joined in err: "deepseek/deepseek-flash overloaded 503".
func reasonsOf(err error) []string {
	switch e := err.(type) {
	case *backend.Error:
		reason := e.Backend + " " + e.Code
		if e.Status != 0 {
			reason += fmt.Sprint(" ", e.Status)
		}
		return []string{reason}
	case interface{ Unwrap() []error }:
		var reasons []string
		for _, one := range e.Unwrap() {
			reasons = append(reasons, reasonsOf(one)...)
		}
		return reasons
	}
	return nil
}
