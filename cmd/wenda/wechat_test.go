package main

import (
	"bytes"
	"context"
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
