package store

import (
	"context"
	"database/sql"
	"time"
)

// UseNonce keeps a nonce of a key until a time and reports whether it is new. When it returns true, the nonce is on the disk; of several
// who come with one at once, in one process or in several, one gets true. Nonces whose time is over by now are forgotten on the way.
func (s *Store) UseNonce(ctx context.Context, key, nonce string, now, until time.Time) (fresh bool, err error) {
	err = s.write(ctx, "keep a nonce of key "+key, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM signed_nonces WHERE until < ?", timeText(now)); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, "INSERT INTO signed_nonces (key, nonce, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", key, nonce, timeText(until))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		fresh = n == 1
		return err
	})
	if err != nil {
		return false, err
	}
	return fresh, nil
}
