package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// How long a sign-in of a mini-program is good for. WeChat signs a user in again without a click, so that short lives cost nobody anything;
// a week keeps the daily user from it.
const (
	mpIdle = 7 * 24 * time.Hour  // since it was last used
	mpLife = 30 * 24 * time.Hour // in all
	// mpTouch is how often the use of a session is written down: not with every request.
	mpTouch = 10 * time.Minute
	// mpPerOwner is how many sign-ins of one user are kept, the newest: phone, tablet, computer and a few forgotten ones.
	mpPerOwner = 8
	// mpSkew is how far a session may seem to come from the future: the clock was set back meanwhile.
	mpSkew = 5 * time.Minute
)

// An MPSession is somebody who signed in to a mini-program.
type MPSession struct {
	Channel string // name of the mini-program's channel
	Owner   string // keyed hash of channel and openid
	Created time.Time
	Used    time.Time // at most mpTouch ago when it was used just now
}

// PutMPSession keeps a session under the hash of its token, drops the owner's oldest ones past mpPerOwner, and those of anybody that are
// over. It is on the disk when PutMPSession returns nil.
func (s *Store) PutMPSession(ctx context.Context, hash []byte, channel, owner string, now time.Time) error {
	return s.write(ctx, "keep a sign-in of channel "+channel, func(tx *sql.Tx) error {
		for _, step := range []struct {
			query string
			args  []any
		}{
			{"DELETE FROM mp_sessions WHERE used_at < ? OR created_at < ?", []any{timeText(now.Add(-mpIdle)), timeText(now.Add(-mpLife))}},
			{"INSERT INTO mp_sessions (hash, channel, owner, created_at, used_at) VALUES (?, ?, ?, ?, ?)",
				[]any{hash, channel, owner, timeText(now), timeText(now)}},
			{`DELETE FROM mp_sessions WHERE owner = ?1 AND hash NOT IN
				(SELECT hash FROM mp_sessions WHERE owner = ?1 ORDER BY created_at DESC, hash LIMIT ?2)`, []any{owner, mpPerOwner}},
		} {
			if _, err := tx.ExecContext(ctx, step.query, step.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// UseMPSession finds the session of a token's hash. One that is unknown, revoked, over, or made after now (the clock was set back) is
// ErrNotFound. Its use is written down from time to time; a failure of that does not keep the user out.
func (s *Store) UseMPSession(ctx context.Context, hash []byte, now time.Time) (MPSession, error) {
	const doing = "find a sign-in"
	var m MPSession
	var created, used string
	err := s.readers.QueryRowContext(ctx, "SELECT channel, owner, created_at, used_at FROM mp_sessions WHERE hash = ?", hash).
		Scan(&m.Channel, &m.Owner, &created, &used)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return MPSession{}, s.fault(doing, err)
	}
	var errCreated, errUsed error
	m.Created, errCreated = textTime(created)
	m.Used, errUsed = textTime(used)
	if err := errors.Join(errCreated, errUsed); err != nil {
		return MPSession{}, s.damaged(doing, err)
	}
	if now.Sub(m.Used) >= mpIdle || now.Sub(m.Created) >= mpLife || m.Created.After(now.Add(mpSkew)) {
		return MPSession{}, s.fault(doing, ErrNotFound)
	}
	if now.Sub(m.Used) >= mpTouch {
		err := s.write(ctx, "note the use of a sign-in", func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE mp_sessions SET used_at = ? WHERE hash = ? AND used_at < ?", timeText(now), hash, timeText(now))
			return err
		})
		if err == nil {
			m.Used = now
		}
	}
	return m, nil
}

// DeleteMPSession revokes a token by its hash. An unknown one is no error: it is gone.
func (s *Store) DeleteMPSession(ctx context.Context, hash []byte) error {
	return s.write(ctx, "revoke a sign-in", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM mp_sessions WHERE hash = ?", hash)
		return err
	})
}
