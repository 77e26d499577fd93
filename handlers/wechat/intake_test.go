package wechat

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenda/handlers/wechat/fake"
	"wenda/rag"
	"wenda/store"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replay sends the same request several times.
func (s *site) replay(m fake.Message, times int) {
	s.t.Helper()
	r := s.request(m)
	s.fake.UserSaid(m.OpenID)
	for range times {
		again := r.Clone(context.Background())
		again.Body, _ = r.GetBody()
		if code, body := s.do(again); code != 200 || body != "success" {
			s.t.Errorf("%d %q", code, body)
		}
	}
}

func TestPoint05Replays(t *testing.T) {
	s := newSite(t, setup{})
	s.replay(hello(1), 3)
	s.wantTexts(user(1), "密答")
	s.wantMetric("messages_total{channel=main,verdict=replay} 2")
	// another MsgId under the same signature cannot be (it is signed), but the same request is known for 10 minutes even when the
	// message has no key of its own left
	s.again()
	s.replay(hello(1), 1)
	s.wantTexts(user(1), "密答")
}

func TestPoint06Duplicates(t *testing.T) {
	for _, mode := range []string{"safe", "plain"} {
		s := newSite(t, setup{values: map[string]string{"mode": mode}})
		s.push(hello(1))
		s.push(hello(1)) // signed anew
		other := hello(1)
		other.OpenID, other.MsgIDText = user(2), true // the same number as text, of another user: MsgIds are a channel's
		s.push(other)
		s.wantTexts(user(1), "密答")
		s.again()
		s.push(hello(1))
		s.wantTexts(user(1), "密答")
		s.clock.pass(24*time.Hour + time.Second)
		s.push(hello(1))
		s.wantTexts(user(1), "密答", "密答")
		s.wantMetric("messages_total{channel=main,verdict=duplicate} 1")
		if got := s.got(user(2)); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	}
	// events: channel, openid, time and event
	s := newSite(t, setup{times: func(t *Times) { t.Welcome = 0 }})
	enter := fake.Message{OpenID: user(1), Type: "event", Event: "user_enter_tempsession", CreateTime: s.clock.Now().Unix()}
	s.push(enter)
	s.push(enter)
	s.quiet()
	enter.CreateTime++
	s.clock.pass(time.Second)
	s.push(enter)
	enter.OpenID = user(2)
	s.push(enter)
	s.wantTexts(user(1), "您好", "您好")
	s.wantTexts(user(2), "您好")
}

// fifty at once: one is answered.
func TestPoint06AtomicDuplicates(t *testing.T) {
	s := newSite(t, setup{})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := s.Push(t.Context(), hello(1)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.wantTexts(user(1), "密答")
}

// When the queue fails nothing is remembered, the answer is 500, and WeChat's repetition is taken.
func TestPoint07FullQueue(t *testing.T) {
	s := newSite(t, setup{queue: 2, idle: true})
	s.push(hello(1))
	s.push(hello(2))
	if ack, err := s.Push(t.Context(), hello(3)); err == nil || ack.Status != 500 {
		t.Fatalf("queue full: %+v, %v", ack, err)
	}
	r := s.request(hello(4)) // the same request again, not only the same message
	if code, _ := s.do(r); code != 500 {
		t.Fatalf("queue full: %d", code)
	}
	s.fake.UserSaid(user(4))
	s.run()
	s.quiet()
	r2 := r.Clone(t.Context())
	r2.Body, _ = r.GetBody()
	if code, body := s.do(r2); code != 200 || body != "success" {
		t.Errorf("again: %d %q", code, body)
	}
	s.push(hello(3))
	for i := 1; i <= 4; i++ {
		s.wantTexts(user(i), "密答")
	}
	s.wantMetric("messages_total{channel=main,verdict=failed} 2")
}

// The platform repeats what is acknowledged too late: it was taken, and is answered once.
func TestPoint07Repeats(t *testing.T) {
	s := newSite(t, setup{})
	var late atomic.Int32
	s.http.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.service.ServeHTTP(w, r)
		if late.Add(1) <= 2 {
			<-r.Context().Done() // the platform left
		}
	})
	s.Repeats, s.Patience = 3, 100*time.Millisecond
	if ack := s.push(hello(1)); ack.Tries < 3 {
		t.Errorf("%+v", ack)
	}
	s.wantTexts(user(1), "密答")
	s.wantMetric("messages_total{channel=main,verdict=duplicate} 2")
}

