package main

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"wenda/rag/backend"
)

// LLM is what an operator sets about language models. A model is written vendor, vendor=model, or URL=model for any server that speaks
// OpenAI's protocol. Names in the maps of vendors are backend.Vendors, other (for those written by URL), or a model as it is written in
// the lists, which goes before its vendor.
type LLM struct {
	Compose       []string          `koanf:"llm"`         // in the order of preference; none: nobody
	Rewrite       []string          `koanf:"llm-rewrite"` // none given: those of Compose
	URL           map[string]string `koanf:"llm-url"`     // of a vendor, instead of the table's
	KeyFile       map[string]string `koanf:"llm-key-file"`
	Extra         map[string]string `koanf:"llm-extra"`          // backend.Config.Extra
	Price         map[string]string `koanf:"llm-price"`          // prompt/completion, of a million tokens
	Limits        map[string]string `koanf:"llm-limits"`         // by the names of limitNames
	DayTokens     int               `koanf:"llm-day-tokens"`     // 0: no limit
	ChannelTokens map[string]string `koanf:"llm-channel-tokens"` // of a day

	Embedder string `koanf:"embedder"` // bundled: the sentence model; else a model as in the lists

	Keys map[string]backend.Secret `koanf:"-"` // by vendor, from variables alone
}

func addLLMFlags(f *pflag.FlagSet) {
	f.StringSlice("llm", []string{"none"}, "大语言模型，按优先次序，用逗号分开：厂商、厂商=模型、接口地址=模型；none 不用")
	f.StringSlice("llm-rewrite", nil, "改写追问用的模型，写法同 llm；不写就和 llm 一样")
	f.StringToString("llm-url", nil, "接口地址：厂商=地址")
	f.StringToString("llm-key-file", nil, "密钥文件：厂商=文件")
	f.Var(uncutValues{}, "llm-extra", "请求里另加的字段：厂商=JSON；可以写几次")
	f.StringToString("llm-price", nil, "每百万词元的价格：厂商=输入/输出")
	f.StringToString("llm-limits", nil, "时限和上限：名称=值，如 first-token=20s")
	f.Int("llm-day-tokens", 0, "每天最多用多少词元，0 不限")
	f.StringToString("llm-channel-tokens", nil, "一个渠道每天最多用多少词元：渠道=数")
	f.String("embedder", bundledEmbedder, "向量由谁算：bundled 是句子模型，或厂商、厂商=模型、接口地址=模型")
}

// uncutValues is a flag of named JSON objects, which hold commas and quotes: one each time that it is given.
type uncutValues map[string]string

// Set implements pflag.Value.
func (v uncutValues) Set(text string) error {
	i := strings.Index(text, "={") // the name may be vendor=model
	if i < 0 {
		return fmt.Errorf("%q 应为 名称={...}", text)
	}
	v[text[:i]] = text[i+1:]
	return nil
}

// String implements pflag.Value: the default, which is none.
func (v uncutValues) String() string { return "" }

// Type implements pflag.Value.
func (v uncutValues) Type() string { return "name=JSON" }

// bundledEmbedder is the sentence model in this process.
const bundledEmbedder = "bundled"

// otherVendor is what servers written by their URL are called where a vendor is named.
const otherVendor = "other"

// channels are those of rag.Question.Channel; a budget of any other would limit nothing.
var channels = []string{"portal", "wechat", "staff", "cli", "api"}

// none says that no language model is wanted.
func (c LLM) none() bool {
	return len(c.Compose) == 0 || len(c.Compose) == 1 && (c.Compose[0] == "none" || c.Compose[0] == "")
}

// A modelEntry is one element of a list of models.
type modelEntry struct {
	written string
	vendor  string // empty: by url
	model   string
	url     string
}

