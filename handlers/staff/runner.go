package staff

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"wenda/rag/eval"
	"wenda/store"
)

// maxWaiting is how many runs may wait behind the one under way.
const maxWaiting = 8

// A runner asks test sets, one run at a time, in the goroutine that calls Work.
type runner struct {
	queue chan job

	mu       sync.Mutex
	progress map[string]*progress // of runs that wait or are under way
}

type job struct {
	run store.Run
	by  store.By
}

type progress struct {
	done, all int
	cancelled bool
	stop      context.CancelFunc // nil while the run waits
}

func newRunner() *runner {
	return &runner{queue: make(chan job, maxWaiting), progress: map[string]*progress{}}
}

// begin keeps a run and puts it into the queue; a full queue is busy.
func (c *Console) begin(ctx context.Context, by store.By, r store.Run) (store.Run, error) {
	q := c.runner
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) == cap(q.queue) {
		return r, busy.saying(fmt.Sprintf("已经有%d个测试在排队，请等一个完成或取消。", maxWaiting))
	}
	r, err := c.store.AddRun(ctx, by, r)
	if err != nil {
		return r, err
	}
	q.progress[r.ID] = &progress{}
	q.queue <- job{r, by} // has room: only begin fills it, one at a time
	return r, nil
}

// cancel stops a run that waits or is under way.
func (q *runner) cancel(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p, ok := q.progress[id]; ok {
		p.cancelled = true
		if p.stop != nil {
			p.stop()
		}
	}
}

// starts notes how a run is stopped, and reports false when it was cancelled while it waited.
func (q *runner) starts(id string, stop context.CancelFunc) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.progress[id]
	p.stop = stop
	return !p.cancelled
}

func (q *runner) isCancelled(id string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.progress[id].cancelled
}

func (q *runner) forget(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.progress, id)
}

// of tells how far a run is; all is 0 while it waits.
func (q *runner) of(id string) (done, all int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p, ok := q.progress[id]; ok {
		return p.done, p.all
	}
	return 0, 0
}

// Work asks the test sets that staff begin to run, one run after the other, until ctx is done. Runs left by a server that stopped are
// ended first, and those that are left at the end by the next one. It is called once, from a goroutine of the caller's.
func (c *Console) Work(ctx context.Context) {
	if err := c.store.BreakRuns(ctx, "服务重新启动，测试没有做完；请重新开始。"); err != nil && ctx.Err() == nil {
		c.log.Error("broken runs not ended", "error", err)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-c.runner.queue:
			c.work(ctx, j)
		}
	}
}

func (c *Console) work(ctx context.Context, j job) {
	running, stop := context.WithCancel(ctx)
	defer stop()
	r := j.run
	defer c.runner.forget(r.ID)
	var verdicts store.RunVerdicts
	var err error
	gate := func(context.Context) error { return nil }
	if c.runner.starts(r.ID, stop) {
		verdicts, err = c.ask(running, j)
	}
	switch {
	case ctx.Err() != nil:
		return // Work of the next server ends it
	case c.runner.isCancelled(r.ID):
		return // CancelRun ended it
	case err != nil:
		c.log.Warn("run failed", "run", r.ID, "error", err)
		r.Status, r.Error = store.RunFailed, "没有做完："+err.Error()
	default:
		r.Status = store.RunDone
		var comparison eval.Comparison
		r.Summary, comparison = summed(r.Summary, verdicts)
		if r.Purpose == store.RunGate {
			gate = c.decide(ctx, &r, j.by, comparison)
		}
	}
	err = c.store.Together(ctx, "end run "+r.ID, func(ctx context.Context) error { // what is published and what the run says of it: both or neither
		if err := gate(ctx); err != nil {
			return err
		}
		return c.store.EndRun(ctx, r, verdicts)
	})
	if err != nil && !errors.Is(err, store.ErrConflict) { // cancelled at the last moment
		c.log.Error("run not kept", "run", r.ID, "error", err)
	}
}

func (c *Console) ask(ctx context.Context, j job) (store.RunVerdicts, error) {
	if err := c.store.BeginRun(ctx, j.run.ID); err != nil {
		return store.RunVerdicts{}, err
	}
	if len(j.run.Sets) == 0 && j.run.Purpose == store.RunGate {
		return store.RunVerdicts{}, nil
	}
	cases, err := CasesOf(ctx, c.store, j.run.Sets)
	if err != nil {
		return store.RunVerdicts{}, err
	}
	return Judge(ctx, c.bench, cases, j.run.Variant, func(done, all int) {
		c.runner.mu.Lock()
		defer c.runner.mu.Unlock()
		if p := c.runner.progress[j.run.ID]; p != nil {
			p.done, p.all = done, all
		}
	})
}

// decide says what comes of a gate: it publishes what was let pass, for who began it, or writes down what stopped it. That is done by what
// it returns, together with the end of the run.
func (c *Console) decide(ctx context.Context, r *store.Run, by store.By, comparison eval.Comparison) func(context.Context) error {
	p, err := PublishingOf(ctx, c.store)
	if err != nil {
		r.Status, r.Error = store.RunFailed, err.Error()
		return func(context.Context) error { return nil }
	}
	if r.Summary.Blocked = comparison.Blocked(p.Margin); r.Summary.Blocked != "" {
		line := store.Change{By: by, What: "gate.blocked", Object: r.ID, After: r.Summary.Blocked, Reason: r.Summary.Comment}
		return func(ctx context.Context) error { return c.store.WriteAudit(ctx, line) }
	}
	return func(ctx context.Context) error {
		c.release(ctx, r, by, "prompt.publish", r.Summary.Comment)
		return nil
	}
}

// release makes the prompts of a run live, unless something else went live since it began; the run says which. It is called inside Together.
func (c *Console) release(ctx context.Context, r *store.Run, by store.By, what, reason string) {
	live, err := c.store.ReleasePrompts(ctx, by, what, r.Summary.Base, r.Variant.Prompts, reason)
	switch {
	case errors.Is(err, store.ErrConflict):
		r.Status, r.Error = store.RunFailed, "检查期间别人发布了另一个版本，这次没有发布；请看过新版本后重新发布。"
	case err != nil:
		r.Status, r.Error = store.RunFailed, "没有发布："+problemOf(err).message
	default:
		r.Summary.Published = live.N
	}
}
