package backend

import (
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// quickFailures in a row make an embedder rest. One that took all the time that a question has is enough: the next resident shall not wait
// for the same.
const quickFailures = 3

// A rest keeps questions away from an embedder that failed: words answer them at once. gobreaker is not used, since it counts shares of many
// calls (here one that hangs is too many) and has a clock of its own. Its states are gobreaker's: closed; open for pause; then half-open, where
// one question tries.
type rest struct {
	pause  time.Duration
	now    func() time.Time
	turned func(from, to string) // must not ask the rest

	mu       sync.Mutex
	state    gobreaker.State
	since    time.Time // of open
	failures int       // in a row
	trying   bool      // somebody tries while half-open
}

// enter says whether a question may be asked; then leave must be called with how it went.
func (r *rest) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wake()
	if r.state == gobreaker.StateOpen || r.trying {
		return false
	}
	r.trying = r.state == gobreaker.StateHalfOpen
	return true
}

// How a question that entered went.
type went int

const (
	wentWell went = iota
	wentWrong
	wentSlow // it took all its time
	wentAway // whoever asked left: nothing is known of the vendor
)

func (r *rest) leave(how went) {
	r.mu.Lock()
	defer r.mu.Unlock()
	tried := r.trying && r.state == gobreaker.StateHalfOpen
	r.trying = false
	switch how {
	case wentAway:
	case wentWell:
		r.failures = 0
		r.turn(gobreaker.StateClosed)
	default:
		r.failures++
		if tried || r.state == gobreaker.StateClosed && (how == wentSlow || r.failures >= quickFailures) {
			r.since = r.now()
			r.turn(gobreaker.StateOpen)
		}
	}
}

// wake ends a pause that is over. The caller holds mu.
func (r *rest) wake() {
	if r.state == gobreaker.StateOpen && r.now().Sub(r.since) >= r.pause {
		r.turn(gobreaker.StateHalfOpen)
	}
}

func (r *rest) turn(to gobreaker.State) {
	if from := r.state; from != to {
		r.state = to
		r.turned(from.String(), to.String())
	}
}

// String is the state: closed, half-open, open.
func (r *rest) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wake()
	return r.state.String()
}
