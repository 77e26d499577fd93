package corpus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A Kept is one live document with everything written for it.
type Kept struct {
	Document Document
	Variants []Variant
	Outlines []Outline
	Origin   Origin // Bundled: the digest of this binary; Staff: imported
	Imported time.Time
	// SupersededBy is the ID of the document that stands in its place; empty without. A superseded document is kept and not searched.
	SupersededBy string
}

// A Shelf keeps documents durably; store has it. Five methods, because they are one thing: what a Library needs to survive.
// All are safe for concurrent use, also by other processes on the same data folder.
type Shelf interface {
	// Live returns the live version of every document, in the order of their first import.
	Live(ctx context.Context) ([]Kept, error)
	// Put makes k the live version of its document and keeps vectors (by TextDigest) of embedder, in one transaction. Older
	// versions stay readable. Variants and outlines of the document are replaced by k's.
	Put(ctx context.Context, k Kept, embedder string, vectors map[string][]float32) error
	// Vectors returns what is kept of embedder for these digests in a map of the caller's, never nil; a damaged row counts as absent.
	Vectors(ctx context.Context, embedder string, digests []string) (map[string][]float32, error)
	// PutVectors keeps vectors that were found missing.
	PutVectors(ctx context.Context, embedder string, vectors map[string][]float32) error
	// Calibration keeps what an index learnt: Fitted of an index version, nil when there is none.
	Calibration(ctx context.Context, version string) (*Fitted, error)
	PutCalibration(ctx context.Context, f Fitted) error
}

// A Library holds the current Index and changes what it is built from.
type Library struct {
	Shelf    Shelf
	Embedder Embedder // the first one: see Turn; nil: lexical
	Script   Script   // nil: documents in traditional characters are searched as they are
	Wording
	Progress func(done, all int) // told by Reload how many of the missing vectors were computed; may be nil
	Now      func() time.Time    // decides what has expired; nil is time.Now

	mu   sync.Mutex // one change at a time
	held atomic.Pointer[held]
}

// held is what a Library has at one moment; immutable.
type held struct {
	index     *Index
	embedder  Embedder   // of what is built from now on; nil: lexical
	embedders []Embedder // all that there ever were, since an index that still answers may be of one before
}

// holds is never nil.
func (l *Library) holds() *held {
	if h := l.held.Load(); h != nil {
		return h
	}
	h := &held{embedder: l.Embedder}
	if l.Embedder != nil {
		h.embedders = []Embedder{l.Embedder}
	}
	return h
}

// Current returns the index that answers now, nil before the first Reload. It stays valid after a swap.
func (l *Library) Current() *Index { return l.holds().index }

// Embeds is whose vectors indexes are built with now; nil: none.
func (l *Library) Embeds() Embedder { return l.holds().embedder }

// EmbedderOf is whose vectors x has, nil for a lexical index: an index is asked by vectors of the same.
func (l *Library) EmbedderOf(x *Index) Embedder {
	if x.Lexical() {
		return nil
	}
	for _, e := range l.holds().embedders {
		if e.Name() == x.Manifest.Embedder {
			return e
		}
	}
	return nil
}

// Wanted names the embedder that x should have been built with; empty: none. An index that was swapped out meanwhile was as it should be.
func (l *Library) Wanted(x *Index) string {
	h := l.holds()
	switch {
	case x != h.index && x != nil:
		return x.Manifest.Embedder
	case h.embedder == nil:
		return ""
	}
	return h.embedder.Name()
}

// Reload builds an index of what the shelf holds and swaps it in. Missing vectors are computed first; when the embedder fails,
// the index is built lexically and the error is returned beside it: answering goes on.
func (l *Library) Reload(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return fmt.Errorf("load documents: %w", err)
	}
	m := l.material(kept)
	var embedErr error
	if e := l.Embeds(); e != nil {
		if m.Vectors, embedErr = l.vectors(ctx, e, m.Texts(), l.Progress); embedErr != nil {
			m.Vectors = nil
		} else {
			m.Embedder = e.Name()
		}
	}
	err = l.build(ctx, m)
	if err != nil && m.Vectors != nil && ctx.Err() == nil { // vectors that do not go together: words still answer
		embedErr, m.Vectors, m.Embedder = err, nil, ""
		err = l.build(ctx, m)
	}
	return errors.Join(err, embedErr)
}

// Wording is what an index is built with beside documents: staff may change it while the Library answers.
type Wording struct {
	Lexicon Lexicon
	// Signals reads a question beside a sentence: features for the head that tells near misses, always as many; nil gives none.
	Signals func(question string) func(sentence string) []float64
	// Examples are questions of no document, by the name of what they are (greeting, injection, ...): see Result.Examples.
	Examples map[string][]string
	// Kinds are the kinds of examples, by their names, that a head is fitted for: see Result.Kinds. Names without one have none.
	Kinds map[string]string
}

// Reword builds and swaps in an index with another wording, as Reload does.
func (l *Library) Reword(ctx context.Context, w Wording) error {
	l.mu.Lock()
	l.Wording = w
	l.mu.Unlock()
	return l.Reload(ctx)
}

// Trial builds an index of what the shelf holds with another wording and swaps nothing in. Vectors that are not kept yet are left out:
// their texts are found by words.
func (l *Library) Trial(ctx context.Context, w Wording) (*Index, error) {
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return nil, fmt.Errorf("load documents: %w", err)
	}
	return l.Rebuild(ctx, kept, w, Today(l.now()), false)
}

