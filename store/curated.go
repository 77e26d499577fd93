package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"wenda/prompts"
)

// A CuratedVersion is one version of an approved answer. It never changes but for being approved once.
type CuratedVersion struct {
	Version  int // from 1
	Body     prompts.Curated
	Author   string
	Created  time.Time
	Approver string // empty: not approved
	Approved time.Time
}

// A CuratedEntry is an approved answer, or one that is to become it.
type CuratedEntry struct {
	ID      string
	Live    int // version that answers; 0: none
	Newest  CuratedVersion
	Retired bool
	Changed time.Time
}

// NewCuratedID makes an ID for an entry of staff's.
func NewCuratedID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return "s-" + hex.EncodeToString(b[:])
}

// SaveCurated keeps c as the newest version of its ID; it answers when it is approved. base is the newest version that the editor began
// with, 0 for an entry that is new here (also one that replaces a bundled one of the same ID): another one since is ErrConflict, and nothing
// is kept.
func (s *Store) SaveCurated(ctx context.Context, by By, c prompts.Curated, base int) (version int, err error) {
	body, err := json.Marshal(c)
	if err != nil {
		return 0, err
	}
	if c.ID == "" || len(c.Asks) == 0 {
		return 0, errors.New("save curated answer: no ID or no question")
	}
	err = s.change(ctx, Change{By: by, What: "curated.save", Object: c.Asks[0], After: c.Answer}, func(tx *sql.Tx, ch *Change) error {
		before, newest, err := newestCurated(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if newest != base {
			return fmt.Errorf("version %d is the newest, not %d: %w", newest, base, ErrConflict)
		}
		ch.Before = before
		version = newest + 1
		now := timeText(time.Now())
		if _, err := tx.ExecContext(ctx, `INSERT INTO curated (id, live, newest, retired, changed_at) VALUES (?, 0, ?, 0, ?)
			ON CONFLICT (id) DO UPDATE SET newest = excluded.newest, changed_at = excluded.changed_at`, c.ID, version, now); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO curated_versions (id, version, body, author, created_at, approved_by, approved_at) VALUES (?, ?, ?, ?, ?, '', '')`,
			c.ID, version, string(body), by.Name, now)
		return err
	})
	return version, err
}

// newestCurated is the answer text and number of the newest version; 0 without any.
func newestCurated(ctx context.Context, tx *sql.Tx, id string) (answer string, version int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT coalesce(v.body ->> '$.Answer', ''), c.newest FROM curated c JOIN curated_versions v ON v.id = c.id AND v.version = c.newest
		WHERE c.id = ?`, id).Scan(&answer, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return "", 0, nil
	}
	return answer, version, err
}

// ApproveCurated makes a version answer. With other, its author may not approve it: ErrSelf. A version that is not the newest any more is
// ErrConflict.
func (s *Store) ApproveCurated(ctx context.Context, by By, id string, version int, other bool) error {
	return s.change(ctx, Change{By: by, What: "curated.approve", Object: id}, func(tx *sql.Tx, ch *Change) error {
		var author, body string
		var newest int
		err := tx.QueryRowContext(ctx, `SELECT v.author, v.body, c.newest FROM curated c JOIN curated_versions v ON v.id = c.id AND v.version = ? WHERE c.id = ?`,
			version, id).Scan(&author, &body, &newest)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return err
		case newest != version:
			return ErrConflict
		case other && author == by.Name:
			return ErrSelf
		}
		var c prompts.Curated
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			return s.damaged("curated answer "+id, err)
		}
		ch.Object, ch.After = strings.Join(c.Asks, " "), c.Answer
		now := timeText(time.Now())
		if _, err := tx.ExecContext(ctx, "UPDATE curated_versions SET approved_by = ?, approved_at = ? WHERE id = ? AND version = ?", by.Name, now, id, version); err != nil {
			return err
		}
		return changeCurated(ctx, tx, "live = ?, retired = 0", id, version)
	})
}

// ErrSelf refuses to let who wrote something approve it.
var ErrSelf = errors.New("its author may not approve it")

// RetireCurated takes an entry out of what answers, or a bundled one of this ID; its versions stay.
func (s *Store) RetireCurated(ctx context.Context, by By, id, reason string) error {
	return s.change(ctx, Change{By: by, What: "curated.retire", Object: id, Reason: reason}, func(tx *sql.Tx, ch *Change) error {
		before, _, err := newestCurated(ctx, tx, id)
		if err != nil {
			return err
		}
		ch.Before = before
		if _, err := tx.ExecContext(ctx, `INSERT INTO curated (id, live, newest, retired, changed_at) VALUES (?, 0, 0, 1, '') ON CONFLICT (id) DO NOTHING`, id); err != nil {
			return err
		}
		return changeCurated(ctx, tx, "live = 0, retired = 1", id)
	})
}

