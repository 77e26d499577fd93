package rag

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// An Asker answers one question as Engine.Ask does, and under its contract.
type Asker interface {
	Ask(ctx context.Context, q Question, emit func(Event)) (Answer, error)
}

// A Composing is an answer on its way, as far as it was verified. Its JSON is the HTTP contract.
type Composing struct {
	ID        string     `json:"id"`
	State     string     `json:"state"` // composing
	Stage     string     `json:"stage"` // as in Event
	Text      string     `json:"answer"`
	Citations []Citation `json:"citations"`
	Label     string     `json:"label"` // the AI label, as soon as there is generated text
	AIGC      *AIGC      `json:"aigc,omitempty"`

	Owner string `json:"-"` // of the Question
}

// ProgressLimits bound what goes on without its caller. Zeros are the defaults.
type ProgressLimits struct {
	Staying int           // answers at once that may outlive their callers; 0 is 200
	OfOwner int           // of them, of one Question.Owner; 0 is 3
	Life    time.Duration // how long one of them may take in all; 0 is 60 s
}

func (l ProgressLimits) orDefaults() ProgressLimits {
	if l.Staying <= 0 {
		l.Staying = 200
	}
	if l.OfOwner <= 0 {
		l.OfOwner = 3
	}
	if l.Life <= 0 {
		l.Life = 60 * time.Second
	}
	return l
}

// A Progress stands before an Asker. It gives an answer its ID at the start, shows what is being made to whoever knows the ID, and lets
// the answers of Questions that say so (Stays) be finished when their callers leave: a mini-program's connection is cut 5 s after it went
// to the background. Make it with NewProgress, end it with Close; it is safe for concurrent use.
//
// Those that stay run in goroutines of the Progress, which Close waits for. Past a limit a question is answered as any other: its
// caller's leaving cancels it.
type Progress struct {
	asker  Asker
	limits ProgressLimits
	lost   func(Question, error)

	mu      sync.Mutex
	making  map[string]*making
	staying int
	owners  map[string]int // staying by owner
	closed  bool

	running sync.WaitGroup
	ctx     context.Context // of those that stay
	cancel  context.CancelFunc
}

