package backend

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/rag/backend/scripted"
)

// chainOf makes a chain of any OpenAI-compatible servers, in order.
func chainOf(t testing.TB, config ChainConfig, servers ...*scripted.Server) *Chain {
	t.Helper()
	var backends []*Backend
	for _, s := range servers {
		backends = append(backends, backendOf(t, configOf(s, "")))
	}
	c, err := NewChain(backends, config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	refuse503 = scripted.Refuse(503, "", "overloaded", "")
	refuse401 = scripted.Refuse(401, "", "wrong key", "")
	refuse400 = scripted.Refuse(400, "", "too long", "")
)

func always(r scripted.Reply) func(scripted.Request) scripted.Reply {
	return func(scripted.Request) scripted.Reply { return r }
}

func TestChainChangesOver(t *testing.T) {
	spoke := scripted.Stream(scripted.Write(scripted.Delta("全年")), scripted.Cut())
	for _, row := range []struct {
		name          string
		first, second []scripted.Reply
		asked         [2]int // how often each was
		from          int    // who composed; -1: nobody
		reason        string
		delivered     string
		earlier       string
	}{
		{"the first is well", nil, nil, [2]int{1, 0}, 0, "", goodText, ""},
		{"once more helps", []scripted.Reply{refuse503}, nil, [2]int{2, 0}, 0, "", goodText, "overloaded"},
		{"429 and once more helps", []scripted.Reply{scripted.Refuse(429, "", "slow", "1")}, nil, [2]int{2, 0}, 0, "", goodText, "rate_limited"},
		{"once more does not help", []scripted.Reply{refuse503, refuse503}, nil, [2]int{2, 1}, 1, "", goodText, "overloaded"},
		{"asks for more patience than we have", []scripted.Reply{scripted.Refuse(429, "", "slow", "60")}, nil, [2]int{1, 1}, 1, "", goodText, "retry after 1m0s"},
		{"a wrong key is not tried again", []scripted.Reply{refuse401}, nil, [2]int{1, 1}, 1, "", goodText, "unauthorized"},
		{"500 is not tried again", []scripted.Reply{scripted.Refuse(500, "", "", "")}, nil, [2]int{1, 1}, 1, "", goodText, "failed"},
		{"too long for the first", []scripted.Reply{refuse400}, nil, [2]int{1, 1}, 1, "", goodText, "bad_request"},
		{"HTML", []scripted.Reply{scripted.HTML(200)}, nil, [2]int{1, 1}, 1, "", goodText, "bad_reply"},
		{"cut before the text", []scripted.Reply{scripted.Stream(scripted.Cut())}, nil, [2]int{1, 1}, 1, "", goodText, ""},
		{"one retry in all", []scripted.Reply{refuse503, refuse503}, []scripted.Reply{refuse503}, [2]int{2, 1}, -1, ReasonOverloaded, "", ""},
		{"both are ill", []scripted.Reply{refuse401}, []scripted.Reply{refuse400}, [2]int{1, 1}, -1, ReasonBadRequest, "", ""},
		{"cut after the text is final", []scripted.Reply{spoke}, nil, [2]int{1, 0}, -1, ReasonTruncated, "全年", ""},
		{"503 and then cut after the text", []scripted.Reply{refuse503, spoke}, nil, [2]int{2, 0}, -1, ReasonTruncated, "全年", ""},
		{"a filter's word is final", []scripted.Reply{scripted.Stream(scripted.Write(scripted.Finish("content_filter")), scripted.Write(scripted.End))}, nil, [2]int{1, 0}, -1, ReasonRefused, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			first, second := vendorServer(t), vendorServer(t)
			first.Script(row.first...)
			second.Script(row.second...)
			c := chainOf(t, ChainConfig{}, first, second)
			var h heard
			done, err := c.Compose(t.Context(), ask("?"), h.deliver)
			if got := [2]int{len(first.Requests()), len(second.Requests())}; got != row.asked {
				t.Errorf("asked %v, want %v", got, row.asked)
			}
			if h.text() != row.delivered {
				t.Errorf("delivered %q, want %q", h.text(), row.delivered)
			}
			u := c.Usage()
			if row.from < 0 {
				var e *Error
				if !errors.As(err, &e) || e.Reason() != row.reason || done != (Completion{}) {
					t.Fatalf("got %+v, %v, want %s", done, err, row.reason)
				}
				return
			}
			if err != nil || done.Text != goodText || done.Backend != u.Backends[row.from].Name || u.Backends[row.from].Completed != 1 {
				t.Fatalf("got %+v, %v, usage %+v", done, err, u)
			}
			if failed := row.asked[0]+row.asked[1] > 1; failed != (done.Earlier != nil) || failed && !strings.Contains(done.Earlier.Error(), row.earlier) {
				t.Errorf("earlier %v, want %q", done.Earlier, row.earlier)
			}
		})
	}
}

