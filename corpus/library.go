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
	Embedder Embedder // nil: lexical
	Lexicon  Lexicon
	Signals  func(question, sentence string) []float64 // see Material
	Examples map[string][]string                       // see Material
	Progress func(done, all int)                       // told by Reload how many of the missing vectors were computed; may be nil
	Now      func() time.Time                          // decides what has expired; nil is time.Now

	mu      sync.Mutex // one change at a time
	current atomic.Pointer[Index]
}

// Current returns the index that answers now, nil before the first Reload. It stays valid after a swap.
func (l *Library) Current() *Index { return l.current.Load() }

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
	if l.Embedder != nil {
		if m.Vectors, embedErr = l.vectors(ctx, m.Texts(), l.Progress); embedErr != nil {
			m.Vectors = nil
		} else {
			m.Embedder = l.Embedder.Name()
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
	Lexicon  Lexicon
	Signals  func(question, sentence string) []float64 // see Material
	Examples map[string][]string                       // see Material
}

// Reword builds and swaps in an index with another wording, as Reload does.
func (l *Library) Reword(ctx context.Context, w Wording) error {
	l.mu.Lock()
	l.Lexicon, l.Signals, l.Examples = w.Lexicon, w.Signals, w.Examples
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
	m := materialFor(kept, w, day)
	if l.Embedder != nil && !words {
		texts := m.Texts()
		digests := make([]string, len(texts))
		for i, t := range texts {
			digests[i] = TextDigest(t)
		}
		var err error
		if m.Vectors, err = l.Shelf.Vectors(ctx, l.Embedder.Name(), digests); err != nil {
			return nil, fmt.Errorf("load vectors: %w", err)
		}
		m.Embedder = l.Embedder.Name()
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
	if l.Embedder == nil {
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
	have, err := l.Shelf.Vectors(ctx, l.Embedder.Name(), digests)
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
	l.current.Store(x)
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
	return materialFor(kept, Wording{l.Lexicon, l.Signals, l.Examples}, Today(l.now()))
}

func materialFor(kept []Kept, w Wording, day string) Material {
	m := Material{Lexicon: w.Lexicon, Signals: w.Signals, Examples: w.Examples, DocumentOf: map[string]string{}}
	for _, k := range kept {
		if k.SupersededBy != "" || k.Document.Meta.Expired(day) {
			continue
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
func (l *Library) vectors(ctx context.Context, texts []string, progress func(done, all int)) (map[string][]float32, error) {
	digests := make([]string, len(texts))
	for i, t := range texts {
		digests[i] = TextDigest(t)
	}
	have, err := l.Shelf.Vectors(ctx, l.Embedder.Name(), digests)
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
		got, err := l.Embedder.EmbedDocuments(ctx, batch)
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
		if err := l.Shelf.PutVectors(ctx, l.Embedder.Name(), fresh); err != nil {
			return nil, fmt.Errorf("keep vectors: %w", err)
		}
		if progress != nil {
			progress(min(start+embedBatch, len(missing)), len(missing))
		}
	}
	return have, nil
}

// An ImportReport says what an import did.
type ImportReport struct {
	Document  Document
	Unchanged bool // the same version is live already
	Replaced  bool // an older version of this document was live
	Carried   int  // variants taken over from the older version
	Tied      int  // of them, those that found their sentence in the new one
	Added     int  // chunks that the older version did not have
	Removed   int  // chunks of the older version that are gone
}

// Import reads a file and makes it the live version of its document. Variants and outlines of an older version are carried over:
// they answer where their headings exist. Errors are *ReadError for a bad file; nothing is stored then.
func (l *Library) Import(ctx context.Context, source string, data []byte, progress func(done, all int)) (ImportReport, error) {
	d, err := Read(source, data)
	if err != nil {
		return ImportReport{}, err
	}
	return l.Put(ctx, d, progress)
}

// Put does what Import does, with a document that was read already.
func (l *Library) Put(ctx context.Context, d Document, progress func(done, all int)) (ImportReport, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return ImportReport{}, fmt.Errorf("load documents: %w", err)
	}
	k, report := Carried(nil, d, time.Now())
	for _, old := range kept {
		if old.Document.ID != d.ID {
			continue
		}
		if old.Document.Version == d.Version && old.Origin == Staff {
			return ImportReport{Document: d, Unchanged: true}, nil
		}
		k, report = Carried(&old, d, time.Now())
	}
	return report, l.keep(ctx, k, progress)
}

// Seed puts the bundled document into an empty library, or a newer binary's digest and variants over an older one's. A digest
// once replaced by an import never returns; then only bundled variants and outlines are brought up to date. One that staff withdrew stays
// withdrawn, on a Shelf that says so by Withdrawn.
func (l *Library) Seed(ctx context.Context, bundled Kept) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return fmt.Errorf("load documents: %w", err)
	}
	for _, old := range kept {
		if old.Document.ID != bundled.Document.ID {
			continue
		}
		next := bundled
		if old.Origin != Bundled {
			next.Document, next.Origin, next.Imported = old.Document, old.Origin, old.Imported
		}
		next.Variants = broughtUp(bundled.Variants, old.Variants, func(v Variant) (string, Origin) { return v.ID, v.Origin })
		next.Outlines = broughtUp(bundled.Outlines, old.Outlines, func(o Outline) (string, Origin) { return o.ID, o.Origin })
		if old.Document.Version == next.Document.Version && sameVariants(old.Variants, next.Variants) && sameOutlines(old.Outlines, next.Outlines) {
			return nil
		}
		return l.Shelf.Put(ctx, next, "", nil)
	}
	if s, ok := l.Shelf.(interface {
		Withdrawn(ctx context.Context, documentID string) (bool, error)
	}); ok { // Live leaves those out that staff withdrew: putting them would bring them back
		if gone, err := s.Withdrawn(ctx, bundled.Document.ID); gone || err != nil {
			return err
		}
	}
	return l.Shelf.Put(ctx, bundled, "", nil) // the vectors are computed by the first Reload, while the index answers by words
}

// keep embeds what is new and puts k on the shelf in one transaction. Without an embedder, or when it fails, the texts wait for a
// later Reload.
func (l *Library) keep(ctx context.Context, k Kept, progress func(done, all int)) error {
	if l.Embedder == nil {
		return l.Shelf.Put(ctx, k, "", nil)
	}
	v, err := l.vectors(ctx, l.material([]Kept{k}).Texts(), progress)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return errors.Join(l.Shelf.Put(ctx, k, "", nil), err)
	}
	return l.Shelf.Put(ctx, k, l.Embedder.Name(), v)
}

func chunkDifference(old, d Document) (added, removed int) {
	had := map[string]bool{}
	for _, c := range old.Chunks {
		had[c.ID] = true
	}
	for _, c := range d.Chunks {
		if had[c.ID] {
			delete(had, c.ID)
		} else {
			added++
		}
	}
	return added, len(had)
}

// broughtUp is what a newer binary brings, but for what staff made of it, and then what staff have of their own.
func broughtUp[T any](bundled, old []T, key func(T) (id string, origin Origin)) []T {
	var own, out []T
	edited := map[string]bool{}
	for _, v := range old {
		if id, origin := key(v); origin != Bundled {
			edited[id] = true
			own = append(own, v)
		}
	}
	for _, v := range bundled {
		if id, _ := key(v); !edited[id] {
			out = append(out, v)
		}
	}
	return append(out, own...)
}

func sameVariants(a, b []Variant) bool {
	return same(a, b, func(v Variant) (string, string) {
		return v.ID, fmt.Sprintf("%s %q %q %+q", v.Origin, v.Text, v.Lacks, v.Anchor)
	})
}

func sameOutlines(a, b []Outline) bool {
	return same(a, b, func(o Outline) (string, string) {
		return o.ID, fmt.Sprintf("%s %q %q %+q %+q", o.Origin, o.Topic, o.Asks, o.Points, o.Anchor)
	})
}

// same compares lists without regard to order.
func same[T any](a, b []T, key func(T) (id, content string)) bool {
	had := map[string]string{}
	for _, v := range a {
		id, content := key(v)
		had[id] = content
	}
	for _, v := range b {
		id, content := key(v)
		if c, ok := had[id]; !ok || c != content {
			return false
		}
	}
	return len(a) == len(b)
}
