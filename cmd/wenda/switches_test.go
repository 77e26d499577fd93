package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wenda/handlers/staff"
	"wenda/handlers/wechat"
	"wenda/rag"
	"wenda/rag/backend"
	"wenda/rag/backend/scripted"
	"wenda/store"
)

// besideOf opens the data folder as another process does.
func besideOf(t *testing.T, a *App) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), a.Config.Data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// mustTurn switches by the other process.
func mustTurn(t *testing.T, s *store.Store, name string, off bool) {
	t.Helper()
	err := s.SwitchOn(t.Context(), store.By{Name: "test"}, name, "")
	if off {
		err = s.SwitchOff(t.Context(), store.By{Name: "test"}, name, "test", time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The model's switch works in a running server: what was begun ends quoted, what it said before is not said from memory, and all is back
// when it is on again.
func TestModelSwitchedOff(t *testing.T) {
	s, vendor, app := composingServer(t)
	other := besideOf(t, app)
	vendor.Answer(echo)
	const known, fresh = "今年新增多少学位", "全年新建多少学校"
	if a := s.mustAsk(t, known); a.Mode != rag.Generated {
		t.Fatalf("before: %s (%s)", a.Mode, a.Reason)
	}
	vendor.Answer(func(scripted.Request) scripted.Reply { return scripted.Stream(scripted.Write("\n"), scripted.Hold()) })
	begun := len(vendor.Requests())
	held := make(chan rag.Answer, 1)
	go func() { a, _ := s.ask(fresh); held <- a }()
	if err := until("the model is asked", func() (bool, error) { return len(vendor.Requests()) > begun, nil }); err != nil {
		t.Fatal(err)
	}
	mustTurn(t, other, store.ModelSwitch, true)
	if a := <-held; a.Mode != rag.Quoted || !a.Degraded || a.Reason != "model_off" || !a.Answered {
		t.Errorf("begun before: %s, degraded %v, %q", a.Mode, a.Degraded, a.Reason)
	}
	asked := len(vendor.Requests())
	for _, q := range []string{known, fresh} {
		if a := s.mustAsk(t, q); a.Mode != rag.Quoted || !a.Degraded || a.Reason != "model_off" {
			t.Errorf("%s: %s, degraded %v, %q", q, a.Mode, a.Degraded, a.Reason)
		}
	}
	if got := len(vendor.Requests()); got != asked {
		t.Errorf("the vendor was asked %d times", got-asked)
	}
	if got := newRunning(app).State(); got.NotReady != "" || got.Index == "" || got.Embedder != "" {
		t.Errorf("the console is told %q, index %q, embedder %q", got.NotReady, got.Index, got.Embedder)
	}
	app.waiting.told(slog.New(slog.DiscardHandler), "", 75, 100)
	if got := newRunning(app).State(); got.Missing != 25 || got.Done() != 75 {
		t.Errorf("vectors: %d missing, %d done", got.Missing, got.Done())
	}
	vendor.Answer(echo)
	mustTurn(t, other, store.ModelSwitch, false)
	if err := until("the model is back", func() (bool, error) {
		a, err := s.ask(fresh)
		return a.Mode == rag.Generated, err
	}); err != nil {
		t.Error(err)
	}
}

// Channels are switched by another process, and stay as they are over a restart.
func TestChannelsSwitchedOff(t *testing.T) {
	a := wordsApp(t, Config{})
	other := besideOf(t, a)
	for _, name := range []string{"portal", "mp:main", "wechat:side"} {
		if a.switches.Off(name) {
			t.Errorf("%s is off at first", name)
		}
		mustTurn(t, other, name, true)
	}
	ctx, cancel := context.WithCancel(t.Context())
	followed := make(chan struct{})
	go func() { a.switches.follow(ctx, slog.New(slog.DiscardHandler)); close(followed) }()
	if err := until("the server sees it", func() (bool, error) { return a.switches.Off("portal"), nil }); err != nil {
		t.Error(err)
	}
	cancel()
	<-followed
	for channel, want := range map[string]bool{"main": true, "side": true, "other": false} {
		if got, err := a.mpClosed(t.Context(), channel); got != want || err != nil {
			t.Errorf("pages of %s closed: %v, %v, want %v", channel, got, err, want)
		}
	}
	if a.switches.Off("api") {
		t.Error("a channel is off that nobody switched")
	}
	again := newSwitchboard(other)
	if err := again.refresh(t.Context()); err != nil || !again.Off("portal") {
		t.Errorf("after a restart: %v, %v", again.Off("portal"), err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := again.refresh(ended); err == nil || !again.Off("portal") { // a store that does not answer
		t.Errorf("what was known holds: %v, %v", again.Off("portal"), err)
	}
}

// A day's budget is the day's: the next process has no more of it.
func TestBudgetAfterRestart(t *testing.T) {
	s := vendor(t, fit)
	cfg := Config{Data: filepath.Join(t.TempDir(), "data"), Models: t.TempDir(), LLM: LLM{Compose: []string{s.URL + "/v1=m"}, DayTokens: 850}}
	var used int
	for i, want := range []string{"", backend.ReasonBudget} {
		a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if got := a.LLM.Compose.Usage().Today; got != used {
			t.Errorf("process %d begins at %d tokens, want %d", i, got, used)
		}
		_, err = askModel(t, a.LLM.Compose, "portal")
		var e *backend.Error
		if got := errors.As(err, &e); got != (want != "") || got && e.Code != want {
			t.Errorf("process %d: got %v, want %q", i, err, want)
		}
		used = a.LLM.Compose.Usage().Today
		if want == "" {
			if err := a.close(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := a.Store.Close(); err != nil {
			t.Fatal(err)
		}
		if err := a.LLM.openBooks(t.Context()); err == nil || !strings.Contains(err.Error(), "today's tokens") {
			t.Errorf("a store that cannot be read does not end the start: %v", err)
		}
		_ = a.close() // its store is closed
	}
	if used == 0 {
		t.Error("nothing was counted")
	}
}

// The console is shown what is configured, and what the models took and may take.
func TestRunningState(t *testing.T) {
	s := vendor(t, fit)
	a := wordsApp(t, Config{LLM: LLM{Compose: []string{s.URL + "/v1=m"}, DayTokens: 5000, ChannelTokens: map[string]string{"portal": "4000", "api": "3000"}, Price: map[string]string{"other": "10000/0"}},
		Signed: Signed{Keys: map[string]string{"search": "a 4d1c0f3e9b7a4c2d8e6f1a2b3c4d5e6f4d1c0f3e9b7a4c2d8e6f1a2b3c4d5e6f\nb 5d1c0f3e9b7a4c2d8e6f1a2b3c4d5e6f4d1c0f3e9b7a4c2d8e6f1a2b3c4d5e6f"}},
		WeChat: WeChat{Channels: map[string]map[string]string{"main": {"appid": "wx1111111111111111"}, "off": {"appid": "wx2222222222222222", "enabled": "false"}},
			Secrets: map[string]map[string]wechat.Secret{"main": {"secret": "secretsecret"}, "off": {"secret": "secretsecret"}}}})
	r := newRunning(a)
	if got := r.State(); got.NotReady != "还没有索引" || got.Index != "" {
		t.Errorf("before the index: %q, %q", got.NotReady, got.Index)
	}
	if _, err := askModel(t, a.LLM.Compose, "portal"); err != nil {
		t.Fatal(err)
	}
	got := r.State()
	var names []string
	for _, c := range got.Channels {
		names = append(names, c.Name)
	}
	if want := "portal api api:search wechat:main mp:main"; strings.Join(names, " ") != want {
		t.Errorf("channels %v, want %s", names, want)
	}
	used := got.Tokens
	want := []staff.Budget{{Channel: "api", Most: 3000}, {Channel: "portal", Used: used, Most: 4000}}
	if !slices.Equal(got.Budgets, want) || used == 0 || got.Most != 5000 || got.Left() != 5000-used {
		t.Errorf("budgets %+v, %d of %d", got.Budgets, used, got.Most)
	}
	if b := got.Backends; len(b) != 1 || b[0].Breaker != "closed" || b[0].Calls != 1 || b[0].Prompt+b[0].Completion != used || b[0].Cost == 0 {
		t.Errorf("backends %+v", b)
	}
	mustTurn(t, besideOf(t, a), "portal", true)
	if err := r.Switched(t.Context()); err != nil || !a.switches.Off("portal") {
		t.Errorf("told of a switch: %v, off %v", err, a.switches.Off("portal"))
	}
}
