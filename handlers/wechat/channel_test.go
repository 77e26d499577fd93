package wechat

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// goodValues are settings of a channel as an operator has them.
func goodValues() map[string]string {
	return map[string]string{"appid": "wx1234567890abcdef", "secret": "0123456789abcdef0123456789abcdef", "token": "TokenOfTests",
		"aes-key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"}
}

func TestParseChannel(t *testing.T) {
	c, problems := ParseChannel("main", goodValues())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if c.Mode != Safe || c.Format != JSON || !c.On || !c.HasWebhook() || c.Transfer || c.Waiting != 5 || c.PerMinute != 15 || c.DayMessages != 0 ||
		!strings.HasPrefix(c.API, "https://") {
		t.Errorf("defaults: %+v", c)
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("FromFile1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := goodValues()
	delete(v, "token")
	v["token-file"], v["previous-token"], v["previous-until"], v["enabled"] = file, "OldToken", "2026-12-01T00:00:00+08:00", "false"
	c, problems = ParseChannel("b2", v)
	if len(problems) > 0 || c.Token != "FromFile1" || c.On || !c.PreviousUntil.Equal(time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v, %v", c, problems)
	}
}

// Every mistake is told, all at once, and no message tells a secret.
func TestParseChannelProblems(t *testing.T) {
	for name, c := range map[string]struct {
		change map[string]string
		want   []string
	}{
		"all at once": {map[string]string{"appid": "x", "mode": "loud", "format": "yaml", "waiting": "0", "menu": "perhaps", "colour": "blue",
			"api": "http://api.example.com"}, []string{"appid", "mode 应为", "format 应为", "waiting", "menu", "colour", "api 应为"}},
		"forms":           {map[string]string{"token": "se cret", "aes-key": "secretsecret", "secret": "se cret"}, []string{"token 应为", "aes-key 应为", "secret 的形状"}},
		"no secret":       {map[string]string{"secret": ""}, []string{"WENDA_WECHAT_MAIN_SECRET"}},
		"no key":          {map[string]string{"aes-key": ""}, []string{"有 token 而没有 aes-key"}},
		"no token":        {map[string]string{"token": ""}, []string{"有 aes-key 而没有 token"}},
		"no end":          {map[string]string{"previous-token": "secretOld"}, []string{"previous-until"}},
		"wrong end":       {map[string]string{"previous-token": "secretOld", "previous-until": "soon"}, []string{"previous-until"}},
		"missing file":    {map[string]string{"token": "", "token-file": "/nowhere/token"}, []string{"token-file 读不了"}},
		"file and value":  {map[string]string{"token-file": "x"}, []string{"只留一个"}},
		"key not 32 long": {map[string]string{"aes-key": "secret" + strings.Repeat("A", 38)}, []string{"aes-key 应为"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := goodValues()
			for field, value := range c.change {
				v[field] = value
			}
			_, problems := ParseChannel("main", v)
			text := fmt.Sprint(problems)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s does not say %s", text, want)
				}
			}
			for _, secret := range []string{"secretsecret", "secretOld", "se cret", "secretAAA", goodValues()["secret"], goodValues()["aes-key"]} {
				if strings.Contains(text, secret) {
					t.Errorf("%s tells a secret", text)
				}
			}
			if len(problems) != len(c.want) {
				t.Errorf("%d problems, want %d: %s", len(problems), len(c.want), text)
			}
		})
	}
	if _, problems := ParseChannel("Main-1", goodValues()); len(problems) != 1 {
		t.Errorf("name: %v", problems)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c, _ := ParseChannel("main", goodValues())
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c.Token), string(b)} {
		for _, field := range SecretFields() {
			if v := goodValues()[field]; v != "" && strings.Contains(text, v) {
				t.Errorf("%s is told: %s", field, text)
			}
		}
	}
}
