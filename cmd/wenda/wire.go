package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"wenda/corpus"
	"wenda/corpus/digest"
	"wenda/corpus/script"
	"wenda/handlers"
	"wenda/prompts"
	"wenda/rag"
	"wenda/rag/backend"
	"wenda/rag/sentence"
	"wenda/store"
)

// The parts fit; the compiler says so here once.
var (
	_ corpus.Shelf      = (*store.Store)(nil)
	_ corpus.Embedder   = (*sentence.Model)(nil)
	_ rag.QueryEmbedder = (*sentence.Model)(nil)
	_ rag.Model         = composer{}

	_ handlers.Script      = (*script.Converter)(nil)
	_ handlers.Suggestions = (*suggestions)(nil)
)

// A composer lets the engine compose with a chain of backends. named tells its models apart in what the engine remembers.
type composer struct {
	chain    *backend.Chain
	named    string
	switches *switchboard
}

// composerOf names the models in their order of preference.
func composerOf(chain *backend.Chain, switches *switchboard) composer {
	var names []string
	for _, b := range chain.Usage().Backends {
		names = append(names, b.Name)
	}
	return composer{chain, strings.Join(names, " "), switches}
}

// Name implements rag.Model. While the models are switched off it is another one: nothing that they composed before is said then.
func (c composer) Name() string {
	if c.switches.Off(store.ModelSwitch) {
		return ""
	}
	return c.named
}

// Compose implements rag.Model. Errors are backend.Chain's (*backend.Error has a Reason), and modelOff, also for what was begun before.
func (c composer) Compose(ctx context.Context, messages []rag.Message, channel string, deliver func(string) error) (rag.Usage, error) {
	ctx, leave := c.switches.whileModelsOn(ctx)
	defer leave()
	if ctx.Err() != nil { // else a call that nobody may make would be counted
		return rag.Usage{}, context.Cause(ctx)
	}
	done, err := c.chain.Compose(ctx, backend.Request{Messages: messages, Channel: channel},
		func(_ context.Context, delta string) error { return deliver(delta) })
	var off modelOff
	switch {
	case err != nil && errors.As(context.Cause(ctx), &off):
		return rag.Usage{}, off
	case err != nil:
		return rag.Usage{}, err
	}
	return rag.Usage{Backend: done.Backend, Model: done.Model, PromptTokens: done.Tokens.Prompt, CompletionTokens: done.Tokens.Completion,
		Cost: done.Cost, FirstToken: done.FirstToken, Took: done.Duration}, nil
}

// An App is everything that commands work with, opened in order and closed in reverse.
type App struct {
	Config  Config
	Log     *slog.Logger
	Store   *store.Store
	Library *corpus.Library
	Engine  *rag.Engine
	NoModel error           // why the sentence model, which was to serve, is not there
	LLM     *languageModels // nil: none is configured

	switches *switchboard

	serving  atomic.Pointer[embedderChoice] // of choices
	choices  []*embedderChoice              // embedders that may serve, the operator's first one first; Library.Embeds is the one that does
	waiting  vectorCount                    // of the index
	changing vectorCount                    // of an embedder that is to serve
	changer  *changer

	embedAgain time.Duration // defaultEmbedAgain; tests have less time

	script  *script.Converter // one for all: it takes a while to make
	prompts atomic.Pointer[prompts.Set]
	curated atomic.Pointer[curation] // what staff approved; nil before it is read
	release int                      // of the prompts that were loaded at the start
}

// open opens store, prompts and model, and puts the bundled plan into an empty store. It builds no index: see App.ready.
func open(ctx context.Context, cfg Config, log *slog.Logger) (*App, error) {
	a := &App{Config: cfg, Log: log, embedAgain: defaultEmbedAgain, script: script.New()}
	s, err := store.Open(ctx, cfg.Data, store.Options{})
	if err != nil {
		return nil, fmt.Errorf("open data folder %s: %w", cfg.Data, err)
	}
	a.Store = s
	a.switches = newSwitchboard(s)
	if a.LLM, err = cfg.LLM.openModels(log, books{s}); err != nil {
		return nil, errors.Join(err, a.close())
	}
	if err := a.assemble(ctx); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *App) assemble(ctx context.Context) error {
	if err := errors.Join(a.switches.refresh(ctx), a.LLM.openBooks(ctx)); err != nil {
		return err
	}
	live, err := a.Store.LivePrompts(ctx) // before they are loaded: one published in between is loaded again
	if err != nil {
		return err
	}
	a.release = live.N
	set, err := prompts.Load(a.Store.PromptOverride)
	if err != nil {
		return fmt.Errorf("load prompts: %w", err)
	}
	a.prompts.Store(set)
	if err := a.readCurated(ctx); err != nil {
		return fmt.Errorf("read curated answers: %w", err)
	}
	w := wording(set)
	a.Library = &corpus.Library{Shelf: a.Store, Wording: w, Script: a.script}
	if err := a.openEmbedder(ctx); err != nil {
		return err
	}
	a.changer = newChanger(a)
	bundled, err := digest.Kept(time.Now())
	if err != nil {
		return err
	}
	if err := a.Library.Seed(ctx, bundled); err != nil {
		return fmt.Errorf("put bundled plan into the library: %w", err)
	}
	parts, err := a.parts("")
	if err != nil {
		return err
	}
	a.Engine = rag.New(parts)
	return nil
}

// ready builds the index, and shows on a terminal what it computes. When the embedder fails, answering goes on by words and the failure
// is logged.
func (a *App) ready(ctx context.Context) error {
	if err := a.unreadableModel(); err != nil {
		return err
	}
	if a.Library.Progress == nil { // else a server logs it
		shown := newProgress(os.Stderr)
		defer shown.end()
		a.Library.Progress = shown.set
	}
	err := a.Library.Reload(ctx)
	if err != nil && a.Library.Current() == nil {
		return err
	}
	if err != nil {
		a.Log.Warn("answering by words alone", "error", err)
	}
	a.Engine.Warm()
	return nil
}

// unreadableModel is the error of a model that is there and damaged: nobody would notice that answers got worse. One that is not
// there is no error.
func (a *App) unreadableModel() error {
	var damaged *sentence.CorruptError
	if errors.As(a.NoModel, &damaged) {
		return fmt.Errorf("句子模型读不了，请重新安装，或用 --models 指向空目录先按词检索：%w", a.NoModel)
	}
	return nil
}

func (a *App) close() error {
	errs := []error{a.LLM.closeBooks()}
	a.LLM.close()
	for _, c := range a.choices {
		errs = append(errs, c.close())
	}
	if a.Store != nil {
		errs = append(errs, a.Store.Close())
	}
	return errors.Join(errs...)
}

// wording is what an index takes from prompts. Its version stays while nothing of that changes, and with it what the index learnt.
func wording(s *prompts.Set) corpus.Wording {
	lx := corpus.Lexicon{StopPhrases: s.StopPhrases, Version: s.Search}
	for _, t := range s.Thesaurus {
		lx.Thesaurus = append(lx.Thesaurus, corpus.Synonym{Say: t.Say, Means: t.Means})
	}
	return corpus.Wording{Lexicon: lx, Signals: rag.Signals(&s.Terms), Examples: s.Examples, Kinds: rag.Kinds(s)}
}

// Current is the index that answers now.
func (d documents) Current() *corpus.Index { return d.Library.Current() }

// DocumentVersion finds any version that was ever live.
func (d documents) DocumentVersion(ctx context.Context, id, version string) (corpus.Document, error) {
	return d.Store.DocumentVersion(ctx, id, version)
}
