package handlers

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// A limiter gives every client a bucket of burst tokens that fills at a rate. Its memory is bounded: the client unseen for
// longest is forgotten, and starts with a full bucket when it comes back.
type limiter struct {
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

func newLimiter(perMinute, burst, clients int, now func() time.Time) *limiter {
	return &limiter{clients: map[string]*list.Element{}, order: list.New(), now: now, max: clients,
		burst: float64(burst), every: time.Minute / time.Duration(perMinute)}
}

// newTypingLimiter lets clients have suggestions several times as often as answers: one at every pause in typing.
func newTypingLimiter(c Config, now func() time.Time) *limiter {
	return newLimiter(5*c.RatePerMinute, 3*c.RateBurst, c.RateAddresses, now)
}

// take spends a token of the address, or of the name of a key, or says how long to wait for one. time.Time's monotonic reading makes clock jumps harmless.
func (l *limiter) take(address string) (wait time.Duration) {
	client := clientOf(address)
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

// clientOf is the address itself, or of IPv6 its /64: one subscriber has a whole one.
func clientOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64) // 64 is in range for IPv6
		return p.String()
	}
	return a.String()
}

// A streamCount bounds how many streams are open, in all and of one client.
type streamCount struct {
	mu       sync.Mutex
	clients  map[string]int
	open     int
	max      int
	maxOfOne int
	off      bool
}

func newStreamCount(c Config) *streamCount {
	return &streamCount{clients: map[string]int{}, max: c.Streams, maxOfOne: c.StreamsPerClient, off: c.LimitsOff}
}

// enter counts a stream in; leave counts it out and must be called once. The error says which bound was hit.
func (s *streamCount) enter(address string) (leave func(), err error) {
	client := clientOf(address)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.off:
	case s.open >= s.max:
		return nil, problemFull
	case s.clients[client] >= s.maxOfOne:
		return nil, problemManyStreams
	}
	s.open++
	s.clients[client]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.open--
		if s.clients[client]--; s.clients[client] == 0 {
			delete(s.clients, client)
		}
	}, nil
}
