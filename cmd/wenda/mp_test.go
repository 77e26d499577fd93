package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wenda/handlers/signed"
	"wenda/handlers/wechat"
	"wenda/handlers/wechat/fake"
	"wenda/handlers/wechat/mp"
	"wenda/store"
)

// A user of a mini-program's pages and a program with a key, through the whole program.
func TestMiniProgramAndSignedServed(t *testing.T) {
	f, err := fake.Start(fake.Options{AppID: "wx1111111111111111", Secret: "secretsecret"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const keySecret = "4d1c0f3e9b7a4c2d8e6f1a2b3c4d5e6f4d1c0f3e9b7a4c2d8e6f1a2b3c4d5e6f"
	cfg := Config{Data: filepath.Join(t.TempDir(), "data"), Models: t.TempDir(), Signed: Signed{Keys: map[string]string{"search": "2026a " + keySecret}},
		WeChat: WeChat{Channels: map[string]map[string]string{"main": {"appid": "wx1111111111111111", "api": f.URL()}, "off": {"appid": "wx2222222222222222", "enabled": "false"}},
			Secrets: map[string]map[string]wechat.Secret{"main": {"secret": "secretsecret"}, "off": {"secret": "secretsecret"}}}}
	s, err := serveWith(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	token := ""
	do := func(method, path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(text)
	}
	login := func(channel string) (int, string) {
		return do("POST", mp.Prefix+"/login", fmt.Sprintf(`{"code":%q,"channel":%q}`, f.Login("oUSER-1"), channel))
	}
	if status, body := login("off"); status != 404 {
		t.Errorf("a channel that is off: %d %s", status, body)
	}
	status, body := login("main")
	var got struct{ Token string }
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 {
		t.Fatalf("login: %d %s", status, body)
	}
	token = got.Token
	if status, body := do("POST", mp.Prefix+"/ask", `{"question":"今年新增多少学位"}`); status != 200 || !strings.Contains(body, "2800") {
		t.Errorf("ask: %d %s", status, body)
	}
	if status, body := do("GET", mp.Prefix+"/history", ""); status != 200 || strings.Count(body, "answer_id") != 1 {
		t.Errorf("history: %d %s", status, body)
	}
	if status, body := do("GET", mp.Prefix+"/suggestions", ""); status != 200 || !strings.Contains(body, "topic") {
		t.Errorf("suggestions: %d %s", status, body)
	}
	beside, err := store.Open(t.Context(), cfg.Data, store.Options{}) // as wenda wechat stop does
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(beside.SwitchOff(t.Context(), store.By{Name: "test"}, "wechat:main", "test", time.Now()), beside.Close()); err != nil {
		t.Fatal(err)
	}
	if status, body := do("GET", mp.Prefix+"/history", ""); status != 503 || !strings.Contains(body, "channel_closed") {
		t.Errorf("a stopped channel: %d %s", status, body)
	}

	keys, err := signed.ParseKeys("search", cfg.Signed.Keys["search"])
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{200, 401} { // the second time it is a replay
		const question = `{"question":"今年新增多少学位"}`
		r, err := http.NewRequest("POST", s.url+"/api/v1/signed/ask", strings.NewReader(question))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		keys[0].Sign(r, []byte(question), time.Now(), "nonce-0123456789")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("signed %d: got %d, want %d", i, res.StatusCode, want)
		}
	}
	if r := s.mustGet(t, "/metrics"); !strings.Contains(r.body, `wenda_answers_total{channel="api:search",`) || !strings.Contains(r.body, `wenda_answers_total{channel="mp:main",mode="quoted",status="answered"} 1`) || !strings.Contains(r.body, `wenda_limited_total{limit="signature"} 1`) {
		t.Error("no metrics of the program")
	}
	for _, secret := range []string{"oUSER-1", "secretsecret", keySecret, token, "学位"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("%s is in the log:\n%s", secret, s.log)
		}
	}
	vault, err := wechat.OpenVault(filepath.Join(cfg.Data, "seal.key"))
	if err := errors.Join(err, s.stop()); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(cfg.Data, "wenda.db"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file, []byte(vault.Session("mp:main", "oUSER-1"))) || bytes.Contains(file, []byte("oUSER-1")) || bytes.Contains(file, []byte(token)) {
		t.Error("the database should hold the owner's hash, and neither openid nor token")
	}
}

func TestSignedKeysFromFilesAndVariables(t *testing.T) {
	const a, b = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	file := writeFile(t, "search.key", "# old and new\nk1 "+a+"\nk2 "+b+"\n")
	t.Setenv("WENDA_SIGNED_KEY_HOTLINE", "h1 "+a)
	t.Setenv("WENDA_SIGNED_KEY_KIOSK_FILE", writeFile(t, "kiosk.key", "x1 "+b))
	cfg, err := configOf(t, "--signed-key-file", "search="+file, "--llm-channel-tokens", "api:search=1000,mp:main=2000")
	if err != nil {
		t.Fatal(err)
	}
	keys, problems := cfg.Signed.plan()
	if got := fmt.Sprint(keys, problems); got != "[hotline/h1 kiosk/x1 search/k1 search/k2] []" {
		t.Errorf("got %s", got)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no file":          {[]string{"--signed-key-file", "search=" + file + "x"}, "读不了"},
		"file and value":   {[]string{"--signed-key-file", "hotline=" + file}, "只留一个"},
		"a bad key":        {[]string{"--signed-key-file", "search=" + writeFile(t, "bad", "k "+a[:10])}, "太短"},
		"one ID twice":     {[]string{"--signed-key-file", "search=" + writeFile(t, "twice", "h1 "+b)}, "用了两次"},
		"a bad budget":     {[]string{"--llm-channel-tokens", "api:=1"}, "api:名称"},
		"keys in the file": {[]string{"--config", writeFile(t, "c.yaml", "signed-key: {search: "+a+"}")}, "不认识的设置"},
	} {
		_, err := configOf(t, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), a[:10]) {
			t.Errorf("%s: got %v, want %q and no secret", name, err, c.want)
		}
	}
}