func parseModel(written string) (modelEntry, error) {
	e := modelEntry{written: strings.TrimSpace(written)}
	if strings.Contains(e.written, "://") {
		e.url = e.written
		if i := strings.LastIndex(e.written, "="); i >= 0 {
			e.url, e.model = e.written[:i], e.written[i+1:]
		}
		return e, nil
	}
	var named bool
	e.vendor, e.model, named = strings.Cut(e.written, "=")
	switch {
	case e.vendor == "none":
		return e, errors.New("none 不能和别的模型一起写")
	case !slices.Contains(backend.Vendors(), e.vendor):
		return e, fmt.Errorf("不认识的厂商 %q；可用的有 %s，或者接口地址=模型", e.vendor, strings.Join(backend.Vendors(), "、"))
	case named && e.model == "":
		return e, fmt.Errorf("%q 等号后面没有模型名", e.written)
	}
	return e, nil
}

// name is what vendors' maps call the entry.
func (e modelEntry) name() string {
	if e.vendor == "" {
		return otherVendor
	}
	return e.vendor
}

// shown is the entry for messages: people put keys into URLs.
func (e modelEntry) shown() string {
	if e.url == "" {
		return e.written
	}
	u, err := url.Parse(e.url)
	if err != nil {
		return "接口地址"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// of is a vendor's map at the entry: as it is written, else by its vendor.
func (e modelEntry) of(values map[string]string) string {
	if v, has := values[e.written]; has {
		return v
	}
	return values[e.name()]
}

// A modelPlan is what the settings come to.
type modelPlan struct {
	compose, rewrite []backend.Config // rewrite: nil for those of compose
	chain            backend.ChainConfig
	embedder         *backend.Config // nil: the sentence model
	clear            []string        // hosts that get a key without encryption, and not on this machine
}

// plan reads the settings and the key files, and reports all mistakes.
func (c LLM) plan() (modelPlan, []error) {
	p := planner{set: c}
	p.keys = p.readKeys()
	p.tune()
	if !c.none() {
		p.out.compose = p.list("llm", c.Compose)
	}
	if c.none() && len(c.Rewrite) > 0 {
		p.problem("llm-rewrite 要和 llm 一起用")
	} else {
		p.out.rewrite = p.list("llm-rewrite", c.Rewrite)
	}
	if c.Embedder != bundledEmbedder && c.Embedder != "" {
		p.embedder(c.Embedder)
	}
	p.names()
	return p.out, p.problems
}

// planner gathers a plan and what is wrong with it.
type planner struct {
	set      LLM
	out      modelPlan
	problems []error

	keys    map[string]backend.Secret
	limits  backend.Limits
	written []string // the models of the lists
	keyed   []string // hosts that get the key of other
}

func (p *planner) problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf(format, args...))
}

// readKeys gives those of variables and of files.
func (p *planner) readKeys() map[string]backend.Secret {
	keys := map[string]backend.Secret{}
	for _, name := range slices.Sorted(maps.Keys(p.set.Keys)) {
		if !knownVendor(name) {
			p.problem("%s：%w", keyVariable(name), unknownVendor(name))
		}
		keys[name] = p.set.Keys[name]
	}
	for _, name := range slices.Sorted(maps.Keys(p.set.KeyFile)) {
		text, err := os.ReadFile(p.set.KeyFile[name])
		key := strings.TrimSpace(string(text))
		switch {
		case keys[name] != "":
			p.problem("%s 有两个密钥：%s 和 llm-key-file，只留一个", name, keyVariable(name))
		case err != nil:
			p.problem("%s 的密钥文件读不了：%w", name, err)
		case key == "":
			p.problem("%s 的密钥文件 %s 是空的", name, p.set.KeyFile[name])
		default:
			keys[name] = backend.Secret(key)
		}
	}
	return keys
}

