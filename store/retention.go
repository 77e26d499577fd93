package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// deleteAtOnce is how many answers go in one transaction, so that others get their turn in between.
const deleteAtOnce = 500

// DeleteAnswersBefore deletes the answers asked before t, with their feedback, and returns how many there were, also beside an
// error. A checkpoint, made at now, stands for them in the chain. It deletes from the beginning of the log up to the first answer asked at
// t or later: one that a clock set back dated earlier waits for that one. Answers that are still queued are not looked at. The file keeps
// its size; the room is used again.
func (s *Store) DeleteAnswersBefore(ctx context.Context, t, now time.Time) (int, error) {
	total, run := 0, int64(0)
	gone := int64(0) // with what owners had erased before
	for {
		var n int
		var along, to int64
		err := s.write(ctx, "delete answers before "+timeText(t), func(tx *sql.Tx) error {
			last, hash, err := lastToDelete(ctx, tx, timeText(t))
			if err != nil || last == 0 {
				n = 0
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM log_words WHERE rowid IN (SELECT n FROM log WHERE n <= ?)", last); err != nil {
				return err
			}
			r, err := tx.ExecContext(ctx, "DELETE FROM answers WHERE id IN (SELECT answer_id FROM log WHERE n <= ?)", last)
			if err != nil {
				return err
			}
			deleted, err := r.RowsAffected()
			if err != nil {
				return err
			}
			if r, err = tx.ExecContext(ctx, "DELETE FROM log_erased WHERE n <= ?", last); err != nil {
				return err
			}
			erased, err := r.RowsAffected()
			if err != nil {
				return err
			}
			if err := checkpoint(ctx, tx, run, last, hash, gone+deleted+erased, timeText(t), timeText(now)); err != nil {
				return err
			}
			n, along, to = int(deleted), deleted+erased, last
			return nil
		})
		if err != nil {
			return total, err
		}
		total += n
		if n > 0 {
			gone, run = gone+along, to
		}
		if n < deleteAtOnce {
			return total, nil
		}
	}
}

// lastToDelete is the last of at most deleteAtOnce records at the beginning of the log that were all asked before t; 0 when there is none.
func lastToDelete(ctx context.Context, tx *sql.Tx, t string) (n int64, hash []byte, err error) {
	err = tx.QueryRowContext(ctx, `SELECT n, hash FROM (SELECT n, hash FROM log WHERE n < coalesce((SELECT min(n) FROM log WHERE created_at >= ?), 1 << 62)
		ORDER BY n LIMIT ?) ORDER BY n DESC LIMIT 1`, t, deleteAtOnce).Scan(&n, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	return n, hash, err
}

// checkpoint writes what a run has deleted so far, in place of what it wrote before (run, 0 at first).
func checkpoint(ctx context.Context, tx *sql.Tx, run, n int64, hash []byte, deleted int64, before, now string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM log_checkpoints WHERE n = ?", run); err != nil {
		return err
	}
	var seal []byte
	err := tx.QueryRowContext(ctx, "SELECT seal FROM log_checkpoints ORDER BY n DESC LIMIT 1").Scan(&seal)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO log_checkpoints (n, hash, deleted, before, made_at, seal) VALUES (?, ?, ?, ?, ?, ?)",
		n, hash, deleted, before, now, sealOf(seal, n, hash, deleted, before, now))
	return err
}
