package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// together is the key of the transaction that a context carries.
type together struct{}

// joined is a transaction of one store that several changes share.
type joined struct {
	store *Store
	tx    *sql.Tx
}

// Together makes what f writes one change: all of it is kept, or none. f's writes must use the context that it is given; one with the outer
// context would wait for this one for ever. A write of f that fails is undone by itself, and f decides whether to go on. What f reads is what
// was there before, and it is quick: it holds the write lock. An error of f undoes everything and is returned.
func (s *Store) Together(ctx context.Context, doing string, f func(ctx context.Context) error) error {
	return s.write(ctx, doing, func(tx *sql.Tx) error { return f(context.WithValue(ctx, together{}, joined{s, tx})) })
}

// join runs f inside the transaction that ctx carries, and reports false when it carries none of this store.
func (s *Store) join(ctx context.Context, f func(*sql.Tx) error) (bool, error) {
	j, ok := ctx.Value(together{}).(joined)
	if !ok || j.store != s {
		return false, nil
	}
	if _, err := j.tx.ExecContext(ctx, "SAVEPOINT step"); err != nil {
		return true, err
	}
	if err := f(j.tx); err != nil {
		if _, undo := j.tx.ExecContext(ctx, "ROLLBACK TO step; RELEASE step"); undo != nil && ctx.Err() == nil {
			return true, errors.Join(err, fmt.Errorf("undo: %w", undo))
		}
		return true, err
	}
	_, err := j.tx.ExecContext(ctx, "RELEASE step")
	return true, err
}
