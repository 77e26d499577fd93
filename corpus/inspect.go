package corpus

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
)

// A Warning is something about a file that staff should look at before it is put in.
type Warning struct {
	Code       string // no_headings, no_issuer, no_date, short, expired, instructions, hidden, invisible, scanned, unchecked
	Text       string // in Chinese
	Quarantine bool   // it may be an attack: it goes in only when staff released it
}

// Inspect reads a file as Read does, and says what is odd about it. day is today, YYYY-MM-DD.
func Inspect(source string, data []byte, day string) (Document, []Warning, error) {
	d, r, err := read(source, data)
	if err != nil {
		return Document{}, nil, err
	}
	out := r.notes
	warn := func(code string, quarantine bool, format string, args ...any) {
		out = append(out, Warning{code, fmt.Sprintf(format, args...), quarantine})
	}
	headings := 0
	for _, b := range d.Blocks {
		if b.Kind == Heading && b.Level > 1 {
			headings++
		}
	}
	if headings == 0 {
		warn("no_headings", false, "没有找到小标题：引用时只能指到段落。请检查原文是否用“一、”“（一）”等编号。")
	}
	if d.Meta.Issuer == "" {
		warn("no_issuer", false, "没有找到发布机构，请补填。")
	}
	if d.Meta.Published == "" {
		warn("no_date", false, "没有找到发布日期，请补填：回答里要写明文件日期。")
	}
	if n := utf8.RuneCountInString(d.Text); n < shortDocument {
		warn("short", false, "全文只有%d个字，可能没有读全（例如正文是图片）。", n)
	}
	if d.Meta.Expired(day) {
		warn("expired", false, "文件已经废止（%s）：放进来也不会用于回答。", d.Meta.Validity)
	}
	hidden := r.hidden + hiddenText(r.raw)
	for _, where := range []struct{ name, text string }{{"正文", d.Text}, {"隐藏文字", hidden}} {
		if m := instructionLike.FindString(Fold(where.text)); m != "" {
			warn("instructions", true, "%s里有像是写给智能助手的指令：“%s”。", where.name, clip(m))
		}
	}
	if h := strings.TrimSpace(hidden); utf8.RuneCountInString(h) >= hiddenRunes {
		warn("hidden", true, "文件里有看不见的文字：“%s”。", clip(h))
	}
	if n := strings.Count(strings.Map(onlySmuggled, r.raw), "x"); n >= smuggled {
		warn("invisible", true, "文件里有%d个看不见的字符，可能藏有内容（没有读入）。", n)
	}
	return d, out, nil
}

// InspectAt inspects a file that was got from an address (empty: it was not), where it is called name. Unless the text says what it is by an
// 索引号 or an address of its own, the document is known by the address from then on.
func InspectAt(name, address string, data []byte, day string) (Document, []Warning, error) {
	d, warnings, err := Inspect(name, data, day)
	if err != nil || address == "" || d.Meta.URL != "" || d.Meta.IndexNumber != "" {
		return d, warnings, err
	}
	return Inspect(address, data, day)
}

const (
	shortDocument = 120 // runes of a text that may not be whole
	hiddenRunes   = 12  // hidden menus and labels of pages are shorter
	smuggled      = 8   // tag and bidi characters: one or two get in by copying
)

// instructionLike finds sentences to an assistant, in folded text. Government documents tell people and offices what to do, never an
// assistant, a model, or a reader what to ignore.
var instructionLike = regexp.MustCompile(`(忽略|无视|忘记|不要理会)[^。\n]{0,12}(以上|之前|上面|前面|先前|所有)[^。\n]{0,12}(指令|指示|规则|要求|提示|内容)` +
	`|(你是|你现在是|作为|扮演)[^。\n]{0,8}(ai|人工智能|语言模型|聊天机器人|智能助手|问答助手)` +
	`|(回答|答复|回复)(时|中|里)?(一律|必须|务必|都要|总是)[^。\n]{0,12}(附|加上|写上|推荐|说|引导)` +
	`|(系统提示|提示词|systemprompt|systemmessage|<\|im_start\|>|\[inst\])` +
	`|ignore(all|any|the)?(previous|prior|above)(instructions?|prompts?|rules?)`)

// onlySmuggled keeps an x for each tag, bidi or zero-width character.
func onlySmuggled(r rune) rune {
	if r >= 0xe0000 && r <= 0xe007f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0x200b && r <= 0x200f || r == 0x2060 {
		return 'x'
	}
	return -1
}

// hiddenText is what a page holds and does not show; empty for other texts.
func hiddenText(raw string) string {
	if !looksLikeHTML(raw) {
		return ""
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(raw))
	if err != nil {
		return ""
	}
	doc.Find("script,style,noscript,template,iframe,object,svg,head").Remove()
	var b strings.Builder
	doc.Find("[hidden],[aria-hidden=true],[style]").Each(func(_ int, s *goquery.Selection) {
		if style, ok := s.Attr("style"); ok && !s.Is("[hidden],[aria-hidden=true]") && !hiddenStyle.MatchString(Fold(style)) && !paleStyle.MatchString(Fold(style)) {
			return
		}
		b.WriteString(tidy(s.Text()) + "\n")
	})
	return b.String()
}

// paleStyle is white text, matched like hiddenStyle; it is read, since the background may be dark.
var paleStyle = regexp.MustCompile(`(^|;)color:(#fff|#ffffff|white|rgb\(255,255,255\)|transparent)(!important)?(;|$)`)

func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
