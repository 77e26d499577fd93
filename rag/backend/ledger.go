package backend

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Usage is a snapshot of what a Chain, and those beside it, did since it was made. Counters only grow; Day, Today and Channels are of this day.
type Usage struct {
	Backends []BackendUsage // in the order of preference; then those of chains beside it
	Refused  map[string]int // by reason, busy and budget: what never came to a backend
	Places   int            // calls under way
	Waiting  int            // for a place
	Day      string         // 2026-11-26, in the clock's location
	Today    int            // tokens of the day, all channels
	Channels map[string]int // tokens of the day by Request.Channel
	Spent    []Spent        // of the day, by channel and backend
}

// Spent is what a channel took of a backend on a day.
type Spent struct {
	Channel, Backend   string
	Calls              int
	Prompt, Completion int     // tokens
	Cost               float64 // by Config.Price
}

// Books keep what was spent, so that budgets outlive a process. Book adds to the sums of a day (2026-11-26) and returns them, those of other
// processes included; with nothing to add it only reads. It is called by one goroutine at a time. An error added nothing.
type Books interface {
	Book(ctx context.Context, day string, added []Spent) ([]Spent, error)
}

// BackendUsage is one backend's part.
type BackendUsage struct {
	Name      string
	State     string         // of the breaker: closed, half-open, open
	Calls     int            // that reached the backend, retries included
	Completed int            // that gave a Completion
	Retries   int            // second tries
	Failures  map[string]int // by reason; calls that a resting breaker kept away are here under breaker_open
	Tokens    Tokens         // Estimated: some of them
	Cost      float64        // by Config.Price

	LastOK     time.Time     // when it last did what it was asked; zero: never
	Took       time.Duration // by then: to the first text of a reply, or to all vectors of a request
	LastFailed time.Time     // when it last did not; zero: never. Callers that left do not count
	LastReason string        // why
}

// went notes a success.
func (u *BackendUsage) went(at time.Time, took time.Duration) { u.LastOK, u.Took = at, took }

// failed notes a failure, unless it was the caller's.
func (u *BackendUsage) failed(at time.Time, reason string) {
	if reason != ReasonCancelled && reason != ReasonDelivery {
		u.LastFailed, u.LastReason = at, reason
	}
}

// ledger counts tokens, cost and failures, and keeps the budgets. Tokens are reserved before a call, since 16 calls at once would
// else pass a budget together, and settled after it.
type ledger struct {
	config ChainConfig

	booking sync.Mutex // one Book at a time; before mu

	mu       sync.Mutex
	backends map[string]*BackendUsage
	refused  map[string]int
	day      string
	today    int
	channels map[string]int
	reserved map[string]int               // by channel, of calls under way
	booked   map[account]Spent            // sums of day as the books said last
	fresh    map[string]map[account]Spent // by day: what is not in the books yet
}

// account is whose sum a Spent is.
type account struct{ channel, backend string }

func newLedger(config ChainConfig) *ledger {
	return &ledger{config: config, backends: map[string]*BackendUsage{}, refused: map[string]int{}, channels: map[string]int{}, reserved: map[string]int{},
		booked: map[account]Spent{}, fresh: map[string]map[account]Spent{}}
}

// open makes an account.
func (l *ledger) open(name string) {
	l.backends[name] = &BackendUsage{Name: name, Failures: map[string]int{}}
}

// reserve takes estimate tokens of a channel, or says that the day's are spent. settle gives back what was not used.
func (l *ledger) reserve(channel string, estimate int) (settle func(*Backend, Completion, error), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn()
	all := l.today
	for _, n := range l.reserved {
		all += n
	}
	if most := l.config.DayTokens; most > 0 && all+estimate > most {
		l.refused[ReasonBudget]++
		return nil, &Error{Code: ReasonBudget, Detail: fmt.Sprintf("%d of %d tokens of the day are used or reserved", all, most)}
	}
	own := l.channels[channel] + l.reserved[channel]
	if most := l.config.ChannelTokens[channel]; most > 0 && own+estimate > most {
		l.refused[ReasonBudget]++
		return nil, &Error{Code: ReasonBudget, Detail: fmt.Sprintf("%d of %d tokens of channel %q are used or reserved", own, most, channel)}
	}
	l.reserved[channel] += estimate
	return func(b *Backend, done Completion, err error) { l.settle(channel, estimate, b, done, err) }, nil
}