// NewProgress makes a Progress before asker. lost, which may be nil, is told of answers that failed after their caller had left; it may be
// called from several goroutines.
func NewProgress(asker Asker, limits ProgressLimits, lost func(Question, error)) *Progress {
	if lost == nil {
		lost = func(Question, error) {}
	}
	p := &Progress{asker: asker, limits: limits.orDefaults(), lost: lost, making: map[string]*making{}, owners: map[string]int{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Ask implements Asker. The first event carries the ID, under which Composing finds the answer from then on until Ask of the Asker behind
// has returned. With q.Stays the caller gets its context's error when that ends, and the answer goes on being made.
func (p *Progress) Ask(ctx context.Context, q Question, emit func(Event)) (Answer, error) {
	if q.ID == "" {
		q.ID = NewAnswerID()
	}
	m := &making{emit: emit, out: make(chan struct{}, 1), now: Composing{ID: q.ID, State: "composing", Citations: []Citation{}, Owner: q.Owner}}
	if !q.Stays || !p.enter(q.Owner) {
		defer p.forget(q.ID)
		return p.asker.Ask(ctx, q, func(e Event) { p.told(m, e) })
	}
	done := make(chan outcome, 1)
	go p.stay(ctx, q, m, done)
	select {
	case o := <-done:
		return o.take()
	case <-ctx.Done():
	}
	if !m.leave() { // it ended meanwhile
		return (<-done).take()
	}
	return Answer{}, ctx.Err()
}

// Composing finds an answer that is being made. The Citations are the caller's.
func (p *Progress) Composing(id string) (Composing, bool) {
	p.mu.Lock()
	m := p.making[id]
	p.mu.Unlock()
	if m == nil {
		return Composing{}, false
	}
	return m.copy(), true
}

// Close lets those that stay go on for grace, then cancels and waits for them. Questions that come later do not stay.
func (p *Progress) Close(grace time.Duration) {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	late := time.AfterFunc(grace, p.cancel)
	defer late.Stop()
	p.running.Wait()
	p.cancel()
}

// enter takes a place of those that stay. Whoever gets one must run stay.
func (p *Progress) enter(owner string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.staying >= p.limits.Staying || owner != "" && p.owners[owner] >= p.limits.OfOwner {
		return false
	}
	p.staying++
	p.owners[owner]++
	p.running.Add(1)
	return true
}

// stay makes the answer, whoever listens.
func (p *Progress) stay(ctx context.Context, q Question, m *making, done chan<- outcome) {
	defer p.running.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.limits.Life)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()
	var o outcome
	func() {
		defer func() {
			if v := recover(); v != nil {
				o.panicked = fmt.Sprintf("%v\n%s", v, debug.Stack())
			}
		}()
		o.answer, o.err = p.asker.Ask(ctx, q, func(e Event) { p.told(m, e) })
	}()
	p.forget(q.ID)
	p.mu.Lock()
	p.staying--
	if p.owners[q.Owner]--; p.owners[q.Owner] == 0 {
		delete(p.owners, q.Owner)
	}
	p.mu.Unlock()
	if m.end() {
		done <- o
	} else if err := o.failure(); err != nil {
		p.lost(q, err)
	}
}

func (p *Progress) told(m *making, e Event) {
	if m.note(e) {
		p.mu.Lock()
		p.making[m.now.ID] = m // ID never changes
		p.mu.Unlock()
	}
	m.pass(e)
}

func (p *Progress) forget(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.making, id)
}

// An outcome is what an Asker returned, or its panic.
type outcome struct {
	answer   Answer
	err      error
	panicked string
}

func (o outcome) take() (Answer, error) {
	if o.panicked != "" {
		panic(o.panicked) // the caller deals with panics where it deals with all of them
	}
	return o.answer, o.err
}

func (o outcome) failure() error {
	if o.panicked != "" {
		return fmt.Errorf("panic: %s", o.panicked)
	}
	return o.err
}

// A making is one answer on its way.
type making struct {
	mu    sync.Mutex
	now   Composing
	known bool // note was called
	gone  bool // the caller left
	ended bool

	out  chan struct{} // full while emit runs: a slow reader must not hold up those who ask by ID
	emit func(Event)
}

// note takes an event into what is shown, and reports the first one.
func (m *making) note(e Event) (first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case e.Reset:
		m.now.Text, m.now.Citations, m.now.Label, m.now.AIGC = "", []Citation{}, "", nil
	case e.Mark != nil:
		m.now.Label, m.now.AIGC = e.Mark.Label, e.Mark.AIGC
	case e.Citation != nil:
		m.cite(*e.Citation)
	case e.Delta != "":
		m.now.Text += e.Delta
	case e.Stage != "":
		m.now.Stage = e.Stage
	}
	first = !m.known
	m.known = true
	return first
}

// cite adds a citation once: it is announced before every sentence that uses it.
func (m *making) cite(c Citation) {
	for _, have := range m.now.Citations {
		if have.N == c.N {
			return
		}
	}
	m.now.Citations = append(m.now.Citations, c)
}

func (m *making) copy() Composing {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.now
	c.Citations = append([]Citation{}, c.Citations...)
	return c
}

// pass tells the caller as long as there is one.
func (m *making) pass(e Event) {
	if m.emit == nil {
		return
	}
	m.out <- struct{}{}
	defer func() { <-m.out }()
	m.mu.Lock()
	gone := m.gone
	m.mu.Unlock()
	if !gone {
		m.emit(e)
	}
}

// leave makes sure that the caller's emit is not running and runs no more. It reports false when the answer has ended already.
func (m *making) leave() bool {
	m.mu.Lock()
	if m.ended {
		m.mu.Unlock()
		return false
	}
	m.gone = true
	m.mu.Unlock()
	m.out <- struct{}{} // waits for an emit under way
	<-m.out
	return true
}

// end reports whether the caller still waits for the outcome.
func (m *making) end() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	return !m.gone
}
