package mp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wenda/corpus"
	"wenda/handlers"
	"wenda/handlers/wechat/api"
	"wenda/handlers/wechat/fake"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const notice = "云溪区2022年助学通知\n\n一、助学\n\n为300名学生发放助学金。申请在9月30日前提交。\n"

// A world is the API behind the real server, with the real store and engine and a fake WeChat.
type world struct {
	t        testing.TB
	handler  *Handler
	wechat   *fake.Server
	store    *store.Store
	progress *rag.Progress
	server   *httptest.Server
	log      *lockedBuffer
	file     string // the database

	mu     sync.Mutex
	now    time.Time
	closed map[string]bool // by channel
	slow   bool            // every question waits at the gate
	gate   chan struct{}   // questions that ask for the script hans wait here behind their first sentence
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// secret of the fake's app; a test greps for it.
const appSecret = "appsecret-0123456789abcdef"

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// askWith is a rag.Asker as cmd/wenda's does: the engine, then the log; and it may be slow, fail or panic.
func (w *world) askWith(engine *rag.Engine) askFunc {
	return func(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
		if strings.Contains(q.Text, "坏") {
			emit(rag.Event{ID: q.ID, Stage: "understand"})
			return rag.Answer{}, fmt.Errorf("engine of /srv/wenda broke")
		}
		if strings.Contains(q.Text, "慌") {
			if q.Script == "hant" {
				emit(rag.Event{ID: q.ID, Stage: "understand"})
			}
			panic("sesame")
		}
		w.mu.Lock()
		slow, gate := w.slow || q.Script == "hans", w.gate
		w.mu.Unlock()
		a, err := engine.Ask(ctx, q, func(e rag.Event) {
			if e.Done == nil {
				emit(e)
			}
			if slow && e.Delta != "" {
				slow = false
				select {
				case <-gate:
				case <-ctx.Done():
				}
			}
		})
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return a, err
		}
		if err := w.store.PutAnswer(a, store.Logged{Question: a.Trace.Asked, Channel: q.Channel, Owner: q.Owner, Asked: w.clock()}); err != nil {
			return a, err
		}
		emit(rag.Event{Done: &a})
		return a, nil
	}
}

type askFunc func(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error)

func (f askFunc) Ask(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
	return f(ctx, q, emit)
}

// newWorld makes one with the channels main and second; change may be nil.
func newWorld(t testing.TB, change func(*Limits, *Deps)) *world {
	t.Helper()
	set, err := prompts.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := corpus.Read("notice.txt", []byte(notice))
	if err != nil {
		t.Fatal(err)
	}
	index, err := corpus.Build(context.Background(), corpus.Material{Documents: []corpus.Document{doc}})
	if err != nil {
		t.Fatal(err)
	}
	engine := rag.New(rag.Parts{Index: func() *corpus.Index { return index }, Prompts: func() *prompts.Set { return set }})
	w := &world{t: t, log: &lockedBuffer{}, now: time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC), closed: map[string]bool{}, gate: make(chan struct{})}
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	dir := t.TempDir()
	w.file = filepath.Join(dir, "wenda.db")
	if w.store, err = store.Open(context.Background(), dir, store.Options{Log: log}); err != nil {
		t.Fatal(err)
	}
	if w.wechat, err = fake.Start(fake.Options{AppID: "wxmain0000000", Secret: appSecret, Now: w.clock}); err != nil {
		t.Fatal(err)
	}
	w.progress = rag.NewProgress(w.askWith(engine), rag.ProgressLimits{}, func(q rag.Question, err error) { log.Warn("lost", "answer", q.ID, "error", err) })
	limits := Defaults()
	d := Deps{Sessions: w.store, Answers: w.store, Progress: w.progress, Mask: rag.Mask, RequestID: handlers.RequestID, Log: log, Now: w.clock,
		Suggestions: func() []Suggestion { return []Suggestion{{"为多少名学生发放助学金", "助学"}} },
		Owner: func(channel, openid string) string {
			m := hmac.New(sha256.New, []byte("key"))
			_, _ = io.WriteString(m, channel+"|"+openid)
			return hex.EncodeToString(m.Sum(nil))
		}}
	for _, name := range []string{"main", "second"} {
		client := &api.Client{BaseURL: w.wechat.URL(), AppID: "wxmain0000000", Secret: appSecret, Timeout: 2 * time.Second, Now: w.clock}
		t.Cleanup(client.Close)
		d.Channels = append(d.Channels, Channel{Name: name, Client: client, Closed: func(context.Context) (bool, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.closed[name], nil
		}})
	}
	if change != nil {
		change(&limits, &d)
	}
	if w.handler, err = New(limits, d); err != nil {
		t.Fatal(err)
	}
	cfg := handlers.Defaults()
	cfg.RateBurst, cfg.RatePerMinute = 10000, 60000 // the addresses' limit is the Server's, and tested once
	server, err := handlers.New(cfg, handlers.Deps{Asker: w.progress, Answers: w.store, Documents: documents{index}, Suggestions: none{}, Progress: w.progress, Log: log,
		Mounts: []handlers.Mount{{Prefix: Prefix, Handler: w.handler, Limited: Limited}}})
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		w.server.CloseClientConnections()
		w.server.Close()
		w.progress.Close(0)
		_ = w.store.Close()
		_ = w.wechat.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return w
}

