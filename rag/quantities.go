package rag

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// A quantity is a figure of a text with what it counts, in one spelling: 2,800个, 2800 个 and 二千八百个 are the same, 0.23亿元 and
// 2300万元 too.
type quantity struct {
	value  string // one number, or two of a range: 9~10
	unit   string // measure; % of percentages; 年 月 日 of dates; empty for a bare number
	bound  string // ≥ of 以上 and 超过, ≤ of 以下, ≈ of 余 and 约; empty: exactly
	at, to int    // bytes in the text as unified writes it
}

// unitWords are what may stand behind a figure. The longest first.
const unitWords = `平方公里|平方米|个工作日|人次|场次|班次|个百分点|学年|学期|课时|小时|分钟|公里|周岁|个月|星期|季度|点|` +
	`个|所|名|人|次|场|节|项|轮|届|家|位|批|期|间|亩|元|倍|岁|天|周|条|幅|套|台|张|支|只|本|册|部|篇|门|种|类|级|座|栋|幢|处|块|片|户|辆|件|份|对|组|队|层|米|吨|年|月|日|号|成|%|‰|折`

const (
	arabicNumber  = `\d+(?:,\d{3})*(?:\.\d+)?[千百]?[万亿]?`
	chineseNumber = `[零〇一二两三四五六七八九十百千]+(?:点[零一二三四五六七八九]+)?[万亿]?`
	boundBefore   = `(?:超过|不少于|不低于|不小于|至少|突破|大于|高于|不超过|不高于|不多于|至多|最多|少于|低于|小于|大约|约|近|将近|接近)?`
	boundAfter    = `(?:以上|以下|以内|左右|上下)?`
)

var (
	quantityShape = regexp.MustCompile(`(` + boundBefore + `)\s*(?:(` + arabicNumber + `)(?:\s*(?:-|~|至|到|—|–)+\s*(` + arabicNumber + `))?\s*([余多几]?)\s*(` + unitWords + `)?|` +
		`(` + chineseNumber + `)(?:(?:-|~|至|到)(` + chineseNumber + `))?([余多]?)(` + unitWords + `|万|亿))(` + boundAfter + `)`)
	isoDate    = regexp.MustCompile(`(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})`)
	identifier = regexp.MustCompile(`\d[\d-]{6,}\d(?:/[\d-]+)?`)
	blankIn    = regexp.MustCompile(`([\d零〇一二两三四五六七八九十百千万亿%])[ \t　]+|[ \t　]+([\d零〇一二两三四五六七八九十百千万亿%])`)
	ordinal1   = regexp.MustCompile(`第$`)
	latinEnd   = regexp.MustCompile(`[A-Za-z]$`)
	latinStart = regexp.MustCompile(`^[A-Za-z]`)
)

// unified is the text that quantities are read from: NFKC, percentages in words with a sign, dates as 2022年3月1日, no blanks at figures.
func unified(text string) string {
	text = plainNumbers(text)
	text = blankIn.ReplaceAllString(text, "$1$2")
	text = strings.NewReplacer("～", "~", "－", "-", "—", "-", "–", "-", "百分点", "百分点").Replace(text)
	return isoDate.ReplaceAllStringFunc(text, func(s string) string {
		m := isoDate.FindStringSubmatch(s)
		return m[1] + "年" + strings.TrimLeft(m[2], "0") + "月" + strings.TrimLeft(m[3], "0") + "日"
	})
}

// quantities are the figures of a text that unified wrote, in their order. Chinese numerals count before a unit only (十二所, not 一体化).
func quantities(text string) []quantity {
	var out []quantity
	codes := identifier.FindAllStringIndex(text, -1)
	for _, c := range codes {
		out = append(out, quantity{value: text[c[0]:c[1]], at: c[0], to: c[1]})
	}
	for _, q := range tokens(text) {
		out, codes = append(out, q), append(codes, []int{q.at, q.to})
	}
	for at := 0; at < len(text); {
		m := quantityShape.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		rest := text[at:]
		part := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return rest[m[2*i]:m[2*i+1]]
		}
		from, to := at+m[0], at+m[1]
		at = max(to, at+1)
		if inside(codes, from) || latinEnd.MatchString(text[:from]) { // A4, 3D: a name, checked as a word
			continue
		}
		var q quantity
		switch {
		case part(2) != "":
			if part(5) == "" && latinStart.MatchString(text[to:]) {
				continue
			}
			q = quantity{value: numberValue(part(2)), unit: part(5), bound: boundOf(part(1), part(4), part(10))}
			if part(3) != "" {
				q.value += "~" + numberValue(part(3))
			}
		default:
			unit := part(9)
			q = quantity{value: numeralValue(part(6) + multiple(unit)), bound: boundOf(part(1), part(8), part(10))}
			if part(7) != "" {
				q.value += "~" + numeralValue(part(7)+multiple(unit))
			}
			if multiple(unit) == "" {
				q.unit = unit
			}
		}
		if q.unit == "点" && q.value == "1" && part(6) != "" { // 一点建议, 早一点: no figure
			continue
		}
		if q.unit == "号" {
			q.unit = "日"
		}
		q.at, q.to = from, to
		if ordinal1.MatchString(text[:from]) {
			q.unit = "第" + q.unit
		}
		out = append(out, q)
	}
	return out
}

