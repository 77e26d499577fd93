package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"wenda/corpus"
)

var _ corpus.Shelf = (*Store)(nil)

// Options are what an operator or a test may want otherwise. The zero value is what a server uses.
type Options struct {
	Log *slog.Logger // one line when answers stop being written, one when they are again; nil is slog.Default

	Queue        int           // answers that may wait to be written; 0 is 4096
	Batch        int           // answers written in one transaction at most; 0 is 256
	Every        time.Duration // how long an answer may wait for others to share its transaction; 0 is 50 ms
	CloseTimeout time.Duration // how long Close writes what is queued; 0 is 5 s
}

func (o Options) orDefaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Queue <= 0 {
		o.Queue = 4096
	}
	if o.Batch <= 0 {
		o.Batch = 256
	}
	if o.Every <= 0 {
		o.Every = 50 * time.Millisecond
	}
	if o.CloseTimeout <= 0 {
		o.CloseTimeout = 5 * time.Second
	}
	return o
}

// A Store is an open data folder. Its methods may be called from several goroutines.
type Store struct {
	dir     string // absolute
	writer  *sql.DB
	readers *sql.DB
	poll    poll
	answers *answerLog
	grouped group
	close   func() error
}

// Open makes dir (0700) when it is not there, opens the database in it, and brings it up to date. Several processes may do so at
// once. Errors are *Error: ErrUnwritable, ErrDamaged, ErrNewer, ErrFull, ErrDisk, ErrBusy; or the context's.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	doing := "open data folder " + dir
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, faultIn(dir, doing, err)
	}
	opts = opts.orDefaults()
	s := &Store{dir: abs}
	if err := s.openDatabase(ctx); err != nil {
		return nil, faultIn(abs, doing, errors.Join(err, s.closeDatabase()))
	}
	s.answers = newAnswerLog(s, opts)
	s.close = sync.OnceValue(func() error {
		return errors.Join(s.answers.close(opts.CloseTimeout), s.fault("close data folder "+abs, s.closeDatabase()))
	})
	return s, nil
}

// Close writes the answers that are queued, for at most Options.CloseTimeout, and closes the file. The error says how many could
// not be written. Later calls of any method return ErrClosed; a second Close returns what the first did.
func (s *Store) Close() error { return s.close() }

func (s *Store) openDatabase(ctx context.Context) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := errors.Join(s.enterOld(ctx), s.summarizeOld(ctx)); err != nil {
		return err
	}
	s.readers = openReaders(s.path())
	var err error
	s.poll.conn, err = s.readers.Conn(ctx)
	return err
}

func (s *Store) closeDatabase() error {
	var errs []error
	if c := s.poll.take(); c != nil {
		errs = append(errs, c.Close())
	}
	for _, db := range []*sql.DB{s.readers, s.writer} { // the writer last: it merges the WAL into the file
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

func (s *Store) path() string { return filepath.Join(s.dir, "wenda.db") }
