package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wenda/handlers/staff"
	"wenda/handlers/wechat"
	"wenda/rag/backend"
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
	LogDays        int      `koanf:"log-days"`        // how long answers are kept; 0: always
	JSON           bool     `koanf:"json"`
	Config         string   `koanf:"config"`

	LLM LLM `koanf:",squash"`

	WeChat WeChat `koanf:",squash"`

	Signed Signed `koanf:",squash"`

	OIDC OIDC `koanf:",squash"`
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
	f.Int("log-days", 0, "问答日志保留天数，过期的由服务定时删除；0 不删")
	f.String("config", "", "YAML 配置文件")
	addLLMFlags(f)
	addWeChatFlags(f)
	addSignedFlags(f)
	addOIDCFlags(f)
}

// keys are the names that a configuration may hold.
var keys = []string{"data", "models", "addr", "limits", "trusted-proxies", "portal-origins", "log", "log-days", "json", "config",
	"llm", "llm-rewrite", "llm-url", "llm-key-file", "llm-extra", "llm-price", "llm-limits", "llm-day-tokens", "llm-channel-tokens", "embedder",
	"public-url", "seal-key-file", "wechat", "signed-key-file",
	"oidc-issuer", "oidc-client-id", "oidc-secret-file", "oidc-claim", "oidc-roles"}

// namedKeys are those of them that hold named values. In variables the name comes last: WENDA_LLM_URL_OLLAMA, but WENDA_LLM_KEY_GLM_FILE.
var namedKeys = []string{"llm-url", "llm-key-file", "llm-extra", "llm-price", "llm-limits", "llm-channel-tokens", "wechat", "signed-key-file"}

// variable is a setting's environment variable; * stands for the name of a named value.
func variable(key string) string {
	name := "WENDA_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
	switch {
	case key == "llm-key-file":
		return "WENDA_LLM_KEY_*_FILE"
	case key == "signed-key-file":
		return "WENDA_SIGNED_KEY_*_FILE"
	case slices.Contains(namedKeys, key):
		return name + "_*"
	}
	return name
}

// A setVariable is what an environment variable sets.
type setVariable struct {
	key    string // with .name for a named value
	secret string // the vendor whose key the value is; key is empty then

	channel, field string // of WeChat, for a secret; key is empty then

	signer string // whose keys the value is; key is empty then

	oidc bool // the value is the secret of OpenID Connect; key is empty then
}

// readVariable understands the name of a variable.
func readVariable(variable string) (setVariable, error) {
	key := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, "WENDA_")), "_", "-")
	if slices.Contains(keys, key) && !slices.Contains(namedKeys, key) {
		return setVariable{key: key}, nil
	}
	if vendor, is := strings.CutPrefix(key, "llm-key-"); is && vendor != "file" {
		if vendor, is := strings.CutSuffix(vendor, "-file"); is {
			return setVariable{key: "llm-key-file." + vendor}, nil
		}
		return setVariable{secret: vendor}, nil
	}
	if key == oidcSecret {
		return setVariable{oidc: true}, nil
	}
	if set, is := wechatVariable(key); is {
		return set, nil
	}
	if set, is := signedVariable(key); is {
		return set, nil
	}
	for _, named := range namedKeys {
		if name, is := strings.CutPrefix(key, named+"-"); is && name != "" {
			return setVariable{key: named + "." + name}, nil
		}
		if key == named || key == "llm-key" {
			return setVariable{}, fmt.Errorf("环境变量 %s 后面要有名称，例如 WENDA_LLM_URL_OLLAMA、WENDA_LLM_KEY_DEEPSEEK", variable)
		}
	}
	return setVariable{key: key}, nil // reported with all unknown ones
}

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
	var ofOIDC staff.Secret
	secrets, ofWeChat, signers := map[string]backend.Secret{}, map[string]map[string]wechat.Secret{}, map[string]string{}
	if err := k.Load(env.Provider(".", env.Opt{Prefix: "WENDA_", TransformFunc: func(name, value string) (string, any) {
		set, err := readVariable(name)
		switch key := set.key; {
		case err != nil:
			problems = append(problems, err)
			return "", nil
		case set.secret != "":
			if value != "" {
				secrets[set.secret] = backend.Secret(value)
			}
			return "", nil
		case set.field != "":
			if value != "" {
				if ofWeChat[set.channel] == nil {
					ofWeChat[set.channel] = map[string]wechat.Secret{}
				}
				ofWeChat[set.channel][set.field] = wechat.Secret(value)
			}
			return "", nil
		case set.signer != "":
			if value != "" {
				signers[set.signer] = value
			}
			return "", nil
		case set.oidc:
			ofOIDC = staff.Secret(value)
			return "", nil
		case key == "shared" || key == "screenshots" || key == "readme-shot": // of the tests, not of the program
			return "", nil
		case key == "trusted-proxies" || key == "portal-origins" || key == "llm" || key == "llm-rewrite" || key == "embedder" || key == "oidc-roles":
			return key, strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		default:
			return key, value
		}
	}}), nil); err != nil {
		problems = append(problems, err)
	}
	if err := k.Load(posflag.ProviderWithFlag(flags, ".", k, func(f *pflag.Flag) (string, any) {
		value := posflag.FlagVal(flags, f)
		if uncut, is := f.Value.(uncutValues); is {
			value = map[string]string(uncut)
		}
		if f.Name == "wechat" {
			return f.Name, nestedWeChat(value.(map[string]string))
		}
		if named, is := value.(map[string]string); is { // joined name by name with what file and variables set
			joined := map[string]any{}
			for name, v := range named {
				joined[name] = v
			}
			return f.Name, joined
		}
		return f.Name, value
	}), nil); err != nil {
		problems = append(problems, err)
	}
	for _, name := range k.Keys() {
		switch name, _, _ := strings.Cut(name, "."); {
		case name == "llm-key":
			problems = append(problems, errors.New("密钥不写在配置文件里：用 llm-key-file，或环境变量 WENDA_LLM_KEY_厂商"))
		case name == oidcSecret:
			problems = append(problems, errors.New("密钥不写在配置文件里：用 oidc-secret-file，或环境变量 WENDA_OIDC_SECRET"))
		case !slices.Contains(keys, name):
			problems = append(problems, fmt.Errorf("不认识的设置 %q；可用的有 %s", name, strings.Join(keys, "、")))
		}
	}
	var cfg Config
	if err := k.Unmarshal("", &cfg); err != nil {
		problems = append(problems, err)
	}
	cfg.LLM.Keys, cfg.WeChat.Secrets, cfg.Signed.Keys = secrets, ofWeChat, signers
	cfg.OIDC.Secret = ofOIDC
	problems = append(problems, cfg.check()...)
	if len(problems) > 0 {
		return Config{}, misuseError{errors.Join(problems...)}
	}
	return cfg, nil
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
	if c.LogDays < 0 {
		problems = append(problems, fmt.Errorf("log-days 应为天数，不是 %d", c.LogDays))
	}
	if c.Data == "" {
		problems = append(problems, errors.New("data 不能为空"))
	}
	_, ofModels := c.LLM.plan()
	_, ofWeChat := c.WeChat.plan()
	_, ofSigned := c.Signed.plan()
	_, ofOIDC := c.OIDC.plan(c.WeChat.PublicURL)
	return slices.Concat(problems, ofModels, ofWeChat, ofSigned, ofOIDC)
}
