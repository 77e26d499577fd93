package store

import (
	"errors"
	"io/fs"
	"os"
)

// Room is how large the database is and what is left on its disk, in bytes.
type Room struct {
	Database int64 // the file and what waits beside it (-wal)
	Free     int64 // for this program
}

// Room measures.
func (s *Store) Room() (Room, error) {
	var r Room
	for _, end := range []string{"", "-wal"} {
		info, err := os.Stat(s.path() + end)
		if errors.Is(err, fs.ErrNotExist) && end != "" {
			continue
		}
		if err != nil {
			return r, s.fault("measure the database", err)
		}
		r.Database += info.Size()
	}
	var err error
	r.Free, err = freeBytes(s.dir)
	return r, s.fault("measure the disk", err)
}
