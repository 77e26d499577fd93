package sentence

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

func TestCacheForgetsTheLeastRecent(t *testing.T) {
	c := newCache(2)
	computed := map[string]int{}
	ask := func(key string) {
		t.Helper()
		v, err := c.vector(t.Context(), key, func() ([]float32, error) {
			computed[key]++
			return []float32{float32(key[0])}, nil
		})
		if err != nil || v[0] != float32(key[0]) {
			t.Fatalf("%s: got %v, %v", key, v, err)
		}
	}
	for _, key := range []string{"a", "b", "a", "c", "a", "b"} { // c drops b, b drops c
		ask(key)
	}
	if got, want := fmt.Sprint(computed), "map[a:1 b:2 c:1]"; got != want {
		t.Errorf("computed: got %s, want %s", got, want)
	}
	if len(c.byKey) != 2 || c.recent.Len() != 2 || len(c.pending) != 0 {
		t.Errorf("kept %d, %d, %d pending; want 2, 2, 0", len(c.byKey), c.recent.Len(), len(c.pending))
	}
}

func TestCacheOfNothing(t *testing.T) {
	c := newCache(-1)
	n := 0
	for range 3 {
		if _, err := c.vector(t.Context(), "a", func() ([]float32, error) { n++; return []float32{1}, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n != 3 || len(c.byKey) != 0 {
		t.Errorf("computed %d times and kept %d, want 3 and 0", n, len(c.byKey))
	}
}

func TestCacheComputesOnce(t *testing.T) {
	c := newCache(4)
	var n atomic.Int32
	release := make(chan struct{})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			v, err := c.vector(t.Context(), "a", func() ([]float32, error) {
				n.Add(1)
				<-release
				return []float32{7}, nil
			})
			if err != nil || v[0] != 7 {
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
	close(release)
	all.Wait()
	if n.Load() != 1 {
		t.Errorf("computed %d times, want once", n.Load())
	}
}

// When the one who computes gives up, another one who waits computes; other errors reach everybody and are not remembered.
func TestCacheErrors(t *testing.T) {
	c := newCache(4)
	started, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_, err := c.vector(t.Context(), "a", func() ([]float32, error) {
			close(started)
			<-release
			return nil, context.Canceled
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("first: got %v", err)
		}
	})
	<-started
	all.Go(func() {
		v, err := c.vector(t.Context(), "a", func() ([]float32, error) { return []float32{2}, nil })
		if err != nil || v[0] != 2 {
			t.Errorf("second: got %v, %v", v, err)
		}
	})
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, mine := c.lookup("a"); mine {
		t.Error("the key is not pending")
	}
	if _, err := c.vector(impatient, "a", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("impatient: got %v", err)
	}
	close(release)
	all.Wait()

	bad := errors.New("bad")
	for range 2 {
		if _, err := c.vector(t.Context(), "b", func() ([]float32, error) { return nil, bad }); err != bad {
			t.Errorf("got %v, want %v", err, bad)
		}
	}
	if len(c.byKey) != 1 {
		t.Errorf("%d remembered, want 1", len(c.byKey))
	}
}

func TestCacheAfterPanic(t *testing.T) {
	c := newCache(4)
	func() {
		defer func() { _ = recover() }()
		_, _ = c.vector(t.Context(), "a", func() ([]float32, error) { panic("no") })
	}()
	if v, err := c.vector(t.Context(), "a", func() ([]float32, error) { return []float32{1}, nil }); err != nil || v[0] != 1 {
		t.Errorf("got %v, %v", v, err)
	}
}
