package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"wenda/handlers/wechat"
)

// loadedConfig loads a configuration as a command does.
func loadedConfig(t *testing.T, args ...string) (Config, error) {
	t.Helper()
	root := newRoot()
	var cfg Config
	var err error
	root.AddCommand(&cobra.Command{Use: "probe", RunE: func(c *cobra.Command, _ []string) error {
		cfg, err = loadConfig(c)
		return nil
	}})
	root.SetArgs(append([]string{"probe"}, args...))
	if e := root.Execute(); e != nil {
		t.Fatal(e)
	}
	return cfg, err
}

// File, variables and flags are joined field by field; secrets come from variables and files.
func TestWeChatSettings(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"config.yaml": "public-url: https://wenda.example.gov.cn\nwechat:\n  main:\n    appid: wx1111111111111111\n    transfer: true\n    waiting: 3\n    secret-file: " + dir + "/secret\n",
		"secret": "0123456789abcdef0123456789abcdef\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("WENDA_WECHAT_MAIN_TOKEN", "VariableToken")
	t.Setenv("WENDA_WECHAT_MAIN_AES_KEY", strings.Repeat("A", 43))
	t.Setenv("WENDA_WECHAT_MAIN_PER_MINUTE", "20")
	t.Setenv("WENDA_WECHAT_MAIN_WAITING", "4")
	cfg, err := loadedConfig(t, "--config", dir+"/config.yaml", "--wechat", "main.waiting=6,main.menu=false")
	if err != nil {
		t.Fatal(err)
	}
	channels, problems := cfg.WeChat.plan()
	if len(problems) > 0 || len(channels) != 1 {
		t.Fatal(channels, problems)
	}
	c := channels[0]
	if c.Name != "main" || c.AppID != "wx1111111111111111" || !c.Transfer || c.Waiting != 6 || c.PerMinute != 20 || c.Menu || c.Token != "VariableToken" ||
		c.Secret != "0123456789abcdef0123456789abcdef" || c.Mode != wechat.Safe || cfg.WeChat.PublicURL != "https://wenda.example.gov.cn" {
		t.Errorf("got %+v", c)
	}
}

func TestWeChatSettingsProblems(t *testing.T) {
	t.Setenv("WENDA_WECHAT_MAIN_APPID", "nonsense")
	t.Setenv("WENDA_WECHAT_MAIN_COLOUR", "blue")
	_, err := loadedConfig(t, "--public-url", "wenda.example.gov.cn", "--wechat", "second.token=InTheCommandLine,second.appid=wx1111111111111111", "--log", "loud")
	for _, want := range []string{"public-url", "渠道 main：appid", "colour", "渠道 second：密钥不写在", "WENDA_WECHAT_SECOND_TOKEN", "log 应为"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "InTheCommandLine") {
		t.Errorf("%v tells a secret", err)
	}
}
