package rag

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Times of a day are compared as figures: 8:30, 八点半, 8点30分, 八时三十分 and 上午8:30 are one time, 20:30 and 晚上八点半 another. clocked
// writes each as four digits with 时刻 behind them, or with 时点 where the text leaves open which half of the day is meant.
var clockShape = regexp.MustCompile(`(凌晨|清晨|早上|早晨|上午|中午|正午|下午|傍晚|晚上|晚间|夜间|夜里|[早晚])?\s*` +
	`(?:(\d{1,2}):(\d{2})(?::\d{2})?|(\d{1,2}|[零〇一二两三四五六七八九十]{1,3})([点时])(钟|整|半|[一三]刻|\d{1,2}分?|[零〇一二三四五六七八九十]{1,3}分?)?)`)

var (
	rangeSign = regexp.MustCompile(`^\s*(?:-|~|—|–|至|到)+\s*$`)
	// atTime may follow a bare 八点: what follows 三点 in 三点要求 does not. 前提 is none.
	atTime = regexp.MustCompile(`^(?:之前|之后|以前|以后|前|后|起|许|左右|开始|上课|下课|上班|下班|放学|发车|开车|开门|关门|到校|离校|入园|离园|入校|报到|集合)`)
)

type daytime struct {
	from, to int // bytes
	minutes  int // of the day
	half     string
	sure     bool // it is a time, whatever stands around it
	open     bool // of 12 hours: which half of the day is not said
}

// clocked puts the times of a text in one spelling. What is one already stays.
func clocked(text string) string {
	list := clocks(text)
	var b strings.Builder
	at := 0
	for _, c := range list {
		kind := "时刻"
		if c.open {
			kind = "时点"
		}
		fmt.Fprintf(&b, "%s%02d%02d%s", text[at:c.from], c.minutes/60, c.minutes%60, kind)
		at = c.to
	}
	return b.String() + text[at:]
}

// clocks finds the times of a text. A bare 三点 is one beside 下午, in a range, or before what happens then; else it is three points.
func clocks(text string) []daytime {
	if !strings.ContainsAny(text, ":点时") { // every match holds one of these
		return nil
	}
	var all []daytime
	for _, m := range clockShape.FindAllStringSubmatchIndex(text, -1) {
		if c, ok := clockOf(text, m); ok {
			all = append(all, c)
		}
	}
	var out []daytime
	for i, c := range all {
		ranged := func(j, k int) bool {
			return j >= 0 && k < len(all) && rangeSign.MatchString(text[all[j].to:all[k].from])
		}
		follows, leads := ranged(i-1, i), ranged(i, i+1)
		if !c.sure && !follows && !leads {
			continue
		}
		if follows && len(out) > 0 && out[len(out)-1].to == all[i-1].to { // 下午两点到五点: both are in the afternoon
			if before := out[len(out)-1]; c.open && !before.open {
				if c.open = false; before.minutes >= 12*60 && c.minutes+12*60 > before.minutes && c.minutes < 12*60 {
					c.minutes += 12 * 60
				}
			}
		}
		out = append(out, c)
	}
	return out
}

func clockOf(text string, m []int) (daytime, bool) {
	part := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return text[m[2*i]:m[2*i+1]]
	}
	c := daytime{from: m[0], to: m[1], half: part(1)}
	if c.half == "" { // blanks before it are not its own
		c.from = m[0] + len(text[m[0]:m[1]]) - len(strings.TrimLeft(text[m[0]:m[1]], " \t\n　"))
	}
	before, _ := utf8.DecodeLastRuneInString(text[:c.from])
	after, _ := utf8.DecodeRuneInString(text[c.to:])
	var hour, minute int
	if part(2) != "" {
		if strings.ContainsRune("0123456789:./-", before) && c.half == "" && before != '-' || after >= '0' && after <= '9' || after == ':' {
			return c, false // a part of something longer
		}
		hour, minute = small(part(2)), small(part(3))
		c.sure, c.open = true, false
	} else {
		numeral, mark, rest := part(4), part(5), part(6)
		if strings.ContainsRune("零〇一二两三四五六七八九十百千万0123456789.第", before) && c.half == "" { // the end of a longer number
			return c, false
		}
		hour = small(numeral)
		switch {
		case rest == "半":
			minute = 30
		case rest == "一刻":
			minute = 15
		case rest == "三刻":
			minute = 45
		case rest == "钟" || rest == "整":
		case rest != "":
			digits := strings.TrimSuffix(rest, "分")
			// 一点五倍, 1点5: without 分 the minutes have 十 or two figures, else it is a decimal
			if digits == rest && !strings.Contains(digits, "十") && !(len(digits) == 2 && digits[0] <= '5') && !strings.HasPrefix(digits, "零") {
				return c, false
			}
			minute = small(digits)
		}
		c.open = hour <= 12 && c.half == ""
		c.sure = rest != "" || utf8.RuneCountInString(c.half) > 1 || // 早一点, 晚一点 are no times
			mark == "时" && numeral[0] <= '9' || atTime.MatchString(text[c.to:]) && !strings.HasPrefix(text[c.to:], "前提")
		if mark == "时" && rest == "" && (after == '刻' || after == '点' || after == '间' || after == '候') {
			return c, false
		}
		if rest == "半" && after == '年' {
			return c, false
		}
	}
	if hour < 0 || hour > 24 || minute < 0 || minute > 59 {
		return c, false
	}
	switch c.half {
	case "下午", "傍晚", "晚上", "晚间", "夜间", "夜里", "晚":
		if hour < 12 {
			hour += 12
		} else if hour == 12 && c.half != "下午" {
			hour = 0
		}
	case "中午", "正午":
		if hour < 10 {
			hour += 12
		}
	case "凌晨":
		hour %= 12
	}
	c.minutes = hour%24*60 + minute
	return c, true
}

// small is a number below a hundred, in figures or numerals; -1 for none.
func small(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	v, ok := chineseValue(s)
	n, err := strconv.Atoi(v)
	if !ok || err != nil {
		return -1
	}
	return n
}

// later is a time twelve hours after, both as clocked writes them without what is behind.
func later(at string) string {
	n, err := strconv.Atoi(at)
	if err != nil || n >= 1200 {
		return at
	}
	return fmt.Sprintf("%04d", n+1200)
}