// tune reads limits and budgets.
func (p *planner) tune() {
	for _, name := range slices.Sorted(maps.Keys(p.set.Limits)) {
		if err := setLimit(&p.limits, &p.out.chain, name, p.set.Limits[name]); err != nil {
			p.problem("llm-limits：%w", err)
		}
	}
	if p.set.DayTokens < 0 {
		p.problem("llm-day-tokens 不能是负数，0 表示不限")
	}
	p.out.chain.DayTokens = p.set.DayTokens
	p.out.chain.ChannelTokens = map[string]int{}
	for _, channel := range slices.Sorted(maps.Keys(p.set.ChannelTokens)) {
		n, err := strconv.Atoi(p.set.ChannelTokens[channel])
		switch {
		case !slices.Contains(channels, channel):
			p.problem("llm-channel-tokens：不认识的渠道 %q；可用的有 %s", channel, strings.Join(channels, "、"))
		case err != nil || n <= 0:
			p.problem("llm-channel-tokens：%s 应为正整数，不是 %q", channel, p.set.ChannelTokens[channel])
		default:
			p.out.chain.ChannelTokens[channel] = n
		}
	}
}

// list reads a list of models.
func (p *planner) list(setting string, list []string) []backend.Config {
	var out []backend.Config
	seen := map[string]bool{}
	for _, one := range list {
		e, err := parseModel(one)
		if err != nil {
			p.problem("%s：%w", setting, err)
			continue
		}
		config := p.config(e)
		config.Extra = e.of(p.set.Extra)
		b, err := backend.New(config) // connects to nobody
		if err != nil {
			p.problems = append(p.problems, modelProblems(setting, e, err)...)
			continue
		}
		b.Close()
		if seen[b.Name()] {
			p.problem("%s：%s 写了两次", setting, e.shown())
		}
		seen[b.Name()] = true
		p.follow(e, config)
		out = append(out, config)
	}
	return out
}

// embedder reads whose vectors are wanted.
func (p *planner) embedder(written string) {
	e, err := parseModel(written)
	if err != nil {
		p.problem("embedder：%w", err)
		return
	}
	config := p.config(e)
	b, err := backend.NewEmbedder(config) // connects to nobody
	if err != nil {
		p.problems = append(p.problems, modelProblems("embedder", e, err)...)
		return
	}
	b.Close()
	p.follow(e, config)
	p.out.embedder = &config
}

// config is what an entry and the maps say, but for what only those that compose take.
func (p *planner) config(e modelEntry) backend.Config {
	p.written = append(p.written, e.written)
	config := backend.Config{Vendor: e.vendor, Model: e.model, BaseURL: e.url, Key: p.keys[e.name()], Limits: p.limits}
	if e.vendor != "" {
		config.BaseURL = p.set.URL[e.vendor]
	}
	if price := e.of(p.set.Price); price != "" {
		var err error
		if config.Price, err = parsePrice(price); err != nil {
			p.problem("llm-price：%s：%w", e.shown(), err)
		}
	}
	return config
}

