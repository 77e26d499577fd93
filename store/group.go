package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// A group lets writers who come at once share one transaction, and so one fsync: with many small writes that is what they wait for. Each of
// them is undone by itself when it fails (a savepoint); when the transaction fails, all of them do.
type group struct {
	mu      sync.Mutex
	waiting []*grouped
	running bool
}

// A grouped write. after is called once it is committed, in the order of the writes, before any of the writers goes on; nil: nothing.
type grouped struct {
	write func(context.Context, *sql.Tx) error
	after func()
	done  chan struct{}
	err   error
}

// groupMost is how many writes are done in one transaction.
const groupMost = 256

// share runs write in a transaction that others may share. When ctx ends before that begins, nothing is written and its error is returned;
// once it has begun its outcome is waited for.
func (s *Store) share(ctx context.Context, doing string, write func(context.Context, *sql.Tx) error, after func()) error {
	w, err := s.begin(ctx, write, after)
	if err != nil {
		return s.fault(doing, err)
	}
	if !s.grouped.ended(ctx, w) {
		<-w.done
	}
	return s.fault(doing, w.err)
}

// shareUntil is share for those who cannot wait: when ctx ends, its error is returned, and the write may be done all the same, with its after.
func (s *Store) shareUntil(ctx context.Context, doing string, write func(context.Context, *sql.Tx) error, after func()) error {
	w, err := s.begin(ctx, write, after)
	if err != nil {
		return s.fault(doing, err)
	}
	if !s.grouped.ended(ctx, w) {
		return s.fault(doing, ctx.Err())
	}
	return s.fault(doing, w.err)
}

// begin puts a write into the group.
func (s *Store) begin(ctx context.Context, write func(context.Context, *sql.Tx) error, after func()) (*grouped, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &grouped{write: write, after: after, done: make(chan struct{})}
	g := &s.grouped
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, w)
	if !g.running {
		g.running = true
		go s.writeGroups() // ends when nobody waits
	}
	return w, nil
}

// ended waits for w, or for ctx; false: ctx ended while w was being written. One whose turn had not come is taken out, with ctx's error.
func (g *group) ended(ctx context.Context, w *grouped) bool {
	select {
	case <-w.done:
		return true
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, other := range g.waiting {
		if other == w {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			w.err = ctx.Err()
			return true
		}
	}
	return false
}

func (s *Store) writeGroups() {
	g := &s.grouped
	for {
		g.mu.Lock()
		n := min(groupMost, len(g.waiting))
		if n == 0 {
			g.running = false
			g.mu.Unlock()
			return
		}
		batch := append([]*grouped(nil), g.waiting[:n]...)
		g.waiting = append([]*grouped(nil), g.waiting[n:]...)
		g.mu.Unlock()
		s.writeGroup(batch)
		for _, w := range batch {
			if w.err == nil && w.after != nil {
				w.after()
			}
		}
		for _, w := range batch {
			close(w.done)
		}
	}
}

// writeGroup runs a batch in one transaction.
func (s *Store) writeGroup(batch []*grouped) {
	ctx := context.Background() // busyTimeout bounds the wait; with a context that can end the driver starts a goroutine for each statement
	err := inTx(ctx, s.writer, nil, func(tx *sql.Tx) error {
		for _, w := range batch {
			if _, err := tx.ExecContext(ctx, "SAVEPOINT one"); err != nil {
				return err
			}
			end := "RELEASE one"
			if w.err = w.write(ctx, tx); w.err != nil {
				end = "ROLLBACK TO one; RELEASE one"
			}
			if _, err := tx.ExecContext(ctx, end); err != nil { // SQLite has rolled everything back: a full disk
				return errors.Join(w.err, err)
			}
		}
		return nil
	})
	if err == nil {
		return
	}
	for _, w := range batch {
		w.err = err
	}
}
