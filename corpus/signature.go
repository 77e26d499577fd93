package corpus

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// How far from its ends a document says who issued it and when, in lines with text.
const (
	headLines = 8
	footLines = 14
)

const officeEnds = `(?:局|委员会|人民政府|政府|办公室|中心|厅|院|学校|公司|管委会|街道办事处|大队|党委|工委|委)`

var (
	issuerLabel = regexp.MustCompile(`(?:发布单位|发布机构|发文机关|发文单位|制定机关|印发机关|来源)\s*[:：]\s*(\p{Han}{1,28}?` + officeEnds + `)`)
	dateLabel   = regexp.MustCompile(`(?:发布|发文|成文|印发|公开|更新)(?:时间|日期)\s*[:：]\s*(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2})`)
	numberLabel = regexp.MustCompile(`(?:^|(?:文\s*号|发文字号|文件编号)\s*[:：]\s*)(\p{Han}{1,12}[〔\[（(]20\d\d[〕\]）)]\s*\d{1,4}\s*号)(?:$|\s)`)
	office      = regexp.MustCompile(`^[\p{Han}（）]{2,30}` + officeEnds + `$`)
	titleOffice = regexp.MustCompile(`^(\p{Han}{2,24}?` + officeEnds + `)(?:关于|\d{4}年|通告|公告)`)
	signedAt    = regexp.MustCompile(`^(\D+)(\d{4}年\d{1,2}月\d{1,2}日)$`)
	signedOn    = regexp.MustCompile(`^[（(]?(\d{4})年(\d{1,2})月(\d{1,2})日[）)]?$`)
	signedInHan = regexp.MustCompile(`^([二一三四五六七八九〇零○]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日$`)
	dateParts   = regexp.MustCompile(`\d+`)
)

// readSignature fills in what the text of a document says about itself outside of a portal's table: a label (发布单位：...), the signature below it, or
// its title say who issued it; a label, the signature or a bracket below the title, when; a line of its own, its number. What is known stays.
func readSignature(m *Meta, lines []line) {
	var texts []string
	for _, l := range lines {
		if text := strings.TrimSpace(l.text); text != "" && l.row == nil {
			texts = append(texts, text)
		}
	}
	head, foot := texts[:min(headLines, len(texts))], texts[max(0, len(texts)-footLines):]
	issuer, signed := signature(foot)
	issuers, dates := []string{}, []string{}
	for _, text := range append(append([]string{}, head...), foot...) {
		if f := issuerLabel.FindStringSubmatch(text); f != nil {
			issuers = append(issuers, f[1])
		}
		if f := dateLabel.FindStringSubmatch(text); f != nil {
			dates = append(dates, isoOf(dateParts.FindAllString(f[1], 3)))
		}
	}
	dates = append(dates, signed)
	for _, text := range head {
		if f := numberLabel.FindStringSubmatch(text); f != nil && m.FileNumber == "" {
			m.FileNumber = strings.ReplaceAll(f[1], " ", "")
		}
		if text != head[0] {
			dates = append(dates, dayOf(text))
		}
	}
	issuers = append([]string{issuer}, issuers...)
	if f := titleOffice.FindStringSubmatch(m.Title); f != nil {
		issuers = append(issuers, f[1])
	}
	m.Issuer, m.Published = firstOf(m.Issuer, issuers), firstOf(m.Published, dates)
}

func firstOf(known string, found []string) string {
	for _, s := range found {
		if known == "" {
			known = s
		}
	}
	return known
}

// signature finds the line of a date below one or more lines of offices: the first of these signs.
func signature(foot []string) (issuer, day string) {
	for i := len(foot) - 1; i > 0; i-- {
		if f := signedAt.FindStringSubmatch(strings.ReplaceAll(foot[i], " ", "")); f != nil && office.MatchString(f[1]) && dayOf(f[2]) != "" {
			return f[1], dayOf(f[2])
		}
		if day = dayOf(foot[i]); day == "" {
			continue
		}
		for j := i - 1; j >= 0 && office.MatchString(strings.ReplaceAll(foot[j], " ", "")); j-- {
			issuer = strings.ReplaceAll(foot[j], " ", "")
		}
		if issuer != "" {
			return issuer, day
		}
	}
	return "", ""
}

// dayOf is a line that is a date, as YYYY-MM-DD; empty: it is none.
func dayOf(text string) string {
	text = strings.ReplaceAll(text, " ", "")
	if f := signedOn.FindStringSubmatch(text); f != nil {
		return isoOf(f[1:])
	}
	if f := signedInHan.FindStringSubmatch(text); f != nil {
		return isoOf([]string{digitsOf(f[1]), numberOf(f[2]), numberOf(f[3])})
	}
	return ""
}

const hanDigits = "〇一二三四五六七八九"

func digitsOf(han string) string {
	var b strings.Builder
	for _, r := range strings.NewReplacer("零", "〇", "○", "〇").Replace(han) {
		if i := strings.IndexRune(hanDigits, r); i >= 0 {
			b.WriteString(strconv.Itoa(utf8.RuneCountInString(hanDigits[:i])))
		}
	}
	return b.String()
}

// numberOf reads 一 to 三十一.
func numberOf(han string) string {
	tens, ones, ten := strings.Cut(han, "十")
	if !ten {
		return digitsOf(han)
	}
	if tens == "" {
		tens = "一"
	}
	if ones == "" {
		ones = "〇"
	}
	return digitsOf(tens) + digitsOf(ones)
}

// isoOf is a date of year, month and day as YYYY-MM-DD; empty where there is no such day.
func isoOf(parts []string) string {
	if len(parts) < 3 {
		return ""
	}
	n := [3]int{}
	for i := range n {
		n[i], _ = strconv.Atoi(parts[i]) // nought where it is no number
	}
	day := fmt.Sprintf("%04d-%02d-%02d", n[0], n[1], n[2])
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return ""
	}
	return day
}