// follow notes where a key goes.
func (p *planner) follow(e modelEntry, config backend.Config) {
	u, err := url.Parse(config.BaseURL)
	if err != nil || u.Host == "" || config.Key == "" {
		return
	}
	if e.vendor == "" && !slices.Contains(p.keyed, u.Host) {
		p.keyed = append(p.keyed, u.Host)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if here := u.Hostname() == "localhost" || err == nil && ip.IsLoopback(); u.Scheme == "http" && !here && !slices.Contains(p.out.clear, u.Host) {
		p.out.clear = append(p.out.clear, u.Host)
	}
}

// names checks the names in the maps, when the lists are known.
func (p *planner) names() {
	if len(p.keyed) > 1 {
		p.problem("%s 会发给 %s：一个密钥只能给一家。请把其中的写成 vllm=模型，用 llm-url 给它地址", keyVariable(otherVendor), strings.Join(p.keyed, " 和 "))
	}
	if _, has := p.set.URL[otherVendor]; has {
		p.problem("llm-url：other 的地址直接写在 llm 里，如 https://主机/v1=模型")
	}
	for _, m := range []struct {
		setting string
		names   map[string]string
		written []string
	}{{"llm-url", p.set.URL, nil}, {"llm-key-file", p.set.KeyFile, nil}, {"llm-extra", p.set.Extra, p.written}, {"llm-price", p.set.Price, p.written}} {
		for _, name := range slices.Sorted(maps.Keys(m.names)) {
			if !knownVendor(name) && !slices.Contains(m.written, name) {
				p.problem("%s：%w", m.setting, unknownVendor(name))
			}
		}
	}
}

func knownVendor(name string) bool {
	return name == otherVendor || slices.Contains(backend.Vendors(), name)
}

func unknownVendor(name string) error {
	return fmt.Errorf("不认识的厂商 %q；可用的有 %s、%s", name, strings.Join(backend.Vendors(), "、"), otherVendor)
}

func keyVariable(vendor string) string { return "WENDA_LLM_KEY_" + strings.ToUpper(vendor) }

// modelProblems says in Chinese what backend.New found.
func modelProblems(setting string, e modelEntry, err error) []error {
	var out []error
	for _, p := range []struct {
		is   error
		says string
	}{
		{backend.ErrNoKey, fmt.Sprintf("没有密钥：设置 %s，或用 llm-key-file（%s_FILE）指向一个文件", keyVariable(e.name()), keyVariable(e.name()))},
		{backend.ErrKey, "密钥里有空格、换行或不会有的字符"},
		{backend.ErrModel, "没有默认的模型，请写成 " + e.shown() + "=模型"},
		{backend.ErrNoURL, "没有默认的地址，请设置 llm-url（WENDA_LLM_URL_" + strings.ToUpper(e.name()) + "）"},
		{backend.ErrBaseURL, "地址应为 http 或 https，有主机，没有用户名、问号和井号，例如 https://主机/v1"},
		{backend.ErrExtra, "llm-extra 应为 JSON 对象，不含 model、messages、stream、input"},
	} {
		if errors.Is(err, p.is) {
			out = append(out, fmt.Errorf("%s：%s %s", setting, e.shown(), p.says))
		}
	}
	if len(out) == 0 {
		out = append(out, fmt.Errorf("%s：%s：%w", setting, e.shown(), err))
	}
	return out
}

func parsePrice(text string) (backend.Price, error) {
	prompt, completion, both := strings.Cut(text, "/")
	p, errP := strconv.ParseFloat(strings.TrimSpace(prompt), 64)
	c, errC := strconv.ParseFloat(strings.TrimSpace(completion), 64)
	if !both || errP != nil || errC != nil || !(p >= 0 && c >= 0) || math.IsInf(p+c, 0) {
		return backend.Price{}, fmt.Errorf("%q 应为 输入/输出，每百万词元的价格，如 2/8", text)
	}
	return backend.Price{Prompt: p, Completion: c}, nil
}

// limitNames are what llm-limits may hold: each a duration or a number of Limits or ChainConfig.
func limitNames(l *backend.Limits, c *backend.ChainConfig) map[string]any {
	return map[string]any{
		"dial": &l.Dial, "header": &l.Header, "first-token": &l.FirstToken, "gap": &l.Gap, "total": &l.Total,
		"reply-bytes": &l.ReplyBytes, "max-tokens": &l.MaxTokens, "retry-wait": &l.RetryWait, "retry-most": &l.RetryMost,
		"calls": &c.Calls, "breaker-calls": &c.BreakerCalls, "breaker-window": &c.BreakerWindow, "breaker-rest": &c.BreakerRest,
	}
}

func setLimit(l *backend.Limits, c *backend.ChainConfig, name, value string) error {
	names := limitNames(l, c)
	switch to := names[name].(type) {
	case *time.Duration:
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return fmt.Errorf("%s 应为时间，如 10s、500ms，不是 %q", name, value)
		}
		*to = d
	case *int:
		n, err := strconv.Atoi(value)
		if err != nil || n <= 0 {
			return fmt.Errorf("%s 应为正整数，不是 %q", name, value)
		}
		*to = n
	default:
		return fmt.Errorf("不认识的 %q；可用的有 %s", name, strings.Join(slices.Sorted(maps.Keys(names)), "、"))
	}
	return nil
}
