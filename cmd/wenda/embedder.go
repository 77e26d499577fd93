package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"wenda/corpus"
	"wenda/rag/backend"
	"wenda/rag/sentence"
)

// queryPatience is how long a question waits for a vendor's vector; then words answer. SECURITY.md gives ten seconds to everything before
// the first sentence, and a question may need two vectors.
const queryPatience = 2 * time.Second

// defaultEmbedAgain is how soon vectors that a vendor did not give are asked for again; those that it gave are kept.
const defaultEmbedAgain = 30 * time.Second

// remoteEmbedder is a vendor's. A question does not wait for it for long, and its failures are logged: the engine answers by words then.
type remoteEmbedder struct {
	*backend.Embedder
	log *slog.Logger
}

// EmbedQuery implements corpus.Embedder.
func (e remoteEmbedder) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	limited, cancel := context.WithTimeout(ctx, queryPatience)
	defer cancel()
	v, err := e.Embedder.EmbedQuery(limited, text)
	var fault *backend.Error
	if errors.As(err, &fault) && ctx.Err() == nil {
		e.log.Warn("embedding failed; searching by words", "backend", e.Name(), "reason", fault.Code, "status", fault.Status)
	}
	return v, err
}

// openEmbedder makes the one that is configured: App.Embedder, nil for searching by words.
func (a *App) openEmbedder() error {
	plan, problems := a.Config.LLM.plan()
	if len(problems) > 0 {
		return misuseError{errors.Join(problems...)}
	}
	if plan.embedder == nil {
		if a.Model, a.NoModel = sentence.Open(a.Config.Models, sentence.Options{}); a.NoModel == nil {
			a.Embedder = a.Model
		}
		return nil
	}
	e, err := backend.NewEmbedder(*plan.embedder)
	if err != nil {
		return fmt.Errorf("embedder: %w", err)
	}
	a.remote = e
	a.Embedder = remoteEmbedder{e, a.Log}
	return nil
}

// embedderName is what the index should be built with, empty for words alone.
func (a *App) embedderName() string {
	if a.Embedder == nil {
		return ""
	}
	return a.Embedder.Name()
}

// incomplete says that the index has not the vectors that are configured.
func (a *App) incomplete() bool {
	x := a.Library.Current()
	return a.Embedder != nil && (x == nil || x.Manifest.Embedder != a.Embedder.Name())
}

// A vectorCount is how many vectors the index waits for, for log, metrics and console.
type vectorCount struct {
	missing atomic.Int64
	all     atomic.Int64 // of how many; 0: unknown
	logged  time.Time    // by the goroutine that reloads
}

// progressEvery is how often the log tells of vectors being computed.
const progressEvery = 10 * time.Second

// told is a corpus.Library's Progress.
func (c *vectorCount) told(log *slog.Logger, embedder string, done, all int) {
	c.missing.Store(int64(all - done))
	c.all.Store(int64(all))
	if now := time.Now(); done == all || now.Sub(c.logged) >= progressEvery {
		c.logged = now
		log.Info("computing vectors", "embedder", embedder, "done", done, "of", all)
	}
}

var _ corpus.Embedder = remoteEmbedder{}
