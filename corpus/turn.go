package corpus

import (
	"context"
	"fmt"
	"slices"
)

// Prepare computes and keeps the vectors that another embedder lacks of what is built of the shelf with w, without changing what answers. What is done
// stays done: after an error, or when ctx ended, the next Prepare goes on from there. progress may be nil. It holds nothing up, so imports
// and swaps go on meanwhile; e nil has nothing to do.
func (l *Library) Prepare(ctx context.Context, e Embedder, w Wording, progress func(done, all int)) error {
	if e == nil {
		return nil
	}
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return fmt.Errorf("load documents: %w", err)
	}
	m := l.materialFor(kept, w, Today(l.now()))
	_, err = l.vectors(ctx, e, m.Texts(), progress)
	return err
}

// Turn goes over to another embedder, nil for words alone: it builds an index with its vectors, computing those that came in since Prepare,
// asks accept, and swaps both at once. With an error, accept's included, everything stays as it was.
func (l *Library) Turn(ctx context.Context, e Embedder, accept func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return fmt.Errorf("load documents: %w", err)
	}
	m := l.material(kept)
	h := *l.holds()
	if h.embedder = e; e != nil {
		if m.Vectors, err = l.vectors(ctx, e, m.Texts(), nil); err != nil {
			return err
		}
		m.Embedder = e.Name()
		if !slices.ContainsFunc(h.embedders, func(o Embedder) bool { return o.Name() == e.Name() }) {
			h.embedders = append(slices.Clip(h.embedders), e)
		}
	}
	if h.index, err = l.built(ctx, m); err != nil {
		return err
	}
	if err := accept(); err != nil {
		return err
	}
	l.held.Store(&h)
	return nil
}