// All of what went wrong is in the error, the last one speaks.
func TestChainTellsAll(t *testing.T) {
	first, second := vendorServer(t), vendorServer(t)
	first.Script(refuse401)
	second.Script(scripted.HTML(200))
	_, err := chainOf(t, ChainConfig{}, first, second).Compose(t.Context(), ask("?"), new(heard).deliver)
	var e *Error
	if !errors.As(err, &e) || e.Code != ReasonBadReply {
		t.Fatalf("got %v", err)
	}
	if all := e.Unwrap().Error(); !strings.Contains(all, "wrong key") || strings.Count(all, "HTML") != 1 {
		t.Errorf("inside %q", all)
	}
}

func TestChainOpensItsBreakerAndComesBack(t *testing.T) {
	first, second := vendorServer(t), vendorServer(t)
	first.Answer(always(refuse401))
	rest := 300 * time.Millisecond
	c := chainOf(t, ChainConfig{BreakerCalls: 4, BreakerRest: rest}, first, second)
	compose := func() string {
		done, err := c.Compose(t.Context(), ask("?"), new(heard).deliver)
		if err != nil {
			t.Fatal(err)
		}
		return done.Backend
	}
	names := []string{c.links[0].backend.Name(), c.links[1].backend.Name()}
	for range 4 {
		if got := compose(); got != names[1] {
			t.Fatalf("composed by %s", got)
		}
	}
	if got := c.Usage().Backends[0].State; got != "open" || len(first.Requests()) != 4 {
		t.Fatalf("after %d calls the breaker is %s", len(first.Requests()), got)
	}
	for range 3 {
		compose()
	}
	if len(first.Requests()) != 4 || c.Usage().Backends[0].Failures[ReasonBreakerOpen] != 3 {
		t.Fatalf("an open breaker let through: %d requests, %+v", len(first.Requests()), c.Usage().Backends[0])
	}
	first.Answer(nil)
	soon(t, "the first backend composes again", func() bool { return compose() == names[0] })
	if got := compose(); got != names[0] || c.Usage().Backends[0].State != "closed" {
		t.Errorf("composed by %s, breaker %s", got, c.Usage().Backends[0].State)
	}
}

func TestChainWithAllBreakersOpen(t *testing.T) {
	s := vendorServer(t)
	s.Answer(always(refuse401))
	c := chainOf(t, ChainConfig{BreakerCalls: 2}, s)
	var e *Error
	for range 2 {
		if _, err := c.Compose(t.Context(), ask("?"), new(heard).deliver); !errors.As(err, &e) || e.Code != ReasonUnauthorized {
			t.Fatalf("got %v", err)
		}
	}
	if _, err := c.Compose(t.Context(), ask("?"), new(heard).deliver); !errors.As(err, &e) || e.Code != ReasonBreakerOpen || len(s.Requests()) != 2 {
		t.Errorf("got %v after %d requests", err, len(s.Requests()))
	}
}

// Neither residents who leave nor a vendor's filter open a breaker; half of the calls must fail.
func TestWhatDoesNotOpenABreaker(t *testing.T) {
	s := vendorServer(t)
	c := chainOf(t, ChainConfig{BreakerCalls: 4}, s)
	compose := func(r scripted.Reply, deliver Deliver, ctx context.Context) {
		s.Script(r)
		_, _ = c.Compose(ctx, ask("?"), deliver) // only what the breaker makes of it matters
	}
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		compose(scripted.Stream(scripted.Write(scripted.Delta("全")), scripted.Hold()), func(context.Context, string) error { cancel(); return nil }, ctx)
		compose(scripted.Chat("全"), func(context.Context, string) error { return http.ErrHandlerTimeout }, t.Context())
		compose(scripted.Stream(scripted.Write(scripted.Finish("sensitive")), scripted.Write(scripted.End)), new(heard).deliver, t.Context())
	}
	want := map[string]int{ReasonCancelled: 10, ReasonDelivery: 10, ReasonRefused: 10}
	if u := c.Usage().Backends[0]; u.State != "closed" || !maps.Equal(u.Failures, want) {
		t.Fatalf("got %+v, want %v", u, want)
	}
	for range 5 {
		compose(scripted.Chat("好"), new(heard).deliver, t.Context())
		compose(scripted.Chat("好"), new(heard).deliver, t.Context())
		compose(refuse401, new(heard).deliver, t.Context())
	}
	if u := c.Usage().Backends[0]; u.State != "closed" {
		t.Errorf("a third failed, and the breaker is %s", u.State)
	}
}

