package rag

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// An examiner decides about what a model says, sentence by sentence, against the passages that it was given. A check that cannot
// decide refuses.
type examiner struct {
	passages []passage
	terms    *prompts.Terms
	secrets  secrets
	embed    func(ctx context.Context, text string) ([]float32, error) // nil: support is lexical
	said     string                                                    // letters of what passed, for leaks that run over two sentences
}

// examine checks one sentence. Without an objection the Statement is what may leave: a target told as one, years in figures.
func (x *examiner) examine(ctx context.Context, s saying) (Statement, Verdict) {
	bad := func(reason, detail string) (Statement, Verdict) { return Statement{}, Verdict{false, reason, detail} }
	if v := x.secrets.leaked(x.said, s.text); v != "" {
		return bad("leak", v)
	}
	if utf8.RuneCountInString(s.text) >= maxSaidRunes {
		return bad("too_long", "")
	}
	if m := foreignSign.FindString(s.text); m != "" {
		return bad("markup", m)
	}
	if len(s.refs) == 0 {
		return bad("no_passage", "")
	}
	st := Statement{}
	var cited []passage
	for _, n := range s.refs {
		if n < 1 || n > len(x.passages) {
			return bad("citation", "["+strconv.Itoa(n)+"]")
		}
		cited = append(cited, x.passages[n-1])
		st.Sources = append(st.Sources, x.passages[n-1].source)
	}
	doc := cited[0].source.Document
	st.Text = ended(introducePlan(tidyQuote(inYear(s.text, doc)), doc))
	evidence := evidenceOf(cited)
	bare := withoutOwn(x.terms, st.Text)
	for _, check := range []func(text, bare, evidence string) (string, string){words, names, result} {
		if reason, detail := check(st.Text, bare, evidence); reason != "" {
			return bad(reason, detail)
		}
	}
	if p := foreignPlace(x.terms, st.Text, evidence); p != "" {
		return bad("place", p)
	}
	for _, seg := range s.segments {
		var of []passage
		for _, n := range seg.refs {
			of = append(of, x.passages[n-1])
		}
		if reason, detail := countedRight(inYear(seg.text, doc), of); reason != "" {
			return bad(reason, detail)
		}
	}
	if c := turned(st.Text, cited); c != "" {
		return bad("negation", c)
	}
	if c := swapped(st.Text, cited); c != "" {
		return bad("order", c)
	}
	if c := x.unsupported(ctx, bare, cited); c != "" {
		return bad("unsupported", c)
	}
	x.said += letters(s.text)
	return st, Verdict{OK: true}
}

// foreignSign finds what no sentence of ours holds: markup, links' signs, emoji, other scripts. Latin words are compared by themselves.
var foreignSign = regexp.MustCompile(`[^\p{Han}A-Za-z0-9\s，。、；：！？“”‘’《》〈〉〔〕「」『』（）()·…—\-–~～%‰％.,:;?!/+＋"']|://|//|\.(?:com|cn|net|org|gov|html?)`)

var thisYear = regexp.MustCompile(`今年|本年度?|当年`)

// inYear names the year that a document means by 今年: who reads it may live in another one.
func inYear(text string, d *corpus.Document) string {
	if d.Meta.Year == 0 {
		return text
	}
	year := strconv.Itoa(d.Meta.Year) + "年"
	text = thisYear.ReplaceAllString(text, year)
	return strings.ReplaceAll(text, year+year, year)
}

// ended gives a sentence its end.
func ended(text string) string {
	text = strings.TrimSpace(text)
	if last, _ := utf8.DecodeLastRuneInString(text); !strings.ContainsRune("。！？…”》）", last) {
		text = strings.TrimRight(text, "；;，,、：: ") + "。"
	}
	return text
}

// evidenceOf is all that the passages show, comparable.
func evidenceOf(cited []passage) string {
	var b strings.Builder
	for _, p := range cited {
		b.WriteString(corpus.Fold(p.text) + "\n" + corpus.Fold(p.head) + "\n")
	}
	return b.String()
}

