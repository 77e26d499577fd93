package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A TestSet is questions with what is expected of the answers, as staff keep them.
type TestSet struct {
	ID      string
	Name    string // unique
	Cases   string // JSON Lines as rag/eval reads them
	Version int    // counts changes; 0 makes a new one
	Author  string // of the last change
	Changed time.Time
}

// A SetConflict says that a set was changed since the editor began. It is an ErrConflict.
type SetConflict struct{ Now TestSet }

func (c *SetConflict) Error() string {
	return "test set " + c.Now.Name + ": changed by " + c.Now.Author
}

// Unwrap makes it an ErrConflict.
func (c *SetConflict) Unwrap() error { return ErrConflict }

const setColumns = "id, name, cases, version, author, changed_at"

func scanSet(row interface{ Scan(...any) error }) (TestSet, error) {
	var t TestSet
	var changed string
	err := row.Scan(&t.ID, &t.Name, &t.Cases, &t.Version, &t.Author, &changed)
	if errors.Is(err, sql.ErrNoRows) {
		return t, ErrNotFound
	}
	if err == nil {
		t.Changed, err = textTime(changed)
	}
	return t, err
}

// TestSets lists all by name, with their cases.
func (s *Store) TestSets(ctx context.Context) ([]TestSet, error) {
	var out []TestSet
	err := s.read(ctx, "list test sets", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			t, err := scanSet(rows)
			out = append(out, t)
			return err
		}, "SELECT "+setColumns+" FROM test_sets ORDER BY name")
	})
	return out, err
}

// TestSet reads one; else ErrNotFound.
func (s *Store) TestSet(ctx context.Context, id string) (TestSet, error) {
	t, err := scanSet(s.readers.QueryRowContext(ctx, "SELECT "+setColumns+" FROM test_sets WHERE id = ?", id))
	return t, s.fault("read test set", err)
}

// KeepTestSet makes a set (Version 0) or changes the one of this ID and version; another version is a *SetConflict, a name that another
// set has ErrTaken. It returns the set as kept.
func (s *Store) KeepTestSet(ctx context.Context, by By, t TestSet, reason string) (TestSet, error) {
	what := "set.change"
	if t.Version == 0 {
		t.ID, what = "s_"+randomID(), "set.add"
	}
	old := t.Version
	t.Version, t.Author, t.Changed = old+1, by.Name, time.Now()
	err := s.change(ctx, Change{By: by, What: what, Object: t.Name, After: fmt.Sprintf("v%d", t.Version), Reason: reason}, func(tx *sql.Tx, c *Change) error {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM test_sets WHERE name = ? AND id <> ?", t.Name, t.ID).Scan(&n); err != nil || n > 0 {
			return errors.Join(err, ErrTaken)
		}
		if old == 0 {
			_, err := tx.ExecContext(ctx, "INSERT INTO test_sets ("+setColumns+") VALUES (?, ?, ?, ?, ?, ?)", t.ID, t.Name, t.Cases, t.Version, t.Author, timeText(t.Changed))
			return err
		}
		now, err := scanSet(tx.QueryRowContext(ctx, "SELECT "+setColumns+" FROM test_sets WHERE id = ?", t.ID))
		if err != nil {
			return err
		}
		if now.Version != old {
			return &SetConflict{now}
		}
		c.Before = fmt.Sprintf("v%d", old)
		_, err = tx.ExecContext(ctx, "UPDATE test_sets SET name = ?, cases = ?, version = ?, author = ?, changed_at = ? WHERE id = ?",
			t.Name, t.Cases, t.Version, t.Author, timeText(t.Changed), t.ID)
		return err
	})
	return t, err
}

// AddCase puts a line at the end of a set: nobody else's change is in its way.
func (s *Store) AddCase(ctx context.Context, by By, id, line, question string) error {
	return s.change(ctx, Change{By: by, What: "set.change", After: "+ " + question}, func(tx *sql.Tx, c *Change) error {
		now, err := scanSet(tx.QueryRowContext(ctx, "SELECT "+setColumns+" FROM test_sets WHERE id = ?", id))
		if err != nil {
			return err
		}
		c.Object, c.Before = now.Name, fmt.Sprintf("v%d", now.Version)
		_, err = tx.ExecContext(ctx, "UPDATE test_sets SET cases = ?, version = version + 1, author = ?, changed_at = ? WHERE id = ?",
			now.Cases+line+"\n", by.Name, timeText(time.Now()), id)
		return err
	})
}

// ChangeCase puts line in the place of the line was, which is ErrConflict when the set has it no more; an empty line takes it out. told is
// what the audit says of it.
func (s *Store) ChangeCase(ctx context.Context, by By, id, was, line, told string) error {
	return s.change(ctx, Change{By: by, What: "set.change", After: told}, func(tx *sql.Tx, c *Change) error {
		now, err := scanSet(tx.QueryRowContext(ctx, "SELECT "+setColumns+" FROM test_sets WHERE id = ?", id))
		if err != nil {
			return err
		}
		lines := strings.Split(now.Cases, "\n")
		at := slices.Index(lines, was)
		if at < 0 || was == "" {
			return ErrConflict
		}
		c.Object, c.Before = now.Name, was
		if line == "" {
			lines = slices.Delete(lines, at, at+1)
		} else {
			lines[at] = line
		}
		_, err = tx.ExecContext(ctx, "UPDATE test_sets SET cases = ?, version = version + 1, author = ?, changed_at = ? WHERE id = ?",
			strings.Join(lines, "\n"), by.Name, timeText(time.Now()), id)
		return err
	})
}

// DropTestSet deletes a set of this version.
func (s *Store) DropTestSet(ctx context.Context, by By, id string, version int) error {
	return s.change(ctx, Change{By: by, What: "set.drop"}, func(tx *sql.Tx, c *Change) error {
		now, err := scanSet(tx.QueryRowContext(ctx, "SELECT "+setColumns+" FROM test_sets WHERE id = ?", id))
		if err != nil {
			return err
		}
		if now.Version != version {
			return &SetConflict{now}
		}
		c.Object, c.Before = now.Name, now.Cases
		_, err = tx.ExecContext(ctx, "DELETE FROM test_sets WHERE id = ?", id)
		return err
	})
}
