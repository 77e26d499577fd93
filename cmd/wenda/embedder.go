package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wenda/corpus"
	"wenda/handlers/staff"
	"wenda/rag"
	"wenda/rag/backend"
	"wenda/rag/sentence"
)

// defaultEmbedAgain is how soon vectors that a vendor did not give are asked for again; those that it gave are kept.
const defaultEmbedAgain = 30 * time.Second

// An embedderChoice is one that may serve: administrators change it in the console. It is opened once, when it is needed first.
type embedderChoice struct {
	written string          // as the setting has it: bundled, words, or a model as in the lists
	config  *backend.Config // of a vendor's; nil: the sentence model, or words
	name    string          // of a vendor's, as it is recorded with vectors

	mu     sync.Mutex
	opened *openEmbedder // nil before
}

// An openEmbedder is one of the kinds; all nil: words alone.
type openEmbedder struct {
	*watched // the sentence model or the vendor's
	model    *sentence.Model
	vendor   *backend.Embedder
}

// embeds is what a Library takes: nil for words.
func (o *openEmbedder) embeds() corpus.Embedder {
	if o == nil || o.watched == nil {
		return nil
	}
	return o.watched
}

// open gives the embedder, or the error of a sentence model that is not there or damaged.
func (c *embedderChoice) open(a *App) (*openEmbedder, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened != nil {
		return c.opened, nil
	}
	o := &openEmbedder{}
	switch {
	case c.config != nil:
		config := *c.config
		config.Turned = func(name, from, to string) {
			a.Log.Warn("embedder rests or wakes", "backend", name, "from", from, "to", to)
		}
		e, err := backend.NewEmbedder(config)
		if err != nil {
			return nil, fmt.Errorf("embedder: %w", err)
		}
		o.vendor, o.watched = e, &watched{Embedder: remoteEmbedder{e, a.Log}}
	case c.written == bundledEmbedder:
		m, err := sentence.Open(a.Config.Models, sentence.Options{})
		if err != nil {
			return nil, err
		}
		o.model, o.watched = m, &watched{Embedder: m}
	}
	c.opened = o
	return o, nil
}

// get is the embedder if it was opened.
func (c *embedderChoice) get() *openEmbedder {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opened
}

func (c *embedderChoice) close() error {
	o := c.get()
	switch {
	case o == nil:
	case o.vendor != nil:
		o.vendor.Close()
	case o.model != nil:
		return o.model.Close()
	}
	return nil
}

// remoteEmbedder is a vendor's. Its failures are logged: the engine answers by words then.
type remoteEmbedder struct {
	*backend.Embedder
	log *slog.Logger
}

// EmbedQuery implements corpus.Embedder.
func (e remoteEmbedder) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	v, err := e.Embedder.EmbedQuery(ctx, text)
	var fault *backend.Error
	if errors.As(err, &fault) && ctx.Err() == nil {
		level := slog.LevelWarn
		if fault.Code == backend.ReasonBreakerOpen { // told when it began
			level = slog.LevelDebug
		}
		e.log.Log(ctx, level, "embedding failed; searching by words", "backend", e.Name(), "reason", fault.Code, "status", fault.Status)
	}
	return v, err
}

// watched notes how questions went, for the console.
type watched struct {
	corpus.Embedder
	mu     sync.Mutex
	ok     time.Time
	took   time.Duration
	failed time.Time
	reason string
}

// EmbedQuery implements corpus.Embedder.
func (w *watched) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	began := time.Now()
	v, err := w.Embedder.EmbedQuery(ctx, text)
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil:
		w.ok, w.took = now, now.Sub(began)
	case ctx.Err() == nil:
		w.failed, w.reason = now, reasonIn(err)
	}
	return v, err
}

// Ahead implements rag.AheadEmbedder: vendors are not asked for what may not be needed.
func (w *watched) Ahead(text string) {
	if e, ok := w.Embedder.(rag.AheadEmbedder); ok {
		e.Ahead(text)
	}
}

