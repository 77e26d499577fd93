package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// prepare makes the file, switches it to WAL and migrates it. goose has no lock for SQLite, and two processes that switch an
// empty file to WAL at once get SQLITE_BUSY whatever the busy timeout: so one process at a time does all this.
func (s *Store) prepare(ctx context.Context) error {
	unlock, err := waitLock(ctx, filepath.Join(s.dir, "open.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if err := createPrivate(s.path()); err != nil {
		return err
	}
	s.writer = openWriter(s.path())
	var mode string
	if err := s.writer.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return fmt.Errorf("read journal mode: %w", err)
	}
	if mode != "wal" {
		return &Error{Doing: "switch " + s.path() + " to WAL", Kind: ErrUnwritable,
			Err: fmt.Errorf("journal mode stays %s: not a local disk?", mode), where: s.dir}
	}
	return s.migrate(ctx)
}

// createPrivate makes an empty file that only its owner reads; SQLite gives -wal and -shm the same permissions. A file that is
// there stays untouched: opening and closing it would drop the locks of a Store that this process has open on it.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	return f.Close()
}

func (s *Store) migrate(ctx context.Context) error {
	have, err := schemaVersion(ctx, s.writer)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	p, want, err := provider(s.writer)
	if err != nil {
		return err
	}
	switch {
	case have > want:
		return &Error{Doing: "migrate " + s.path(), Kind: ErrNewer,
			Err: fmt.Errorf("its schema is version %d, this program knows %d", have, want), where: s.dir}
	case have == want:
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate from schema version %d to %d: %w", have, want, err)
	}
	return nil
}

// provider knows the migrations, the newest of which it tells.
func provider(db *sql.DB) (p *goose.Provider, newest int64, err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, 0, fmt.Errorf("read migrations: %w", err)
	}
	if p, err = goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true)); err != nil {
		return nil, 0, fmt.Errorf("read migrations: %w", err)
	}
	sources := p.ListSources()
	return p, sources[len(sources)-1].Version, nil
}

// newestSchema is the version that this program writes.
func newestSchema() (int64, error) {
	db := open("file::memory:") // never opened
	defer db.Close()
	_, n, err := provider(db)
	return n, err
}

// schemaVersion reads goose's table without writing: 0 for a new file. goose's own reading would create the table.
func schemaVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var n int64
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`).Scan(&n)
	if err != nil || n == 0 {
		return 0, err
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&n)
	return n, err
}
