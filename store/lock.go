package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// LockServer keeps a second server off the data folder until release is called or the process ends, however it ends. Commands
// do not take the lock: they work beside a server. The error wraps ErrLocked and names the process that has the lock. release
// may be called more than once.
//
// The lock is advisory, on server.lock, which holds the process's ID and when it took the lock. The file is never deleted: a
// process could hold the lock of a deleted one while another locks its successor.
func (s *Store) LockServer() (release func(), err error) {
	path := filepath.Join(s.dir, "server.lock")
	f, err := tryLock(path)
	if errors.Is(err, errHeld) {
		return nil, s.lockedBy(path)
	}
	if err != nil {
		return nil, s.fault("lock data folder "+s.dir, err)
	}
	// The lock holds without these lines: they are only for the message of a second server, and a full disk must not keep a
	// server from starting.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(fmt.Sprintf("%d\n%s\n", os.Getpid(), timeText(time.Now()))), 0)
	}
	return sync.OnceFunc(func() { _ = f.Close() }), nil
}

func (s *Store) lockedBy(path string) error {
	e := &Error{Doing: "lock data folder " + s.dir, Kind: ErrLocked, where: s.dir}
	text, err := os.ReadFile(path)
	lines := strings.Fields(string(text))
	if err != nil || len(lines) < 2 {
		return e // it has just taken the lock
	}
	pid, pidErr := strconv.Atoi(lines[0])
	since, sinceErr := textTime(lines[1])
	if pidErr == nil && sinceErr == nil {
		e.Err = fmt.Errorf("by a server with pid %d since %s", pid, since.Format(time.RFC3339))
		e.note = fmt.Sprintf("（进程号 %d，%s 启动）", pid, since.Local().Format(time.DateTime))
	}
	return e
}

// errHeld means that somebody else has the lock.
var errHeld = errors.New("lock is held")

// lockPoll is how often waitLock tries: the lock is held for the milliseconds of a migration.
const lockPoll = 10 * time.Millisecond

// waitLock takes the lock on path, waiting until ctx ends or busyTimeout has passed.
func waitLock(ctx context.Context, path string) (unlock func(), err error) {
	deadline := time.NewTimer(busyTimeout)
	defer deadline.Stop()
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		f, err := tryLock(path)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, errHeld) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-deadline.C:
			return nil, &Error{Doing: "wait for " + path, Kind: ErrBusy, Err: err, where: filepath.Dir(path)}
		}
	}
}

// tryLock opens path and takes its lock, or returns errHeld. Closing the file gives the lock back.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
