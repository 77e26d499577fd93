package staff

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wenda/rag"
	"wenda/store"
)

// fixed is a server that does not change.
type fixed struct {
	state    State
	switched atomic.Int32
	err      error
}

func (f *fixed) State() State { return f.state }
func (f *fixed) Switched(context.Context) error {
	f.switched.Add(1)
	return f.err
}

func runningSite(t *testing.T) (*site, *fixed) {
	r := &fixed{state: State{Channels: []Channel{{Name: "portal", Log: "portal"}, {Name: "api:search", Log: "api:search"}, {Name: "wechat:main", Note: "消息和小程序页面"}},
		Backends: []Backend{{Name: "deepseek/chat", Breaker: "open", Calls: 12, Failures: 7, Prompt: 3456, Completion: 789, Cost: 1.5}},
		Day:      "2026-11-26", Tokens: 4245, Most: 5000, Budgets: []Budget{{Channel: "api:search", Used: 4245, Most: 4000}},
		Index: "x1", Embedder: "bge", NotReady: "向量还没有算完", Missing: 25, Texts: 100}}
	r.state.Backends[0].Health = Health{Failed: time.Now().Add(-2 * time.Minute), Trouble: "unauthorized"}
	return newSite(t, func(_ *Config, d *Deps) {
		d.Running = r
		d.Advice = func(code string) string {
			return map[string]string{"unauthorized": "密钥不对", "quota": "没有余额"}[code]
		}
	}), r
}