// Words that say more than a passage that does not hold them: how many, how surely, when, what was reached, and what a reader is to do.
var weighty = regexp.MustCompile(`所有|全部|全体|一律|全面覆盖|全覆盖|每所|每个|每位|每人|每名|各校|必须|务必|只能|唯一|首个|首次|首批|最[大高好多新早先优强低少]|第一名|领先|` +
	`免费|收费|费用|奖励|奖金|补贴|补助|罚款|处罚|处分|违法|犯罪|保证|确保|一定|肯定|绝对|永久|允许|有权|自愿|强制|` +
	`一半|半数|过半|大半|多数|少数|翻番|翻一番|成倍|加倍|倍增|数倍|增长|减少|下降|提高|降低|缩减|扩大到|` +
	`去年|前年|明年|后年|往年|历年|上年|次年|年底|年初|年末|年中|上半年|下半年|季度|月底|月初|本月|下月|上月|本周|下周|暑假|寒假|暑期|寒期|春季|秋季|夏季|冬季|开学|` +
	`周[一二三四五六日末]|星期|今天|明天|昨天|近日|日前|即将|马上|立即|随时|每周|每月|每天|每日|每季|每学期|每年|上午|下午|晚上|` +
	`目前|现已|正在|截至|陆续|顺利|成功|圆满|如期|提前|显著|成效|有效地?解决|完成|建成|竣工|投用|投入使用|启用|落成|达标|获评|荣获|` +
	`局长|校长|主任|科长|书记|同志|先生|女士|区长|市长|院长|点击|扫码|二维码|关注|下载|微信|网址|链接|登录|APP|拨打|致电|咨询|报名|申请|` +
	`保证书|抱歉|对不起|无法|作为|人工智能|语言模型|助手|系统|提示|指令|要求我|我是|我们将|您|你|亲`)

// done tells a result: 已 with a verb, or a verb with 了.
var (
	reached = regexp.MustCompile(`已经?\p{Han}|曾经?\p{Han}`)
	perfect = regexp.MustCompile(`\p{Han}了|\p{Han}过了?[\d一二三四五六七八九十]`)
	notDone = regexp.MustCompile(`为了|了解|除了|明了|未了|罢了|到了?解`)
	latin   = regexp.MustCompile(`[0-9]*[A-Za-z][A-Za-z0-9]*`)
)

// words refuses weighty words, and Latin ones, that the passages do not hold.
func words(text, _, evidence string) (reason, detail string) {
	folded := corpus.Fold(tokenShape.ReplaceAllString(plainNumbers(text), " ")) // times and weekdays are figures
	for _, w := range weighty.FindAllString(folded, -1) {
		if !strings.Contains(evidence, w) {
			return "word", w
		}
	}
	for _, w := range latin.FindAllString(folded, -1) {
		if !strings.Contains(evidence, w) {
			return "latin", w
		}
	}
	return "", ""
}

// result refuses a plan told as done.
func result(text, _, evidence string) (reason, detail string) {
	plain := notDone.ReplaceAllString(text, "")
	for _, shape := range []*regexp.Regexp{reached, perfect, resultWord} {
		for _, m := range shape.FindAllString(plain, -1) {
			if !strings.Contains(evidence, corpus.Fold(m)) {
				return "plan_as_result", m
			}
		}
	}
	return "", ""
}

// Names: what stands in quotation marks, and Chinese names by what they end in. Of the strong endings the whole name must be there,
// of the weak ones the word before.
var (
	strongEnd = regexp.MustCompile(`(\p{Han}{2})(小学|中学|幼儿园|大学|学院|街道|社区|镇|局|科|杯)`)
	weakEnd   = regexp.MustCompile(`(\p{Han}{2})(学校|中心|公司|集团|医院|协会|基金|工程|行动|项目|品牌|基地|联盟|节|赛|展|奖|路|村|处)`)
)

func names(text, bare, evidence string) (reason, detail string) {
	for _, m := range quotedName.FindAllStringSubmatch(text, -1) {
		if name := corpus.Fold(strings.Join(m[1:], "")); !strings.Contains(evidence, name) {
			return "name", m[0]
		}
	}
	for _, run := range strings.Fields(content(bare)) {
		for _, m := range strongEnd.FindAllStringSubmatch(run, -1) {
			if !strings.Contains(evidence, m[0]) {
				return "name", m[0]
			}
		}
		for _, m := range weakEnd.FindAllStringSubmatch(run, -1) {
			if !strings.Contains(evidence, m[1]) {
				return "name", m[0]
			}
		}
	}
	return "", ""
}

// withoutOwn takes our own district out of a text: it may be named anywhere.
func withoutOwn(t *prompts.Terms, text string) string {
	for _, p := range t.OwnPlaces {
		text = strings.ReplaceAll(text, p+"区", "，")
	}
	return text
}

// foreignPlace is a place outside that the passages do not name.
func foreignPlace(t *prompts.Terms, text, evidence string) string {
	for _, p := range slices.Concat(t.OtherPlaces, t.AwardPlaces) {
		if strings.Contains(text, p) && !strings.Contains(evidence, corpus.Fold(p)) {
			return p
		}
	}
	return ""
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, corpus.Fold(s))
}
