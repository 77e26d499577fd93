// Package limit bounds what one client may do: how often (Rate), and how much at once (Count). Both are bounded in memory and safe for
// concurrent use. A client is any key: an address, the name of a signed key, the owner of a mini-program's session.
package limit

import (
	"container/list"
	"sync"
	"time"
)

// A Rate gives every client a bucket of burst tokens that fills at a rate. The client unseen for longest is forgotten when there are too
// many, and starts with a full bucket when it comes back. Make it with NewRate.
type Rate struct {
	mu      sync.Mutex
	clients map[string]*list.Element
	order   *list.List // front: newest
	now     func() time.Time
	max     int
	burst   float64
	every   time.Duration // one token
}

type bucket struct {
	client string
	tokens float64
	at     time.Time
}

// NewRate lets a client do perMinute things a minute, burst of them at once; clients are how many are remembered.
func NewRate(perMinute, burst, clients int, now func() time.Time) *Rate {
	return &Rate{clients: map[string]*list.Element{}, order: list.New(), now: now, max: clients, burst: float64(burst),
		every: time.Minute / time.Duration(max(1, perMinute))}
}

// Take spends a token of the client, or says how long to wait for one. time.Time's monotonic reading makes clock jumps harmless.
func (l *Rate) Take(client string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	el, ok := l.clients[client]
	if !ok {
		for l.order.Len() >= l.max {
			oldest := l.order.Back()
			delete(l.clients, oldest.Value.(*bucket).client)
			l.order.Remove(oldest)
		}
		el = l.order.PushFront(&bucket{client: client, tokens: l.burst, at: now})
		l.clients[client] = el
	}
	l.order.MoveToFront(el)
	b := el.Value.(*bucket)
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(l.burst, b.tokens+float64(passed)/float64(l.every))
	}
	b.at = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) * float64(l.every))
	}
	b.tokens--
	return 0
}

// Clients is how many are remembered now.
func (l *Rate) Clients() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.order.Len()
}

// A Count bounds how much is open, in all and of one client. Make it with NewCount.
type Count struct {
	mu       sync.Mutex
	clients  map[string]int
	open     int
	max      int
	maxOfOne int
	off      bool
	full     error
	many     error
}

// NewCount makes a Count. off counts and refuses nothing. full is the error when all is taken, many when one client has its share.
func NewCount(inAll, ofOne int, off bool, full, many error) *Count {
	return &Count{clients: map[string]int{}, max: inAll, maxOfOne: ofOne, off: off, full: full, many: many}
}

// Open is how much is counted in, and of how many clients.
func (c *Count) Open() (all, clients int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open, len(c.clients)
}

// Enter counts one in; leave counts it out and must be called once.
func (c *Count) Enter(client string) (leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.off:
	case c.open >= c.max:
		return nil, c.full
	case c.clients[client] >= c.maxOfOne:
		return nil, c.many
	}
	c.open++
	c.clients[client]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.open--
		if c.clients[client]--; c.clients[client] == 0 {
			delete(c.clients, client)
		}
	}, nil
}
