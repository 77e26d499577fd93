package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"wenda/corpus/script"
	"wenda/handlers/wechat/fake"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// What must never be in logs, errors and metrics stands in all tests' openids, questions, answers and keys.
const (
	userMark    = "oUSER-"
	contentMark = "密"
	theSecret   = "appsecretofthetests0000000000000"
	theToken    = "TokenOfTheTests"
	oldToken    = "OldTokenOfTheTests"
	theAESKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	oldAESKey   = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
	theAppID    = "wx1234567890abcdef"
)

// suite gathers what all tests logged and counted.
var suite struct {
	log     safeBuffer
	metrics safeBuffer
}

func TestMain(m *testing.M) {
	if mode := os.Getenv(childEnv); mode != "" {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	if err := secretsTold(suite.log.String() + suite.metrics.String()); err != nil {
		fmt.Fprintln(os.Stderr, "the suite's logs and metrics:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// secretsTold looks for what must not be told.
func secretsTold(text string) error {
	for _, secret := range []string{userMark, contentMark, theSecret, theToken, oldToken, theAESKey, oldAESKey, "access_token", "signature=", "echostr=", "nonce="} {
		if i := strings.Index(text, secret); i >= 0 {
			return fmt.Errorf("%q is told: ...%s", secret, text[max(0, i-200):min(len(text), i+100)])
		}
	}
	return nil
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}
func (b *safeBuffer) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

// askFunc is an Asker.
type askFunc func(ctx context.Context, q rag.Question) (rag.Answer, error)

func (f askFunc) Ask(ctx context.Context, q rag.Question, _ func(rag.Event)) (rag.Answer, error) {
	return f(ctx, q)
}

var answerIDs atomic.Int64

// quoted is a short quoted answer that repeats the question.
func quoted(text string) rag.Answer {
	return rag.Answer{ID: fmt.Sprintf("a_%032x", answerIDs.Add(1)), ConversationID: "c_1", Status: rag.Answered, Answered: true, Mode: rag.Quoted, Text: text + "[1]",
		Citations: []rag.Citation{{N: 1, Title: "教育工作计划", Published: "2022-02-11"}}}
}

func echo(_ context.Context, q rag.Question) (rag.Answer, error) {
	return quoted("密答：" + q.Text), nil
}

// A clock that tests move.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 26, 9, 0, 0, 0, china).UnixNano())
	return c
}

func (c *clock) Now() time.Time       { return time.Unix(0, c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }

// quick are the times of tests: what is waited for is milliseconds, what ends a thing that hangs is long, for machines that are busy.
func quick() Times {
	t := DefaultTimes()
	t.Accept, t.Typing, t.Interim, t.Apology, t.Send = time.Minute, time.Hour, time.Hour, time.Minute, time.Minute
	t.Retries, t.SlowDown, t.Persist, t.Grace = []time.Duration{time.Millisecond, 2 * time.Millisecond, 4 * time.Millisecond}, time.Millisecond, 20*time.Millisecond, time.Second
	t.Housekeeping = time.Hour
	return t
}

// A site is a Service with a fake WeChat around it.
type site struct {
	*fake.Pusher
	t       testing.TB
	fake    *fake.Server
	service *Service
	store   *store.Store
	vault   *Vault
	http    *httptest.Server
	dir     string
	log     *safeBuffer
	clock   *clock

	deps Deps
	stop func() // the Service's Run
	ids  atomic.Uint64
}

// setup is what a test wants otherwise.
type setup struct {
	dir     string
	values  map[string]string // of the channel, besides the keys
	times   func(*Times)
	ask     askFunc
	fake    fake.Options
	prompts *prompts.Set
	workers int
	queue   int
	url     string // of the webhook's public side; "none": no links
	idle    bool   // Run is not started
	real    bool   // the real clock
}

var converter = sync.OnceValue(script.New)

var defaultPrompts = sync.OnceValues(func() (*prompts.Set, error) { return prompts.Load(nil) })

func newSite(t testing.TB, o setup) *site {
	t.Helper()
	s := &site{t: t, dir: o.dir, log: &safeBuffer{}, clock: newClock(), stop: func() {}}
	if s.dir == "" {
		s.dir = t.TempDir()
	}
	now := s.clock.Now
	if o.real {
		now = time.Now
	}
	o.fake.AppID, o.fake.Secret, o.fake.Now = theAppID, theSecret, now
	var err error
	if s.fake, err = fake.Start(o.fake); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"appid": theAppID, "secret": theSecret, "token": theToken, "aes-key": theAESKey, "api": s.fake.URL(), "typing": "false"}
	for k, v := range o.values {
		values[k] = v
	}
	c, problems := ParseChannel("main", values)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if s.store, err = store.Open(t.Context(), s.dir, store.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if s.vault, err = OpenVault(filepath.Join(s.dir, "seal.key")); err != nil {
		t.Fatal(err)
	}
	set := o.prompts
	if set == nil {
		if set, err = defaultPrompts(); err != nil {
			t.Fatal(err)
		}
	}
	ask := o.ask
	if ask == nil {
		ask = echo
	}
	times := quick()
	if o.times != nil {
		o.times(&times)
	}
	public := "https://wenda.example.gov.cn"
	if o.url != "" {
		public = strings.TrimPrefix(o.url, "none")
	}
	s.deps = Deps{Channels: []Channel{c}, Store: s.store, Asker: ask, Prompts: func() *prompts.Set { return set }, Vault: s.vault,
		PublicURL: public, Log: slog.New(slog.NewJSONHandler(teed{s.log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Script: converter(), Now: now, Times: times, Workers: o.workers, Queue: o.queue, RequestID: func(context.Context) string { return "r_test" }}
	if s.service, err = New(s.deps); err != nil {
		t.Fatal(err)
	}
	s.http = httptest.NewServer(s.service)
	s.Pusher = &fake.Pusher{URL: s.http.URL + Prefix + "/main", Token: theToken, AESKey: theAESKey, AppID: theAppID, Mode: string(c.Mode), Format: string(c.Format),
		Server: s.fake, Now: now, Repeats: -1, Patience: time.Minute, HTTP: s.http.Client()}
	if !o.idle {
		s.run()
	}
	t.Cleanup(func() {
		s.stop()
		suite.metrics.Write([]byte(s.metrics()))
		s.http.Close()
		if err := errors.Join(s.fake.Close(), s.store.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// teed logs into the suite's log as well.
type teed struct{ own *safeBuffer }

func (w teed) Write(p []byte) (int, error) { _, _ = suite.log.Write(p); return w.own.Write(p) }

// run starts the Service; stop ends it and waits.
func (s *site) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.service.Run(ctx) }()
	s.stop = sync.OnceFunc(func() { cancel(); <-ended })
}

// again is the Service of a new process on the same store.
func (s *site) again() {
	s.t.Helper()
	s.stop()
	service, err := New(s.deps)
	if err != nil {
		s.t.Fatal(err)
	}
	s.service = service
	s.http.Config.Handler = service
	s.run()
}

func user(n int) string { return fmt.Sprintf("%s%d", userMark, n) }

// say pushes a text and wants it acknowledged.
func (s *site) say(openid, text string) fake.Ack {
	s.t.Helper()
	return s.push(fake.Message{OpenID: openid, Type: "text", Content: text, MsgID: 1<<40 + s.ids.Add(1)})
}

func (s *site) push(m fake.Message) fake.Ack {
	s.t.Helper()
	ack, err := s.Push(s.t.Context(), m)
	if err != nil {
		s.t.Fatalf("push: %v (%+v)", err, ack)
	}
	return ack
}

// quiet waits until nothing is left to answer.
func (s *site) quiet() {
	s.t.Helper()
	wait(s.t, "the queue is empty", func() bool {
		open, err := s.store.OpenWeChat(context.Background())
		return err == nil && len(open) == 0
	})
}

func wait(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// got are the texts that a user was shown once the queue is empty.
func (s *site) got(openid string) []string {
	s.t.Helper()
	s.quiet()
	var out []string
	for _, m := range s.fake.SentTo(openid) {
		out = append(out, m.Shown())
	}
	return out
}

func (s *site) wantTexts(openid string, want ...string) {
	s.t.Helper()
	got := s.got(openid)
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		ok = ok && strings.Contains(got[i], want[i])
	}
	if !ok {
		s.t.Errorf("got %q\nwant each with %q", got, want)
	}
}

// tally is what the store counts.
func (s *site) tally() map[string]int {
	s.t.Helper()
	out, err := s.store.WeChatTally(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// metrics is the Service's part of /metrics.
func (s *site) metrics() string {
	r := prometheus.NewRegistry()
	r.MustRegister(s.service.Collector())
	families, err := r.Gather()
	if err != nil {
		s.t.Error(err)
	}
	var b strings.Builder
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			slices.Sort(labels)
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			fmt.Fprintf(&b, "%s{%s} %g\n", f.GetName(), strings.Join(labels, ","), value)
		}
	}
	return b.String()
}

func (s *site) wantMetric(line string) {
	s.t.Helper()
	if !strings.Contains(s.metrics(), "wenda_wechat_"+line+"\n") {
		s.t.Errorf("no %s in\n%s", line, s.metrics())
	}
}

// A vector of vectors.json.
type vector struct {
	ID, Token, Key, AppID, ReceiveID, Timestamp, Nonce, Echostr, Signature string
	Encrypt, Random, Msg, Plain                                            string
	MsgSignature                                                           string `json:"msg_signature"`
}

func vectors(t *testing.T) map[string]vector {
	t.Helper()
	dir := os.Getenv("WENDA_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(dir, "wechat", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(text, &list); err != nil || len(list) < 9 {
		t.Fatalf("%d vectors, %v", len(list), err)
	}
	out := map[string]vector{}
	for _, v := range list {
		out[v.ID] = v
	}
	return out
}
