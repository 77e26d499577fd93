package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// A BackupReport says what a backup holds.
type BackupReport struct {
	Bytes     int64
	Schema    int64
	Documents int
	Answers   int
}

// Backup writes the whole store as one file, while servers and commands go on: a consistent copy of one moment (VACUUM INTO), checked page
// by page and then put in its place. A file that is there already is fs.ErrExist and stays as it is. What is queued is written first.
func (s *Store) Backup(ctx context.Context, path string) (BackupReport, error) {
	return s.backup(ctx, path, func(BackupReport) error { return nil })
}

// halfMade is the end of the name of a backup that is being made.
const halfMade = ".part"

// backup calls note when everything is done but putting the file in its place.
func (s *Store) backup(ctx context.Context, path string, note func(BackupReport) error) (BackupReport, error) {
	doing := "back up to " + path
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fs.ErrExist
		}
		return BackupReport{}, fmt.Errorf("%s: %w", doing, err)
	}
	if err := s.Flush(ctx); err != nil {
		return BackupReport{}, err
	}
	part := path + halfMade
	_ = os.Remove(part) // of a backup that was cut off
	defer os.Remove(part)
	db := open(dataSource(s.path(), url.Values{})) // neither the writer, which others wait for, nor a reader, which may write nowhere
	_, err := db.ExecContext(ctx, "VACUUM INTO ?", part)
	if err := errors.Join(err, db.Close()); err != nil {
		return BackupReport{}, faultIn(filepath.Dir(path), doing, err)
	}
	if err := os.Chmod(part, 0o600); err != nil {
		return BackupReport{}, faultIn(filepath.Dir(path), doing, err)
	}
	r, err := CheckBackup(ctx, part)
	if err == nil {
		err = durable(part)
	}
	if err == nil {
		err = note(r)
	}
	if err == nil {
		err = os.Link(part, path) // unlike a rename it replaces nothing
	}
	if err != nil {
		return BackupReport{}, faultIn(filepath.Dir(path), doing, err)
	}
	return r, faultIn(filepath.Dir(path), doing, durable(filepath.Dir(path)))
}

// durable makes a file, or what a folder lists, survive a power cut.
func durable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// CheckBackup reads a backup whole: ErrDamaged when it is none or a part of it is, ErrNewer when a newer program wrote it. It changes nothing.
func CheckBackup(ctx context.Context, path string) (BackupReport, error) {
	doing := "check backup " + path
	info, err := os.Stat(path)
	if err != nil {
		return BackupReport{}, fmt.Errorf("%s: %w", doing, err)
	}
	db := open(dataSource(path, url.Values{"_query_only": {"on"}, "mode": {"ro"}, "immutable": {"1"}}))
	defer db.Close()
	r := BackupReport{Bytes: info.Size()}
	damaged := func(err error) error {
		return &Error{Doing: doing, Kind: ErrDamaged, Err: err, where: filepath.Dir(path)}
	}
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); err != nil {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		return r, damaged(err)
	}
	if said != "ok" {
		return r, damaged(errors.New(said))
	}
	if r.Schema, err = schemaVersion(ctx, db); err != nil || r.Schema == 0 {
		return r, damaged(errors.Join(errors.New("it is no data of wenda"), err))
	}
	newest, err := newestSchema()
	if err != nil {
		return r, err
	}
	if r.Schema > newest {
		return r, &Error{Doing: doing, Kind: ErrNewer, Err: fmt.Errorf("its schema is version %d, this program knows %d", r.Schema, newest), where: filepath.Dir(path)}
	}
	err = db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM answers)").Scan(&r.Documents, &r.Answers)
	if err != nil {
		return r, damaged(err)
	}
	return r, nil
}

// Restore puts a backup in the place of the data folder's database. A server that runs there is ErrLocked. The backup is checked first and
// copied beside; what was there before is kept as wenda.db.before-TIME, with its -wal and -shm, and named. A failure before the last step
// leaves everything as it was.
func Restore(ctx context.Context, dir, backup string, now time.Time) (kept string, r BackupReport, err error) {
	doing := "restore " + backup
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", r, faultIn(dir, doing, err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return "", r, faultIn(abs, doing, err)
	}
	s := &Store{dir: abs}
	release, err := s.LockServer()
	if err != nil {
		return "", r, err
	}
	defer release()
	unlock, err := waitLock(ctx, filepath.Join(abs, "open.lock")) // no command opens it meanwhile
	if err != nil {
		return "", r, faultIn(abs, doing, err)
	}
	defer unlock()
	part := s.path() + ".restoring"
	defer os.Remove(part)
	if err := copyFile(ctx, backup, part); err != nil {
		return "", r, faultIn(abs, doing, err)
	}
	if r, err = CheckBackup(ctx, part); err != nil { // of the copy: what will be used
		return "", r, err
	}
	kept, err = setAside(s.path(), now)
	if err != nil {
		return "", r, faultIn(abs, doing, err)
	}
	if err := errors.Join(os.Rename(part, s.path()), durable(abs)); err != nil {
		return kept, r, faultIn(abs, doing, err)
	}
	return kept, r, nil
}

// setAside renames the database with what belongs to it; the name is empty when there was none. -wal and -shm go first: a database without
// its -wal would lose what was committed last, a -wal beside another database would damage that.
func setAside(path string, now time.Time) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	aside := path + ".before-" + now.UTC().Format("20060102T150405.000000000Z")
	for _, end := range []string{"-shm", "-wal", ""} {
		if err := os.Rename(path+end, aside+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return aside, nil
}

// copyAtOnce is how much is copied between two looks at the context.
const copyAtOnce = 8 << 20

func copyFile(ctx context.Context, from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Sync(), out.Close()) }()
	for {
		n, err := io.CopyN(out, in, copyAtOnce)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || n < copyAtOnce {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