// A transaction that was kept though it seemed to fail is found by the housekeeper.
func TestPoint07NothingIsForgotten(t *testing.T) {
	s := newSite(t, setup{times: func(t *Times) { t.Housekeeping = 5 * time.Millisecond }})
	m := store.WeChatMessage{Channel: "main", Session: s.vault.Session("main", user(1)), Kind: kindText, MsgID: "1", Accepted: s.clock.Now(),
		OpenID: s.vault.Seal("openid", []byte(user(1))), Body: s.vault.Seal("message", []byte("密问"))}
	s.fake.UserSaid(user(1))
	if _, n, err := s.store.AcceptWeChat(t.Context(), store.WeChatIntake{Message: m, Limits: store.WeChatLimits{Queue: 10, Waiting: 5, PerMinute: 15}}, nil); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	s.wantTexts(user(1), "密答")
}

// The Asker and WeChat are out of reach: messages are acknowledged all the same.
func TestPoint08NothingInsideThePost(t *testing.T) {
	release := make(chan struct{})
	s := newSite(t, setup{ask: func(ctx context.Context, q rag.Question) (rag.Answer, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return echo(ctx, q)
	}, fake: fake.Options{Delay: func() time.Duration { return 20 * time.Millisecond }}})
	for i := range 20 {
		s.push(hello(i + 1))
	}
	if n := s.fake.Calls("send") + s.fake.Calls("stable_token"); n != 0 {
		t.Errorf("%d calls before any answer", n)
	}
	close(release)
	s.wantTexts(user(20), "密答")
}

func TestPoint12Types(t *testing.T) {
	for _, format := range []string{"json", "xml"} {
		asked := 0
		var mu sync.Mutex
		s := newSite(t, setup{values: map[string]string{"format": format}, ask: func(ctx context.Context, q rag.Question) (rag.Answer, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			return echo(ctx, q)
		}})
		s.push(fake.Message{OpenID: user(1), Type: "image", MsgID: 1, More: map[string]string{"PicUrl": "https://example.com/x", "MediaId": "m"}})
		s.push(fake.Message{OpenID: user(1), Type: "miniprogrampage", MsgID: 2, More: map[string]string{"Title": "密", "AppId": theAppID}})
		s.push(fake.Message{OpenID: user(1), Type: "hologram", MsgID: 3})
		s.push(fake.Message{OpenID: user(1), Type: "event", Event: "view_miniprogram"})
		s.say(user(1), strings.Repeat("密", 501))
		s.wantTexts(user(1), "仅支持文字提问", "仅支持文字提问", "500个字")
		mu.Lock()
		if asked != 0 {
			t.Errorf("%d asked", asked)
		}
		mu.Unlock()
		s.say(user(1), strings.Repeat("密", 500))
		s.say(user(1), "  \n")
		if got := s.got(user(1)); len(got) != 5 || !strings.Contains(got[3], "密答") {
			t.Errorf("got %d texts", len(got))
		}
		s.wantMetric("unknown_total{channel=main} 2")
	}
}

// Two channels side by side: each with its own keys, and one switched off.
func TestChannelsSideBySide(t *testing.T) {
	s := newSite(t, setup{})
	second := goodValues()
	second["appid"], second["api"] = "wx2222222222222222", s.fake.URL()
	off := goodValues()
	off["appid"], off["enabled"] = "wx3333333333333333", "false"
	for name, values := range map[string]map[string]string{"second": second, "off": off} {
		c, problems := ParseChannel(name, values)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		s.deps.Channels = append(s.deps.Channels, c)
	}
	s.again()
	s.say(user(1), "密问")
	s.wantTexts(user(1), "密答")
	for name, want := range map[string]int{"second": 403, "off": 404} { // signed with main's token
		r := s.request(hello(2))
		r.URL.Path = Prefix + "/" + name
		if code, _ := s.do(r); code != want {
			t.Errorf("%s: %d, want %d", name, code, want)
		}
	}
}

// What is at rest tells neither openids nor words, and when a message is done even the sealed ones are gone.
func TestPoint10AtRest(t *testing.T) {
	s := newSite(t, setup{idle: true})
	s.push(hello(1))
	raw := func() string {
		if err := s.store.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		files, err := filepath.Glob(filepath.Join(s.dir, "wenda.db*"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
		return all.String()
	}
	look := func(when string) {
		text := raw()
		for _, secret := range []string{userMark, "密问", "密答", theSecret, theToken} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %s is in the database", when, secret)
			}
		}
	}
	look("waiting")
	s.run()
	s.quiet()
	look("done")
	if _, err := s.store.WeChatWork(t.Context(), 1); err == nil {
		t.Error("a done message can still be read")
	}
}
