package backend

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"
)

// A chain beside another has its own order, and the places, budgets, counters and breakers of both.
func TestBeside(t *testing.T) {
	large, small := vendorServer(t), vendorServer(t)
	first, second := backendOf(t, configOf(large, "")), backendOf(t, configOf(small, ""))
	c, err := NewChain([]*Backend{first}, ChainConfig{Calls: 1, CallsWait: time.Millisecond, BreakerCalls: 2, BreakerRest: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	beside, err := c.Beside([]*Backend{second, backendOf(t, configOf(large, ""))})
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []struct {
		chain *Chain
		name  string
	}{{c, first.Name()}, {beside, second.Name()}} {
		done, err := who.chain.Compose(t.Context(), ask("?"), new(heard).deliver)
		if err != nil || done.Backend != who.name {
			t.Errorf("got %q, %v, want %q", done.Backend, err, who.name)
		}
	}
	u := c.Usage()
	if len(u.Backends) != 2 || u.Backends[0].Name != first.Name() || u.Backends[1].Completed != 1 || u.Today != 212 {
		t.Fatalf("got %+v", u)
	}

	// A call of one takes the place that the other would need.
	_, err = c.Compose(t.Context(), ask("?"), func(ctx context.Context, _ string) error {
		_, err := beside.Compose(ctx, ask("?"), new(heard).deliver)
		return err
	})
	if e := asError(err); e.Code != ReasonDelivery || asError(e.Err).Code != ReasonBusy {
		t.Errorf("got %v, want busy", err)
	}

	// The large one fails for one chain and rests for both.
	large.Answer(always(refuse401))
	for range 2 {
		_, _ = c.Compose(t.Context(), ask("?"), new(heard).deliver) // 401
	}
	small.Answer(always(refuse401))
	_, err = beside.Compose(t.Context(), ask("?"), new(heard).deliver)
	if all := fmt.Sprint(errors.Unwrap(err)); !strings.Contains(all, ReasonBreakerOpen) {
		t.Errorf("got %v with %s, want a resting breaker", err, all)
	}

	// The day is spent for both.
	small.Answer(nil)
	spend, err := NewChain([]*Backend{first}, ChainConfig{DayTokens: 10})
	if err != nil {
		t.Fatal(err)
	}
	spent, err := spend.Beside([]*Backend{second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spent.Compose(t.Context(), ask("?"), new(heard).deliver); asError(err).Code != ReasonBudget {
		t.Errorf("got %v, want budget", err)
	}
	if got := spend.Usage().Refused; !maps.Equal(got, map[string]int{ReasonBudget: 1}) {
		t.Errorf("refused %v", got)
	}
	if got := c.Usage().Refused; got[ReasonBusy] != 1 {
		t.Errorf("refused %v", got)
	}
	c.Close()
	soon(t, "connections are given up", func() bool { n, _ := small.Open(); return n == 0 })

	if _, err := c.Beside(nil); err == nil {
		t.Error("a chain of nothing")
	}
	if _, err := c.Beside([]*Backend{second, second}); err == nil {
		t.Error("a chain of one twice")
	}
}

// What a log needs is told once for each Compose, and once for each turn of a breaker.
func TestChainTellsTheLog(t *testing.T) {
	s := vendorServer(t)
	s.Script(refuse401, refuse401)
	var mu sync.Mutex
	var ended, turned []string
	c := chainOf(t, ChainConfig{BreakerCalls: 2, BreakerRest: time.Millisecond,
		Ended: func(_ context.Context, channel string, done Completion, err error) {
			mu.Lock()
			defer mu.Unlock()
			reason := ""
			if err != nil {
				reason = asError(err).Code
			}
			ended = append(ended, channel+" "+reason+" "+done.Stop)
		},
		Turned: func(_, from, to string) {
			mu.Lock()
			defer mu.Unlock()
			turned = append(turned, from+" "+to)
		}}, s)
	request := ask("?")
	request.Channel = "portal"
	for range 2 {
		_, _ = c.Compose(t.Context(), request, new(heard).deliver) // 401
	}
	time.Sleep(5 * time.Millisecond) // the breaker's rest
	if _, err := c.Compose(t.Context(), request, new(heard).deliver); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if got, want := strings.Join(ended, "; "), "portal unauthorized ; portal unauthorized ; portal  stop"; got != want {
		t.Errorf("ended %q, want %q", got, want)
	}
	if got, want := strings.Join(turned, "; "), "closed open; open half-open; half-open closed"; got != want {
		t.Errorf("turned %q, want %q", got, want)
	}
}
