package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenda/store"
)

func TestOIDCSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WENDA_OIDC_ROLES", "a=b=admin, Teachers=查看")
	cfg, err := loadedConfig(t, "--oidc-issuer", "https://login.example.gov.cn/realm", "--oidc-client-id", "wenda", "--oidc-secret-file", file, "--public-url", "https://wenda.example.gov.cn")
	if err != nil {
		t.Fatal(err)
	}
	got, problems := cfg.OIDC.plan(cfg.WeChat.PublicURL)
	if len(problems) > 0 || got.Redirect != "https://wenda.example.gov.cn/staff/oidc/callback" || string(got.Secret) != "s3cret" || got.Claim != "groups" ||
		len(got.Roles) != 2 || got.Roles["a=b"] != store.Admin || got.Roles["Teachers"] != store.View {
		t.Errorf("got %+v, %v", got, problems)
	}
	if none, problems := (OIDC{Claim: "groups"}).plan(""); none != nil || problems != nil {
		t.Errorf("without an issuer: %v, %v", none, problems)
	}
	t.Setenv("WENDA_OIDC_SECRET", "v4riable")
	cfg, err = loadedConfig(t, "--oidc-issuer", "http://127.0.0.1:9", "--oidc-client-id", "wenda", "--public-url", "http://127.0.0.1:8080")
	if err != nil || string(cfg.OIDC.Secret) != "v4riable" {
		t.Errorf("by a variable: %v", err)
	}
	if printed := fmt.Sprintf("%+v", cfg); strings.Contains(printed, "v4riable") {
		t.Error("the secret is printed")
	}
}

func TestOIDCSettingsProblems(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"secret": "x", "empty": " \n", "config.yaml": "oidc-secret: x\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	right := []string{"--oidc-issuer", "https://login.example.gov.cn", "--oidc-client-id", "wenda", "--public-url", "https://wenda.example.gov.cn"}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"http":              {[]string{"--oidc-issuer", "http://login.example.gov.cn"}, "应为 https"},
		"query":             {[]string{"--oidc-issuer", "https://login.example.gov.cn/?a=b"}, "问号"},
		"no client":         {[]string{"--oidc-client-id", ""}, "oidc-client-id"},
		"no public address": {[]string{"--public-url", ""}, "public-url"},
		"no issuer":         {[]string{"--oidc-issuer", ""}, "没有 oidc-issuer"},
		"unknown role":      {[]string{"--oidc-roles", "x=king"}, "没有角色"},
		"no role":           {[]string{"--oidc-roles", "x"}, "值=角色"},
		"no claim":          {[]string{"--oidc-roles", "x=view", "--oidc-claim", ""}, "oidc-claim"},
		"missing file":      {[]string{"--oidc-secret-file", dir + "/none"}, "读不了"},
		"empty file":        {[]string{"--oidc-secret-file", dir + "/empty"}, "空的"},
		"secret in a file":  {[]string{"--config", dir + "/config.yaml"}, "密钥不写在配置文件里"},
	} {
		if _, err := loadedConfig(t, append(append([]string{}, right...), c.args...)...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
	}
	t.Setenv("WENDA_OIDC_SECRET", "y")
	if _, err := loadedConfig(t, append(right, "--oidc-secret-file", dir+"/secret")...); err == nil || !strings.Contains(err.Error(), "只留一个") {
		t.Errorf("two secrets: %v", err)
	}
}
