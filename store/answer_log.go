package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// An answerRow waits to be written. Only waiters changes once it is queued, under the log's lock.
type answerRow struct {
	id, created, channel, owner, conversation, question, status, mode, index string

	took          time.Duration
	answer, trace []byte
	facts         logFacts
	waiters       []waiter
}

// A waiter hears how the first attempt ended that began after it came: one that was under way may have failed for a reason that is
// no longer there.
type waiter struct {
	told  chan<- error // room for one
	after int          // attempts that had begun when it came
}

// An answerLog is the queue of answers and the one goroutine that writes it. The goroutine runs from newAnswerLog to close.
type answerLog struct {
	opts  Options
	dir   string
	write func(context.Context, []*answerRow) error

	mu      sync.Mutex
	queue   []*answerRow // in the order of coming; rows stay until they are written
	byID    map[string]*answerRow
	begun   int   // attempts to write
	failing error // of the last attempt, nil when it worked
	closed  bool  // nothing more comes in
	ended   bool  // the goroutine is gone: what is queued stays unwritten

	queued chan struct{} // room for one: the queue is no longer empty
	hurry  chan struct{} // room for one: write now
	stop   chan struct{}
	done   chan struct{}
	cancel context.CancelFunc // ends writing when close runs out of time
}

func newAnswerLog(s *Store, opts Options) *answerLog {
	ctx, cancel := context.WithCancel(context.Background())
	l := &answerLog{opts: opts, dir: s.dir, write: s.writeAnswers, byID: map[string]*answerRow{},
		queued: make(chan struct{}, 1), hurry: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}), cancel: cancel}
	go l.run(ctx)
	return l
}

func (l *answerLog) add(doing string, row *answerRow) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return l.closedError(doing)
	case l.byID[row.id] != nil:
		return fmt.Errorf("%s: it is queued already", doing)
	case len(l.queue) >= l.opts.Queue:
		return &Error{Doing: fmt.Sprintf("%s: %d are waiting", doing, len(l.queue)), Kind: ErrBusy, Err: l.failing, where: l.dir}
	}
	l.queue = append(l.queue, row)
	l.byID[row.id] = row
	switch n := len(l.queue); {
	case n == 1:
		signal(l.queued)
	case n == l.opts.Batch && l.failing == nil:
		signal(l.hurry)
	}
	return nil
}

func (l *answerLog) find(id string) (answer, trace []byte, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	row := l.byID[id]
	if row == nil {
		return nil, nil, false
	}
	return row.answer, row.trace, true
}

// ownerOf is the owner of the first queued row that is wanted.
func (l *answerLog) ownerOf(wanted func(*answerRow) bool) (owner string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range l.queue {
		if wanted(row) {
			return row.owner, true
		}
	}
	return "", false
}

// settle waits until the answer of this id is written, or every one that is queued for an empty id; nil at once when none is.
// The error is that of the first attempt that begins from now on and fails.
func (l *answerLog) settle(ctx context.Context, id string) error {
	l.mu.Lock()
	row := l.byID[id]
	if id == "" && len(l.queue) > 0 {
		row = l.queue[len(l.queue)-1] // written last
	}
	if row == nil || l.ended {
		l.mu.Unlock()
		if row != nil {
			return l.closedError("wait for answer " + row.id)
		}
		return nil
	}
	written := make(chan error, 1)
	row.waiters = append(row.waiters, waiter{written, l.begun})
	signal(l.hurry)
	l.mu.Unlock()
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// signal tells once: a second token would say the same.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// close lets the goroutine write what is queued and waits for it, at most for timeout.
func (l *answerLog) close(timeout time.Duration) error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	close(l.stop)
	t := time.NewTimer(timeout)
	defer t.Stop()
	var late error
	select {
	case <-l.done:
	case <-t.C:
		late = fmt.Errorf("out of time after %s", timeout)
	}
	l.cancel()
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.queue); n > 0 {
		return fmt.Errorf("close answer log: %d answers were not written: %w", n, errors.Join(late, l.failing))
	}
	return nil
}

// Between attempts that fail the pause doubles from retryFirst to retryMost. Whoever waits for a row makes it try at once.
const (
	retryFirst = 100 * time.Millisecond
	retryMost  = 5 * time.Second
)

func (l *answerLog) run(ctx context.Context) {
	defer close(l.done)
	retry := retryFirst
	for l.pause(retry) {
		if err := l.writeBatch(ctx); err != nil {
			retry = min(2*retry, retryMost)
		} else {
			retry = retryFirst
		}
	}
	for l.waiting() > 0 && l.writeBatch(ctx) == nil { // one attempt each: a full disk must not hold up the end
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for _, row := range l.queue {
		row.tell(l.closedError("write answer "+row.id), l.begun)
	}
}

func (l *answerLog) closedError(doing string) error {
	return &Error{Doing: doing, Kind: ErrClosed, where: l.dir}
}

// pause waits until there is something to write: for a batch to fill up, or, after a failure, for the retry. It returns false when
// the log is being closed.
func (l *answerLog) pause(retry time.Duration) bool {
	for l.waiting() == 0 {
		select {
		case <-l.queued:
		case <-l.stop:
			return false
		}
	}
	l.mu.Lock()
	wait, now := l.opts.Every, len(l.queue) >= l.opts.Batch
	if l.failing != nil {
		wait, now = retry, false
	}
	now = now || slices.ContainsFunc(l.queue, func(r *answerRow) bool { return len(r.waiters) > 0 })
	l.mu.Unlock()
	if !now {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-l.hurry:
		case <-l.stop:
			return false
		}
	}
	return true
}

func (l *answerLog) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// writeBatch writes the oldest rows, and tells whoever waits for them. After an error they stay, and all who waited before are told.
func (l *answerLog) writeBatch(ctx context.Context) error {
	l.mu.Lock()
	l.begun++
	batch := l.queue[:min(len(l.queue), l.opts.Batch)]
	l.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := l.write(ctx, batch)
	if err != nil {
		l.failed(err)
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failing != nil {
		l.opts.Log.Info("answers are written again", slog.Int("waiting", len(l.queue)))
		l.failing = nil
	}
	for _, row := range batch {
		row.tell(nil, l.begun)
		delete(l.byID, row.id)
	}
	l.queue = append([]*answerRow(nil), l.queue[len(batch):]...)
	return nil
}

// failed records a failure and tells it to all who waited for this attempt; the first of a series is logged.
func (l *answerLog) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failing == nil {
		l.opts.Log.Error("answers cannot be written and wait", slog.Int("waiting", len(l.queue)), slog.Any("error", err))
	}
	l.failing = err
	for _, row := range l.queue {
		row.tell(err, l.begun-1)
	}
}

// tell tells err to all who came when at most so many attempts had begun; the others wait on.
func (r *answerRow) tell(err error, begun int) {
	r.waiters = slices.DeleteFunc(r.waiters, func(w waiter) bool {
		if w.after > begun {
			return false
		}
		w.told <- err
		return true
	})
}
