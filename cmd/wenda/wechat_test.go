package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wenda/handlers/wechat"
	"wenda/handlers/wechat/fake"
)

// checked is what wenda wechat check says of a channel whose WeChat is a fake one.
func checked(t *testing.T, values map[string]string, public string, off time.Duration, faults ...fake.Fault) (string, error) {
	t.Helper()
	f, err := fake.Start(fake.Options{AppID: "wx1111111111111111", Secret: "secretsecret"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Inject("stable_token", faults...)
	all := map[string]string{"appid": "wx1111111111111111", "secret": "secretsecret", "token": "TokenOfTests", "aes-key": strings.Repeat("A", 43), "api": f.URL()}
	for k, v := range values {
		all[k] = v
	}
	c, problems := wechat.ParseChannel("main", all)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var out bytes.Buffer
	err = checkChannel(context.Background(), &out, public, c, func() time.Time { return time.Now().Add(off) })
	if n := f.Calls("send") + f.Calls("typing"); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
	return out.String(), err
}

func TestWeChatCheck(t *testing.T) {
	out, err := checked(t, nil, "https://127.0.0.1:1", 0)
	if err != nil || !strings.Contains(out, "https://127.0.0.1:1/webhook/wechat/main") || !strings.Contains(out, "没有发现问题") || !strings.Contains(out, "取令牌      成功") {
		t.Errorf("%v\n%s", err, out)
	}
	for name, c := range map[string]struct {
		values map[string]string
		public string
		off    time.Duration
		fault  fake.Fault
		want   string
	}{
		"wrong secret": {values: map[string]string{"secret": "othersecret"}, want: "AppSecret 不对"},
		"wrong appid":  {values: map[string]string{"appid": "wx2222222222222222"}, want: "AppID 不对"},
		"address":      {fault: fake.Fault{Code: 40164}, want: "203.0.113.7"},
		"clock":        {off: 6 * time.Minute, want: "相差 6m"},
		"plain":        {values: map[string]string{"mode": "plain"}, want: "可以伪造"},
		"off":          {values: map[string]string{"enabled": "false"}, want: "404"},
		"no url":       {public: "none", want: "没有设置 public-url"},
		"no API":       {values: map[string]string{"api": "http://127.0.0.1:1"}, want: "连不上"},
	} {
		t.Run(name, func(t *testing.T) {
			public := "https://127.0.0.1:1"
			if c.public != "" {
				public = ""
			}
			out, err := checked(t, c.values, public, c.off, c.fault)
			if err == nil || !strings.Contains(out, c.want) || !strings.Contains(out, "处要改") {
				t.Errorf("%v\n%s", err, out)
			}
			for _, secret := range []string{"secretsecret", "othersecret", "TokenOfTests", strings.Repeat("A", 43)} {
				if strings.Contains(out, secret) {
					t.Errorf("a secret is told:\n%s", out)
				}
			}
		})
	}
}

// A message of a user through the whole program: pushed as WeChat does, answered from the plan, with a link that opens and metrics.
func TestWeChatServed(t *testing.T) {
	f, err := fake.Start(fake.Options{AppID: "wx1111111111111111", Secret: "secretsecret"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	key := strings.Repeat("A", 43)
	cfg := Config{Data: filepath.Join(t.TempDir(), "data"), Models: t.TempDir(), WeChat: WeChat{PublicURL: "https://wenda.example.gov.cn",
		Channels: map[string]map[string]string{"main": {"appid": "wx1111111111111111", "api": f.URL()}},
		Secrets:  map[string]map[string]wechat.Secret{"main": {"secret": "secretsecret", "token": "TokenOfTests", "aes-key": wechat.Secret(key)}}}}
	s, err := serveWith(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	user := fake.Pusher{URL: s.url + wechat.Prefix + "/main", Token: "TokenOfTests", AESKey: key, AppID: "wx1111111111111111", Mode: "safe", Format: "xml", Server: f}
	if err := user.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	said := func(n int) string {
		t.Helper()
		if err := until("an answer", func() (bool, error) { return len(f.Sent()) >= n, nil }); err != nil {
			t.Fatal(err)
		}
		return f.Sent()[n-1].Shown()
	}
	for i, c := range []struct{ user, say, want string }{{"oUSER-1", "今年新增多少学位", "2800"}, {"oUSER-1", "那新建学校呢", "13所"}, {"oUSER-2", "今年新增多少學位", "新增學位2800個"}} {
		if ack, err := user.Push(t.Context(), fake.Message{OpenID: c.user, Type: "text", Content: c.say, MsgID: uint64(i + 1)}); err != nil || ack.Body != "success" {
			t.Fatal(ack, err)
		}
		if got := said(i + 1); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q", c.say, got)
		}
	}
	link := regexp.MustCompile(`https://wenda\.example\.gov\.cn(/a/a_[0-9a-f]{32})`).FindStringSubmatch(said(1))
	if link == nil {
		t.Fatalf("no link in %q", said(1))
	}
	if r := s.mustGet(t, link[1]); r.status != 200 || !strings.Contains(r.body, "2800") {
		t.Errorf("%s: %d", link[1], r.status)
	}
	if r := s.mustGet(t, "/metrics"); !strings.Contains(r.body, `wenda_wechat_messages_total{channel="main",verdict="accepted"} 3`) ||
		!strings.Contains(r.body, `wenda_answers_total{channel="wechat",mode="quoted",status="answered"} 3`) || !strings.Contains(r.body, `wenda_ask_seconds_count{channel="wechat"} 3`) {
		t.Error("no metrics of the channel")
	}
	if r := s.mustGet(t, wechat.Prefix+"/main"); r.status != 403 {
		t.Errorf("unsigned: %d", r.status)
	}
	for _, secret := range []string{"oUSER-", "TokenOfTests", "secretsecret", key, "学位", "access_token", "signature="} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("%s is in the log:\n%s", secret, s.log)
		}
	}
}
