package store

import (
	"context"
	"database/sql"
)

// A SavedFilter is a filter of the log under a name. Query is as in the address of the page; the page alone understands it.
type SavedFilter struct{ Owner, Name, Query string }

// SaveFilter keeps f in place of one of the same owner and name.
func (s *Store) SaveFilter(ctx context.Context, by By, f SavedFilter) error {
	return s.change(ctx, Change{By: by, What: "filter.save", Object: f.Name, After: f.Query}, func(tx *sql.Tx, _ *Change) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO log_filters (owner, name, query) VALUES (?, ?, ?)
			ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query`, f.Owner, f.Name, f.Query)
		return err
	})
}

// DeleteFilter forgets a filter; one that is not there is ErrNotFound.
func (s *Store) DeleteFilter(ctx context.Context, by By, owner, name string) error {
	return s.change(ctx, Change{By: by, What: "filter.delete", Object: name}, func(tx *sql.Tx, _ *Change) error {
		r, err := tx.ExecContext(ctx, "DELETE FROM log_filters WHERE owner = ? AND name = ?", owner, name)
		return changedOne(r, err)
	})
}

// SavedFilters lists the filters of owner and those of everybody, by name.
func (s *Store) SavedFilters(ctx context.Context, owner string) ([]SavedFilter, error) {
	var out []SavedFilter
	err := s.read(ctx, "list filters", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var f SavedFilter
			err := rows.Scan(&f.Owner, &f.Name, &f.Query)
			out = append(out, f)
			return err
		}, "SELECT owner, name, query FROM log_filters WHERE owner IN (?, '') ORDER BY name, owner", owner)
	})
	return out, err
}

// changedOne turns the result of a statement that changed no row into ErrNotFound.
func changedOne(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrNotFound
}
