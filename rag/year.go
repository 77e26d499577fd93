package rag

import (
	"regexp"
	"strconv"
	"strings"

	"wenda/prompts"
)

// Years as residents write them.
var (
	yearNumber = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)\s*(?:年|学年|[^\d个所名人位次场节元万亿%多余平公亩小分米-]|$)`)
	shortYear  = regexp.MustCompile(`(?:^|[在从到于和跟与比,，。 ])([12]\d)年(?:$|[^级龄度以了的])`)
	born       = regexp.MustCompile(`(?:19|20)\d\d年?[)）]?(?:以后|之后|以前|之前|后|前)?(?:出生|生人|生的)`)
	hanYear    = regexp.MustCompile(`二[〇零]([〇零一二三四五六七八九]{2})年?`)
)

// namedYears returns the years of the question: numbers in order, then words for one (去年).
func namedYears(t *prompts.Terms, q string) []string {
	var out []string
	for rest := born.ReplaceAllString(q, "出生"); ; {
		at := yearNumber.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		year := rest[at[2]:at[3]]
		if rest = rest[at[3]:]; year >= "2000" || strings.HasPrefix(rest, "年") || strings.HasPrefix(rest, "学年") { // 1999 may be any number (1999专线)
			out = append(out, year)
		}
	}
	for _, m := range hanYear.FindAllStringSubmatch(q, -1) {
		if v, ok := chineseValue("二〇" + m[1]); ok {
			out = append(out, v)
		}
	}
	if m := shortYear.FindStringSubmatch(q); m != nil {
		out = append(out, "20"+m[1])
	}
	if w := yearWord(t, asksOf(q)); w != "" {
		out = append(out, w)
	}
	return out
}

// yearWord is the first word for a year by relation (去年) in s.
func yearWord(t *prompts.Terms, s string) string {
	return firstOf(without(s, t.NoYears), t.YearWords)
}

// otherYear returns the first of the years that is not the document's and not in the evidence.
func (x expectation) otherYear(docYear int, evidence string) string {
	for _, y := range x.years {
		if docYear > 0 && y != strconv.Itoa(docYear) && !strings.Contains(evidence, y) {
			return y
		}
	}
	return ""
}

// otherYearIn reports a year in the text other than the document's own: 1994年 is a date, 2022年 in a plan for 2022 tells none.
func otherYearIn(text string, own int) bool {
	for _, m := range yearInText.FindAllStringSubmatch(text, -1) {
		if m[1] != strconv.Itoa(own) {
			return true
		}
	}
	return false
}

var yearInText = regexp.MustCompile(`(\d{3,4})\s*年|世纪`)
