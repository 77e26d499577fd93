package rag

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Other ways to write figures, each with what keeps a word that only looks like one out of it.
var (
	weekday     = regexp.MustCompile(`(周|星期|礼拜)([一二三四五六日天])(?:(至|到|-|~)([一二三四五六日天]))?`)
	weekdayOf   = map[string]string{"一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "日": "7", "天": "7"}
	afterNumber = regexp.MustCompile(`^(?:` + unitWords + `)`) // 每周五节课: five lessons a week

	ordinalNumber = regexp.MustCompile(`第([零〇一二三四五六七八九十百]+)`)

	tenths     = regexp.MustCompile(`([一二两三四五六七八九]|\d)成([半一二三四五六七八九]?)`)
	tenthsNone = regexp.MustCompile(`^(?:员|为|立|果|长|绩|年|不变|本|人|交|套|功|熟|效|份|品|都|群|型|因|形)`)

	discount = regexp.MustCompile(`([一二三四五六七八九]{1,2}|[1-9]\d?)折|对折`)

	halfYear  = regexp.MustCompile(`(?:(\d{1,2}|[一二两三四五六七八九十]{1,2})年半|半年|(\d{1,2})\.5年)`)
	halfHour  = regexp.MustCompile(`(?:(\d{1,2}|[一二两三四五六七八九十]{1,2})个半(?:小时|钟头)|半个?(?:小时|钟头)|(\d{1,2})\.5个?(?:小时|钟头))`)
	pairOf    = regexp.MustCompile(`(\p{Han})?俩`)
	pronouns  = "他她它我你您咱们子女妻"
	sidesYear = "上下前后大小这那"
)

// respelled writes weekdays, ordinals, tenths, discounts, halves and pairs in one way: 礼拜五 is 星期5, 第三 is 第3, 三成 is 30%, 八五折 is 8.5折,
// 半年 is 6个月, 一个半小时 is 90分钟, 俩 is 2个, 双倍 is 2倍.
func respelled(text string) string {
	text = replaced(text, weekday, "周期拜", func(m []string, before rune, after string) (string, bool) {
		if m[3] == "" && (afterNumber.MatchString(after) || strings.ContainsRune("一二两三四五六七八九十几数0123456789", before)) {
			return "", false
		}
		out := "星期" + weekdayOf[m[2]]
		if m[3] != "" {
			out += "至星期" + weekdayOf[m[4]]
		}
		return out, true
	})
	text = replaced(text, ordinalNumber, "第", func(m []string, _ rune, after string) (string, bool) {
		next, _ := utf8.DecodeRuneInString(after)
		if m[1] == "一" && !afterNumber.MatchString(after) || strings.ContainsRune("，、,：:；;", next) { // 第一时间; 第二，...
			return "", false
		}
		v, ok := chineseValue(m[1])
		return "第" + v, ok
	})
	text = replaced(text, tenths, "成", func(m []string, before rune, after string) (string, bool) {
		if tenthsNone.MatchString(after) || strings.ContainsRune("十百千万第", before) || before >= '0' && before <= '9' {
			return "", false
		}
		return strconv.Itoa(10*small(m[1])+fives(m[2])) + "%", true
	})
	text = replaced(text, discount, "折", func(m []string, before rune, _ string) (string, bool) {
		if m[1] == "" {
			return "5折", true
		}
		v, ok := chineseValue(m[1])
		if m[1][0] <= '9' {
			v, ok = m[1], before != '.' && (before < '0' || before > '9')
		}
		if len(v) == 2 && v[1] != '0' {
			v = v[:1] + "." + v[1:]
		}
		return v + "折", ok
	})
	text = replaced(text, halfYear, "半.", func(m []string, before rune, _ string) (string, bool) {
		n := 0
		if m[1]+m[2] != "" {
			n = small(m[1] + m[2])
		} else if strings.ContainsRune(sidesYear, before) {
			return "", false
		}
		return strconv.Itoa(12*n+6) + "个月", n >= 0 && (before < '0' || before > '9')
	})
	text = replaced(text, halfHour, "半.", func(m []string, before rune, _ string) (string, bool) {
		n := 0
		if m[1]+m[2] != "" {
			n = small(m[1] + m[2])
		}
		return strconv.Itoa(60*n+30) + "分钟", n >= 0 && (before < '0' || before > '9')
	})
	text = replaced(text, pairOf, "俩", func(m []string, _ rune, _ string) (string, bool) {
		return m[1] + "2个", m[1] == "" || !strings.Contains(pronouns, m[1])
	})
	return strings.ReplaceAll(text, "双倍", "2倍")
}

func fives(s string) int {
	switch s {
	case "":
		return 0
	case "半":
		return 5
	}
	return small(s)
}

// replaced is ReplaceAllStringFunc with the parts of a match and what stands around it; f says false to leave it as it is. Every match holds
// one of the characters of need: most texts have none, and the expressions were a seventh of an answer's work.
func replaced(text string, shape *regexp.Regexp, need string, f func(m []string, before rune, after string) (string, bool)) string {
	if !strings.ContainsAny(text, need) {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range shape.FindAllStringSubmatchIndex(text, -1) {
		parts := make([]string, len(m)/2)
		for i := range parts {
			if m[2*i] >= 0 {
				parts[i] = text[m[2*i]:m[2*i+1]]
			}
		}
		before, _ := utf8.DecodeLastRuneInString(text[:m[0]])
		if out, ok := f(parts, before, text[m[1]:]); ok {
			b.WriteString(text[at:m[0]] + out)
			at = m[1]
		}
	}
	return b.String() + text[at:]
}
