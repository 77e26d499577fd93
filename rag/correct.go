package rag

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"wenda/prompts"
)

// What is left of a correction or a doubt when its own words are taken out may be this long, in runes: longer, it asks something itself.
const (
	rightedRunes = 12
	doubtRunes   = 6
)

// asksAgain is the question before where a turn only puts something in it right (打错了，是2022年; 不是幼儿园，我问的是中小学), doubts its
// answer (真的假的), or points at one of the things that the answer named (第三项展开讲讲). Asked so it stands alone.
func asksAgain(t *prompts.Terms, q string, last remembered, answered string, knows func(string) bool) (string, bool) {
	if last.Question == "" {
		return "", false
	}
	if righted, ok := putRight(t, q, last.Question); ok {
		return righted, true
	}
	if doubted(t, q, knows) {
		return last.Question, true
	}
	if item, ok := itemMeant(q, answered); ok {
		return item, true
	}
	return "", false
}

var (
	notThat    = regexp.MustCompile(`不是(?:问|说|指)?([^,，。 ]{1,8}?)(?:[,，。 ]|而是|是|$)`)
	rightGlue  = regexp.MustCompile(`(?:^|[,，。 ])(?:那就?|就|我|是|而是|应该是?|改成|换成)|[的了呢吧啊呀哈嘛,，。!！?？~ ]`)
	doubtGlue  = regexp.MustCompile(`[你们这那就都吗呢吧啊呀嘛哦的,，。!！?？~… ]`)
	butThisOne = regexp.MustCompile(`^(?:那|那么)?除了(?:这|那|它|上面|刚才)[^,，]{0,6}[,，]`)
)

// putRight puts what a correction says into the question before.
func putRight(t *prompts.Terms, q, before string) (string, bool) {
	if !containsAny(q, t.Corrections) {
		return "", false
	}
	wrong := ""
	rest := notThat.ReplaceAllStringFunc(q, func(s string) string {
		wrong = strings.TrimSuffix(notThat.FindStringSubmatch(s)[1], "年")
		return " "
	})
	for _, w := range t.Corrections {
		rest = strings.ReplaceAll(rest, w, " ")
	}
	rest = rightGlue.ReplaceAllString(rest, "")
	switch {
	case rest == "" || utf8.RuneCountInString(rest) > rightedRunes:
		return "", false
	case ownYear.MatchString(rest):
		return ofYear(t, before, ownYear.FindString(rest)), true
	case wrong != "" && strings.Contains(before, wrong):
		return strings.Replace(before, wrong, rest, 1), true
	case asksSomething(rest): // 我问的是新增多少学位
		return rest, true
	}
	return rest + before, true
}

// ofYear asks a question of another year.
func ofYear(t *prompts.Terms, question, year string) string {
	year = strings.TrimSuffix(year, "年")
	if len(year) == 2 {
		year = "20" + year
	}
	return year + "年" + remembered{Question: question}.withoutYears(t).Question
}

// doubted reports a turn that only asks whether the answer is true.
func doubted(t *prompts.Terms, q string, knows func(string) bool) bool {
	word := firstOf(q, t.Doubts)
	if word == "" {
		return false
	}
	rest := doubtGlue.ReplaceAllString(strings.Replace(q, word, "", 1), "")
	return utf8.RuneCountInString(rest) <= doubtRunes && (rest == "" || !knows(rest))
}

// itemMeant is a question about the n-th of the things that the answer named in a row, where the answer was no list itself.
func itemMeant(q, answered string) (string, bool) {
	m := nthPoint.FindStringSubmatch(q)
	if m == nil || utf8.RuneCountInString(q) > nthRunes {
		return "", false
	}
	n, ok := ordinal(m[1])
	if !ok {
		return "", false
	}
	for _, clause := range strings.FieldsFunc(answered, func(r rune) bool { return strings.ContainsRune("，,。；;：:\n", r) }) {
		items := strings.FieldsFunc(clause, func(r rune) bool { return r == '、' })
		if len(items) < 3 || n > len(items) {
			continue
		}
		rest := particles.ReplaceAllString(strings.Replace(q, m[0], "", 1), "")
		if moreWords.MatchString(rest) || !asksSomething(rest) { // 第二个是？
			rest = "有什么安排"
		}
		return items[n-1] + rest, true
	}
	return "", false
}

// nthRunes is up to how many runes a turn that names a place in a list asks for what stands there.
const nthRunes = 14
