package wechat

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/handlers/wechat/api"
	"wenda/handlers/wechat/fake"
	"wenda/rag"
	"wenda/store"
)

// Fifty messages at once fetch one token; fifty refusals of it fetch one more.
func TestFaultTokenStampede(t *testing.T) {
	s := newSite(t, setup{workers: 50, idle: true})
	s.fake.Inject("stable_token", fake.Fault{Slow: 30 * time.Millisecond})
	all := func(from int) {
		for i := range 50 {
			s.push(hello(from + i))
		}
	}
	all(1)
	s.run()
	s.quiet()
	if n := s.fake.Calls("stable_token"); n != 1 || len(s.fake.Sent()) != 50 {
		t.Errorf("%d fetches, %d sent", n, len(s.fake.Sent()))
	}
	s.fake.Revoke()
	all(101)
	s.quiet()
	if n := s.fake.Calls("stable_token"); n != 2 || len(s.fake.Sent()) != 100 {
		t.Errorf("after 40001: %d fetches, %d sent", n, len(s.fake.Sent()))
	}
	s.wantMetric("token_fetches_total{channel=main} 2")
}

// 500 messages of 200 users while answers are sent: each user's answers in order; how fast messages are acknowledged is reported.
func TestLoad(t *testing.T) {
	s := newSite(t, setup{real: true, workers: 32, fake: fake.Options{Delay: func() time.Duration { return 20 * time.Millisecond }},
		ask: func(ctx context.Context, q rag.Question) (rag.Answer, error) {
			time.Sleep(5 * time.Millisecond)
			return echo(ctx, q)
		}})
	const messages, users = 500, 200
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	for u := range users {
		all.Go(func() {
			for m := u; m < messages; m += users {
				time.Sleep(rand.N(1200 * time.Millisecond)) // people do not write at the same instant: some 250 messages a second
				started := time.Now()
				s.push(fake.Message{OpenID: user(u), Type: "text", Content: fmt.Sprintf("密u%dm%d", u, m), MsgID: uint64(m + 1)})
				mu.Lock()
				took = append(took, time.Since(started))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	s.quiet()
	for u := range users {
		last := -1
		got := s.fake.SentTo(user(u))
		for _, m := range got {
			id := killedMessage.FindStringSubmatch(m.Text)
			if id == nil || id[1] != fmt.Sprint(u) {
				t.Fatalf("user %d got %q", u, m.Text)
			}
			var n int
			fmt.Sscan(id[2], &n)
			if n <= last {
				t.Errorf("user %d: message %d after %d", u, n, last)
			}
			last = n
		}
		if want := (messages - u + users - 1) / users; len(got) != want {
			t.Errorf("user %d got %d answers, want %d", u, len(got), want)
		}
	}
	p50, p99 := percentile(took, .5), percentile(took, .99)
	t.Logf("%d messages of %d users: acknowledged p50 %v, p99 %v", messages, users, p50, p99)
}

func percentile(d []time.Duration, p float64) time.Duration {
	sorted := append([]time.Duration(nil), d...)
	for i := range sorted { // few enough
		for j := i; j > 0 && sorted[j] < sorted[j-1]; j-- {
			sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
		}
	}
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

// What stands in a log line, and that nothing that a user wrote or is does.
func TestPoint21Logs(t *testing.T) {
	s := newSite(t, setup{ask: answering(long(3))})
	s.push(hello(1))
	s.quiet()
	s.fake.Inject("send", fake.Fault{Code: 48001})
	s.push(hello(2))
	s.quiet()
	if code, _ := s.do(s.forged("密", "密")); code != 403 {
		t.Fatal(code)
	}
	text := s.log.String()
	for _, want := range []string{`"msg":"wechat message"`, `"msg":"wechat message answered"`, `"channel":"main"`, `"session":"` + who(s.vault.Session("main", user(1))) + `"`, `"msg_id":"1"`,
		`"type":"text"`, `"bytes":`, `"took_ms":`, `"request_id":"r_test"`, `"code":48001`, `"reason":"signature"`, "an operator must act"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if err := secretsTold(text + s.metrics()); err != nil {
		t.Error(err)
	}
	if err := secretsTold(text + theToken); err == nil { // the guard itself
		t.Error("a secret would not be found")
	}
}

func TestPoint22Metrics(t *testing.T) {
	g := newGate()
	s := newSite(t, setup{ask: g.ask})
	s.push(hello(1))
	wait(t, "it is asked", func() bool { return len(g.list()) == 1 })
	s.push(hello(1))
	s.replay(hello(1), 2)
	s.clock.pass(7 * time.Second)
	s.wantMetric("queue_depth{channel=main} 1")
	s.wantMetric("queue_age_seconds{channel=main} 7")
	g.let <- struct{}{}
	s.quiet()
	wait(t, "it is counted", func() bool { return strings.Contains(s.metrics(), "queue_depth{channel=main} 0") })
	for _, line := range []string{"queue_age_seconds{channel=main} 0", "messages_total{channel=main,verdict=accepted} 1", "messages_total{channel=main,verdict=duplicate} 2",
		"messages_total{channel=main,verdict=replay} 1", "acknowledge_seconds{channel=main} 4", "answer_seconds{channel=main} 1", "sends_total{channel=main,code=0} 1",
		"parts_total{state=sent} 1", "token_fetches_total{channel=main} 1"} {
		s.wantMetric(line)
	}
}

// WeChat's limits are those of the store and of the client.
func TestLimitsAgree(t *testing.T) {
	if maxParts+1 != store.MaxWeChatSends || maxPartBytes > api.MaxTextBytes {
		t.Error("parts, sends, bytes")
	}
}
