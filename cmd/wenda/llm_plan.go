package main

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"wenda/rag"
	"wenda/rag/backend"
)

// A modelPlan is what the settings come to.
type modelPlan struct {
	compose, rewrite []backend.Config // rewrite: nil for those of compose
	chain            backend.ChainConfig
	patience         rag.Patience
	embedders        []*embedderChoice // that may serve; the first one is the operator's choice
	clear            []string          // hosts that get a key without encryption, and not on this machine
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
	p.embedders(c.Embedders)
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
	own := rag.DefaultPatience
	p.out.patience = rag.Patience{First: max(own.First, p.limits.Header, p.limits.FirstToken), Gap: max(own.Gap, p.limits.Gap), Total: max(own.Total, p.limits.Total)}
	if p.set.DayTokens < 0 {
		p.problem("llm-day-tokens 不能是负数，0 表示不限")
	}
	p.out.chain.DayTokens = p.set.DayTokens
	p.out.chain.ChannelTokens = map[string]int{}
	for _, channel := range slices.Sorted(maps.Keys(p.set.ChannelTokens)) {
		n, err := strconv.Atoi(p.set.ChannelTokens[channel])
		switch {
		case !slices.Contains(channels, channel) && !ownChannel.MatchString(channel):
			p.problem("llm-channel-tokens：不认识的渠道 %q；可用的有 %s，以及 api:名称、mp:渠道", channel, strings.Join(channels, "、"))
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

// embedders reads whose vectors are wanted. The sentence model and words may be chosen though nobody wrote them.
func (p *planner) embedders(list []string) {
	if len(list) == 0 || len(list) == 1 && list[0] == "" {
		list = []string{bundledEmbedder}
	}
	seen := map[string]bool{}
	for i, written := range slices.Concat(list, []string{bundledEmbedder, wordsEmbedder}) {
		written = strings.TrimSpace(written)
		if seen[written] {
			if i < len(list) {
				p.problem("embedder：%s 写了两次", written)
			}
			continue
		}
		seen[written] = true
		if written == bundledEmbedder || written == wordsEmbedder {
			p.out.embedders = append(p.out.embedders, &embedderChoice{written: written})
			continue
		}
		p.embedder(written)
	}
}

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
	if slices.ContainsFunc(p.out.embedders, func(c *embedderChoice) bool { return c.config != nil && c.name == b.Name() }) {
		p.problem("embedder：%s 和前面的是同一个", e.shown())
	}
	p.follow(e, config)
	config.Rest = p.out.chain.BreakerRest
	p.out.embedders = append(p.out.embedders, &embedderChoice{written: written, name: b.Name(), config: &config})
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
