package main

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"regexp"
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

	Embedders []string `koanf:"embedder"` // bundled: the sentence model; words: none; else a model as in the lists. The first serves; none given: bundled

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
	f.StringSlice("embedder", []string{bundledEmbedder}, "向量由谁算：bundled 是句子模型，words 只按词，或厂商、厂商=模型、接口地址=模型；写几个时先用第一个，其余可在后台换")
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

// bundledEmbedder is the sentence model in this process; wordsEmbedder is none: questions are searched by words alone. Both may always be chosen.
const (
	bundledEmbedder = "bundled"
	wordsEmbedder   = "words"
)

// otherVendor is what servers written by their URL are called where a vendor is named.
const otherVendor = "other"

// channels are those of rag.Question.Channel; a budget of any other would limit nothing. Programs with keys and mini-programs' pages have
// channels of their own.
var channels = []string{"portal", "wechat", "staff", "cli", "api"}

// ownChannel is one of those of programs and mini-programs.
var ownChannel = regexp.MustCompile(`^(api|mp):[a-z0-9][a-z0-9-]{0,31}$`)

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
		"vector-query": &l.Query, "calls": &c.Calls, "calls-wait": &c.CallsWait, "calls-waiting": &c.Waiting, "breaker-calls": &c.BreakerCalls, "breaker-window": &c.BreakerWindow, "breaker-rest": &c.BreakerRest,
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
