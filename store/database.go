package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

const (
	busyTimeout = 5 * time.Second // waiting for another process's transaction (SECURITY.md)
	// pageBytes: three vectors of 512 dimensions share a page; with SQLite's 4096 each would have one of its own.
	pageBytes = 8192
	// walBytes is what the WAL shrinks to after a large import.
	walBytes = 32 << 20
)

// dataSource names the file with what every connection sets. The path is escaped: ?, # and % may occur in a folder's name.
func dataSource(path string, more url.Values) string {
	more.Set("_busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()))
	more.Set("_foreign_keys", "on")
	more.Set("_synchronous", "full")
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") { // C:/...
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p, RawQuery: more.Encode()}).String()
}

// openWriter gives a pool of one connection, so that transactions of this process queue up in Go and obey their contexts.
func openWriter(path string) *sql.DB {
	db := open(dataSource(path, url.Values{
		"_txlock":       {"immediate"},
		"_journal_mode": {"wal"},
		"_pragma":       {fmt.Sprintf("page_size(%d)", pageBytes), fmt.Sprintf("journal_size_limit(%d)", walBytes)},
	}))
	db.SetMaxOpenConns(1)
	return db
}

// openReaders gives a pool of connections that cannot write.
func openReaders(path string) *sql.DB {
	db := open(dataSource(path, url.Values{"_query_only": {"on"}}))
	n := max(4, runtime.NumCPU()) + 1 // and the one that polls
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db
}

func open(source string) *sql.DB {
	db, err := sql.Open("sqlite", source) // opens nothing yet
	if err != nil {
		panic("store: driver sqlite is not registered: " + err.Error()) // its import is above
	}
	return db
}

// write runs f in one transaction that holds the write lock from its start, or in the one that ctx shares (Together); an error of f undoes
// all that f did.
func (s *Store) write(ctx context.Context, doing string, f func(*sql.Tx) error) error {
	if shared, err := s.join(ctx, f); shared {
		return s.fault(doing, err)
	}
	return s.fault(doing, inTx(ctx, s.writer, nil, f))
}

// read runs f on one snapshot of the database.
func (s *Store) read(ctx context.Context, doing string, f func(*sql.Tx) error) error {
	return s.fault(doing, inTx(ctx, s.readers, &sql.TxOptions{ReadOnly: true}, f))
}

func inTx(ctx context.Context, db *sql.DB, opts *sql.TxOptions, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // SQLite may have rolled back already (full disk); err says why
		if ctx.Err() != nil {
			return ctx.Err() // f saw a transaction that database/sql had ended
		}
		return err
	}
	err = tx.Commit()
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil { // database/sql rolled it back when ctx ended
		return ctx.Err()
	}
	return err
}

// each calls f for every row of a query.
func each(ctx context.Context, tx *sql.Tx, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// timeLayout has a fixed width, so that times sort as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

func timeText(t time.Time) string { return t.UTC().Format(timeLayout) }

func textTime(s string) (time.Time, error) { return time.Parse(timeLayout, s) }
