package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

var wechatNow = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

// pushedWeChat is an intake of a user's n-th message.
func pushedWeChat(user string, n int) WeChatIntake {
	return WeChatIntake{Message: WeChatMessage{Channel: "main", Session: user, Kind: "text", MsgID: fmt.Sprint(n), Accepted: wechatNow, OpenID: []byte("o"), Body: []byte("b")},
		Replay: []byte(fmt.Sprint("request", user, n)), Duplicate: []byte(fmt.Sprint("message", user, n)), Day: "2026-11-26",
		Limits: WeChatLimits{Queue: 100, Waiting: 50, PerMinute: 50, WelcomeEvery: time.Minute, ReplayFor: time.Minute, SeenFor: time.Hour}}
}

func accepted(t *testing.T, s *Store, in WeChatIntake, want WeChatVerdict) int64 {
	t.Helper()
	got, n, err := s.AcceptWeChat(t.Context(), in, nil)
	if err != nil || got != want {
		t.Fatalf("got %s, %v, want %s", got, err, want)
	}
	return n
}

func TestWeChatPartsGoOneWay(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	n := accepted(t, s, pushedWeChat("u", 1), WeChatAccepted)
	m := WeChatMessage{N: n, Session: "u", AnswerID: "a_1", Accepted: wechatNow}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, ErrWeChatState) {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(s.BeginWeChatPart(ctx, n, 0, wechatNow))
	refused("the interim message twice", s.BeginWeChatPart(ctx, n, 0, wechatNow))
	must(s.EndWeChatPart(ctx, n, 0, WeChatSent, 0, wechatNow, ""))
	refused("the interim message after it was sent", s.BeginWeChatPart(ctx, n, 0, wechatNow))
	parts := make([][]byte, 5) // one more than can be sent with the interim message
	must(s.PlanWeChat(ctx, m, parts, &WeChatSession{Body: []byte("talk"), Last: wechatNow}))
	refused("a second plan", s.PlanWeChat(ctx, m, parts, nil))
	refused("an end without a beginning", s.EndWeChatPart(ctx, n, 1, WeChatSent, 0, wechatNow, ""))
	must(s.BeginWeChatPart(ctx, n, 1, wechatNow))
	must(s.EndWeChatPart(ctx, n, 1, WeChatPending, -1, wechatNow, ""))
	must(s.BeginWeChatPart(ctx, n, 1, wechatNow))
	refused("twice at once", s.BeginWeChatPart(ctx, n, 1, wechatNow))
	must(s.EndWeChatPart(ctx, n, 1, WeChatUnknown, 0, wechatNow, ""))
	refused("an unknown part", s.BeginWeChatPart(ctx, n, 1, wechatNow))
	for part := 2; part <= 4; part++ {
		must(s.BeginWeChatPart(ctx, n, part, wechatNow))
		must(s.EndWeChatPart(ctx, n, part, WeChatSent, 0, wechatNow, ""))
	}
	refused("a sixth", s.BeginWeChatPart(ctx, n, 5, wechatNow))
	w, err := s.WeChatWork(ctx, n)
	if err != nil || !w.Message.Planned || w.Message.AnswerID != "a_1" || string(w.Session.Body) != "talk" || !w.Session.Last.Equal(wechatNow) || len(w.Parts) != 6 || w.Parts[1].Tries != 2 {
		t.Errorf("got %+v, %v", w, err)
	}
	must(s.FinishWeChat(ctx, n, wechatNow, "stopped"))
	refused("finished twice", s.FinishWeChat(ctx, n, wechatNow, "sent"))
	if _, err := s.WeChatWork(ctx, n); !errors.Is(err, ErrNotFound) {
		t.Errorf("a done message: %v", err)
	}
	want := map[int]string{0: WeChatSent, 1: WeChatUnknown, 2: WeChatSent, 3: WeChatSent, 4: WeChatSent, 5: WeChatFailed}
	if got, err := s.WeChatParts(ctx, "main", "1"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if n := count(t, s, "SELECT count(*) FROM wechat_inbox WHERE openid IS NOT NULL OR body IS NOT NULL"); n != 0 {
		t.Error("a done message keeps who wrote it and what")
	}
}

// What was being sent when a process ended is unknown to the next one; what was pending is not.
func TestRecoverWeChat(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := opened(t, dir, Options{})
	for i := range 3 {
		n := accepted(t, s, pushedWeChat("u", i), WeChatAccepted)
		if i == 0 {
			continue
		}
		if err := errors.Join(s.PlanWeChat(ctx, WeChatMessage{N: n, Session: "u", Accepted: wechatNow}, make([][]byte, 2), nil),
			s.BeginWeChatPart(ctx, n, 1, wechatNow)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir, Options{})
	open, interrupted, err := s.RecoverWeChat(ctx, wechatNow)
	if err != nil || interrupted != 2 || len(open) != 3 || open[0].N >= open[1].N || open[2].Session != "u" || !open[2].Accepted.Equal(wechatNow) {
		t.Errorf("got %+v, %d, %v", open, interrupted, err)
	}
	if got, _ := s.WeChatTally(ctx); got["part unknown"] != 2 || got["part pending"] != 2 || got["message waiting"] != 1 {
		t.Errorf("got %v", got)
	}
}

// On a full disk nothing of a message is remembered; it is taken when it is sent again. Reads go on.
func TestWeChatOnAFullDisk(t *testing.T) {
	disks := map[string]disk{"page limit": pageLimit(t)}
	if d, ok := smallDisk(t); ok {
		disks["tmpfs"] = d
	}
	for name, d := range disks {
		t.Run(name, func(t *testing.T) {
			s := opened(t, d.dir, Options{Every: never})
			defer s.Close()
			accepted(t, s, pushedWeChat("u", 0), WeChatAccepted)
			d.fill(t, s)
			large := func(n int) WeChatIntake {
				in := pushedWeChat("u", n)
				in.Message.Body = make([]byte, 300_000)
				return in
			}
			_, _, err := s.AcceptWeChat(t.Context(), large(1), nil)
			advised(t, err, ErrFull)
			if open, err := s.OpenWeChat(t.Context()); err != nil || len(open) != 1 {
				t.Errorf("got %v, %v", open, err)
			}
			d.free(t, s)
			if n := accepted(t, s, large(1), WeChatAccepted); n == 0 {
				t.Error("not kept")
			}
			accepted(t, s, large(1), WeChatReplay)
			again := large(1)
			again.Replay = []byte("another request")
			accepted(t, s, again, WeChatDuplicate)
		})
	}
}

// Writes that share a transaction fail each by itself, and are told in the order in which they were written.
func TestShare(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	var all sync.WaitGroup
	var mu sync.Mutex
	var order []int64
	for i := range 200 {
		all.Go(func() {
			in := pushedWeChat(fmt.Sprint("u", i), i)
			if i%10 == 0 {
				in.Limits.Queue = 0 // this one fails
			}
			in.Limits.Queue *= 10
			_, n, err := s.AcceptWeChat(t.Context(), in, func(m WeChatMessage) {
				mu.Lock()
				defer mu.Unlock()
				order = append(order, m.N)
			})
			if i%10 == 0 && !errors.Is(err, ErrBusy) || i%10 != 0 && (err != nil || n == 0) {
				t.Errorf("%d: %d, %v", i, n, err)
			}
		})
	}
	all.Wait()
	if n := count(t, s, "SELECT count(*) FROM wechat_inbox"); n != 180 || len(order) != 180 {
		t.Errorf("%d are kept and %d told, want 180", n, len(order))
	}
	for i := 1; i < len(order); i++ {
		if order[i] <= order[i-1] {
			t.Fatalf("told in the order %v", order)
		}
	}
	if n := count(t, s, "SELECT count(*) FROM wechat_seen"); n != 360 {
		t.Errorf("%d keys, want 360: those of failed messages are not remembered", n)
	}
	// one that gave up before its turn writes nothing
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.share(ctx, "a test", func(context.Context, *sql.Tx) error { t.Error("written"); return nil }, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Who cannot wait is let go in mid-transaction; what it wrote is kept all the same, and told.
func TestShareUntil(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	writing, leave, told := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-writing; cancel() }()
	err := s.shareUntil(ctx, "a test", func(ctx context.Context, tx *sql.Tx) error {
		close(writing)
		<-leave
		_, err := tx.ExecContext(ctx, "INSERT INTO wechat_stopped (channel, since) VALUES ('x', '')")
		return err
	}, func() { close(told) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	waiting, cancel := context.WithCancel(t.Context()) // its turn has not come
	cancel()
	if err := s.share(waiting, "a test", func(context.Context, *sql.Tx) error { t.Error("written"); return nil }, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(leave)
	<-told
	if stopped, err := s.WeChatStopped(t.Context(), "x"); err != nil || !stopped {
		t.Errorf("got %v, %v", stopped, err)
	}
}

func TestPurgeWeChat(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	in := pushedWeChat("u", 1)
	in.Limits.DayMessages = 5
	n := accepted(t, s, in, WeChatAccepted)
	accepted(t, s, pushedWeChat("v", 2), WeChatAccepted)
	welcome := pushedWeChat("w", 3)
	welcome.Welcome = true
	accepted(t, s, welcome, WeChatAccepted)
	if err := errors.Join(s.PlanWeChat(ctx, WeChatMessage{N: n, Session: "u", Accepted: wechatNow}, make([][]byte, 1), &WeChatSession{Last: wechatNow}), s.FinishWeChat(ctx, n, wechatNow, "sent")); err != nil {
		t.Fatal(err)
	}
	look := func(when string, want string) {
		t.Helper()
		var got []string
		for _, table := range []string{"seen", "inbox", "parts", "sessions", "days"} {
			got = append(got, fmt.Sprint(count(t, s, "SELECT count(*) FROM wechat_"+table)))
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%s: got %s, want %s", when, g, want)
		}
	}
	look("before", "6 3 1 2 1")
	if err := s.PurgeWeChat(ctx, wechatNow.Add(30*time.Minute), 48*time.Hour); err != nil {
		t.Fatal(err)
	}
	look("half an hour later", "3 3 1 2 1")
	if err := s.PurgeWeChat(ctx, wechatNow.Add(72*time.Hour), 48*time.Hour); err != nil {
		t.Fatal(err)
	}
	look("days later: what waits stays", "0 2 0 0 0")
}
