package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecondServerIsKeptOut(t *testing.T) {
	dir := t.TempDir()
	a, b := opened(t, dir, Options{}), opened(t, dir, Options{})
	release, err := a.LockServer()
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.LockServer()
	advised(t, err, ErrLocked)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("pid %d since 20", os.Getpid())) {
		t.Errorf("%v does not name the process", err)
	}
	mustPut(t, b, kept("d1", "v1", 0)) // a command works beside the server
	release()
	release()
	again, err := b.LockServer()
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	again()
}

func TestLockEndsWithItsProcess(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, Options{})
	cmd, lines := startChild(t, "lock", dir)
	if !lines.Scan() || lines.Text() != "locked" {
		t.Fatalf("the process could not lock: %q", lines.Text())
	}
	_, err := s.LockServer()
	advised(t, err, ErrLocked)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint("pid ", cmd.Process.Pid)) {
		t.Errorf("%v does not name process %d", err, cmd.Process.Pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	release, err := s.LockServer()
	if err != nil {
		t.Fatalf("after kill -9: %v", err)
	}
	release()
}

// A server that has just taken the lock has not written its lines yet.
func TestLockedByNobodyKnown(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	f, err := tryLock(filepath.Join(s.dir, "server.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = s.LockServer()
	advised(t, err, ErrLocked)
}
