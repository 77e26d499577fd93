package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/text/width"

	"wenda/rag/backend"
)

// A trial is what wenda doctor --llm tells of one backend.
type trial struct {
	Backend          string  `json:"backend"`
	Host             string  `json:"host"`
	Usable           bool    `json:"usable"` // it composed, in Chinese, with citations
	Reachable        bool    `json:"reachable"`
	Streaming        bool    `json:"streaming"`
	FirstTokenMS     int64   `json:"first_token_ms"`
	TokensPerSecond  float64 `json:"tokens_per_second"`
	Cites            bool    `json:"cites"`
	Chinese          bool    `json:"chinese"`
	PromptTokens     int     `json:"prompt_tokens"`
	CompletionTokens int     `json:"completion_tokens"`
	Cost             float64 `json:"cost"`
	Reason           string  `json:"reason"` // of backend; empty where it composed
	Detail           string  `json:"detail"` // the failure, or what it said to our own question
	Advice           string  `json:"advice"`
}

// doctorModels tries the models of the settings, or those named, one after the other: speeds would else depend on each other. It fails
// when one of them is not usable.
func doctorModels(c *cobra.Command, named string) error {
	if named != configuredModels {
		if err := c.Root().PersistentFlags().Set("llm", named); err != nil {
			return misuseError{err}
		}
	}
	cfg, err := loadConfig(c)
	if err != nil {
		return err
	}
	models, err := cfg.LLM.openModels(newLog(os.Stderr, cfg.Log), nil)
	if err != nil {
		return err
	}
	if models == nil {
		return errors.New("没有设置大语言模型，回答都引用原文。要用就设置 llm，或写在后面试一试：wenda doctor --llm deepseek（见 docs/models.md）")
	}
	defer models.close()
	trials := make([]trial, 0, len(models.backends))
	usable := true
	for _, b := range models.backends {
		t := trialOf(b.Check(c.Context()))
		trials = append(trials, t)
		usable = usable && t.Usable
	}
	if cfg.JSON {
		err = printJSON(c.OutOrStdout(), trials)
	} else {
		err = printTrials(c.OutOrStdout(), trials)
	}
	if err == nil && !usable {
		return codedError{code: exitFailure}
	}
	return err
}

func trialOf(r backend.Report) trial {
	t := trial{Backend: r.Backend, Host: r.Host, Usable: r.Err == nil && r.Cites && r.Chinese, Reachable: r.Reachable, Streaming: r.Streaming,
		FirstTokenMS: r.FirstToken.Milliseconds(), TokensPerSecond: r.TokensPerSecond, Cites: r.Cites, Chinese: r.Chinese,
		PromptTokens: r.Completion.Tokens.Prompt, CompletionTokens: r.Completion.Tokens.Completion, Cost: r.Completion.Cost, Detail: r.Completion.Text}
	var e *backend.Error
	switch {
	case errors.As(r.Err, &e):
		t.Reason, t.Detail, t.Advice = e.Code, e.Detail, adviceFor[e.Code]
		if e.Status != 0 {
			t.Detail = strings.TrimSpace(fmt.Sprintf("HTTP %d %s", e.Status, e.Detail))
		}
	case r.Err != nil:
		t.Reason, t.Detail = backend.ReasonFailed, r.Err.Error()
	case !r.Chinese:
		t.Advice = "没有用中文回答，请换一个模型"
	case !r.Cites:
		t.Advice = "没有按要求在每句后面标出处，这样的句子不会给居民看，只能引用原文；请换一个模型，一般要更大的"
	case !r.Streaming:
		t.Advice = "能用，但不是逐字返回，居民要等整段写完；请看接口或网关是否关了流式"
	}
	return t
}

