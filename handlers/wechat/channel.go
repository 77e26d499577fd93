package wechat

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"wenda/handlers/wechat/api"
)

// A Mode is how message push was set in WeChat's console.
type Mode string

// Modes. Compatible sends both forms in one body; only the encrypted one is read, as in Safe. In Plain bodies are not signed at all.
const (
	Plain      Mode = "plain"
	Compatible Mode = "compatible"
	Safe       Mode = "safe"
)

// A Format is that of message push's bodies, as set in the console. What arrives is known by its first byte; this is what a person is
// told, and what the simulator speaks.
type Format string

// Formats.
const (
	JSON Format = "json"
	XML  Format = "xml"
)

// A Channel is one mini-program.
type Channel struct {
	Name   string // in addresses, logs and metrics: a letter, then letters and digits
	AppID  string
	Secret Secret // AppSecret
	On     bool   // off: its addresses answer 404

	// Of message push. Without Token and AESKey there is none: only the mini-program's own pages use the channel.
	Mode           Mode
	Format         Format
	Token          Secret
	AESKey         Secret    // EncodingAESKey, 43 characters; none in mode plain
	PreviousToken  Secret    // also taken until PreviousUntil
	PreviousAESKey Secret    // likewise
	PreviousUntil  time.Time // when the previous ones end; required with them

	API      string // base URL of WeChat's API
	Menu     bool   // related questions as msgmenu, until WeChat says that the account has none
	Typing   bool   // show that an answer is being written
	Transfer bool   // "人工" and emergencies also hand over to WeChat's customer service

	Waiting     int // messages of one user that may wait
	PerMinute   int // messages of one user in a minute
	DayMessages int // messages of all users in a day (UTC+8) that are answered; 0: no limit
}

// HasWebhook reports that message push is configured.
func (c Channel) HasWebhook() bool { return c.Token != "" }

// NewClient is a client of WeChat's API for the channel.
func (c Channel) NewClient() *api.Client {
	return &api.Client{BaseURL: c.API, AppID: c.AppID, Secret: c.Secret.Reveal()}
}

// SecretFields are the settings that hold secrets. They come from variables, or from files that the setting with -file names.
func SecretFields() []string {
	return []string{"secret", "token", "aes-key", "previous-token", "previous-aes-key"}
}

// Fields are all settings of a channel.
func Fields() []string {
	out := []string{"appid", "enabled", "mode", "format", "previous-until", "api", "menu", "typing", "transfer", "waiting", "per-minute", "day-messages"}
	for _, f := range SecretFields() {
		out = append(out, f, f+"-file")
	}
	return out
}

