package api_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wenda/handlers/wechat/api"
	"wenda/handlers/wechat/fake"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appSecret = "s3cretOfTheMiniProgram"
	openid    = "oUser_of-tests0000000000001"
)

func started(t *testing.T, o fake.Options) (*fake.Server, *api.Client) {
	t.Helper()
	o.AppID, o.Secret = "wx1234567890abcdef", appSecret
	s, err := fake.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	c := &api.Client{BaseURL: s.URL(), AppID: o.AppID, Secret: o.Secret, Now: o.Now}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, c
}

func TestSend(t *testing.T) {
	s, c := started(t, fake.Options{})
	s.UserSaid(openid)
	odd := "甲<b>&\u2028乙\x00\x01丙\u0085丁\t戊\xff"
	if err := c.Send(t.Context(), api.Message{To: openid, Text: odd, AI: true}); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), api.Message{To: openid, Text: "头", Menu: []api.Item{{ID: "1", Text: "问<一>"}}, Tail: "尾"}); err != nil {
		t.Fatal(err)
	}
	got := s.SentTo(openid)
	if len(got) != 2 || got[0].Text != "甲<b>&\n乙丙丁\t戊" || !got[0].AI || got[1].Shown() != "头\n› 问<一>\n尾" || got[1].AI {
		t.Errorf("got %+v", got)
	}
	if err := c.Typing(t.Context(), openid); err != nil || s.Typings(openid) != 1 {
		t.Errorf("typing: %v, %d", err, s.Typings(openid))
	}
	if err := c.Typing(t.Context(), "oNobody"); api.ClassOf(err) != api.Harmless {
		t.Errorf("typing to nobody: %v", err)
	}
}

