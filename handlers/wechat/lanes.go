package wechat

import (
	"slices"
	"sync"
	"time"

	"wenda/store"
)

// Lanes keep the order: the messages of one user stand in one lane and are worked on one at a time, and lanes take turns, so that a
// user with many messages waits longer than one with a single one (PROTOCOL.md 9). What they hold is bounded by what the store accepts.
type lanes struct {
	mu      sync.Mutex
	ready   *sync.Cond // something is in turn, or stopped
	lanes   map[string]*lane
	turn    []*lane // those with messages that nobody works on
	known   map[int64]bool
	stopped bool
}

// A lane is the messages of one user in the order of acceptance, the first of them being worked on or in turn.
type lane struct {
	key      string
	messages []store.WeChatMessage
	busy     bool // the first is being worked on
}

func newLanes() *lanes {
	l := &lanes{lanes: map[string]*lane{}, known: map[int64]bool{}}
	l.ready = sync.NewCond(&l.mu)
	return l
}

// laneOf keeps what tells a user to wait beside the messages that it waits for.
func laneOf(m store.WeChatMessage) string {
	if m.Kind == kindBusy || m.Kind == kindOver {
		return m.Channel + " " + m.Session + " " + m.Kind
	}
	return m.Channel + " " + m.Session
}

// add puts a message into its lane, behind all that were accepted before it: one that an earlier process accepted may be found after one that
// this process did. A message that is there already is left alone.
func (l *lanes) add(m store.WeChatMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known[m.N] {
		return
	}
	l.known[m.N] = true
	key := laneOf(m)
	la := l.lanes[key]
	if la == nil {
		la = &lane{key: key}
		l.lanes[key] = la
		l.turn = append(l.turn, la)
		l.ready.Signal()
	}
	at, first := len(la.messages), 0
	if la.busy {
		first = 1
	}
	for at > first && la.messages[at-1].N > m.N {
		at--
	}
	la.messages = slices.Insert(la.messages, at, store.WeChatMessage{N: m.N, Channel: m.Channel, Accepted: m.Accepted})
}

// next waits for a lane's turn and gives its first message; false once stopped.
func (l *lanes) next() (*lane, store.WeChatMessage, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.turn) == 0 && !l.stopped {
		l.ready.Wait()
	}
	if l.stopped {
		return nil, store.WeChatMessage{}, false
	}
	la := l.turn[0]
	l.turn = l.turn[1:]
	la.busy = true
	return la, la.messages[0], true
}

// done takes the first message out of a lane, which then waits for its next turn.
func (l *lanes) done(la *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, la.messages[0].N)
	la.messages, la.busy = la.messages[1:], false
	if len(la.messages) == 0 {
		delete(l.lanes, la.key)
		return
	}
	l.turn = append(l.turn, la)
	l.ready.Signal()
}

// stop makes every next return false.
func (l *lanes) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	l.ready.Broadcast()
}

// depth gives a channel's messages, and since when the oldest waits.
func (l *lanes) depth() (n map[string]int, oldest map[string]time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, oldest = map[string]int{}, map[string]time.Time{}
	for _, la := range l.lanes {
		first := la.messages[0]
		n[first.Channel] += len(la.messages)
		if at, ok := oldest[first.Channel]; !ok || first.Accepted.Before(at) {
			oldest[first.Channel] = first.Accepted
		}
	}
	return n, oldest
}