func inside(spans [][]int, at int) bool {
	for _, s := range spans {
		if at >= s[0] && at < s[1] {
			return true
		}
	}
	return false
}

// tokenShape finds what clocked and respelled write of times and weekdays.
var tokenShape = regexp.MustCompile(`(\d{4})(时刻|时点)|星期([1-7])`)

// tokens are the times and weekdays of a text that plainNumbers wrote.
func tokens(text string) []quantity {
	var out []quantity
	for _, m := range tokenShape.FindAllStringSubmatchIndex(text, -1) {
		q := quantity{at: m[0], to: m[1]}
		if m[2] >= 0 {
			q.value, q.unit = text[m[2]:m[3]], text[m[4]:m[5]]
		} else {
			q.value, q.unit = text[m[6]:m[7]], "星期几"
		}
		out = append(out, q)
	}
	return out
}

// multiple is 万 or 亿 where the pattern took it for a unit.
func multiple(unit string) string {
	if unit == "万" || unit == "亿" {
		return unit
	}
	return ""
}

// numberValue is an arabic number with its multiple, exactly: 2.3千万 is 23000000, 0.28万 is 2800.
func numberValue(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, ",", ""), " ", "")
	value := strings.TrimRight(s, "百千万亿")
	for _, r := range s[len(value):] {
		for range map[rune]int{'百': 2, '千': 3, '万': 4, '亿': 8}[r] {
			value = tenfold(value)
		}
	}
	if strings.Contains(value, ".") {
		value = strings.TrimRight(strings.TrimRight(value, "0"), ".")
	}
	if trimmed := strings.TrimLeft(value, "0"); trimmed != "" && trimmed[0] != '.' {
		return trimmed
	} else if trimmed != "" {
		return "0" + trimmed
	}
	return "0"
}

// numeralValue is a Chinese number, with 点 too; one that is none is itself, so that it has to stand in the passage.
func numeralValue(s string) string {
	whole, fraction, found := strings.Cut(s, "点")
	if !found {
		if v, ok := chineseValue(s); ok {
			return v
		}
		return s
	}
	v, ok := chineseValue(whole)
	if !ok {
		return s
	}
	digits := strings.TrimRight(fraction, "万亿")
	var b strings.Builder
	for _, r := range digits {
		d, ok := chineseDigit[r]
		if !ok {
			return s
		}
		b.WriteByte('0' + byte(d))
	}
	return numberValue(v + "." + b.String() + fraction[len(digits):])
}

func tenfold(value string) string {
	whole, fraction, found := strings.Cut(value, ".")
	if !found || fraction == "" {
		return whole + "0"
	}
	value = whole + fraction[:1] + "." + fraction[1:]
	return strings.TrimSuffix(strings.TrimLeft(value, "0"), ".")
}

func boundOf(before, between, after string) string {
	switch before {
	case "超过", "不少于", "不低于", "不小于", "至少", "突破", "大于", "高于":
		return "≥"
	case "不超过", "不高于", "不多于", "至多", "最多", "少于", "低于", "小于":
		return "≤"
	case "大约", "约", "近", "将近", "接近":
		return "≈"
	}
	switch after {
	case "以上":
		return "≥"
	case "以下", "以内":
		return "≤"
	case "左右", "上下":
		return "≈"
	}
	if between != "" {
		return "≈"
	}
	return ""
}

// same reports that two figures say the same. 人, 名 and 位 count people alike; 所, 家 and 个 do not count alike (13个 is what of 13所?).
func (q quantity) same(o quantity) bool {
	return q.value == o.value && q.bound == o.bound && (q.unit == o.unit || people[q.unit] && people[o.unit])
}

// bears reports that a passage that holds q may be told as said. 八点半 may be said of 20:30 and of 上午8:30; that it is in the evening may not be
// said of a passage that leaves it open.
func (q quantity) bears(said quantity) bool {
	if said.unit != "时刻" && said.unit != "时点" {
		return q.same(said)
	}
	morning := (q.unit == "时刻" || q.unit == "时点") && q.value == said.value
	return morning || said.unit == "时点" && q.unit == "时刻" && q.value == later(said.value)
}

var people = map[string]bool{"人": true, "名": true, "位": true}

// dated reports parts of dates, which may stand in a passage's heading.
func (q quantity) dated() bool { return q.unit == "年" || q.unit == "月" || q.unit == "日" }

// yearly reports a calendar year: 2022年, 22 of 22年 is none.
func (q quantity) yearly() bool { return q.unit == "年" && utf8.RuneCountInString(q.value) == 4 }
