package backend

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenda/rag/backend/scripted"
)

// A vendor that hangs costs one question its time. Until the rest is over nobody else asks it; then one tries, and what becomes of that holds
// for all. The clock is the test's.
func TestAnEmbedderThatHangsRests(t *testing.T) {
	s := vendorServer(t)
	s.Answer(always(scripted.Reply{Steps: []scripted.Step{scripted.Hold()}}))
	var mu sync.Mutex
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	wait := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	c := configOf(s, "")
	c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	c.Limits.Query, c.Rest = short, time.Minute
	var turns []string
	c.Turned = func(name, from, to string) { turns = append(turns, from+">"+to) }
	e := embedderOf(t, c)
	ask := func(want string, requests int) {
		t.Helper()
		_, err := e.EmbedQuery(t.Context(), "学位")
		got := ""
		if err != nil {
			got = asError(err).Code
		}
		if got != want || len(s.Requests()) != requests {
			t.Errorf("got %q after %d requests, want %q after %d", got, len(s.Requests()), want, requests)
		}
	}
	ask(ReasonTimeoutTotal, 1)
	for range 5 {
		ask(ReasonBreakerOpen, 1)
	}
	wait(59 * time.Second)
	ask(ReasonBreakerOpen, 1)
	wait(time.Second)
	if got := e.Usage().State; got != "half-open" {
		t.Errorf("after the rest: %s", got)
	}
	ask(ReasonTimeoutTotal, 2) // the one that tries
	ask(ReasonBreakerOpen, 2)
	wait(time.Minute)
	s.Answer(nil)
	ask("", 3)
	ask("", 4)
	if got := e.Usage(); got.State != "closed" || got.Failures[ReasonBreakerOpen] != 7 || got.LastReason == "" || !got.LastOK.Equal(now) || got.LastFailed.Equal(now) {
		t.Errorf("usage %+v", got)
	}
	if got := strings.Join(turns, " "); got != "closed>open open>half-open half-open>open open>half-open half-open>closed" {
		t.Errorf("turned %s", got)
	}

	// Quick failures: one or two are forgiven, three in a row are not. Callers that leave say nothing of the vendor.
	s.Answer(always(scripted.Refuse(401, "", "no", "")))
	ask(ReasonUnauthorized, 5)
	ask(ReasonUnauthorized, 6)
	s.Answer(nil)
	ask("", 7)
	s.Answer(always(scripted.Refuse(401, "", "no", "")))
	for n := range quickFailures {
		ask(ReasonUnauthorized, 8+n)
	}
	ask(ReasonBreakerOpen, 10)
	wait(time.Minute)
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := e.EmbedQuery(gone, "学位"); asError(err).Code != ReasonCancelled {
		t.Errorf("a caller that left: %v", err)
	}
	s.Answer(nil)
	before := len(s.Requests())
	if _, err := e.EmbedQuery(t.Context(), "学位"); err != nil || len(s.Requests()) != before+1 {
		t.Errorf("the next one tries: %v", err)
	}
}

// While one tries, the others are not kept waiting.
func TestOneTriesAfterARest(t *testing.T) {
	s := vendorServer(t)
	s.Answer(always(scripted.Refuse(401, "", "no", "")))
	var late atomic.Bool
	c := configOf(s, "")
	began := time.Now()
	c.Now = func() time.Time {
		if late.Load() {
			return began.Add(time.Hour)
		}
		return began
	}
	e := embedderOf(t, c)
	for range quickFailures {
		_, _ = e.EmbedQuery(t.Context(), "学位")
	}
	late.Store(true)
	release := make(chan struct{})
	s.Answer(func(r scripted.Request) scripted.Reply { <-release; return scripted.Good(r) })
	ended := make(chan error)
	go func() { _, err := e.EmbedQuery(t.Context(), "学位"); ended <- err }()
	soon(t, "one tries", func() bool { return len(s.Requests()) == quickFailures+1 })
	if _, err := e.EmbedQuery(t.Context(), "学位"); asError(err).Code != ReasonBreakerOpen {
		t.Errorf("another one meanwhile: %v", err)
	}
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := e.EmbedQuery(t.Context(), "学位"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
