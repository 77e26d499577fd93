package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
)

// A disk that is full: fill leaves no room in the folder, free gives it back.
type disk struct {
	dir        string
	fill, free func(*testing.T, *Store)
}

// pageLimit makes SQLite report a full disk by itself: it works everywhere.
func pageLimit(t *testing.T) disk {
	set := func(t *testing.T, s *Store, pages int) {
		t.Helper()
		if _, err := s.writer.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	return disk{dir: t.TempDir(),
		fill: func(t *testing.T, s *Store) { set(t, s, 1) }, // not below the pages in use
		free: func(t *testing.T, s *Store) { set(t, s, 1<<30) }}
}

func TestFullDisk(t *testing.T) {
	disks := map[string]disk{"page limit": pageLimit(t)}
	if d, ok := smallDisk(t); ok { // a real one, where this process may mount
		disks["tmpfs"] = d
	}
	for name, d := range disks {
		t.Run(name, func(t *testing.T) { fullDisk(t, d) })
	}
}

func fullDisk(t *testing.T, d disk) {
	ctx := t.Context()
	s := opened(t, d.dir, Options{Every: never, Queue: 3})
	before := kept("d1", "v1", 2)
	mustPut(t, s, before)
	if err := s.PutAnswer(answer("a_0"), Logged{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	d.fill(t, s)

	large := answer("a_1")
	large.Text = strings.Repeat("长", 100_000)
	if err := s.PutAnswer(large, Logged{}); err != nil {
		t.Fatal(err)
	}
	advised(t, s.Flush(ctx), ErrFull)
	advised(t, s.Feedback(ctx, Feedback{AnswerID: "a_1", Verdict: Useful}), ErrFull) // waits for its answer, and not for ever
	advised(t, s.Put(ctx, kept("d1", "v2", 2000), "", nil), ErrFull)
	advised(t, s.PutVectors(ctx, "e", map[string][]float32{"x": make([]float32, 100_000)}), ErrFull)

	// reads go on, of what is written and of what is queued
	if live, err := s.Live(ctx); err != nil || !reflect.DeepEqual(live, []corpus.Kept{before}) {
		t.Errorf("live: got %+v, %v", live, err)
	}
	for _, id := range []string{"a_0", "a_1"} {
		if a, err := s.Answer(ctx, id); err != nil || a.ID != id {
			t.Errorf("%s: got %s, %v", id, a.ID, err)
		}
	}
	// a queue that is full because the disk is says both
	for _, id := range []string{"a_2", "a_3"} {
		if err := s.PutAnswer(answer(id), Logged{}); err != nil {
			t.Fatal(err)
		}
	}
	err := s.PutAnswer(answer("a_4"), Logged{})
	advised(t, err, ErrBusy)
	advised(t, err, ErrFull)

	d.free(t, s) // and without a restart:
	if err := s.Feedback(ctx, Feedback{AnswerID: "a_1", Verdict: Useful}); err != nil {
		t.Errorf("feedback: %v", err)
	}
	if err := s.Flush(ctx); err != nil {
		t.Errorf("flush: %v", err)
	}
	if n := count(t, s, "SELECT count(*) FROM answers"); n != 4 {
		t.Errorf("got %d answers, want 4", n)
	}
	if err := s.Put(ctx, kept("d1", "v2", 5), "", nil); err != nil {
		t.Errorf("put: %v", err)
	}
}

// On a full disk Close does not try for ever and says what is lost.
func TestCloseOnAFullDisk(t *testing.T) {
	d := pageLimit(t)
	s := opened(t, d.dir, Options{Every: never})
	d.fill(t, s)
	large := answer("a_1")
	large.Text = strings.Repeat("长", 100_000)
	if err := s.PutAnswer(large, Logged{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "1 answers were not written") {
		t.Errorf("got %v, want to hear of the lost answer", err)
	}
}

// What waits is written by itself once there is room, which is told in one line for the failure and one for its end; a queue
// that is full later is only busy.
func TestRecoversByItself(t *testing.T) {
	d := pageLimit(t)
	var log lines
	s := opened(t, d.dir, Options{Every: time.Millisecond, Queue: 2, Log: slog.New(slog.NewTextHandler(&log, nil))})
	d.fill(t, s)
	large := answer("a_1")
	large.Text = strings.Repeat("长", 100_000)
	if err := s.PutAnswer(large, Logged{}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		advised(t, s.Flush(t.Context()), ErrFull)
	}
	d.free(t, s)
	for {
		var n int
		if err := s.readers.QueryRowContext(t.Context(), "SELECT count(*) FROM answers").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if _, _, queued := s.answers.find("a_1"); n == 1 && !queued {
			break
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"level=ERROR msg=\"answers cannot be written and wait\"", "level=INFO msg=\"answers are written again\""}
	if len(log) != 2 || !strings.Contains(log[0], want[0]) || !strings.Contains(log[1], want[1]) {
		t.Errorf("log: got %q, want %q", log, want)
	}
	s = opened(t, d.dir, Options{Every: never, Queue: 1})
	d.fill(t, s)
	large.ID = "a_2"
	if err := s.PutAnswer(large, Logged{}); err != nil {
		t.Fatal(err)
	}
	advised(t, s.Flush(t.Context()), ErrFull)
	d.free(t, s)
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAnswer(answer("a_3"), Logged{}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAnswer(answer("a_4"), Logged{}); !errors.Is(err, ErrBusy) || errors.Is(err, ErrFull) {
		t.Errorf("full later: got %v, want ErrBusy alone", err)
	}
}

// Whoever comes while an attempt is under way is not told that it failed: the next one may work.
func TestFlushHearsOfItsOwnAttempt(t *testing.T) {
	s := opened(t, t.TempDir(), Options{Every: never})
	begun, end := make(chan struct{}), make(chan struct{})
	write := s.answers.write
	s.answers.write = func(context.Context, []*answerRow) error { // the writer reads it once something is queued
		s.answers.write = write
		close(begun)
		<-end
		return ErrFull
	}
	if err := s.PutAnswer(answer("a_1"), Logged{}); err != nil {
		t.Fatal(err)
	}
	flushed := func() <-chan error {
		done := make(chan error, 1)
		go func() { done <- s.Flush(t.Context()) }()
		return done
	}
	first := flushed()
	<-begun
	second := flushed()
	for waiting := 0; waiting < 2; {
		s.answers.mu.Lock()
		waiting = len(s.answers.queue[0].waiters)
		s.answers.mu.Unlock()
	}
	close(end)
	if err := <-first; !errors.Is(err, ErrFull) {
		t.Errorf("first: got %v, want ErrFull", err)
	}
	if err := <-second; err != nil {
		t.Errorf("second: got %v, want it written", err)
	}
}

// lines collects what a logger writes; slog writes one line at a time, and the test reads after Close.
type lines []string

func (l *lines) Write(b []byte) (int, error) {
	*l = append(*l, string(b))
	return len(b), nil
}
