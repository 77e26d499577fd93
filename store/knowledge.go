package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"wenda/corpus"
)

// A Held is a document with whether staff took it out of what is searched.
type Held struct {
	corpus.Kept
	Withdrawn bool
}

// Documents lists every document, also those withdrawn or superseded, in the order of first import.
func (s *Store) Documents(ctx context.Context) ([]Held, error) {
	live, err := s.Live(ctx)
	if err != nil {
		return nil, err
	}
	gone, err := s.keptWhere(ctx, "read withdrawn documents", "", "d.withdrawn = 1")
	if err != nil {
		return nil, err
	}
	out := make([]Held, 0, len(live)+len(gone))
	for _, k := range live {
		out = append(out, Held{k, false})
	}
	for _, k := range gone {
		out = append(out, Held{k, true})
	}
	return out, nil
}

// Document finds one with everything written for it. An unknown one is ErrNotFound.
func (s *Store) Document(ctx context.Context, id string) (Held, error) {
	doing := "read document " + id
	list, err := s.keptWhere(ctx, doing, id, "d.id = ?", id)
	if err == nil && len(list) == 0 {
		err = s.fault(doing, ErrNotFound)
	}
	if err != nil {
		return Held{}, err
	}
	var withdrawn bool
	err = s.readers.QueryRowContext(ctx, "SELECT withdrawn FROM documents WHERE id = ?", id).Scan(&withdrawn)
	return Held{list[0], withdrawn}, s.fault(doing, err)
}

// PutDocument does what Put does, with a line in the audit, and takes the file that it was read from off the staged ones (0: none), which
// is ErrNotFound when somebody changed it meanwhile. was is the version that whoever does this saw as the live one, empty for a new document: another one is ErrConflict. Its vectors are computed by
// the next Reload.
func (s *Store) PutDocument(ctx context.Context, by By, what, reason string, k corpus.Kept, was string, staged int64) error {
	put, err := s.putting(ctx, k, "", nil)
	if err != nil {
		return err
	}
	return s.change(ctx, Change{By: by, What: what, Object: k.Document.Meta.Title, After: k.Document.Version, Reason: reason}, func(tx *sql.Tx, c *Change) error {
		err := tx.QueryRowContext(ctx, "SELECT live FROM documents WHERE id = ?", k.Document.ID).Scan(&c.Before)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if c.Before != was {
			return fmt.Errorf("document %s is at version %s, not %s: %w", k.Document.ID, c.Before, was, ErrConflict)
		}
		if staged != 0 {
			r, err := tx.ExecContext(ctx, "DELETE FROM staged WHERE n = ? AND version = ? AND (quarantined = 0 OR released_by <> '')", staged, k.Document.Version)
			if err := changedOne(r, err); err != nil {
				return fmt.Errorf("staged file %d: %w", staged, err)
			}
		}
		return put(tx)
	})
}

// WithdrawDocument takes a document out of what is searched; its versions stay, and RestoreDocument brings it back.
func (s *Store) WithdrawDocument(ctx context.Context, by By, id, reason string) error {
	return s.changeDocument(ctx, Change{By: by, What: "document.withdraw", Reason: reason}, id, "withdrawn = 1")
}

// Withdrawn reports whether staff took a document out of what is searched. One that is unknown was not.
func (s *Store) Withdrawn(ctx context.Context, id string) (bool, error) {
	var gone bool
	err := s.readers.QueryRowContext(ctx, "SELECT withdrawn FROM documents WHERE id = ?", id).Scan(&gone)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return gone, s.fault("read document "+id, err)
}

// RestoreDocument makes a version that was kept the live one.
func (s *Store) RestoreDocument(ctx context.Context, by By, id, version, reason string) error {
	return s.changeDocument(ctx, Change{By: by, What: "document.restore", After: version, Reason: reason}, id, "withdrawn = 0, superseded_by = '', live = ?", version)
}

// SupersedeDocument says which document stands in its place; an empty one takes that back.
func (s *Store) SupersedeDocument(ctx context.Context, by By, id, other, reason string) error {
	if id == other {
		return fmt.Errorf("supersede document %s: by itself", id)
	}
	return s.changeDocument(ctx, Change{By: by, What: "document.supersede", After: other, Reason: reason}, id,
		"superseded_by = CASE WHEN ?1 = '' OR EXISTS (SELECT 1 FROM documents WHERE id = ?1) THEN ?1 ELSE NULL END", other)
}

func (s *Store) changeDocument(ctx context.Context, c Change, id, set string, args ...any) error {
	c.Object = id
	return s.change(ctx, c, func(tx *sql.Tx, c *Change) error {
		err := tx.QueryRowContext(ctx, "SELECT live FROM documents WHERE id = ?", id).Scan(&c.Before)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		args = append(args, id)
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("UPDATE documents SET %s WHERE id = ?%d", set, len(args)), args...); err != nil {
			return err
		}
		return searchedChanged(ctx, tx)
	})
}

// ChangeVariants replaces the variants of a document by what f makes of them. f may run again and must not keep the list.
func (s *Store) ChangeVariants(ctx context.Context, by By, what, documentID, told string, f func([]corpus.Variant) ([]corpus.Variant, error)) error {
	return s.change(ctx, Change{By: by, What: what, Object: documentID, After: told}, func(tx *sql.Tx, _ *Change) error {
		kept := make([]corpus.Kept, 1)
		if err := s.readVariants(ctx, tx, documentID, kept, map[string]int{documentID: 0}); err != nil {
			return err
		}
		list, err := f(kept[0].Variants)
		if err != nil {
			return err
		}
		if err := replaceVariants(ctx, tx, documentID, list); err != nil {
			return err
		}
		return searchedChanged(ctx, tx)
	})
}
