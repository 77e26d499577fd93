package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
	}
	if used == 0 {
		t.Error("nothing was counted")
	}
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.LLM.openBooks(t.Context()); err == nil || !strings.Contains(err.Error(), "today's tokens") {
		t.Errorf("a store that cannot be read does not end the start: %v", err)
	}
	_ = a.close() // its store is closed
}
