package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
	"wenda/rag/backend"
	"wenda/rag/eval"
	"wenda/store"
)

// A workbench answers with other prompts, models and settings than the live ones, by the engine that answers residents.
type workbench struct {
	app *App

	mu      sync.Mutex // one index is built at a time
	indexes []trialIndex
}

// A trialIndex is one that was built for a trial.
type trialIndex struct {
	search, live string // wording, and the live index it stood beside
	index        *corpus.Index
}

// maxTrialIndexes are kept: each holds all vectors once more.
const maxTrialIndexes = 2

// settings are what a variant may leave out, in words.
var settings = map[string]string{
	"words":   "不用句子模型，只按词检索",
	"rules":   "不用期望答案的规则",
	"alarms":  "不逐句看警示词",
	"dialect": "不换方言用词",
}

// Settings implements staff.Bench.
func (w *workbench) Settings() map[string]string { return settings }

// Models implements staff.Bench.
func (w *workbench) Models() []string {
	if w.app.LLM == nil {
		return nil
	}
	var out []string
	for _, b := range w.app.LLM.backends {
		out = append(out, b.Name())
	}
	return out
}

// IndexVersion implements staff.Bench.
func (w *workbench) IndexVersion() string { return w.app.Library.Current().Manifest.Version }

// Asker implements staff.Bench: an engine of the same parts as the live one, but for what the variant says. It keeps to the index and
// the prompts of this moment.
func (w *workbench) Asker(ctx context.Context, v store.Variant) (eval.Asker, error) {
	set := w.app.prompts.Load()
	if v.Prompts != nil {
		var err error
		if set, err = w.app.promptsOf(ctx, v.Prompts); err != nil {
			return nil, err
		}
	}
	set = w.app.withCurated(set)
	index, err := w.index(ctx, set)
	if err != nil {
		return nil, err
	}
	parts, err := w.app.parts(v.Model)
	if err != nil {
		return nil, err
	}
	if set, err = without(set, v.Setting); err != nil {
		return nil, err
	}
	if v.Setting == "words" {
		parts.EmbedderOf = nil
	}
	parts.Index, parts.Prompts = func() *corpus.Index { return index }, func() *prompts.Set { return set }
	e := rag.New(parts)
	e.Warm()
	return e, nil
}

// index is the live one where the wording is the live one's, else one of its own.
func (w *workbench) index(ctx context.Context, set *prompts.Set) (*corpus.Index, error) {
	live := w.app.Library.Current()
	if live == nil {
		return nil, rag.ErrNoIndex
	}
	if set.Search == w.app.prompts.Load().Search {
		return live, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.indexes {
		if t.search == set.Search && t.live == live.Manifest.Version {
			return t.index, nil
		}
	}
	x, err := w.app.Library.Trial(ctx, wording(set))
	if err != nil {
		return nil, err
	}
	w.indexes = append(w.indexes, trialIndex{set.Search, live.Manifest.Version, x})
	w.indexes = w.indexes[max(0, len(w.indexes)-maxTrialIndexes):]
	return x, nil
}

// promptsOf loads the prompts of these versions.
func (a *App) promptsOf(ctx context.Context, state map[string]int) (*prompts.Set, error) {
	return prompts.Load(func(name string) ([]byte, bool, error) {
		if state[name] == 0 {
			return nil, false, nil
		}
		v, err := a.Store.PromptVersion(ctx, name, state[name])
		return v.Body, true, err
	})
}

// parts is what an engine is made of; model is a variant's.
func (a *App) parts(model string) (rag.Parts, error) {
	p := rag.Parts{Prompts: a.answering, Index: a.Library.Current, EmbedderOf: a.embedderOf, Script: a.script}
	if a.LLM != nil {
		p.Patience = a.LLM.patience
	}
	switch {
	case model == "none", a.LLM == nil && model == "":
	case model == "":
		p.Model, p.Rewriter = composerOf(a.LLM.Compose, a.switches), composerOf(a.LLM.Rewrite, a.switches)
	default:
		chain, err := a.LLM.only(model)
		if err != nil {
			return p, err
		}
		p.Model, p.Rewriter = composerOf(chain, a.switches), composerOf(a.LLM.Rewrite, a.switches)
	}
	return p, nil
}

// only is a chain of one of the models, within the places and budgets of all.
func (m *languageModels) only(name string) (*backend.Chain, error) {
	if m != nil {
		for _, b := range m.backends {
			if b.Name() == name {
				return m.Compose.Beside([]*backend.Backend{b})
			}
		}
	}
	return nil, fmt.Errorf("没有配置模型 %s", name)
}

// without leaves a setting out of the prompts.
func without(set *prompts.Set, setting string) (*prompts.Set, error) {
	out := *set
	switch setting {
	case "", "words":
		return set, nil
	case "rules":
		out.Terms = prompts.Terms{AlarmWords: set.Terms.AlarmWords, Dialect: set.Terms.Dialect}
	case "alarms":
		out.Terms.AlarmWords = nil
	case "dialect":
		return set.WithoutDialect(), nil
	default:
		var known []string
		for k := range settings {
			known = append(known, k)
		}
		slices.Sort(known)
		return nil, fmt.Errorf("没有设置 %s；可用的有 %s", setting, strings.Join(known, "、"))
	}
	return &out, nil
}
