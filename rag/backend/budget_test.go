package backend

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"wenda/rag/backend/scripted"
)

func TestBudgets(t *testing.T) {
	s := vendorServer(t)
	clock := &at{now: time.Date(2026, 11, 26, 23, 59, 0, 0, time.FixedZone("CST", 8*3600))}
	config := configOf(s, "")
	config.Limits.MaxTokens = 50
	config.Price = Price{Prompt: 1, Completion: 2}
	c, err := NewChain([]*Backend{backendOf(t, config)}, ChainConfig{DayTokens: 400, ChannelTokens: map[string]int{"wechat": 180}, Now: clock.read})
	if err != nil {
		t.Fatal(err)
	}
	compose := func(channel string) string {
		r := ask("?")
		r.Channel = channel
		_, err := c.Compose(t.Context(), r, new(heard).deliver)
		if err == nil {
			return ""
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		return e.Code + ": " + e.Detail
	}
	// A good answer costs 106 tokens; 37 runes and 50 tokens are reserved for it.
	for i, row := range []struct{ channel, want string }{
		{"wechat", ""}, // 106
		{"wechat", `budget: 106 of 180 tokens of channel "wechat" are used or reserved`}, // 106+87 > 180
		{"portal", ""}, // 212
		{"portal", ""}, // 318
		{"portal", "budget: 318 of 400 tokens of the day are used or reserved"},
	} {
		if got := compose(row.channel); got != row.want {
			t.Errorf("call %d of %s: got %q, want %q", i, row.channel, got, row.want)
		}
	}
	u := c.Usage()
	if u.Day != "2026-11-26" || u.Today != 318 || !maps.Equal(u.Channels, map[string]int{"wechat": 106, "portal": 212}) {
		t.Errorf("usage %+v", u)
	}
	if b := u.Backends[0]; b.Calls != 3 || b.Tokens != (Tokens{Prompt: 300, Completion: 18}) || b.Cost < 336e-6-1e-12 || b.Cost > 336e-6+1e-12 {
		t.Errorf("usage %+v", b)
	}
	if len(s.Requests()) != 3 {
		t.Errorf("%d requests", len(s.Requests()))
	}
	clock.set(clock.now.Add(time.Minute)) // midnight in China
	if got := compose("wechat"); got != "" {
		t.Errorf("the next day: %q", got)
	}
	if u := c.Usage(); u.Day != "2026-11-27" || u.Today != 106 || u.Backends[0].Calls != 4 {
		t.Errorf("usage %+v", u)
	}
}

// Calls at the same time cannot pass a budget together.
func TestBudgetsAreReserved(t *testing.T) {
	s := vendorServer(t)
	s.Answer(always(scripted.Stream(scripted.Write("\n"), scripted.Hold())))
	config := configOf(s, "")
	config.Limits.MaxTokens = 50
	c, err := NewChain([]*Backend{backendOf(t, config)}, ChainConfig{DayTokens: 200})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	reasons := make(chan string, 10)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			_, err := c.Compose(ctx, ask("?"), new(heard).deliver)
			reasons <- asError(err).Code
		})
	}
	soon(t, "eight have no budget", func() bool { return len(reasons) == 8 })
	cancel()
	all.Wait()
	close(reasons)
	count := map[string]int{}
	for r := range reasons {
		count[r]++
	}
	if want := map[string]int{ReasonBudget: 8, ReasonCancelled: 2}; !maps.Equal(count, want) {
		t.Errorf("got %v, want %v", count, want)
	}
	// What a cancelled call cost is an estimate: its prompt.
	if u := c.Usage(); u.Today != 2*37 || !u.Backends[0].Tokens.Estimated {
		t.Errorf("usage %+v", u)
	}
}
