package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Config is what an operator sets: by flags, else by WENDA_* variables, else by a YAML file, else the default.
type Config struct {
	Data           string   `koanf:"data"`            // data folder
	Models         string   `koanf:"models"`          // folder of the sentence model
	Addr           string   `koanf:"addr"`            // host:port to listen on
	Limits         string   `koanf:"limits"`          // on, or off for evaluation on loopback
	TrustedProxies []string `koanf:"trusted-proxies"` // CIDRs whose X-Forwarded-For is believed
	PortalOrigins  []string `koanf:"portal-origins"`  // origins that may frame our pages
	Log            string   `koanf:"log"`             // debug, info, warn, error
	JSON           bool     `koanf:"json"`
	Config         string   `koanf:"config"`
}

func addConfigFlags(f *pflag.FlagSet) {
	f.String("data", "data", "数据目录；空目录从内置的工作思路开始")
	f.String("models", "models", "句子模型所在目录")
	f.String("addr", "127.0.0.1:8080", "服务地址")
	f.String("limits", "on", "访问频率限制：on，或 off（仅限本机地址，用于评测）")
	f.StringSlice("trusted-proxies", nil, "可信代理的网段（CIDR），只采信它们的 X-Forwarded-For")
	f.StringSlice("portal-origins", nil, "允许嵌入本页面的门户地址，如 https://www.example.gov.cn")
	f.String("log", "info", "日志级别：debug、info、warn、error")
	f.Bool("json", false, "以 JSON 输出")
	f.String("config", "", "YAML 配置文件")
}

// keys are the names that a configuration may hold.
var keys = []string{"data", "models", "addr", "limits", "trusted-proxies", "portal-origins", "log", "json", "config"}

// loadConfig reads all sources and reports every mistake at once, as misuse.
func loadConfig(c *cobra.Command) (Config, error) {
	flags := c.Root().PersistentFlags()
	k := koanf.New(".")
	var problems []error
	path, _ := flags.GetString("config")
	if path == "" {
		path = os.Getenv("WENDA_CONFIG")
	}
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			problems = append(problems, fmt.Errorf("配置文件 %s 读不了：%w", path, err))
		}
	}
	if err := k.Load(env.Provider(".", env.Opt{Prefix: "WENDA_", TransformFunc: func(name, value string) (string, any) {
		key := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "WENDA_")), "_", "-")
		if key == "shared" || key == "screenshots" || key == "readme-shot" { // of the tests, not of the program
			return "", nil
		}
		if key == "trusted-proxies" || key == "portal-origins" {
			return key, strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		}
		return key, value
	}}), nil); err != nil {
		problems = append(problems, err)
	}
	if err := k.Load(posflag.Provider(flags, ".", k), nil); err != nil {
		problems = append(problems, err)
	}
	for _, name := range k.Keys() {
		if !known(name) {
			problems = append(problems, fmt.Errorf("不认识的设置 %q；可用的有 %s", name, strings.Join(keys, "、")))
		}
	}
	var cfg Config
	if err := k.Unmarshal("", &cfg); err != nil {
		problems = append(problems, err)
	}
	problems = append(problems, cfg.check()...)
	if len(problems) > 0 {
		return Config{}, misuseError{errors.Join(problems...)}
	}
	return cfg, nil
}

func known(name string) bool {
	for _, k := range keys {
		if k == name {
			return true
		}
	}
	return false
}

func (c Config) check() []error {
	var problems []error
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		problems = append(problems, fmt.Errorf("addr %q 不是 主机:端口，例如 127.0.0.1:8080", c.Addr))
	} else if _, err := net.LookupPort("tcp", port); err != nil {
		problems = append(problems, fmt.Errorf("addr %q 的端口不对，应为 0 到 65535", c.Addr))
	}
	switch c.Limits {
	case "on":
	case "off":
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
			problems = append(problems, fmt.Errorf("limits off 只能用于本机地址，addr 却是 %q", c.Addr))
		}
		if len(c.TrustedProxies) > 0 {
			problems = append(problems, errors.New("limits off 不能与 trusted-proxies 同用"))
		}
	default:
		problems = append(problems, fmt.Errorf("limits 应为 on 或 off，不是 %q", c.Limits))
	}
	for _, p := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			problems = append(problems, fmt.Errorf("trusted-proxies %q 不是网段，例如 10.0.0.0/8", p))
		}
	}
	for _, o := range c.PortalOrigins {
		if !strings.HasPrefix(o, "https://") && !strings.HasPrefix(o, "http://") || strings.ContainsAny(strings.SplitN(o, "//", 2)[1], "/ ;,'\"") {
			problems = append(problems, fmt.Errorf("portal-origins %q 应为 https://主机名", o))
		}
	}
	switch c.Log {
	case "debug", "info", "warn", "error":
	default:
		problems = append(problems, fmt.Errorf("log 应为 debug、info、warn 或 error，不是 %q", c.Log))
	}
	if c.Data == "" {
		problems = append(problems, errors.New("data 不能为空"))
	}
	return problems
}
