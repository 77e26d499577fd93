package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A BackupFile is one of those in the data folder's backups/.
type BackupFile struct {
	Name  string
	Bytes int64
	Made  time.Time
}

// backupName keeps everything else out of reach: no paths, nothing hidden, nothing half made.
var backupName = regexp.MustCompile(`^wenda-[0-9]{8}-[0-9]{6}\.db$`)

func (s *Store) backups() string { return filepath.Join(s.dir, "backups") }

// KeepBackup makes a backup in backups/, named by the time, with a line in the audit. It is Backup: whole and checked, or not there. The line
// comes right before the file appears: a server that ends between the two leaves a line without a file, never a file that nobody knows of. One
// backup at a time: what an earlier one left half made is deleted. A second one within the second is fs.ErrExist.
func (s *Store) KeepBackup(ctx context.Context, by By, now time.Time) (string, BackupReport, error) {
	name := "wenda-" + now.In(chinaTime).Format("20060102-150405") + ".db"
	if err := os.MkdirAll(s.backups(), 0o700); err != nil {
		return "", BackupReport{}, faultIn(s.dir, "make backups/", err)
	}
	halves, err := filepath.Glob(filepath.Join(s.backups(), "wenda-*.db"+halfMade))
	if err != nil {
		return "", BackupReport{}, err
	}
	for _, half := range halves {
		_ = os.Remove(half) // one that stays takes room and nothing else
	}
	r, err := s.backup(ctx, filepath.Join(s.backups(), name), func(r BackupReport) error {
		return s.WriteAudit(ctx, Change{By: by, What: "backup.make", Object: name,
			After: fmt.Sprintf("bytes=%d documents=%d answers=%d", r.Bytes, r.Documents, r.Answers)})
	})
	return name, r, err
}

// Backups lists those in backups/, the newest first.
func (s *Store) Backups() ([]BackupFile, error) {
	entries, err := os.ReadDir(s.backups())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, faultIn(s.dir, "list backups", err)
	}
	var out []BackupFile
	for _, e := range entries {
		if !backupName.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			continue
		}
		if err != nil {
			return nil, faultIn(s.dir, "list backups", err)
		}
		out = append(out, BackupFile{e.Name(), info.Size(), info.ModTime()})
	}
	slices.SortFunc(out, func(a, b BackupFile) int { return strings.Compare(b.Name, a.Name) })
	return out, nil
}

// OpenBackup opens one for reading, with a line in the audit that it was taken: it holds everything. The caller closes it. A name that is not
// there, or none of a backup, is ErrNotFound.
func (s *Store) OpenBackup(ctx context.Context, by By, name string) (*os.File, error) {
	doing := "open backup " + name
	if !backupName.MatchString(name) {
		return nil, s.fault(doing, ErrNotFound)
	}
	root, err := os.OpenRoot(s.backups()) // no link leads out of it
	if err != nil {
		return nil, s.fault(doing, missing(err))
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, s.fault(doing, missing(err))
	}
	if err := s.WriteAudit(ctx, Change{By: by, What: "backup.download", Object: name}); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// DropBackup deletes one, with a line in the audit. Names are as of OpenBackup.
func (s *Store) DropBackup(ctx context.Context, by By, name string) error {
	doing := "delete backup " + name
	if !backupName.MatchString(name) {
		return s.fault(doing, ErrNotFound)
	}
	path := filepath.Join(s.backups(), name)
	if _, err := os.Lstat(path); err != nil {
		return s.fault(doing, missing(err))
	}
	if err := s.WriteAudit(ctx, Change{By: by, What: "backup.delete", Object: name}); err != nil { // first: nothing vanishes without a trace
		return err
	}
	return s.fault(doing, missing(os.Remove(path)))
}

func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	return err
}