type documents struct{ index *corpus.Index }

func (d documents) Current() *corpus.Index { return d.index }

func (d documents) DocumentVersion(context.Context, string, string) (corpus.Document, error) {
	return corpus.Document{}, store.ErrNotFound
}

type none struct{}

func (none) Suggestions() []handlers.Suggestion { return nil }

func (none) Suggest(string, int) []handlers.Suggestion { return nil }

// A reply is a whole response.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request to the real server; token may be empty, body too.
func (w *world) do(method, path, token, body string, headers ...string) reply {
	w.t.Helper()
	res := w.open(context.Background(), method, path, token, body, headers...)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(text)}
}

func (w *world) open(ctx context.Context, method, path, token, body string, headers ...string) *http.Response {
	w.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, w.server.URL+Prefix+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// login signs openid in to channel.
func (w *world) login(channel, openid string) string {
	w.t.Helper()
	res := w.do("POST", "/login", "", fmt.Sprintf(`{"code":%q,"channel":%q}`, w.wechat.Login(openid), channel))
	var got loginReply
	if err := json.Unmarshal([]byte(res.body), &got); err != nil || res.status != 200 || !tokenForm.MatchString(got.Token) {
		w.t.Fatalf("login: %d %s", res.status, res.body)
	}
	return got.Token
}

// ask asks and returns the answer.
func (w *world) ask(token, question, conversation string) rag.Answer {
	w.t.Helper()
	body, _ := json.Marshal(map[string]string{"question": question, "conversation_id": conversation})
	res := w.do("POST", "/ask", token, string(body))
	var a rag.Answer
	if err := json.Unmarshal([]byte(res.body), &a); err != nil || res.status != 200 {
		w.t.Fatalf("ask: %d %s", res.status, res.body)
	}
	return a
}

// wantError checks an error of the contract and returns its message.
func (w *world) wantError(res reply, status int, code string) string {
	w.t.Helper()
	var got map[string]string
	if err := json.Unmarshal([]byte(res.body), &got); err != nil {
		w.t.Fatalf("%d: not JSON: %q", res.status, res.body)
	}
	if res.status != status || got["code"] != code {
		w.t.Errorf("got %d %s, want %d %s", res.status, res.body, status, code)
	}
	if !strings.ContainsFunc(got["message"], func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) || got["request_id"] == "" ||
		got["request_id"] != res.header.Get("X-Request-ID") || len(got) != 3 || !strings.HasPrefix(res.header.Get("Content-Type"), "application/json") {
		w.t.Errorf("not an error of the contract: %s, %v", res.body, res.header)
	}
	return got["message"]
}

// A streamed line.
type streamed struct {
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// next reads a line that is no heartbeat.
func next(t testing.TB, lines *bufio.Scanner) streamed {
	t.Helper()
	for lines.Scan() {
		if lines.Text() == "" {
			continue
		}
		var s streamed
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		return s
	}
	t.Fatalf("the stream ended: %v", lines.Err())
	return streamed{}
}