func (l *ledger) settle(channel string, estimate int, b *Backend, done Completion, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn()
	if l.reserved[channel] -= estimate; l.reserved[channel] == 0 {
		delete(l.reserved, channel)
	}
	account := l.backends[b.Name()]
	tokens := done.Tokens
	if err != nil {
		e := asError(err)
		tokens = e.Spent
		account.Failures[e.Code]++
		if e.Code == ReasonBreakerOpen {
			return
		}
		account.failed(l.config.Now(), e.Code)
	} else {
		account.Completed++
		account.went(l.config.Now(), done.FirstToken)
	}
	account.Calls++
	account.Tokens.Prompt += tokens.Prompt
	account.Tokens.Completion += tokens.Completion
	account.Tokens.Estimated = account.Tokens.Estimated || tokens.Estimated
	cost := b.s.price.of(tokens)
	account.Cost += cost
	l.spend(Spent{channel, b.Name(), 1, tokens.Prompt, tokens.Completion, cost})
}

// spend adds to the day. The caller holds mu.
func (l *ledger) spend(s Spent) {
	l.today += s.Prompt + s.Completion
	l.channels[s.Channel] += s.Prompt + s.Completion
	if l.config.Books == nil {
		add(l.booked, s, 1)
		return
	}
	if l.fresh[l.day] == nil {
		l.fresh[l.day] = map[account]Spent{}
	}
	add(l.fresh[l.day], s, 1)
}

// add puts s, times sign, to its sum.
func add(to map[account]Spent, s Spent, sign int) {
	key := account{s.Channel, s.Backend}
	sum := to[key]
	to[key] = Spent{s.Channel, s.Backend, sum.Calls + sign*s.Calls, sum.Prompt + sign*s.Prompt, sum.Completion + sign*s.Completion, sum.Cost + float64(sign)*s.Cost}
}

// sums are those of the day: booked, and not booked yet. The caller holds mu.
func (l *ledger) sums() map[account]Spent {
	out := maps.Clone(l.booked)
	for _, s := range l.fresh[l.day] {
		add(out, s, 1)
	}
	return out
}

// book writes what is not in the books, and takes over the sums of the day. What could not be written is tried again next time.
func (l *ledger) book(ctx context.Context) error {
	l.booking.Lock()
	defer l.booking.Unlock()
	l.mu.Lock()
	l.turn()
	writing := map[string][]Spent{l.day: nil} // the day itself is read even with nothing to write
	for day, list := range l.fresh {
		for _, s := range list {
			writing[day] = append(writing[day], s)
		}
	}
	l.mu.Unlock()
	for _, day := range slices.Sorted(maps.Keys(writing)) {
		sums, err := l.config.Books.Book(ctx, day, writing[day])
		if err != nil {
			return fmt.Errorf("book tokens of %s: %w", day, err)
		}
		l.wrote(day, writing[day], sums)
	}
	return nil
}

// wrote takes what is in the books now out of what is not.
func (l *ledger) wrote(day string, written, sums []Spent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range written {
		add(l.fresh[day], s, -1) // calls that ended meanwhile stay
		if key := (account{s.Channel, s.Backend}); l.fresh[day][key].Calls == 0 {
			delete(l.fresh[day], key)
		}
	}
	if len(l.fresh[day]) == 0 {
		delete(l.fresh, day)
	}
	if day != l.day {
		return
	}
	l.booked = map[account]Spent{}
	for _, s := range sums {
		add(l.booked, s, 1)
	}
	l.today, l.channels = 0, map[string]int{}
	for _, s := range l.sums() {
		l.today += s.Prompt + s.Completion
		l.channels[s.Channel] += s.Prompt + s.Completion
	}
}

func (l *ledger) retried(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.backends[name].Retries++
}

// refuse counts a call that never came to a backend.
func (l *ledger) refuse(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused[reason]++
}

// turn begins a new day. The caller holds mu.
func (l *ledger) turn() {
	if day := l.config.Now().Format(time.DateOnly); day != l.day {
		l.day, l.today, l.channels, l.booked = day, 0, map[string]int{}, map[account]Spent{}
	}
}

// Book writes what was spent into ChainConfig.Books, that of chains beside it included, and takes over what others wrote. Call it before the
// first Compose (an error then means that nobody knows what the day has left), every few seconds, and at the end: what a process that dies
// spent since the last time is lost. While it fails, budgets are kept by what this process knows. Without Books it does nothing.
func (c *Chain) Book(ctx context.Context) error {
	if c.config.Books == nil {
		return nil
	}
	return c.ledger.book(ctx)
}

// Usage is what was done until now.
func (c *Chain) Usage() Usage {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	c.ledger.turn()
	u := Usage{Refused: maps.Clone(c.ledger.refused), Places: len(c.places), Waiting: len(c.waiting), Day: c.ledger.day, Today: c.ledger.today, Channels: maps.Clone(c.ledger.channels)}
	for _, l := range c.all {
		account := *c.ledger.backends[l.backend.Name()]
		account.Failures = maps.Clone(account.Failures)
		account.State = l.breaker.State().String()
		u.Backends = append(u.Backends, account)
	}
	for _, s := range c.ledger.sums() {
		u.Spent = append(u.Spent, s)
	}
	slices.SortFunc(u.Spent, func(a, b Spent) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Backend, b.Backend))
	})
	return u
}