var (
	channelName = regexp.MustCompile(`^[a-z][a-z0-9]{0,19}$`)
	appIDForm   = regexp.MustCompile(`^wx[0-9a-z]{8,30}$`)
	tokenForm   = regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`) // what the console takes
	secretForm  = regexp.MustCompile(`^[0-9A-Za-z]{6,64}$`)
)

// ParseChannel makes a channel of its settings, by the names of Fields, and reports all mistakes, in Chinese. No message holds a secret.
func ParseChannel(name string, values map[string]string) (Channel, []error) {
	p := channelParser{values: values}
	c := Channel{Name: name, AppID: values["appid"]}
	if !channelName.MatchString(name) {
		p.problem("名称应为小写字母开头的字母和数字，最多20个，用在网址里")
	}
	for _, field := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(Fields(), field) {
			p.problem("不认识的 %q；可用的有 %s", field, strings.Join(Fields(), "、"))
		}
	}
	if !appIDForm.MatchString(c.AppID) {
		p.problem("appid %q 应为 wx 开头的小程序 AppID", c.AppID)
	}
	c.Secret, c.Token, c.AESKey = p.secret("secret"), p.secret("token"), p.secret("aes-key")
	c.PreviousToken, c.PreviousAESKey = p.secret("previous-token"), p.secret("previous-aes-key")
	c.On, c.Menu, c.Typing, c.Transfer = p.yes("enabled", true), p.yes("menu", true), p.yes("typing", true), p.yes("transfer", false)
	c.Waiting, c.PerMinute, c.DayMessages = p.number("waiting", 5, 1), p.number("per-minute", 15, 1), p.number("day-messages", 0, 0)
	c.Mode, c.Format = Mode(p.text("mode", string(Safe))), Format(p.text("format", string(JSON)))
	if c.Mode != Plain && c.Mode != Compatible && c.Mode != Safe {
		p.problem("mode 应为 safe（安全）、compatible（兼容）或 plain（明文），不是 %q", c.Mode)
	}
	if c.Format != JSON && c.Format != XML {
		p.problem("format 应为 json 或 xml，不是 %q", c.Format)
	}
	p.keys(&c)
	c.API = p.text("api", api.DefaultURL)
	if !goodBase(c.API) {
		p.problem("api 应为 https 地址（本机可以是 http），不带路径以外的东西")
	}
	for i, err := range p.problems {
		p.problems[i] = fmt.Errorf("微信渠道 %s：%w", name, err)
	}
	return c, p.problems
}

// channelParser gathers what is wrong.
type channelParser struct {
	values   map[string]string
	problems []error
}

func (p *channelParser) problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf(format, args...))
}

func (p *channelParser) secret(field string) Secret {
	s, err := readSecret(p.values, field)
	if err != nil {
		p.problems = append(p.problems, err)
	}
	return s
}

// given reports that somebody set a secret, though it may not be readable.
func (p *channelParser) given(field string) bool {
	return p.values[field] != "" || p.values[field+"-file"] != ""
}

func (p *channelParser) text(field, otherwise string) string {
	if v := p.values[field]; v != "" {
		return v
	}
	return otherwise
}

func (p *channelParser) yes(field string, otherwise bool) bool {
	v := p.values[field]
	if v == "" {
		return otherwise
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		p.problem("%s 应为 true 或 false，不是 %q", field, v)
	}
	return b
}

func (p *channelParser) number(field string, otherwise, least int) int {
	v := p.values[field]
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least {
		p.problem("%s 应为不小于 %d 的整数，不是 %q", field, least, v)
	}
	return n
}

// keys checks the secrets' forms and how they go together.
func (p *channelParser) keys(c *Channel) {
	switch {
	case !p.given("secret"):
		p.problem("没有 AppSecret：设置 secret-file，或环境变量 WENDA_WECHAT_%s_SECRET", strings.ToUpper(c.Name))
	case c.Secret != "" && !secretForm.MatchString(c.Secret.Reveal()):
		p.problem("secret 的形状不对，应为控制台里的 AppSecret")
	}
	for _, t := range []struct {
		field string
		value Secret
	}{{"token", c.Token}, {"previous-token", c.PreviousToken}} {
		if t.value != "" && !tokenForm.MatchString(t.value.Reveal()) {
			p.problem("%s 应为3到32个字母和数字", t.field)
		}
	}
	for _, k := range []struct {
		field string
		value Secret
	}{{"aes-key", c.AESKey}, {"previous-aes-key", c.PreviousAESKey}} {
		if k.value == "" {
			continue
		}
		if _, err := aesKey(k.value); err != nil {
			p.problem("%s 应为43个字符的 EncodingAESKey（字母和数字）", k.field)
		}
	}
	switch {
	case !p.given("token") && p.given("aes-key"):
		p.problem("有 aes-key 而没有 token：消息推送两个都要")
	case p.given("token") && !p.given("aes-key") && c.Mode != Plain:
		p.problem("有 token 而没有 aes-key：安全模式和兼容模式两个都要")
	}
	previous := c.PreviousToken != "" || c.PreviousAESKey != ""
	switch text := p.values["previous-until"]; {
	case previous && text == "":
		p.problem("有换下来的密钥，就要写 previous-until：到什么时候为止，如 2026-12-01T00:00:00+08:00")
	case text != "":
		var err error
		if c.PreviousUntil, err = time.Parse(time.RFC3339, text); err != nil {
			p.problem("previous-until 应为 2026-12-01T00:00:00+08:00 这样的时间，不是 %q", text)
		}
	}
}

// aesKey decodes an EncodingAESKey. Not strictly: two published keys have bits set beyond the 32 bytes (PROTOCOL.md, A: AES).
func aesKey(s Secret) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(s.Reveal() + "=")
	if err != nil || len(key) != 32 || len(s) != 43 {
		return nil, errors.New("not an EncodingAESKey") // err may quote it
	}
	return key, nil
}

func goodBase(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(u.Path, "/") {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && here
}
