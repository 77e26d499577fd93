package backend

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sony/gobreaker/v2"
)

// defaultCalls at once, SECURITY.md (Settings).
const defaultCalls = 16

// defaultRest is how long a backend that failed is left alone, SECURITY.md (Settings, breaker).
const defaultRest = 30 * time.Second

// ChainConfig tunes a Chain. 0 means the default, which is SECURITY.md's.
type ChainConfig struct {
	Calls     int           // at once, of all backends together: 16
	CallsWait time.Duration // how long one more waits for a place: 1 s
	Waiting   int           // how many may wait at once: 64

	BreakerCalls  int           // within BreakerWindow, half of which failed, open the breaker: 10
	BreakerWindow time.Duration // 1 min, in six parts
	BreakerRest   time.Duration // how long it stays open; then one call tries: 30 s

	DayTokens     int            // of all channels in a day; 0: no limit
	ChannelTokens map[string]int // of one channel in a day; one that is not here has no limit of its own

	Books Books // where what was spent outlives the process; nil: budgets begin anew with it

	// Ended is told how each Compose ended, for the log: err is nil with a Completion only. Turned is told when a breaker changes
	// its state, as BackendUsage names them; it must not call the Chain. Both may be nil; they are called from several goroutines.
	Ended  func(ctx context.Context, channel string, done Completion, err error)
	Turned func(backend, from, to string)

	Now func() time.Time // nil: time.Now. A day ends at midnight in its location
}

func (c ChainConfig) filled() ChainConfig {
	if c.Calls <= 0 {
		c.Calls = defaultCalls
	}
	if c.CallsWait <= 0 {
		c.CallsWait = time.Second
	}
	if c.Waiting <= 0 {
		c.Waiting = 64
	}
	if c.BreakerCalls <= 0 {
		c.BreakerCalls = 10
	}
	if c.BreakerWindow <= 0 {
		c.BreakerWindow = time.Minute
	}
	if c.BreakerRest <= 0 {
		c.BreakerRest = defaultRest
	}
	if c.Ended == nil {
		c.Ended = func(context.Context, string, Completion, error) {}
	}
	if c.Turned == nil {
		c.Turned = func(string, string, string) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Chain asks backends in the order of preference. It is safe for concurrent use.
type Chain struct {
	*shared
	links []*link
}

// shared is what a chain and those beside it share.
type shared struct {
	config  ChainConfig
	places  chan struct{} // one element for each call under way
	waiting chan struct{} // one element for each that waits for a place
	ledger  *ledger       // its mu guards all
	all     []*link       // of all chains, in the order of their making
}

// link is a backend with its breaker.
type link struct {
	backend *Backend
	breaker *gobreaker.CircuitBreaker[Completion]
}

// NewChain makes a chain of at least one backend, best first.
func NewChain(backends []*Backend, config ChainConfig) (*Chain, error) {
	config = config.filled()
	s := &shared{config: config, places: make(chan struct{}, config.Calls), waiting: make(chan struct{}, config.Waiting), ledger: newLedger(config)}
	return s.chain(backends)
}

// Beside makes another chain, such as one to rewrite with a smaller model, within the places, budgets and counters of c. A backend
// of a name that c has is c's, with its breaker.
func (c *Chain) Beside(backends []*Backend) (*Chain, error) { return c.chain(backends) }

func (s *shared) chain(backends []*Backend) (*Chain, error) {
	if len(backends) == 0 {
		return nil, errors.New("chain: no backends")
	}
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	c := &Chain{shared: s}
	for _, b := range backends {
		named := func(l *link) bool { return l.backend.Name() == b.Name() }
		if slices.ContainsFunc(c.links, named) {
			return nil, fmt.Errorf("chain: %s is there twice", b.Name())
		}
		if i := slices.IndexFunc(s.all, named); i >= 0 {
			c.links = append(c.links, s.all[i])
			continue
		}
		c.links = append(c.links, &link{backend: b, breaker: newBreaker(b.Name(), s.config)})
	}
	for _, l := range c.links {
		if !slices.Contains(s.all, l) {
			s.all = append(s.all, l)
			s.ledger.open(l.backend.Name())
		}
	}
	return c, nil
}

// Close gives up connections that nobody uses, also of the chains beside it. Calls under way go on.
func (c *Chain) Close() {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	for _, l := range c.all {
		l.backend.Close()
	}
}

// newBreaker opens when at least BreakerCalls ended and half of them failed. Calls that ended by the caller's doing do not count.
func newBreaker(name string, config ChainConfig) *gobreaker.CircuitBreaker[Completion] {
	return gobreaker.NewCircuitBreaker[Completion](gobreaker.Settings{
		Name:         name,
		MaxRequests:  1,
		Interval:     config.BreakerWindow,
		BucketPeriod: config.BreakerWindow / 6,
		Timeout:      config.BreakerRest,
		ReadyToTrip: func(n gobreaker.Counts) bool {
			ended := n.TotalSuccesses + n.TotalFailures
			return int(ended) >= config.BreakerCalls && 2*n.TotalFailures >= ended
		},
		OnStateChange: func(name string, from, to gobreaker.State) { config.Turned(name, from.String(), to.String()) },
		IsExcluded: func(err error) bool {
			var e *Error
			if !errors.As(err, &e) {
				return err != nil // a request that was never sent
			}
			return e.Code == ReasonCancelled || e.Code == ReasonDelivery || e.Code == ReasonRefused
		},
	})
}

// Compose asks the first backend whose breaker is closed, once more if that promises something, then the next one, until there is a
// Completion or the first piece of text was delivered: from then on a failure is final. Errors are Backend.Compose's, and *Errors
// with busy (when no place became free within CallsWait, or too many wait already), budget, and breaker_open (when all rest). Of several failures it is the last
// one's, with all of them joined inside.
func (c *Chain) Compose(ctx context.Context, r Request, deliver Deliver) (Completion, error) {
	done, err := c.compose(ctx, r, deliver)
	c.config.Ended(ctx, r.Channel, done, err)
	return done, err
}

func (c *Chain) compose(ctx context.Context, r Request, deliver Deliver) (Completion, error) {
	_, prompt, err := plain(r.Messages)
	if err != nil {
		return Completion{}, err
	}
	start := c.config.Now()
	if fault := c.place(ctx); fault != nil {
		if fault.Code == ReasonBusy {
			c.ledger.refuse(fault.Code)
		}
		return Completion{}, fault
	}
	defer func() { <-c.places }()
	retried := false
	var earlier []error
	for _, l := range c.links {
		for again := true; again; {
			again = false
			began := c.config.Now()
			done, err := c.once(ctx, l, r, prompt, deliver)
			if err == nil {
				done.FirstToken += began.Sub(start)
				done.Duration = c.config.Now().Sub(start)
				done.Earlier = errors.Join(earlier...)
				return done, nil
			}
			if final(err) {
				return Completion{}, joined(err, earlier)
			}
			earlier = append(earlier, err)
			if !retried && l.backend.s.limits.retryWait(ctx, asError(err)) {
				retried, again = true, true
				c.ledger.retried(l.backend.Name())
			}
			if ended := ctx.Err(); ended != nil {
				return Completion{}, joined(endedError(ended), earlier)
			}
		}
	}
	return Completion{}, joined(worst(earlier), earlier)
}

// place takes a place, and waits a little for one: of 16 answers under way, each of some seconds, one ends twice a second.
func (s *shared) place(ctx context.Context) *Error {
	select {
	case s.places <- struct{}{}:
		return nil
	default:
	}
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	default:
		return &Error{Code: ReasonBusy, Detail: fmt.Sprintf("%d calls are under way and %d wait", s.config.Calls, s.config.Waiting)}
	}
	t := time.NewTimer(s.config.CallsWait)
	defer t.Stop()
	select {
	case s.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return endedError(ctx.Err())
	case <-t.C:
		return &Error{Code: ReasonBusy, Detail: fmt.Sprintf("%d calls are under way, and none ended within %v", s.config.Calls, s.config.CallsWait)}
	}
}

// once makes one call within budget and breaker, and books it.
func (c *Chain) once(ctx context.Context, l *link, r Request, prompt int, deliver Deliver) (Completion, error) {
	limit := l.backend.s.limits.MaxTokens
	if r.MaxTokens > 0 {
		limit = min(limit, r.MaxTokens)
	}
	settle, err := c.ledger.reserve(r.Channel, prompt+limit)
	if err != nil {
		return Completion{}, err
	}
	done, err := l.breaker.Execute(func() (Completion, error) { return l.backend.Compose(ctx, r, deliver) })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		err = &Error{Code: ReasonBreakerOpen, Backend: l.backend.Name(), Detail: "it failed too often and rests", Err: err}
	}
	settle(l.backend, done, err)
	return done, err
}