// Each failure has its class, and what is known of its delivery; none tells a token, a secret, an openid or a text.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name      string
		fault     fake.Fault
		want      api.Class
		delivered api.Delivery
		arrived   int
	}{
		{"busy", fake.Fault{Code: -1}, api.Busy, api.NotDelivered, 0},
		{"no quota", fake.Fault{Code: 45047}, api.Stop, api.NotDelivered, 0},
		{"too late", fake.Fault{Code: 45015}, api.Stop, api.NotDelivered, 0},
		{"slow down", fake.Fault{Code: 45009}, api.Slow, api.NotDelivered, 0},
		{"forbidden", fake.Fault{Code: 48001}, api.Operator, api.NotDelivered, 0},
		{"address", fake.Fault{Code: 40164}, api.Operator, api.NotDelivered, 0},
		{"unknown code", fake.Fault{Code: 99999}, api.Refused, api.NotDelivered, 0},
		{"HTML before", fake.Fault{Body: "<html>502</html>", Status: 502, Early: true}, api.Network, api.MaybeDelivered, 0},
		{"HTML after", fake.Fault{Body: "<html>ok</html>"}, api.Network, api.MaybeDelivered, 1},
		{"reset before", fake.Fault{Reset: "before"}, api.Network, api.MaybeDelivered, 0},
		{"reset after", fake.Fault{Reset: "after"}, api.Network, api.MaybeDelivered, 1},
		{"time-out before", fake.Fault{Hang: "before"}, api.Network, api.MaybeDelivered, 0},
		{"time-out after", fake.Fault{Hang: "after"}, api.Network, api.MaybeDelivered, 1},
		{"long", fake.Fault{Body: "{" + strings.Repeat(" ", 70<<10) + "}"}, api.Network, api.MaybeDelivered, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, client := started(t, fake.Options{})
			client.Timeout = time.Minute
			s.UserSaid(openid)
			token, err := client.Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if c.fault.Hang != "" {
				client.Timeout = 300 * time.Millisecond
			}
			s.Inject("send", c.fault)
			err = client.Send(t.Context(), api.Message{To: openid, Text: "私密的话"})
			if got := api.ClassOf(err); got != c.want || api.DeliveryOf(err) != c.delivered || api.CodeOf(err) != c.fault.Code {
				t.Errorf("got %s, %d, %d (%v), want %s, %d", got, api.DeliveryOf(err), api.CodeOf(err), err, c.want, c.delivered)
			}
			if n := len(s.Sent()); n != c.arrived || s.Calls("send") != 1 {
				t.Errorf("%d arrived of %d calls, want %d of 1", n, s.Calls("send"), c.arrived)
			}
			for _, secret := range []string{token, appSecret, openid, "私密", s.URL()} {
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) {
					t.Errorf("%v tells %s", err, secret)
				}
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	s, client := started(t, fake.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := client.Session(t.Context(), "code")
	var e *api.Error
	if !errors.As(err, &e) || e.Delivered != api.NotDelivered || strings.Contains(err.Error(), appSecret) {
		t.Errorf("got %v", err)
	}
}

// A refused token is dropped, fetched and tried once more; fifty callers make one fetch.
func TestTokenStampede(t *testing.T) {
	s, c := started(t, fake.Options{})
	s.Inject("stable_token", fake.Fault{Slow: 50 * time.Millisecond})
	all := func() {
		t.Helper()
		var wg sync.WaitGroup
		for i := range 50 {
			user := fmt.Sprint(openid, i)
			s.UserSaid(user)
			wg.Go(func() {
				if err := c.Send(t.Context(), api.Message{To: user, Text: "好"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	all()
	if c.Fetches() != 1 || s.Fetched() != 1 {
		t.Errorf("%d fetches, %d given out, want 1", c.Fetches(), s.Fetched())
	}
	s.Revoke()
	all()
	if c.Fetches() != 2 || len(s.Sent()) != 100 {
		t.Errorf("after 40001: %d fetches, want 2; %d sent", c.Fetches(), len(s.Sent()))
	}
	for _, code := range []int{40014, 42001} {
		s.Inject("send", fake.Fault{Code: code})
		s.UserSaid(openid)
		if err := c.Send(t.Context(), api.Message{To: openid, Text: "好"}); err != nil {
			t.Errorf("%d: %v", code, err)
		}
	}
	s.Inject("send", fake.Fault{Code: 40001}, fake.Fault{Code: 40001})
	calls := s.Calls("send")
	if err := c.Send(t.Context(), api.Message{To: openid, Text: "好"}); api.ClassOf(err) != api.Token || s.Calls("send") != calls+2 {
		t.Errorf("refused twice: %v after %d calls", err, s.Calls("send")-calls)
	}
}

// A caller that gives up does not take the fetch away from the others; a failed fetch answers for a second, then it is tried again.
func TestTokenFetch(t *testing.T) {
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	pass := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	s, c := started(t, fake.Options{Now: clock})
	s.Inject("stable_token", fake.Fault{Slow: 50 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	first, err := c.Token(t.Context())
	if err != nil || c.Fetches() != 1 || len(first) < 512 {
		t.Fatalf("%d characters, %v, %d fetches", len(first), err, c.Fetches())
	}
	pass(115*time.Minute - time.Second)
	if again, err := c.Token(t.Context()); err != nil || again != first || c.Fetches() != 1 {
		t.Errorf("still good: %v, %d fetches", err, c.Fetches())
	}
	pass(time.Second) // five minutes before its end
	s.Inject("stable_token", fake.Fault{Code: -1})
	for range 3 {
		if _, err := c.Token(t.Context()); api.ClassOf(err) != api.Busy {
			t.Errorf("got %v", err)
		}
	}
	if c.Fetches() != 2 {
		t.Errorf("%d fetches, want 2: a failed one rests for a second", c.Fetches())
	}
	pass(time.Second)
	if next, err := c.Token(t.Context()); err != nil || next == first {
		t.Errorf("renewed: %v", err)
	}
}

func TestSession(t *testing.T) {
	s, c := started(t, fake.Options{})
	code := s.Login(openid)
	if got, err := c.Session(t.Context(), code); err != nil || got.OpenID != openid {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{code, "nonsense", ""} {
		if _, err := c.Session(t.Context(), bad); api.ClassOf(err) != api.BadCode {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestCheckText(t *testing.T) {
	s, c := started(t, fake.Options{})
	for _, v := range []api.Verdict{api.Pass, api.Review, api.Risky} {
		s.Judge(openid, string(v))
		if got, err := c.CheckText(t.Context(), openid, strings.Repeat("话", 3000), api.SceneComment); err != nil || got != v {
			t.Errorf("got %s, %v, want %s", got, err, v)
		}
	}
	s.Judge(openid, "unvisited")
	if _, err := c.CheckText(t.Context(), openid, "话", api.SceneComment); api.ClassOf(err) != api.Unvisited {
		t.Errorf("got %v", err)
	}
}
