//go:build cgo

package sentence

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
)

// withCgo says whether this program can load the model.
const withCgo = true

// Model turns texts into vectors. It is safe for concurrent use; Close waits for what is under way.
type Model struct {
	words   *wordpiece
	slots   chan struct{} // one element for each text being computed
	recent  *cache
	session *session
}

// Open checks the files in the models folder and loads runtime, model and vocabulary; it takes a few hundredths of a second.
// Absent files give a *MissingError, wrong or unloadable ones a *CorruptError, a platform without a runtime a *PlatformError.
func Open(dir string, opts Options) (*Model, error) {
	opts = opts.filled()
	list, err := checkAll(dir)
	if err != nil {
		return nil, err
	}
	paths := make([]string, len(list)) // model, vocabulary, runtime
	for i, a := range list {
		paths[i] = filepath.Join(dir, a.name)
	}
	raw, err := os.ReadFile(paths[1])
	if err != nil {
		return nil, &CorruptError{File: paths[1], Err: err, Hint: hintInstall}
	}
	words, err := parseWordpiece(raw)
	if err != nil {
		return nil, &CorruptError{File: paths[1], Err: err, Hint: hintInstall}
	}
	if err := process.start(paths[2]); err != nil {
		return nil, &CorruptError{File: paths[2], Err: err, Hint: hintInstall}
	}
	s, err := openSession(paths[0])
	if err != nil {
		return nil, &CorruptError{File: paths[0], Err: err, Hint: hintInstall}
	}
	m := &Model{words: words, slots: make(chan struct{}, opts.Slots), recent: newCache(opts.Cache), session: s}
	// The first run allocates; better now than in the first resident's question. It also proves that the model works here.
	if _, err := m.embed(context.Background(), words.encode("补课班怎么管")); err != nil {
		s.close()
		return nil, &CorruptError{File: paths[0], Err: err, Hint: hintInstall}
	}
	return m, nil
}

// Dim is the length of every vector.
func (m *Model) Dim() int { return dimension }

// Name is recorded with vectors; vectors of different names must not be compared.
func (m *Model) Name() string { return modelName }

// Close waits for texts under way and frees the model. Later calls return ErrClosed; a second Close does nothing.
func (m *Model) Close() error { return m.session.close() }

// EmbedQuery returns the vector of one text: Dim values, of unit length, owned by the caller. Text beyond 512 tokens is not looked
// at. Recent questions are answered from memory, and equal ones asked at the same time are computed once. Errors are ErrEmptyText,
// ErrClosed, ctx's error (while waiting for a slot; a computation of 2 to 75 ms is not interrupted), or the runtime's.
func (m *Model) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ids := m.words.encode(text)
	if len(ids) <= 2 {
		return nil, ErrEmptyText
	}
	v, err := m.recent.vector(ctx, keyOf(ids), func() ([]float32, error) { return m.embed(ctx, ids) })
	if err != nil {
		return nil, err
	}
	return slices.Clone(v), nil
}

// Ahead begins to make a vector that EmbedQuery will likely be asked for, unless every slot is taken (who has asked comes first) or nothing is
// remembered. It returns at
// once.
func (m *Model) Ahead(text string) {
	if m.recent.limit > 0 && len(m.slots) < cap(m.slots) {
		go func() { _, _ = m.EmbedQuery(context.Background(), text) }() // an error is told to whoever asks for it
	}
}

// EmbedDocuments returns vectors[i] for texts[i], each exactly as EmbedQuery would give it, owned by the caller. texts is not
// changed. Equal texts are computed once. All or nothing: the first error ends it. It shares the slots with questions, which
// therefore wait for one text each at most.
//
// Texts are not put into common tensors: the model quantises its activations by the range of the whole tensor, so the vector of a
// text would depend on its neighbours (cosine .989 to .994 with itself even among texts of equal length, measured on 176 sentences
// of the plan). One text each costs a third more time at 16 tokens and none from 64 tokens on; the cores are kept busy by computing
// several texts side by side.
func (m *Model) EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	jobs, err := m.jobs(texts)
	if err != nil {
		return nil, err
	}
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	vectors := make([][]float32, len(texts))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(cap(m.slots), len(jobs)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(jobs)); i = next.Add(1) - 1 {
				job := jobs[i]
				v, err := m.embed(working, job.ids)
				if err != nil {
					stop(fmt.Errorf("embed text %d of %d: %w", job.texts[0]+1, len(texts), err))
					return
				}
				for n, at := range job.texts {
					vectors[at] = v
					if n > 0 {
						vectors[at] = slices.Clone(v)
					}
				}
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := context.Cause(working); err != nil {
		return nil, err
	}
	return vectors, nil
}

// job is one distinct text of EmbedDocuments.
type job struct {
	ids   []int64
	texts []int // where it stands
}

// jobs tokenises texts and joins equal ones, longest first so that no worker ends with a long one while the others idle.
func (m *Model) jobs(texts []string) ([]job, error) {
	var list []job
	at := make(map[string]int, len(texts)) // index in list
	for i, text := range texts {
		ids := m.words.encode(text)
		if len(ids) <= 2 {
			return nil, fmt.Errorf("embed text %d of %d: %w", i+1, len(texts), ErrEmptyText)
		}
		key := keyOf(ids)
		n, seen := at[key]
		if !seen {
			n = len(list)
			at[key] = n
			list = append(list, job{ids: ids})
		}
		list[n].texts = append(list[n].texts, i)
	}
	slices.SortStableFunc(list, func(a, b job) int { return cmp.Compare(len(b.ids), len(a.ids)) })
	return list, nil
}

// embed computes one vector when a slot is free.
func (m *Model) embed(ctx context.Context, ids []int64) ([]float32, error) {
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := ctx.Err(); err != nil { // both were possible
		return nil, err
	}
	return m.session.run(ids)
}

// keyOf packs token ids, which are below 65,536, into a map key. Equal keys mean equal vectors.
func keyOf(ids []int64) string {
	key := make([]byte, 0, 2*len(ids))
	for _, id := range ids {
		key = binary.LittleEndian.AppendUint16(key, uint16(id))
	}
	return string(key)
}