// An administrator switches a channel and the model off and on; everybody sees it, with the reason, on the page and on the dashboard.
func TestSwitchPages(t *testing.T) {
	s, running := runningSite(t)
	admin, viewer := s.as("li", store.Admin), s.as("wang", store.View)
	off := func(name, reason string) (int, string) {
		return admin.post("/staff/channels/switch", url.Values{"name": {name}, "to": {"off"}, "reason": {reason}})
	}
	for name, form := range map[string]url.Values{
		"no reason":       {"name": {"portal"}, "to": {"off"}, "reason": {"  "}},
		"a long reason":   {"name": {"portal"}, "to": {"off"}, "reason": {strings.Repeat("长", 201)}},
		"unknown channel": {"name": {"fax"}, "to": {"off"}, "reason": {"x"}},
		"neither":         {"name": {"portal"}, "to": {"maybe"}, "reason": {"x"}},
	} {
		if status, _ := admin.post("/staff/channels/switch", form); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	if list, err := s.store.SwitchedOff(t.Context()); err != nil || len(list) != 0 || running.switched.Load() != 0 {
		t.Fatalf("switched in spite of it: %v, %v", list, err)
	}
	for _, name := range []string{"portal", "wechat:main", store.ModelSwitch} {
		if status, body := off(name, "回答有误<b>"+name); status != 200 || !strings.Contains(body, "已停用。") {
			t.Fatalf("%s: %d %s", name, status, mainOf(body))
		}
	}
	if running.switched.Load() != 3 {
		t.Errorf("the server was told %d times", running.switched.Load())
	}
	if stopped, err := s.store.WeChatStopped(t.Context(), "main"); err != nil || !stopped {
		t.Errorf("WeChat: %v, %v", stopped, err)
	}
	page := mainOf(viewer.mustGet("/staff/channels"))
	for _, want := range []string{"门户网页", "程序 search", "回答有误&lt;b&gt;portal", "回答有误&lt;b&gt;wechat:main", "回答有误&lt;b&gt;model", "li", "回答都摘自原文"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "<form") || strings.Contains(page, "<b>portal") {
		t.Error("a viewer sees forms, or a reason is not escaped")
	}
	if got := mainOf(viewer.mustGet("/staff/dashboard")); strings.Count(got, "已停用：回答有误") != 3 {
		t.Errorf("the dashboard: %s", got)
	}
	running.err = errors.New("not now")
	if status, body := admin.post("/staff/channels/switch", url.Values{"name": {"portal"}, "to": {"on"}}); status != 200 || !strings.Contains(body, "“门户网页”已恢复。") {
		t.Errorf("on again: %d", status)
	}
	running.state.Channels = nil // another configuration after a restart
	if status, _ := admin.post("/staff/channels/switch", url.Values{"name": {"wechat:main"}, "to": {"on"}}); status != 200 {
		t.Errorf("one that is not configured any more: %d", status)
	}
	if list, err := s.store.SwitchedOff(t.Context()); err != nil || len(list) != 1 || list[0].Name != store.ModelSwitch {
		t.Errorf("left: %v, %v", list, err)
	}
	if changes, err := s.store.Changes(t.Context(), store.ChangeFilter{What: "switch.", Who: "li"}); err != nil || len(changes) != 5 || changes[4].Reason != "回答有误<b>portal" {
		t.Errorf("audit: %+v, %v", changes, err)
	}
}

// The page shows today's figures, the models with what is left of budgets, and health.
func TestChannelFigures(t *testing.T) {
	s, _ := runningSite(t)
	for i, status := range []rag.Status{rag.Answered, rag.Answered, rag.NotStated} {
		id := "a_" + strings.Repeat("0", 31) + string(rune('1'+i))
		if err := s.store.PutAnswer(rag.Answer{ID: id, Status: status, Mode: rag.Quoted, Text: "x"}, store.Logged{Question: "问", Channel: "portal"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := mainOf(s.as("wang", store.View).mustGet("/staff/channels"))
	squeezed := strings.Join(strings.Fields(page), " ")
	for what, want := range map[string]string{
		"figures of the portal": `门户网页</th><td class="long"><span class="badge good">开</span></td> <td class="num">3</td><td class="num">2</td><td class="num">0</td><td class="num">0</td>`,
		"tokens of a program":   `<td class="num">4245</td>`,
		"the model":             `deepseek/chat</th><td>暂停（失败太多）</td><td>启动后还没有</td><td class="num">–</td><td><span class="badge bad">现在失败</span> 2分钟前：密钥不对（unauthorized）</td><td class="num">12</td><td class="num">7</td><td class="num">3456</td><td class="num">789</td><td class="num">1.5000</td>`,
		"what the day has left": `全部</th><td class="num">4245</td><td class="num">5000</td><td class="num">755</td>`,
		"a budget passed":       `程序 search</th><td class="num">4245</td><td class="num">4000</td><td class="num">0</td>`,
		"vectors":               `<progress max="100" value="75"`,
		"not ready":             "没有完全就绪：向量还没有算完",
		"no backup":             "还没有备份",
		"how to restore":        "wenda restore",
	} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("%s: no %q in\n%s", what, want, squeezed)
		}
	}
}

// Backups are made, listed, taken and deleted by administrators alone.
func TestBackupPages(t *testing.T) {
	s, _ := runningSite(t)
	admin, publisher := s.as("li", store.Admin), s.as("wang", store.Publish)
	if status, body := admin.post("/staff/backups", url.Values{}); status != 200 || !strings.Contains(body, "已备份并核对：wenda-") {
		t.Fatalf("make: %d %s", status, mainOf(body))
	}
	list, err := s.store.Backups()
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	path := "/staff/backups/" + list[0].Name
	if got := publisher.mustGet("/staff/channels"); !strings.Contains(got, list[0].Name) || strings.Contains(got, path) {
		t.Error("others see that there is one, and no way to it")
	}
	if status, _ := publisher.get(path); status != http.StatusForbidden {
		t.Errorf("others: %d", status)
	}
	status, body := admin.get(path)
	if status != 200 || int64(len(body)) != list[0].Bytes || !strings.HasPrefix(body, "SQLite format 3\x00") {
		t.Fatalf("download: %d, %d of %d bytes", status, len(body), list[0].Bytes)
	}
	taken := filepath.Join(t.TempDir(), "taken.db")
	if err := os.WriteFile(taken, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.CheckBackup(t.Context(), taken); err != nil {
		t.Errorf("what was taken: %v", err)
	}
	for _, bad := range []string{"..%2fwenda.db", "%2e%2e%2fwenda.db", "wenda.db"} {
		if status, _ := admin.get("/staff/backups/" + bad); status != http.StatusNotFound {
			t.Errorf("%s: %d", bad, status)
		}
	}
	s.console.backing.Lock()
	if status, _ := admin.post("/staff/backups", url.Values{}); status != http.StatusConflict {
		t.Errorf("two at once: %d", status)
	}
	s.console.backing.Unlock()
	s.wait(8*24*time.Hour + time.Hour)
	later := s.as("zhao", store.Admin)
	if got := mainOf(later.mustGet("/staff/dashboard")); !strings.Contains(got, "最近的备份是8天前") {
		t.Error("the dashboard does not tell of an old backup")
	}
	if status, body := later.post(path+"/delete", url.Values{}); status != 200 || !strings.Contains(body, "还没有备份") {
		t.Errorf("delete: %d", status)
	}
	if status, _ := later.post(path+"/delete", url.Values{}); status != http.StatusNotFound {
		t.Errorf("delete again: %d", status)
	}
}