func (w *watched) health() staff.Health {
	w.mu.Lock()
	defer w.mu.Unlock()
	return staff.Health{OK: w.ok, Took: w.took, Failed: w.failed, Trouble: w.reason}
}

// reasonIn is a backend's code, or failed.
func reasonIn(err error) string {
	var r interface{ Reason() string }
	if errors.As(err, &r) {
		return r.Reason()
	}
	return backend.ReasonFailed
}

// openEmbedder makes the embedder that serves: the one that was chosen in the console, else the operator's first. A sentence model that is not
// there leaves words, and App.NoModel.
func (a *App) openEmbedder(ctx context.Context) error {
	plan, problems := a.Config.LLM.plan()
	if len(problems) > 0 {
		return misuseError{errors.Join(problems...)}
	}
	a.choices = plan.embedders
	state, err := a.Store.Embedder(ctx)
	if err != nil {
		return err
	}
	first := a.choices[0]
	serves := first
	if state.Serves != "" && state.Under == first.written {
		if serves = a.choice(state.Serves); serves == nil {
			a.Log.Warn("the embedder that was chosen in the console is not configured any more", "embedder", state.Serves, "instead", first.written)
			serves = first
		}
	}
	o, err := serves.open(a)
	switch {
	case err == nil:
	case serves.config == nil:
		a.NoModel = err
	default:
		return err
	}
	a.Library.Embedder = o.embeds()
	a.serving.Store(serves)
	return nil
}

// choice finds one by how it is written; nil without.
func (a *App) choice(written string) *embedderChoice {
	for _, c := range a.choices {
		if c.written == written {
			return c
		}
	}
	return nil
}

// embedders are those that may serve, as the console shows them.
func (a *App) embedders() []staff.Embedder {
	var out []staff.Embedder
	serving := a.serving.Load()
	for _, c := range a.choices {
		e := staff.Embedder{Written: c.written, Model: c.name, Remote: c.config != nil, Serves: c == serving}
		o := c.get()
		switch {
		case o != nil && o.watched != nil:
			e.Model, e.Health = o.Name(), o.health()
			if o.vendor != nil {
				e.Breaker = o.vendor.Usage().State
			}
		case o == nil && e.Serves:
			e.Lacking = "没有装好，先按词检索。请运维人员运行 make model 或 wenda model install，再重新启动。"
		}
		out = append(out, e)
	}
	return out
}

// embedderOf is rag.Parts': whose vectors an index has.
func (a *App) embedderOf(x *corpus.Index) rag.QueryEmbedder {
	if e := a.Library.EmbedderOf(x); e != nil {
		return e
	}
	return nil
}

// byVendor reports whether a vendor makes the vectors.
func (a *App) byVendor() bool {
	w, is := a.Library.Embeds().(*watched)
	if !is {
		return false
	}
	_, is = w.Embedder.(remoteEmbedder)
	return is
}

// embedderName is what the index should be built with, empty for words alone.
func (a *App) embedderName() string {
	if e := a.Library.Embeds(); e != nil {
		return e.Name()
	}
	return ""
}

// incomplete says that the index has not the vectors that are configured.
func (a *App) incomplete() bool {
	x := a.Library.Current()
	return x == nil || x.Manifest.Embedder != a.Library.Wanted(x)
}

// A vectorCount is how many vectors the index waits for, for log, metrics and console.
type vectorCount struct {
	missing atomic.Int64
	all     atomic.Int64 // of how many; 0: unknown
	mu      sync.Mutex
	logged  time.Time
}

// progressEvery is how often the log tells of vectors being computed.
const progressEvery = 10 * time.Second

// told is a corpus.Library's Progress.
func (c *vectorCount) told(log *slog.Logger, embedder string, done, all int) {
	c.missing.Store(int64(all - done))
	c.all.Store(int64(all))
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); done == all || now.Sub(c.logged) >= progressEvery {
		c.logged = now
		log.Info("computing vectors", "embedder", embedder, "done", done, "of", all)
	}
}

var _ corpus.Embedder = remoteEmbedder{}
