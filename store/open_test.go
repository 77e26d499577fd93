package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// advised asserts what every error for an operator has: its kind, one line, a Chinese sentence on what to do, no stack.
func advised(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %v", err, kind)
		return
	}
	var e interface{ Advice() string }
	if !errors.As(err, &e) {
		t.Errorf("%v has no advice", err)
		return
	}
	if a := e.Advice(); !strings.Contains(a, "请") || !strings.HasSuffix(a, "。") {
		t.Errorf("advice %q does not say what to do", a)
	}
	if s := err.Error(); strings.Contains(s, "goroutine") || strings.Contains(s, ".go:") {
		t.Errorf("%q looks like a stack", s)
	}
}

func TestOpenMakesAPrivateFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "数据 100%#?&x", "data")
	s := opened(t, dir, Options{})
	mustPut(t, s, kept("d1", "v1", 1))
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "wenda.db"): 0o600, filepath.Join(dir, "wenda.db-wal"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %o", path, info, err, want)
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "page_size": "8192"} {
		var got string
		if err := s.writer.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", pragma, got, err, want)
		}
	}
	if _, err := s.readers.ExecContext(t.Context(), "DELETE FROM documents"); err == nil {
		t.Error("a reading connection could write")
	}
}

func TestOpenUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "wenda.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{"a file in place of the folder": file, "below a file": filepath.Join(file, "data"),
		"a folder in place of the database": folder, "no such device": "/proc/wenda-data"}
	if os.Getuid() != 0 { // root may write everywhere
		locked := t.TempDir()
		if err := os.Chmod(locked, 0o500); err != nil {
			t.Fatal(err)
		}
		cases["no permission"] = locked
	}
	for name, dir := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), dir, Options{})
			advised(t, err, ErrUnwritable)
		})
	}
}

func TestOpenNewerSchema(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, Options{})
	if _, err := s.writer.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dir, Options{})
	advised(t, err, ErrNewer)
	if err != nil && !strings.Contains(err.Error(), "version 999") {
		t.Errorf("%v does not name the version", err)
	}
}

func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := Open(ctx, t.TempDir(), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", s, err)
	}
}

// fullFolder closes a folder with something in every table.
func fullFolder(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := opened(t, dir, Options{})
	vectors := map[string][]float32{}
	for i := range 60 {
		vectors[fmt.Sprint("x", i)] = make([]float32, 512)
	}
	if err := s.Put(t.Context(), kept("d1", "v1", 200), "e", vectors); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if err := s.PutAnswer(answer(fmt.Sprint("a_", i)), Logged{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpenDamaged(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"no database": func([]byte) []byte { return []byte(strings.Repeat("这不是数据库。", 500)) },
		"header":      func(b []byte) []byte { copy(b, "XXXXXXXXXXXXXXXX"); return b },
		"cut in half": func(b []byte) []byte { return b[:len(b)/2] },
		"first page":  func(b []byte) []byte { clear(b[100:pageBytes]); return b },
	} {
		t.Run(name, func(t *testing.T) {
			dir := fullFolder(t)
			path := filepath.Join(dir, "wenda.db")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), dir, Options{})
			advised(t, err, ErrDamaged)
		})
	}
}

// Whatever page is overwritten: reading ends with an error that says so, or with what was kept; never with a panic.
func TestDamagedPages(t *testing.T) {
	dir := fullFolder(t)
	whole, err := os.ReadFile(filepath.Join(dir, "wenda.db"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for page := 1; page < len(whole)/pageBytes; page++ {
		damaged := append([]byte(nil), whole...)
		r := rand.NewChaCha8([32]byte{byte(page)})
		_, _ = r.Read(damaged[page*pageBytes : (page+1)*pageBytes])
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "wenda.db"), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), dir, Options{})
		if err != nil {
			advised(t, err, ErrDamaged)
			found++
			continue
		}
		_, liveErr := s.Live(t.Context())
		_, vectorsErr := s.Vectors(t.Context(), "e", []string{"x1", "x2"})
		_, answerErr := s.Answer(t.Context(), "a_7")
		for _, err := range []error{liveErr, vectorsErr, answerErr} {
			if err != nil && !errors.Is(err, ErrNotFound) {
				advised(t, err, ErrDamaged)
				found++
			}
		}
		_ = s.Close()
	}
	if found == 0 {
		t.Error("no damage was found: nothing was tested")
	}
}

// Processes and goroutines open a fresh folder at the same time.
func TestOpenAtOnce(t *testing.T) {
	for range 5 {
		dir := filepath.Join(t.TempDir(), "data")
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range 2 {
			_, lines := startChild(t, "open", dir)
			wg.Go(func() {
				if !lines.Scan() || lines.Text() != "opened" {
					t.Errorf("a process could not open: %q", lines.Text())
				}
			})
		}
		for range 12 {
			wg.Go(func() {
				<-start
				s, err := Open(t.Context(), dir, Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		wg.Wait()
		s := opened(t, dir, Options{})
		if n := count(t, s, "SELECT count(*) FROM goose_db_version WHERE version_id = 1"); n != 1 {
			t.Errorf("migrated %d times", n)
		}
	}
}