// A full chain lets some wait for a place, for a moment; those get one, or busy, or leave. More than may wait are told so at once.
func TestAFullChain(t *testing.T) {
	s := vendorServer(t)
	s.Answer(always(scripted.Stream(scripted.Write(scripted.Delta("全")), scripted.Hold())))
	full := func(config ChainConfig) (c *Chain, leave func()) {
		t.Helper()
		c = chainOf(t, config, s)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() { _, _ = c.Compose(ctx, ask("?"), new(heard).deliver) })
		}
		soon(t, "16 calls are under way", func() bool { return c.Usage().Places == 16 })
		return c, func() { cancel(); all.Wait() }
	}
	reason := func(err error) string {
		var e *Error
		if errors.As(err, &e) {
			return e.Code
		}
		return fmt.Sprint(err)
	}
	compose := func(ctx context.Context, c *Chain) error {
		_, err := c.Compose(ctx, ask("?"), new(heard).deliver)
		return err
	}

	c, leave := full(ChainConfig{CallsWait: time.Millisecond})
	if got := reason(compose(t.Context(), c)); got != ReasonBusy {
		t.Errorf("no place became free: %s", got)
	}
	leave()
	if got := c.Usage(); got.Refused[ReasonBusy] != 1 || got.Places != 0 || got.Waiting != 0 {
		t.Errorf("afterwards: %+v", got)
	}

	c, leave = full(ChainConfig{CallsWait: time.Hour, Waiting: 2})
	ended := make(chan error, 2)
	gone, goAway := context.WithCancel(t.Context())
	go func() { ended <- compose(t.Context(), c) }()
	soon(t, "one waits", func() bool { return c.Usage().Waiting == 1 })
	left := make(chan error, 1)
	go func() { left <- compose(gone, c) }()
	soon(t, "another one waits", func() bool { return c.Usage().Waiting == 2 })
	if got := reason(compose(t.Context(), c)); got != ReasonBusy {
		t.Errorf("more than may wait: %s", got)
	}
	goAway()
	if got := reason(<-left); got != ReasonCancelled {
		t.Errorf("one that left: %s", got)
	}
	s.Answer(nil)
	leave()
	if err := <-ended; err != nil {
		t.Errorf("one that waited for a place: %v", err)
	}
	if got := c.Usage(); got.Places != 0 || got.Waiting != 0 || got.Refused[ReasonBusy] != 1 {
		t.Errorf("afterwards: %+v", got)
	}
}

func TestNoRetryThatTheCallerWouldNotSee(t *testing.T) {
	s := vendorServer(t)
	s.Script(scripted.Refuse(503, "", "overloaded", "2"))
	c := chainOf(t, ChainConfig{}, s)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := c.Compose(ctx, ask("?"), new(heard).deliver); err == nil || len(s.Requests()) != 1 || ctx.Err() != nil {
		t.Errorf("got %v after %d requests, context %v", err, len(s.Requests()), ctx.Err())
	}
	// A caller that leaves while we wait is not kept.
	s.Script(scripted.Refuse(503, "", "overloaded", "1"))
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	var e *Error
	if _, err := c.Compose(ctx, ask("?"), new(heard).deliver); !errors.As(err, &e) || e.Code != ReasonCancelled || len(s.Requests()) != 2 {
		t.Errorf("got %v after %d requests", err, len(s.Requests()))
	}
}

// at is a clock that a test sets.
type at struct {
	mu  sync.Mutex
	now time.Time
}

func (c *at) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *at) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func TestChainsThatCannotBe(t *testing.T) {
	b := backendOf(t, configOf(vendorServer(t), ""))
	if _, err := NewChain(nil, ChainConfig{}); err == nil {
		t.Error("a chain of nothing")
	}
	if _, err := NewChain([]*Backend{b, b}, ChainConfig{}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("got %v", err)
	}
}

// Two servers of one kind are two backends.
func TestNames(t *testing.T) {
	s := vendorServer(t)
	host := strings.TrimPrefix(s.URL, "http://")
	var names []string
	for _, c := range []Config{{Vendor: "qwen", Key: testKey}, {Vendor: "vllm", Model: "qwen3", BaseURL: s.URL}, {Model: "qwen3", BaseURL: s.URL + "/v1/"}} {
		names = append(names, backendOf(t, c).Name())
	}
	for _, c := range []Config{{Vendor: "qwen", Key: testKey}, {Vendor: "vllm", Model: "bge", BaseURL: s.URL}, {Model: "bge", BaseURL: s.URL + "/v1/"}} {
		names = append(names, embedderOf(t, c).Name())
	}
	want := []string{"qwen/qwen-plus", "vllm/qwen3@" + host, host + "/qwen3", "qwen/text-embedding-v4", "vllm/bge", host + "/bge"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}
