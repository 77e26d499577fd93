package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"wenda/corpus"
)

// curves measures search beside the plan at growing sizes. Texts and vectors are made up (benchMaker): embedding 400,000 sentences would
// take half an hour and tell nothing about searching.
func (b bench) curves(ctx context.Context, dir string) error {
	plan := b.cfg.Data
	for _, n := range b.sizes {
		b.cfg.Data = filepath.Join(dir, fmt.Sprint(n))
		if err := os.CopyFS(b.cfg.Data, os.DirFS(plan)); err != nil {
			return fmt.Errorf("copy data folder: %w", err)
		}
		if err := b.curve(ctx, n); err != nil {
			return fmt.Errorf("%d chunks: %w", n, err)
		}
		if err := os.RemoveAll(b.cfg.Data); err != nil {
			return err
		}
	}
	return nil
}

// A probe is a question with its vector, nil without a model.
type probe struct {
	text   string
	vector []float32
}

// Half of the probes are residents' questions about the plan, half are made up like the texts.
const benchProbes = 200

func (b bench) curve(ctx context.Context, chunks int) error {
	var probes []probe
	err := b.filled(ctx, chunks, &probes)
	if err != nil {
		return err
	}
	var first time.Duration
	err = b.opened(ctx, func(a *App, took time.Duration) error { // learns and keeps the calibration
		first = took
		return nil
	})
	if err != nil {
		return err
	}
	if err := b.memory(ctx); err != nil {
		return err
	}
	return b.opened(ctx, func(a *App, again time.Duration) error {
		x := a.Library.Current()
		m := x.Manifest
		b.say("size %d: %d chunks, %d sentences, %d variants, embedder %q", chunks, m.Chunks, m.Sentences, m.Variants+m.Negatives, m.Embedder)
		b.say("  start: first %.2f s, again %.2f s (open to ready); of it the index %.2f s: tie %.2f, words %.2f, vectors %.2f, fit %.2f", first.Seconds(),
			again.Seconds(), (x.Built.Tie + x.Built.Words + x.Built.Vectors + x.Built.Fit).Seconds(), x.Built.Tie.Seconds(), x.Built.Words.Seconds(),
			x.Built.Vectors.Seconds(), x.Built.Fit.Seconds())
		if err := b.retrieval(ctx, x, probes); err != nil {
			return err
		}
		b.say("  resident %s", resident())
		return nil
	})
}

// filled puts made up documents beside the plan and makes the probes.
func (b bench) filled(ctx context.Context, chunks int, probes *[]probe) error {
	return b.opened(ctx, func(a *App, _ time.Duration) error {
		made, err := newBenchMaker(ctx, a)
		if err != nil {
			return err
		}
		for n := 0; n < chunks; n += benchPerDocument {
			d, vectors, err := made.document(n/benchPerDocument+1, min(benchPerDocument, chunks-n))
			if err != nil {
				return err
			}
			if err := a.Store.Put(ctx, corpus.Kept{Document: d, Origin: corpus.Staff, Imported: time.Now()}, a.embedderName(), vectors); err != nil {
				return err
			}
		}
		questions, err := benchQuestions()
		if err != nil {
			return err
		}
		for i := range benchProbes {
			p := probe{text: made.question(), vector: made.vector()}
			if i%2 == 0 {
				p = probe{text: questions[i].asked}
				if a.Library.Embeds() != nil {
					if p.vector, err = a.Library.Embeds().EmbedQuery(ctx, corpus.Plain(p.text)); err != nil {
						return err
					}
				}
			}
			*probes = append(*probes, p)
		}
		return nil
	})
}

// memory says what the texts, the index of words and that of vectors hold.
func (b bench) memory(ctx context.Context) error {
	a, err := open(ctx, b.cfg, b.quiet())
	if err != nil {
		return err
	}
	defer a.close()
	before := heapMB()
	kept, err := a.Store.Live(ctx)
	if err != nil {
		return err
	}
	texts := heapMB() - before
	runtime.KeepAlive(kept)
	kept = nil
	if err := a.Library.ReloadWords(ctx); err != nil {
		return err
	}
	words := heapMB() - before - texts
	if err := a.ready(ctx); err != nil {
		return err
	}
	b.say("memory: texts %d MB, words %d MB, vectors %d MB", texts, words, heapMB()-before-texts-words)
	return nil
}

// retrieval searches for every probe, by vectors and by words alone.
func (b bench) retrieval(ctx context.Context, x *corpus.Index, probes []probe) error {
	var words, vectors, rank, whole, alone []time.Duration
	var asked [][]float32
	for round := range 2 { // the first one warms
		words, vectors, rank, whole, alone, asked = nil, nil, nil, nil, nil, nil
		for _, p := range probes {
			started := time.Now()
			r, err := x.Search(ctx, corpus.Query{Text: p.text, Vector: p.vector})
			if err != nil {
				return err
			}
			whole = append(whole, time.Since(started))
			words, vectors, rank = append(words, r.Took.Words), append(vectors, r.Took.Vectors), append(rank, r.Took.Rank)
			if p.vector != nil {
				asked = append(asked, p.vector)
			}
			if round == 0 {
				continue
			}
			started = time.Now()
			if _, err := x.Search(ctx, corpus.Query{Text: p.text}); err != nil {
				return err
			}
			alone = append(alone, time.Since(started))
		}
	}
	b.say("  retrieval after embedding, %d questions, ms p50/p95: whole %s; words %s, vectors %s, rank %s; by words alone %s", len(probes), span(whole),
		span(words), span(vectors), span(rank), span(alone))
	if x.Lexical() {
		return nil
	}
	for _, k := range []int{10, 48} {
		recall, err := x.Recall(ctx, asked, k)
		if err != nil {
			return err
		}
		b.say("  recall@%d of sentences against an exact scan: %.4f", k, recall)
	}
	return nil
}
