package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"
)

// A Session is somebody signed in. Only a hash of what the cookie holds is kept.
type Session struct {
	Hash    string
	Account Account
	Address string // at sign-in
	Created time.Time
	Seen    time.Time
}

// HashToken is how tokens of sessions and one-time links are kept. They have 256 random bits: no salt, no slow hash is needed.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// AddSession keeps a session of an account, and forgets those that began before `before`.
func (s *Store) AddSession(ctx context.Context, hash, accountID, address string, now, before time.Time) error {
	return s.write(ctx, "keep session", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM staff_sessions WHERE created_at < ?", timeText(before)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO staff_sessions (hash, account_id, address, created_at, seen_at, flash) VALUES (?, ?, ?, ?, ?, '')",
			hash, accountID, address, timeText(now), timeText(now))
		return err
	})
}

// Session finds a session with its account as it is now; else ErrNotFound. The caller judges its age.
func (s *Store) Session(ctx context.Context, hash string) (Session, error) {
	out := Session{Hash: hash}
	err := s.read(ctx, "read session", func(tx *sql.Tx) error {
		var account, created, seen string
		err := tx.QueryRowContext(ctx, "SELECT account_id, address, created_at, seen_at FROM staff_sessions WHERE hash = ?", hash).
			Scan(&account, &out.Address, &created, &seen)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		var errs [3]error
		out.Created, errs[0] = textTime(created)
		out.Seen, errs[1] = textTime(seen)
		out.Account, errs[2] = scanAccount(tx.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM staff_accounts WHERE id = ?", account))
		return errors.Join(errs[:]...)
	})
	return out, err
}

// TouchSession notes that a session was used. One that has ended meanwhile stays ended.
func (s *Store) TouchSession(ctx context.Context, hash string, now time.Time) error {
	return s.exec(ctx, "touch session", "UPDATE staff_sessions SET seen_at = ? WHERE hash = ?", timeText(now), hash)
}

// EndSession ends one; an unknown one is no error.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	return s.exec(ctx, "end session", "DELETE FROM staff_sessions WHERE hash = ?", hash)
}

// EndSessions ends all of an account.
func (s *Store) EndSessions(ctx context.Context, by By, a Account) error {
	return s.change(ctx, Change{By: by, What: "session.end_all", Object: a.Name}, func(tx *sql.Tx, _ *Change) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM staff_sessions WHERE account_id = ?", a.ID)
		return err
	})
}

// SetFlash keeps what the next page of a session shows once.
func (s *Store) SetFlash(ctx context.Context, hash, text string) error {
	return s.exec(ctx, "keep flash", "UPDATE staff_sessions SET flash = ? WHERE hash = ?", text, hash)
}

// TakeFlash returns it and forgets it; mostly there is none, and nothing is written.
func (s *Store) TakeFlash(ctx context.Context, hash string) (string, error) {
	var text string
	err := s.readers.QueryRowContext(ctx, "SELECT flash FROM staff_sessions WHERE hash = ?", hash).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) || err == nil && text == "" {
		return "", nil
	}
	if err != nil {
		return "", s.fault("read flash", err)
	}
	return text, s.SetFlash(ctx, hash, "")
}

func (s *Store) exec(ctx context.Context, doing, query string, args ...any) error {
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}
