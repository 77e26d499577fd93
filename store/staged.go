package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"wenda/corpus"
)

// A Staged is a file that was read and waits to be put in.
type Staged struct {
	N           int64
	Source      string // file name or address
	Document    corpus.Document
	Warnings    []corpus.Warning
	Quarantined bool   // a warning says that it may be an attack
	ReleasedBy  string // who looked at that; empty: nobody yet
	Who         string
	At          time.Time
}

// maxStaged bounds how many files wait: each may hold 20 MiB.
const maxStaged = 200

// ErrTooMany means that too many files wait already.
var ErrTooMany = errors.New("too many staged files")

// Stage keeps a file that was read.
func (s *Store) Stage(ctx context.Context, by By, d corpus.Document, warnings []corpus.Warning) (n int64, err error) {
	body, err := packDocument(d)
	if err != nil {
		return 0, err
	}
	list, err := jsonText(warnings)
	if err != nil {
		return 0, err
	}
	quarantined := false
	for _, w := range warnings {
		quarantined = quarantined || w.Quarantine
	}
	err = s.change(ctx, Change{By: by, What: "document.stage", Object: d.Meta.Source, After: d.Version}, func(tx *sql.Tx, _ *Change) error {
		var waiting int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM staged").Scan(&waiting); err != nil {
			return err
		}
		if waiting >= maxStaged {
			return ErrTooMany
		}
		r, err := tx.ExecContext(ctx, `INSERT INTO staged (source, document_id, version, body, warnings, quarantined, released_by, who, at) VALUES (?, ?, ?, ?, ?, ?, '', ?, ?)`,
			d.Meta.Source, d.ID, d.Version, body, list, quarantined, by.Name, timeText(time.Now()))
		if err != nil {
			return err
		}
		if err := summarize(ctx, tx, &d); err != nil {
			return err
		}
		n, err = r.LastInsertId()
		return err
	})
	return n, err
}

// StagedFiles lists what waits, the newest first.
func (s *Store) StagedFiles(ctx context.Context) ([]Staged, error) { return s.stagedWhere(ctx, "1") }

// StagedFile finds one; an unknown one is ErrNotFound.
func (s *Store) StagedFile(ctx context.Context, n int64) (Staged, error) {
	list, err := s.stagedWhere(ctx, "n = ?", n)
	if err == nil && len(list) == 0 {
		err = s.fault(fmt.Sprintf("read staged file %d", n), ErrNotFound)
	}
	if err != nil {
		return Staged{}, err
	}
	return list[0], nil
}

func (s *Store) stagedWhere(ctx context.Context, condition string, args ...any) ([]Staged, error) {
	var out []Staged
	err := s.read(ctx, "list staged files", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var f Staged
			var id, version, at string
			var body, warnings sql.RawBytes
			err := rows.Scan(&f.N, &f.Source, &id, &version, &body, &warnings, &f.Quarantined, &f.ReleasedBy, &f.Who, &at)
			if err != nil {
				return err
			}
			if f.Document, err = unpackDocument(id, version, body); err == nil {
				err = json.Unmarshal(warnings, &f.Warnings)
			}
			if err != nil {
				return s.damaged(fmt.Sprintf("staged file %d", f.N), err)
			}
			f.At, err = textTime(at)
			out = append(out, f)
			return err
		}, `SELECT n, source, document_id, version, body, warnings, quarantined, released_by, who, at FROM staged WHERE `+condition+` ORDER BY n DESC`, args...)
	})
	return out, err
}

// ReleaseStaged takes a file out of quarantine.
func (s *Store) ReleaseStaged(ctx context.Context, by By, n int64, reason string) error {
	return s.changeStaged(ctx, Change{By: by, What: "document.release", Reason: reason}, n, "UPDATE staged SET released_by = ?2 WHERE n = ?1", by.Name)
}

// DropStaged throws a file away.
func (s *Store) DropStaged(ctx context.Context, by By, n int64) error {
	return s.changeStaged(ctx, Change{By: by, What: "document.drop"}, n, "DELETE FROM staged WHERE n = ?1")
}

// EditStaged replaces what was read by the same text with other metadata. was is the version that whoever does this saw: another one is
// ErrConflict.
func (s *Store) EditStaged(ctx context.Context, by By, n int64, was string, d corpus.Document) error {
	body, err := packDocument(d)
	if err != nil {
		return err
	}
	return s.change(ctx, Change{By: by, What: "document.stage", Before: was, After: d.Version}, func(tx *sql.Tx, c *Change) error {
		var version string
		err := tx.QueryRowContext(ctx, "SELECT source, version FROM staged WHERE n = ?", n).Scan(&c.Object, &version)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return err
		case version != was:
			return fmt.Errorf("staged file %d is at version %s, not %s: %w", n, version, was, ErrConflict)
		}
		if _, err = tx.ExecContext(ctx, "UPDATE staged SET version = ?, body = ? WHERE n = ?", d.Version, body, n); err != nil {
			return err
		}
		return summarize(ctx, tx, &d)
	})
}

func (s *Store) changeStaged(ctx context.Context, c Change, n int64, query string, args ...any) error {
	return s.change(ctx, c, func(tx *sql.Tx, c *Change) error {
		err := tx.QueryRowContext(ctx, "SELECT source FROM staged WHERE n = ?", n).Scan(&c.Object)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, query, append([]any{n}, args...)...)
		return err
	})
}