// RestoreCurated lets a bundled entry answer again. One that staff wrote is approved again instead.
func (s *Store) RestoreCurated(ctx context.Context, by By, id string) error {
	return s.change(ctx, Change{By: by, What: "curated.restore", Object: id}, func(tx *sql.Tx, _ *Change) error {
		r, err := tx.ExecContext(ctx, "DELETE FROM curated WHERE id = ? AND newest = 0", id)
		if err := changedOne(r, err); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE revision SET curated = curated + 1")
		return err
	})
}

// changeCurated changes what answers, and tells it to who asks CuratedRevision.
func changeCurated(ctx context.Context, tx *sql.Tx, set, id string, args ...any) error {
	args = append(args, timeText(time.Now()), id)
	r, err := tx.ExecContext(ctx, "UPDATE curated SET "+set+", changed_at = ? WHERE id = ?", args...)
	if err := changedOne(r, err); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE revision SET curated = curated + 1")
	return err
}

// CuratedRevision counts the changes of what LiveCurated returns, by any process.
func (s *Store) CuratedRevision(ctx context.Context) (int64, error) {
	var n int64
	err := s.readers.QueryRowContext(ctx, "SELECT curated FROM revision").Scan(&n)
	return n, s.fault("read revision of curated answers", err)
}

// LiveCurated are the answers that staff approved, by ID, and the IDs of those that they retired.
func (s *Store) LiveCurated(ctx context.Context) (live []prompts.Curated, retired []string, err error) {
	err = s.read(ctx, "read curated answers", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var id string
			var gone bool
			var body sql.NullString
			if err := rows.Scan(&id, &gone, &body); err != nil {
				return err
			}
			if gone {
				retired = append(retired, id)
			}
			if !body.Valid {
				return nil
			}
			var c prompts.Curated
			if err := json.Unmarshal([]byte(body.String), &c); err != nil {
				return s.damaged("curated answer "+id, err)
			}
			live = append(live, c)
			return nil
		}, `SELECT c.id, c.retired, v.body FROM curated c LEFT JOIN curated_versions v ON v.id = c.id AND v.version = c.live WHERE c.live > 0 OR c.retired = 1 ORDER BY c.id`)
	})
	return live, retired, err
}

// CuratedEntries lists the entries that staff made, the last changed first. Those that only retire a bundled one have no versions and are
// left out.
func (s *Store) CuratedEntries(ctx context.Context) ([]CuratedEntry, error) {
	return s.curatedWhere(ctx, "1")
}

// CuratedEntry finds one; an unknown one is ErrNotFound.
func (s *Store) CuratedEntry(ctx context.Context, id string) (CuratedEntry, error) {
	list, err := s.curatedWhere(ctx, "c.id = ?", id)
	if err == nil && len(list) == 0 {
		err = s.fault("read curated answer "+id, ErrNotFound)
	}
	if err != nil {
		return CuratedEntry{}, err
	}
	return list[0], nil
}

func (s *Store) curatedWhere(ctx context.Context, condition string, args ...any) ([]CuratedEntry, error) {
	var out []CuratedEntry
	err := s.read(ctx, "list curated answers", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var e CuratedEntry
			var changed string
			v, err := s.scanCurated(rows, &e.ID, &e.Live, &e.Retired, &changed)
			if err != nil {
				return err
			}
			e.Newest = v
			e.Changed, err = textTime(changed)
			out = append(out, e)
			return err
		}, `SELECT v.version, v.body, v.author, v.created_at, v.approved_by, v.approved_at, c.id, c.live, c.retired, c.changed_at
			FROM curated c JOIN curated_versions v ON v.id = c.id AND v.version = c.newest WHERE `+condition+` ORDER BY c.changed_at DESC, c.id`, args...)
	})
	return out, err
}

// CuratedVersions lists the versions of an entry, the newest first.
func (s *Store) CuratedVersions(ctx context.Context, id string) ([]CuratedVersion, error) {
	var out []CuratedVersion
	err := s.read(ctx, "list versions of curated answer "+id, func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			v, err := s.scanCurated(rows)
			out = append(out, v)
			return err
		}, `SELECT version, body, author, created_at, approved_by, approved_at FROM curated_versions WHERE id = ? ORDER BY version DESC`, id)
	})
	return out, err
}

func (s *Store) scanCurated(rows *sql.Rows, more ...any) (CuratedVersion, error) {
	var v CuratedVersion
	var body, created, approved string
	if err := rows.Scan(append([]any{&v.Version, &body, &v.Author, &created, &v.Approver, &approved}, more...)...); err != nil {
		return CuratedVersion{}, err
	}
	if err := json.Unmarshal([]byte(body), &v.Body); err != nil {
		return CuratedVersion{}, s.damaged("curated answer", err)
	}
	var err error
	if v.Created, err = textTime(created); err == nil && approved != "" {
		v.Approved, err = textTime(approved)
	}
	return v, err
}
