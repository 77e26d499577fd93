package backend

import (
	"fmt"
	"maps"
	"sync"
	"time"
)

// Usage is a snapshot of what a Chain, and those beside it, did since it was made. Counters only grow; Day, Today and Channels are of this day.
type Usage struct {
	Backends []BackendUsage // in the order of preference; then those of chains beside it
	Refused  map[string]int // by reason, busy and budget: what never came to a backend
	Places   int            // calls under way
	Day      string         // 2026-11-26, in the clock's location
	Today    int            // tokens of the day, all channels
	Channels map[string]int // tokens of the day by Request.Channel
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
}

// ledger counts tokens, cost and failures, and keeps the budgets. Tokens are reserved before a call, since 16 calls at once would
// else pass a budget together, and settled after it.
type ledger struct {
	config ChainConfig

	mu       sync.Mutex
	backends map[string]*BackendUsage
	refused  map[string]int
	day      string
	today    int
	channels map[string]int
	reserved map[string]int // by channel, of calls under way
}

func newLedger(config ChainConfig) *ledger {
	return &ledger{config: config, backends: map[string]*BackendUsage{}, refused: map[string]int{}, channels: map[string]int{}, reserved: map[string]int{}}
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
	} else {
		account.Completed++
	}
	account.Calls++
	account.Tokens.Prompt += tokens.Prompt
	account.Tokens.Completion += tokens.Completion
	account.Tokens.Estimated = account.Tokens.Estimated || tokens.Estimated
	account.Cost += b.s.price.of(tokens)
	l.today += tokens.Prompt + tokens.Completion
	l.channels[channel] += tokens.Prompt + tokens.Completion
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
		l.day, l.today, l.channels = day, 0, map[string]int{}
	}
}

// Usage is what was done until now.
func (c *Chain) Usage() Usage {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	c.ledger.turn()
	u := Usage{Refused: maps.Clone(c.ledger.refused), Places: len(c.places), Day: c.ledger.day, Today: c.ledger.today, Channels: maps.Clone(c.ledger.channels)}
	for _, l := range c.all {
		account := *c.ledger.backends[l.backend.Name()]
		account.Failures = maps.Clone(account.Failures)
		account.State = l.breaker.State().String()
		u.Backends = append(u.Backends, account)
	}
	return u
}
