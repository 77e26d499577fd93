package staff

import (
	"container/list"
	"sync"
	"time"
)

// failures counts sign-ins that failed, by name and address. Its memory is bounded: the oldest are forgotten first.
type failures struct {
	mu     sync.Mutex
	now    func() time.Time
	most   int
	window time.Duration
	keys   int
	counts map[string]*list.Element
	order  *list.List // front: newest
}

type failed struct {
	key string
	at  []time.Time
}

func newFailures(c Config, now func() time.Time) *failures {
	return &failures{now: now, most: c.Failures, window: c.FailureWindow, keys: c.FailureKeys, counts: map[string]*list.Element{}, order: list.New()}
}

// try counts an attempt as failed before it is made, so that many at once are no more than one after the other; forgive takes it back.
// wait is how long to wait when there were too many.
func (f *failures) try(key string) (wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	el, ok := f.counts[key]
	if !ok {
		for f.order.Len() >= f.keys {
			oldest := f.order.Back()
			delete(f.counts, oldest.Value.(*failed).key)
			f.order.Remove(oldest)
		}
		el = f.order.PushFront(&failed{key: key})
		f.counts[key] = el
	}
	f.order.MoveToFront(el)
	k := el.Value.(*failed)
	for len(k.at) > 0 && now.Sub(k.at[0]) >= f.window {
		k.at = k.at[1:]
	}
	if len(k.at) >= f.most {
		return k.at[0].Add(f.window).Sub(now)
	}
	k.at = append(k.at, now)
	return 0
}

// forgive forgets the failures of a key: the attempt was right.
func (f *failures) forgive(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if el, ok := f.counts[key]; ok {
		delete(f.counts, key)
		f.order.Remove(el)
	}
}