// adviceFor says what an operator can do, by the reason of a failure.
var adviceFor = map[string]string{
	backend.ReasonUnauthorized:      "密钥不对，或者不能用这个模型：请核对密钥和账号的权限",
	backend.ReasonQuota:             "账号没有余额或额度：请充值",
	backend.ReasonRateLimited:       "请求太频繁：请稍后再试，或提高账号的限额",
	backend.ReasonBadRequest:        "不接受这个请求：多半是模型名或接口地址不对（地址一般以 /v1 结尾）",
	backend.ReasonOverloaded:        "厂商繁忙：请稍后再试，或再配一家",
	backend.ReasonFailed:            "厂商内部出错：请稍后再试，或再配一家",
	backend.ReasonUnreachable:       "连不上：请检查地址、端口、防火墙和代理（HTTPS_PROXY），本机的模型是否启动",
	backend.ReasonTLS:               "加密连接没有建成：请检查证书，或地址应为 http",
	backend.ReasonRedirected:        "被转到别处，密钥没有跟去：请写最终的接口地址",
	backend.ReasonTimeoutHeaders:    "太久没有回应：请检查网络，或放宽 llm-limits 的 header",
	backend.ReasonTimeoutFirstToken: "太久没有第一个字（思考的内容不算）：请换快一点的模型，或放宽 llm-limits 的 first-token",
	backend.ReasonStalled:           "写到一半停住了：请检查网络，或放宽 llm-limits 的 gap",
	backend.ReasonTimeoutTotal:      "太久没有写完：请换快一点的模型，或放宽 llm-limits 的 total",
	backend.ReasonTruncated:         "没有写完：停不下来的模型不能用；也可能是网关切断了连接",
	backend.ReasonTooLarge:          "回复太长：请换一个模型",
	backend.ReasonBadReply:          "回复不合协议：多半是地址不对（打开的是网页），或这个接口不兼容",
	backend.ReasonRefused:           "厂商的内容过滤拒绝了：请换一个模型",
	backend.ReasonBreakerOpen:       "失败太多，暂停使用，一会儿自动再试",
	backend.ReasonBusy:              "同时的请求太多",
	backend.ReasonBudget:            "今天的词元用完了，明天零点恢复",
	backend.ReasonDeadline:          "时间到了还没有回应",
	backend.ReasonCancelled:         "没有等到结果就停了",
	backend.ReasonDelivery:          "文字交不出去",
}

// reasonText says what a code means and what to do, also those of the engine and of the console; empty for others.
func reasonText(code string) string {
	if text := adviceFor[code]; text != "" {
		return text
	}
	return adviceBeside[code]
}

// adviceBeside is for codes that no vendor causes.
var adviceBeside = map[string]string{
	"model_off":              "语言模型已在“渠道和模型”页停用",
	"timeout_first_sentence": "太久没有一句核对得过的话：请换快一点的模型",
	"unverified":             "写的话在出处里核对不过，改为引用原文：看下面没通过的句子",
	"nothing_said":           "没有写出有内容的句子",
	"declined":               "模型说资料里没有，而引用得出来，所以引用原文",
	"kind_missing":           "没有写出问的那一类内容（数字、日期、金额等）",
	"model_failed":           "模型出错：请看日志",
	"model_cancelled":        "没有人等了",
	changeNotConfigured:      "设置里已经没有这个向量模型：请运维人员写回 embedder 设置，或换别的",
	changeNoModel:            "句子模型没有装好或坏了：请运维人员运行 make model 或 wenda model install",
	changeNotKept:            "向量存不下：请看磁盘是不是满了",
}

// saidRunes is how much of a reply the table shows.
const saidRunes = 80

func printTrials(w io.Writer, trials []trial) error {
	rows := [][]string{{"模型", "地址", "连上", "流式", "第一个字", "词元/秒", "引用格式", "中文", "用了词元", "结论"}}
	for _, t := range trials {
		row := []string{t.Backend, t.Host, yes(t.Reachable), "-", "-", "-", "-", "-", "-", "不可用"}
		if t.FirstTokenMS > 0 || t.Streaming {
			row[3], row[4] = yes(t.Streaming), fmt.Sprintf("%d 毫秒", t.FirstTokenMS)
		}
		if t.Reason == "" {
			row[3], row[6], row[7] = yes(t.Streaming), yes(t.Cites), yes(t.Chinese)
			row[8] = fmt.Sprintf("%d+%d", t.PromptTokens, t.CompletionTokens)
			if t.TokensPerSecond > 0 {
				row[5] = fmt.Sprintf("%.0f", t.TokensPerSecond)
			}
		}
		if t.Usable {
			row[9] = "可用"
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	writeTable(&b, rows)
	for _, t := range trials {
		if t.Advice == "" {
			continue
		}
		detail := []rune(strings.Join(strings.Fields(t.Detail), " "))
		if len(detail) > saidRunes {
			detail = append(detail[:saidRunes], '…')
		}
		fmt.Fprintf(&b, "\n%s：%s", t.Backend, t.Advice)
		if t.Reason != "" {
			fmt.Fprintf(&b, "（%s）", t.Reason)
		}
		if len(detail) > 0 {
			fmt.Fprintf(&b, "\n    %s", string(detail))
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

// writeTable aligns columns by what terminals show: a Chinese character is two wide, which text/tabwriter does not know.
func writeTable(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], cells(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-cells(cell)+2))
			}
		}
		b.WriteString("\n")
	}
}

// cells is how wide a terminal shows text.
func cells(text string) int {
	n := 0
	for _, r := range text {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}
