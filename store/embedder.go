package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// EmbedderState is which embedder serves and which one is on its way, as administrators chose. Embedders are named as the operator's setting
// writes them. Its zero value: nobody ever chose.
type EmbedderState struct {
	Under  string    // the operator's setting when it was chosen; with another one the choice is void
	Serves string    // whose vectors answer; empty: the operator's first
	Target string    // whose vectors are being made; empty: none
	Who    string    // asked for the last change
	Since  time.Time // when
	Reason string    // as the person gave it
	Failed string    // why the last change did not come about: a code, Cancelled among them; empty: it did, or is under way
}

// Cancelled is EmbedderState.Failed of a change that somebody called off.
const Cancelled = "cancelled"

// Embedder reads the state.
func (s *Store) Embedder(ctx context.Context) (EmbedderState, error) {
	var e EmbedderState
	err := s.read(ctx, "read embedder", func(tx *sql.Tx) error {
		var err error
		e, err = readEmbedder(ctx, tx)
		return err
	})
	return e, err
}

func readEmbedder(ctx context.Context, tx *sql.Tx) (EmbedderState, error) {
	var e EmbedderState
	var since string
	err := tx.QueryRowContext(ctx, "SELECT under, serves, target, who, since, reason, failed FROM embedder").Scan(&e.Under, &e.Serves, &e.Target, &e.Who, &since, &e.Reason, &e.Failed)
	if errors.Is(err, sql.ErrNoRows) {
		return e, nil
	}
	if err == nil {
		e.Since, err = textTime(since)
	}
	return e, err
}

// WantEmbedder asks for a change to another embedder, with a line in the audit; a running server begins it. ErrConflict when one is under way.
func (s *Store) WantEmbedder(ctx context.Context, by By, under, to, reason string, now time.Time) error {
	return s.changeEmbedder(ctx, Change{By: by, What: "embedder.change", After: to, Reason: reason}, func(e *EmbedderState) error {
		if e.Target != "" {
			return fmt.Errorf("a change to %s is under way: %w", e.Target, ErrConflict)
		}
		if e.Under != under {
			e.Serves = ""
		}
		e.Under, e.Target, e.Who, e.Since, e.Reason, e.Failed = under, to, by.Name, now, reason, ""
		return nil
	})
}

// CancelEmbedder calls the change off, with a line in the audit; what serves goes on. ErrConflict when none is under way.
func (s *Store) CancelEmbedder(ctx context.Context, by By) error {
	return s.changeEmbedder(ctx, Change{By: by, What: "embedder.cancel"}, func(e *EmbedderState) error {
		if e.Target == "" {
			return fmt.Errorf("no change is under way: %w", ErrConflict)
		}
		e.Target, e.Failed = "", Cancelled
		return nil
	})
}

// EmbedderServes completes the change to an embedder, with a line in the audit. ErrConflict when that is not wanted any more.
func (s *Store) EmbedderServes(ctx context.Context, target string) error {
	return s.changeEmbedder(ctx, Change{By: By{Name: bySystem}, What: "embedder.serves"}, func(e *EmbedderState) error {
		if e.Target != target {
			return fmt.Errorf("a change to %s is not wanted any more: %w", target, ErrConflict)
		}
		e.Serves, e.Target = target, ""
		return nil
	})
}

// EmbedderFailed ends the change to an embedder because of a failure, a code, with a line in the audit; what serves goes on. ErrConflict as
// above.
func (s *Store) EmbedderFailed(ctx context.Context, target, code string) error {
	return s.changeEmbedder(ctx, Change{By: By{Name: bySystem}, What: "embedder.failed", Reason: code}, func(e *EmbedderState) error {
		if e.Target != target {
			return fmt.Errorf("a change to %s is not wanted any more: %w", target, ErrConflict)
		}
		e.Target, e.Failed = "", code
		return nil
	})
}

// bySystem is who does what nobody asked for at that moment.
const bySystem = "系统"

func (s *Store) changeEmbedder(ctx context.Context, c Change, f func(*EmbedderState) error) error {
	c.Object = "embedder"
	return s.change(ctx, c, func(tx *sql.Tx, c *Change) error {
		e, err := readEmbedder(ctx, tx)
		if err != nil {
			return err
		}
		c.Before = e.Serves
		target := e.Target
		if err := f(&e); err != nil {
			return err
		}
		if c.After == "" {
			c.After = target
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO embedder (one, under, serves, target, who, since, reason, failed) VALUES (1, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (one) DO UPDATE SET under = excluded.under, serves = excluded.serves, target = excluded.target, who = excluded.who, since = excluded.since,
			reason = excluded.reason, failed = excluded.failed`, e.Under, e.Serves, e.Target, e.Who, timeText(e.Since), clip(e.Reason), e.Failed)
		return err
	})
}
