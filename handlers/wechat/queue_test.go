package wechat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/handlers/wechat/fake"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// gateAsker answers a question when it is let through.
type gateAsker struct {
	mu      sync.Mutex
	asked   []string
	flying  map[string]int // by user, who is the question's first word
	most    int            // of one user at once
	all     int            // at once
	let     chan struct{}
	holding bool
}

func newGate() *gateAsker {
	return &gateAsker{flying: map[string]int{}, let: make(chan struct{}), holding: true}
}

func (g *gateAsker) ask(ctx context.Context, q rag.Question) (rag.Answer, error) {
	who, _, _ := strings.Cut(q.Text, " ")
	g.mu.Lock()
	g.asked = append(g.asked, q.Text)
	g.flying[who]++
	g.most = max(g.most, g.flying[who])
	n := 0
	for _, f := range g.flying {
		n += f
	}
	g.all = max(g.all, n)
	holding := g.holding
	g.mu.Unlock()
	if holding {
		select {
		case <-g.let:
		case <-ctx.Done():
			return rag.Answer{}, ctx.Err()
		}
	}
	g.mu.Lock()
	g.flying[who]--
	g.mu.Unlock()
	return echo(ctx, q)
}

func (g *gateAsker) list() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.asked...)
}

func TestPoint09OrderAndParallel(t *testing.T) {
	g := newGate()
	s := newSite(t, setup{ask: g.ask, workers: 4})
	for i := range 3 {
		for u := range 3 {
			s.say(user(u), fmt.Sprintf("密%d 第%d问", u, i))
		}
	}
	wait(t, "three are asked at once", func() bool { return len(g.list()) == 3 })
	for range 9 {
		g.let <- struct{}{}
	}
	for u := range 3 {
		s.wantTexts(user(u), fmt.Sprintf("密%d 第0问", u), fmt.Sprintf("密%d 第1问", u), fmt.Sprintf("密%d 第2问", u))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.most != 1 || g.all != 3 {
		t.Errorf("%d of one user at once, %d in all; want 1 and 3", g.most, g.all)
	}
}

// A process accepts as soon as it listens, which may be before it has looked for what an earlier one left: that comes first all the same.
func TestPoint09OrderAfterARestart(t *testing.T) {
	s := newSite(t, setup{idle: true})
	s.say(user(1), "密1 第0问")
	s.say(user(1), "密1 第1问")
	service, err := New(s.deps)
	if err != nil {
		t.Fatal(err)
	}
	s.service = service
	s.http.Config.Handler = service
	s.say(user(1), "密1 第2问")
	s.run()
	s.wantTexts(user(1), "第0问", "第1问", "第2问")
}

// A message that is found late goes before those accepted after it, but not before the one that is being answered.
func TestLaneKeepsTheOrder(t *testing.T) {
	l := newLanes()
	add := func(n int64) { l.add(store.WeChatMessage{N: n, Channel: "main", Session: "a"}) }
	add(5)
	add(3)
	la, m, _ := l.next()
	got := []int64{m.N}
	for _, n := range []int64{4, 1, 6, 4} {
		add(n)
	}
	for range 4 {
		l.done(la)
		_, m, _ = l.next()
		got = append(got, m.N)
	}
	if want := []int64{3, 1, 4, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("got %d, want %d", got, want)
	}
}

// A user with many messages does not keep another one waiting behind all of them.
func TestPoint09Fair(t *testing.T) {
	g := newGate()
	s := newSite(t, setup{ask: g.ask, workers: 1})
	for i := range 5 {
		s.say(user(1), fmt.Sprintf("密1 第%d问", i))
	}
	wait(t, "the first is asked", func() bool { return len(g.list()) == 1 })
	s.say(user(2), "密2 第0问")
	for range 6 {
		g.let <- struct{}{}
	}
	s.quiet()
	want := []string{"密1 第0问", "密2 第0问", "密1 第1问"}
	if got := g.list(); len(got) != 6 || fmt.Sprint(got[:3]) != fmt.Sprint(want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
}

// One in flight and five waiting; the seventh is told to wait, beside them, the eighth is not told again within a minute.
func TestPoint09Busy(t *testing.T) {
	g := newGate()
	s := newSite(t, setup{ask: g.ask})
	for i := range 6 {
		s.say(user(1), fmt.Sprintf("密1 第%d问", i))
	}
	wait(t, "the first is asked", func() bool { return len(g.list()) == 1 })
	s.say(user(1), "密1 第6问")
	s.say(user(1), "密1 第7问")
	wait(t, "the user is told to wait", func() bool { return len(s.fake.SentTo(user(1))) == 1 })
	for range 6 {
		g.let <- struct{}{}
	}
	s.wantTexts(user(1), "请稍候", "第0问", "第1问", "第2问", "第3问", "第4问", "第5问")
	s.wantMetric("messages_total{channel=main,verdict=busy} 1")
	s.wantMetric("messages_total{channel=main,verdict=dropped} 1")
	// and at most fifteen a minute
	g.mu.Lock()
	g.holding = false
	g.mu.Unlock()
	s.clock.pass(2 * time.Minute)
	for i := range 16 {
		s.say(user(2), fmt.Sprintf("密2 第%d问", i))
		s.quiet()
	}
	if got := s.got(user(2)); len(got) != 16 || !strings.Contains(got[15], "请稍候") || !strings.Contains(got[14], "第14问") {
		t.Errorf("got %q", got)
	}
}

func TestDayQuota(t *testing.T) {
	s := newSite(t, setup{values: map[string]string{"day-messages": "2"}})
	for i := range 4 {
		s.say(user(i), "密问")
		s.quiet()
	}
	s.wantTexts(user(1), "密答")
	s.wantTexts(user(2), "明天再来")
	s.clock.pass(16 * time.Hour) // past midnight in China
	s.say(user(5), "密问")
	s.wantTexts(user(5), "密答")
}

func TestPoint23Shutdown(t *testing.T) {
	started := make(chan struct{}, 10)
	s := newSite(t, setup{workers: 1, times: func(t *Times) { t.Grace, t.Persist = 10*time.Millisecond, time.Minute }, ask: func(ctx context.Context, q rag.Question) (rag.Answer, error) {
		started <- struct{}{}
		<-ctx.Done()
		return rag.Answer{}, ctx.Err()
	}})
	s.say(user(1), "密一")
	s.say(user(1), "密二")
	s.say(user(2), "密三")
	<-started
	s.stop()
	if len(s.fake.Sent()) != 0 {
		t.Error("something was said at shutdown")
	}
	if ack, err := s.Push(t.Context(), hello(9)); err == nil || ack.Status != 500 {
		t.Errorf("still taking: %+v", ack)
	}
	s.deps.Asker = askFunc(echo)
	s.again()
	s.wantTexts(user(1), "密一", "密二")
	s.wantTexts(user(2), "密三")
	// what is being sent is sent to its end
	s.fake.Inject("send", fake.Fault{Slow: 100 * time.Millisecond})
	s.say(user(3), "密四")
	wait(t, "the request is under way", func() bool { return s.tally()["part sending"] == 1 })
	s.stop()
	if n := s.tally(); n["part sent"] != 4 || n["part sending"] != 0 {
		t.Errorf("got %v", n)
	}
}

// The operator's switch works beside the running server, and says so instead of answering.
func TestStopped(t *testing.T) {
	s := newSite(t, setup{})
	by := store.By{Name: "test"}
	for _, turn := range []func() error{
		func() error { return s.store.SwitchOff(t.Context(), by, "wechat:main", "test", s.clock.Now()) },
		func() error { return s.store.SwitchOn(t.Context(), by, "wechat:main", "") },
	} {
		if err := turn(); err != nil {
			t.Fatal(err)
		}
		s.say(user(1), "密问")
		s.quiet()
	}
	s.wantTexts(user(1), "暂停服务", "密答")
}

// A store that fails for a while keeps nothing from being said once it works again, and nothing is said twice.
func TestFaultStoreFailsWhileAnswering(t *testing.T) {
	s := newSite(t, setup{idle: true})
	for i := range 5 {
		s.push(hello(i + 1))
	}
	s.run()
	full := errors.New("full")
	fails := 3
	err := s.service.persist(t.Context(), "a test", func(context.Context) error {
		if fails--; fails > 0 {
			return full
		}
		return nil
	})
	if err != nil || fails != 0 {
		t.Errorf("got %v, %d", err, fails)
	}
	if err := s.service.persist(t.Context(), "a test", func(context.Context) error { return store.ErrWeChatState }); !errors.Is(err, store.ErrWeChatState) {
		t.Errorf("got %v", err)
	}
	for i := range 5 {
		s.wantTexts(user(i+1), "密答")
	}
}

// A channel says some things in words of its own (prompts, wechat.yaml, channels).
func TestWordsOfAChannel(t *testing.T) {
	text, err := prompts.Default("wechat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(text), "channels: {}", "channels: {main: {reset: 从头来过！}, other: {media: 别处的话}}", 1)
	set, err := prompts.Load(func(file string) ([]byte, bool, error) { return []byte(own), file == "wechat.yaml", nil })
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, setup{prompts: set})
	s.say(user(1), "新对话")
	s.quiet()
	if got := s.got(user(1)); len(got) != 1 || got[0] != "从头来过！" {
		t.Errorf("got %q", got)
	}
}