// retryWait waits before a retry. It says no, at once, when another try is no use: a fault of another kind, a vendor that asks for more
// patience than we have, a caller whose deadline comes first.
func (l Limits) retryWait(ctx context.Context, e *Error) bool {
	pause := l.RetryWait/2 + rand.N(l.RetryWait)
	if e.After > 0 {
		pause = e.After
	}
	if deadline, has := ctx.Deadline(); !e.retryable() || pause > l.RetryMost || has && time.Until(deadline) <= pause {
		return false
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// final says that nobody else can be asked: text was delivered, the caller ended it, the day is spent, or a vendor's filter spoke
// (to ask the next vendor would be to go round it).
func final(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return true
	}
	switch e.Code {
	case ReasonCancelled, ReasonDeadline, ReasonDelivery, ReasonBudget, ReasonRefused:
		return true
	}
	return e.Text
}

// worst is the last fault that is not a resting breaker's, since that one tells more.
func worst(faults []error) error {
	last := faults[len(faults)-1]
	for _, err := range faults {
		if e := asError(err); e.Code != ReasonBreakerOpen {
			last = err
		}
	}
	return last
}

// joined adds earlier faults to an error.
func joined(err error, earlier []error) error {
	var e *Error
	if len(earlier) == 0 || !errors.As(err, &e) {
		return err
	}
	copied := *e
	all := earlier
	if earlier[len(earlier)-1] != err {
		all = append(all, err)
	}
	copied.Err = errors.Join(all...)
	return &copied
}
