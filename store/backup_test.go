package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func TestBackupAndRestore(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := opened(t, dir, Options{})
	k := kept("d_1", "v1", 3)
	mustPut(t, s, k)
	for i := range 50 {
		if err := s.PutAnswer(madeRow(i)); err != nil {
			t.Fatal(err)
		}
	}
	stop, busy := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { // the server goes on meanwhile
		for i := 1000; stop.Err() == nil; i++ {
			if err := s.PutAnswer(madeRow(i)); err != nil && !errors.Is(err, ErrBusy) {
				done <- err
				return
			}
		}
		done <- nil
	}()
	path := filepath.Join(t.TempDir(), "wenda.backup")
	r, err := s.Backup(ctx, path)
	busy()
	if err != nil || <-done != nil || r.Documents != 1 || r.Answers < 50 || r.Bytes == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := s.Backup(ctx, path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("overwritten: %v", err)
	}
	if left, _ := filepath.Glob(path + "*"); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if again, err := CheckBackup(ctx, path); err != nil || again != r {
		t.Errorf("checked: %+v, %v, want %+v", again, err, r)
	}
	// later the old folder goes wrong, and what was backed up comes back
	mustPut(t, s, kept("d_1", "v2", 1))
	release, err := s.LockServer()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(ctx, dir, path, madeStart); !errors.Is(err, ErrLocked) {
		t.Fatalf("restored under a server: %v", err)
	}
	release()
	if err := errors.Join(s.Flush(ctx), s.Close()); err != nil { // closing waits for what is queued for 5 s only
		t.Fatal(err)
	}
	old, got, err := Restore(ctx, dir, path, madeStart)
	if err != nil || got != r || old == "" {
		t.Fatalf("%q, %+v, %v", old, got, err)
	}
	s = opened(t, dir, Options{})
	live, err := s.Live(ctx)
	if err != nil || len(live) != 1 || !reflect.DeepEqual(live[0], k) {
		t.Errorf("got %+v, %v", live, err)
	}
	if v, err := s.VerifyLog(ctx, nil, nil); err != nil || len(v.Broken) > 0 || v.Records != r.Answers {
		t.Errorf("log: %+v, %v", v, err)
	}
	if before, err := CheckBackup(ctx, old); err != nil || before.Documents != 1 {
		t.Errorf("what was there before: %+v, %v", before, err)
	}
}

func TestRestoreIntoAnEmptyFolder(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	mustPut(t, s, kept("d_1", "v1", 1))
	path := filepath.Join(t.TempDir(), "b")
	if _, err := s.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "new")
	if old, r, err := Restore(ctx, dir, path, time.Now()); err != nil || old != "" || r.Documents != 1 {
		t.Fatalf("%q, %+v, %v", old, r, err)
	}
	if live, err := opened(t, dir, Options{}).Live(ctx); err != nil || len(live) != 1 {
		t.Errorf("%d documents, %v", len(live), err)
	}
}

// What is no whole backup is refused, and the folder stays as it was.
func TestRestoreRefuses(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := opened(t, dir, Options{})
	for i := range 200 {
		if err := s.PutAnswer(madeRow(i)); err != nil {
			t.Fatal(err)
		}
	}
	good := filepath.Join(t.TempDir(), "good")
	if _, err := s.Backup(ctx, good); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(s.path())
	if err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(t.TempDir(), "newer")
	if err := os.WriteFile(newer, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db := openWriter(newer)
	if _, err := db.ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	future, err := os.ReadFile(newer)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Clone(data)
	for i := len(data) / 3; i < len(data)/2; i++ {
		spoilt[i] ^= 0x5a
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{"empty": {nil, ErrDamaged}, "text": {[]byte("no database"), ErrDamaged}, "cut": {data[:len(data)/2], ErrDamaged}, "spoilt": {spoilt, ErrDamaged}, "newer": {future, ErrNewer}} {
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(bad, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Restore(ctx, dir, bad, time.Now()); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, _, err := Restore(ctx, dir, filepath.Join(dir, "none"), time.Now()); err == nil {
		t.Error("restored from nothing")
	}
	if now, err := os.ReadFile(s.path()); err != nil || !bytes.Equal(now, was) {
		t.Errorf("the folder changed: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*restoring*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Approved answers and documents survive a kill once they are acknowledged.
func curateForever(ctx context.Context, s *Store) error {
	for i := 1; ; i++ {
		c := curatedBody(fmt.Sprintf("s-%d-%d", os.Getpid(), i), fmt.Sprint("答", i))
		if _, err := s.SaveCurated(ctx, By{Name: "x"}, c, 0); err != nil {
			return err
		}
		if err := s.ApproveCurated(ctx, By{Name: "y"}, c.ID, 1, false); err != nil {
			return err
		}
		fmt.Println("curated", c.ID)
	}
}

func TestCuratedSurvivesKills(t *testing.T) {
	const rounds = 6
	dir := t.TempDir()
	var acknowledged []string
	for round := range rounds {
		cmd, lines := startChild(t, "curate", dir)
		for range 5 + 3*round {
			if !lines.Scan() {
				break
			}
			acknowledged = append(acknowledged, lines.Text()[len("curated "):])
		}
		_ = cmd.Process.Kill()
		for lines.Scan() {
			acknowledged = append(acknowledged, lines.Text()[len("curated "):])
		}
		_ = cmd.Wait()
		s := opened(t, dir, Options{})
		live, _, err := s.LiveCurated(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]bool{}
		for _, c := range live {
			have[c.ID] = true
		}
		for _, id := range acknowledged {
			if !have[id] {
				t.Errorf("round %d: %s is lost", round, id)
			}
		}
		changes, err := s.Changes(t.Context(), ChangeFilter{What: "curated.approve", Limit: 1 << 20})
		if err != nil || len(changes) != len(live) {
			t.Errorf("round %d: %d lines of audit for %d answers, %v", round, len(changes), len(live), err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(acknowledged) < 20 {
		t.Fatalf("only %d were acknowledged", len(acknowledged))
	}
}