// Rebuild builds an index of any documents with any wording as of a day (YYYY-MM-DD), and swaps nothing in. Vectors that are not kept are
// left out, as Trial does; with words all are.
func (l *Library) Rebuild(ctx context.Context, kept []Kept, w Wording, day string, words bool) (*Index, error) {
	m := l.materialFor(kept, w, day)
	if e := l.Embeds(); e != nil && !words {
		texts := m.Texts()
		digests := make([]string, len(texts))
		for i, t := range texts {
			digests[i] = TextDigest(t)
		}
		var err error
		if m.Vectors, err = l.Shelf.Vectors(ctx, e.Name(), digests); err != nil {
			return nil, fmt.Errorf("load vectors: %w", err)
		}
		m.Embedder = e.Name()
		if len(m.Vectors) == 0 {
			m.Vectors, m.Embedder = nil, ""
		}
	}
	return l.built(ctx, m)
}

// ReloadWords builds an index without vectors and swaps it in: quick, for the time while vectors are computed.
func (l *Library) ReloadWords(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return fmt.Errorf("load documents: %w", err)
	}
	return l.build(ctx, l.material(kept))
}

// MissingVectors counts the texts that Reload would have to embed.
func (l *Library) MissingVectors(ctx context.Context) (int, error) {
	e := l.Embeds()
	if e == nil {
		return 0, nil
	}
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return 0, fmt.Errorf("load documents: %w", err)
	}
	texts := l.material(kept).Texts()
	digests := make([]string, len(texts))
	for i, t := range texts {
		digests[i] = TextDigest(t)
	}
	have, err := l.Shelf.Vectors(ctx, e.Name(), digests)
	if err != nil {
		return 0, fmt.Errorf("load vectors: %w", err)
	}
	return len(texts) - len(have), nil
}

func (l *Library) build(ctx context.Context, m Material) error {
	x, err := l.built(ctx, m)
	if err != nil {
		return err
	}
	h := *l.holds()
	h.index = x
	l.held.Store(&h)
	return nil
}

// built makes an index and keeps what it learnt.
func (l *Library) built(ctx context.Context, m Material) (*Index, error) {
	m.Calibration = func(version string) *Fitted {
		f, err := l.Shelf.Calibration(ctx, version)
		if err != nil {
			return nil // fitted anew: slower, not wrong
		}
		return f
	}
	x, err := Build(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	if !x.fittedBefore {
		if err := l.Shelf.PutCalibration(ctx, x.Fitted); err != nil {
			return nil, fmt.Errorf("keep calibration: %w", err)
		}
	}
	return x, nil
}

func (l *Library) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}

// material is what is searched on this day: neither what was superseded nor what has expired.
func (l *Library) material(kept []Kept) Material {
	return l.materialFor(kept, l.Wording, Today(l.now()))
}

func (l *Library) materialFor(kept []Kept, w Wording, day string) Material {
	m := Material{Wording: w, DocumentOf: map[string]string{}, Titles: map[string]string{}}
	for _, k := range kept {
		if k.SupersededBy != "" || k.Document.Meta.Expired(day) {
			continue
		}
		k, rewritten := k.inSimplified(l.Script)
		if rewritten {
			m.Titles[k.Document.ID] = l.Script.ToSimplified(k.Document.Meta.Title)
		}
		m.Documents = append(m.Documents, k.Document)
		for _, v := range k.Variants {
			m.DocumentOf[v.ID] = k.Document.ID
		}
		for _, o := range k.Outlines {
			m.DocumentOf[o.ID] = k.Document.ID
		}
		m.Variants = append(m.Variants, k.Variants...)
		m.Outlines = append(m.Outlines, k.Outlines...)
	}
	return m
}

// embedBatch is how many texts are embedded between two reports of progress.
const embedBatch = 128

// vectors returns a vector for every text: from the shelf, else computed and kept.
func (l *Library) vectors(ctx context.Context, e Embedder, texts []string, progress func(done, all int)) (map[string][]float32, error) {
	digests := make([]string, len(texts))
	for i, t := range texts {
		digests[i] = TextDigest(t)
	}
	have, err := l.Shelf.Vectors(ctx, e.Name(), digests)
	if err != nil {
		return nil, fmt.Errorf("load vectors: %w", err)
	}
	var missing []string
	dim := 0
	for i, t := range texts {
		v := have[digests[i]]
		if checkVector(v, len(v)) != nil { // absent, or unfit for an index
			missing = append(missing, t)
		} else if dim == 0 {
			dim = len(v)
		}
	}
	for start := 0; start < len(missing); start += embedBatch {
		batch := missing[start:min(start+embedBatch, len(missing))]
		got, err := e.EmbedDocuments(ctx, batch)
		if err != nil {
			return nil, fmt.Errorf("embed texts: %w", err)
		}
		if len(got) != len(batch) {
			return nil, fmt.Errorf("embed texts: %d vectors for %d texts", len(got), len(batch))
		}
		fresh := make(map[string][]float32, len(batch))
		for i, v := range got {
			if dim == 0 {
				dim = len(v)
			}
			if err := checkVector(v, dim); err != nil { // never kept: every later start would stumble over it
				return nil, fmt.Errorf("embed text %d of %d: %w", start+i+1, len(missing), err)
			}
			fresh[TextDigest(batch[i])] = v
			have[TextDigest(batch[i])] = v
		}
		if err := l.Shelf.PutVectors(ctx, e.Name(), fresh); err != nil {
			return nil, fmt.Errorf("keep vectors: %w", err)
		}
		if progress != nil {
			progress(min(start+embedBatch, len(missing)), len(missing))
		}
	}
	return have, nil
}
