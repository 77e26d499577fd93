package mp

import (
	"container/list"
	"sync"
	"time"
)

// A limiter gives every owner a bucket of burst tokens that fills at a rate. Its memory is bounded: the owner unseen for longest is forgotten.
type limiter struct {
	mu     sync.Mutex
	owners map[string]*list.Element
	order  *list.List // front: newest
	now    func() time.Time
	max    int
	burst  float64
	every  time.Duration // one token
}

type bucket struct {
	owner  string
	tokens float64
	at     time.Time
}

func newLimiter(perMinute, burst, owners int, now func() time.Time) *limiter {
	return &limiter{owners: map[string]*list.Element{}, order: list.New(), now: now, max: owners, burst: float64(burst),
		every: time.Minute / time.Duration(max(1, perMinute))}
}

// take spends a token, or says how long to wait for one. time.Time's monotonic reading makes clock jumps harmless.
func (l *limiter) take(owner string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	el, ok := l.owners[owner]
	if !ok {
		for l.order.Len() >= l.max {
			oldest := l.order.Back()
			delete(l.owners, oldest.Value.(*bucket).owner)
			l.order.Remove(oldest)
		}
		el = l.order.PushFront(&bucket{owner, l.burst, now})
		l.owners[owner] = el
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

// places bound how many answers are waited for, in all and by one owner.
type places struct {
	mu     sync.Mutex
	owners map[string]int
	open   int
	limits Limits
}

func newPlaces(l Limits) *places { return &places{owners: map[string]int{}, limits: l} }

// enter takes a place; leave gives it back and must be called once. The error says which bound was hit.
func (p *places) enter(owner string) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.limits.Off:
	case p.open >= p.limits.Asks:
		return nil, problemBusy
	case p.owners[owner] >= p.limits.AsksOfOwner:
		return nil, problemManyAsks
	}
	p.open++
	p.owners[owner]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.open--
		if p.owners[owner]--; p.owners[owner] == 0 {
			delete(p.owners, owner)
		}
	}, nil
}
