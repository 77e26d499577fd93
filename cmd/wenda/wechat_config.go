package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"wenda/handlers/wechat"
)

// WeChat is what an operator sets about mini-programs. A channel's settings are those of wechat.Fields: in the file as wechat: {main: {appid:
// ...}}, as a flag --wechat main.appid=..., as a variable WENDA_WECHAT_MAIN_APPID. Secrets come from variables, or from files that
// the setting with -file names.
type WeChat struct {
	PublicURL string                       `koanf:"public-url"`    // where residents reach this server; empty: answers have no links
	SealKey   string                       `koanf:"seal-key-file"` // empty: seal.key in the data folder, made on first use
	Channels  map[string]map[string]string `koanf:"wechat"`

	Secrets map[string]map[string]wechat.Secret `koanf:"-"` // by channel and field, from variables alone
}

func addWeChatFlags(f *pflag.FlagSet) {
	f.String("public-url", "", "居民访问本系统的地址，如 https://wenda.example.gov.cn；微信里的链接用它")
	f.String("seal-key-file", "", "加密保存微信用户标识的密钥文件；不写就在数据目录里生成 seal.key")
	f.StringToString("wechat", nil, "微信渠道：渠道.项=值，如 main.appid=wx...；各项见 docs/wechat.md")
}

// wechatVariable understands WENDA_WECHAT_CHANNEL_FIELD; key is lower case, with hyphens. A channel's name has none.
func wechatVariable(key string) (setVariable, bool) {
	rest, is := strings.CutPrefix(key, "wechat-")
	if !is {
		return setVariable{}, false
	}
	channel, field, is := strings.Cut(rest, "-")
	if !is || channel == "" || field == "" {
		return setVariable{}, false
	}
	if slices.Contains(wechat.SecretFields(), field) {
		return setVariable{channel: channel, field: field}, true
	}
	return setVariable{key: "wechat." + channel + "." + field}, true
}

// nestedWeChat is the flag's values as the file has them, so that both are joined field by field.
func nestedWeChat(flat map[string]string) map[string]any {
	out := map[string]any{}
	for name, value := range flat {
		channel, field, _ := strings.Cut(name, ".")
		fields, _ := out[channel].(map[string]any)
		if fields == nil {
			fields = map[string]any{}
			out[channel] = fields
		}
		fields[field] = value
	}
	return out
}

// plan reads the channels, by name, and reports all mistakes.
func (c WeChat) plan() ([]wechat.Channel, []error) {
	var problems []error
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(c.PublicURL, "/")) {
		problems = append(problems, fmt.Errorf("public-url %q 应为 https://主机名，末尾没有斜杠", c.PublicURL))
	}
	names := map[string]bool{}
	for name := range c.Channels {
		names[name] = true
	}
	for name := range c.Secrets {
		names[name] = true
	}
	var out []wechat.Channel
	appIDs := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		values := map[string]string{}
		for field, value := range c.Channels[name] {
			if slices.Contains(wechat.SecretFields(), field) {
				problems = append(problems, fmt.Errorf("微信渠道 %s：密钥不写在配置文件和命令行里：用 %s-file，或环境变量 WENDA_WECHAT_%s_%s",
					name, field, strings.ToUpper(name), strings.ToUpper(strings.ReplaceAll(field, "-", "_"))))
				continue
			}
			values[field] = value
		}
		for field, secret := range c.Secrets[name] {
			values[field] = secret.Reveal()
		}
		channel, mistakes := wechat.ParseChannel(name, values)
		problems = append(problems, mistakes...)
		if other := appIDs[channel.AppID]; other != "" && channel.AppID != "" {
			problems = append(problems, fmt.Errorf("微信渠道 %s 和 %s 是同一个小程序，只留一个", other, name))
		}
		appIDs[channel.AppID] = name
		out = append(out, channel)
	}
	return out, problems
}
