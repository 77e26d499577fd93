package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of 3 MiB; false when this process may not mount.
func smallDisk(t *testing.T) (disk, bool) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Logf("without a real full disk: mount: %v", err)
		return disk{}, false
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	return disk{dir: filepath.Join(dir, "data"),
		fill: func(t *testing.T, _ *Store) {
			f, err := os.Create(ballast)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for err == nil {
				_, err = f.Write(make([]byte, 512))
			}
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("fill the disk: %v", err)
			}
		},
		free: func(t *testing.T, _ *Store) {
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		}}, true
}

// Opening needs room for the shared memory of WAL at least.
func TestOpenOnAFullDisk(t *testing.T) {
	d, ok := smallDisk(t)
	if !ok {
		return // it has said why
	}
	s := opened(t, d.dir, Options{})
	mustPut(t, s, kept("d1", "v1", 1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d.fill(t, s)
	for name, dir := range map[string]string{"a folder in use": d.dir, "a new one": d.dir + "2"} {
		_, err := Open(t.Context(), dir, Options{})
		t.Logf("%s: %v", name, err)
		advised(t, err, ErrFull)
	}
	d.free(t, s)
	s = opened(t, d.dir, Options{})
	defer s.Close() // before the disk is unmounted
	if live, err := s.Live(t.Context()); err != nil || len(live) != 1 {
		t.Errorf("got %d documents, %v", len(live), err)
	}
}
