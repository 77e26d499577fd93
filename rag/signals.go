package rag

import (
	"regexp"
	"strings"

	"wenda/corpus"
	"wenda/prompts"
)

// yesNo tells questions that want a decision rather than a thing.
var yesNo = regexp.MustCompile(`[吗么没不伐嘛]\s*[?？。!！]*$|是不是|有没有|会不会|能不能|可不可以|要不要|是否|阿有|能否|算不算`)

// Signals reads a question beside the sentence that would answer it, for the head that tells near misses (corpus.Signals): what
// kind of thing is asked for, and whether the sentence holds it. The head learns from variants what each is worth; the rules of
// expect.go refuse by themselves only where they are safe.
func Signals(t *prompts.Terms) func(question, sentence string) []float64 {
	return func(q, s string) []float64 {
		q = corpus.Fold(q)
		folded := corpus.Fold(s)
		var out []float64
		// asked and there: +, asked and missing: a feature of its own
		pair := func(asked, there bool) {
			out = append(out, flag(asked && there), flag(asked && !there))
		}
		has := func(words []string) bool { return containsAny(q, words) }
		word := func(words []string) bool { return containsAny(folded, words) }
		have := figures(s)
		numbers := len(have) > 0
		pair(has(t.AskMoney), moneyInText.MatchString(s))
		pair(has(t.AskDate), dateInText.MatchString(s))
		pair(has(t.AskPlace), strings.Contains(s, "路") || strings.Contains(s, "地址"))
		pair(has(t.AskPhone), phoneInText.MatchString(s) || strings.Contains(s, "@"))
		pair(has(t.AskAddress), strings.Contains(s, "路") || strings.Contains(s, "邮政编码"))
		pair(has(t.AskList), listed(s))
		pair(has(t.AskPerson), strings.Contains(s, "科") || strings.Contains(s, "局"))
		pair(has(t.PersonWords), word(t.PersonWords))
		pair(has(t.AskConditions), word(t.AskConditions))
		pair(has(t.AskProcedure), word(t.AskProcedure))
		pair(has(t.AskResult), word(t.AskResult))
		pair(has(t.AskFrequency), frequencyInText.MatchString(s))
		pair(has(t.AskReason), strings.Contains(s, "为"))
		pair(has(t.ShareWords), word(t.ShareWords))
		pair(has(t.Premise), sharesWord(q, folded, t.Premise))
		pair(has(t.YearWords), false)
		pair(has(t.OtherPlaces), sharesWord(q, folded, t.OtherPlaces))
		pair(has(t.LocalPlaces), sharesWord(q, folded, t.LocalPlaces))
		pair(has(t.OwnCase), false)
		pair(has(t.Compared), word(t.Compared))
		pair(has(t.Penalties), sharesWord(q, folded, t.Penalties))
		pair(has(t.RatioWords), strings.Contains(s, "%"))
		pair(has(t.OtherHosts), sharesWord(q, folded, t.OtherHosts))
		pair(has(t.AskOffice), strings.Contains(s, "牵头") || strings.Contains(s, "科") || strings.Contains(s, "局"))
		pair(has(t.SoftEndings), true)
		pair(levelAsked(t, q), levelMet(t, q, folded))
		m := howMany.FindStringSubmatch(q)
		pair(m != nil, m != nil && numbers && strings.Contains(folded, m[1]))
		pair(m == nil && strings.ContainsAny(q, "几多"), numbers)
		pair(yearNumber.MatchString(q), yearsMet(q, s))
		pair(numberIn.MatchString(q), numbersMet(q, have))
		pair(inSeries.MatchString(q), ordinalsMet(q, s))
		out = append(out, flag(yesNo.MatchString(q)), flag(numbers), float64(min(len([]rune(q)), 60))/30)
		return out
	}
}

// inSeries is which of a series is meant: 第五轮, 首批, 第3届.
var inSeries = regexp.MustCompile(`(?:第([一二三四五六七八九十\d]{1,3})|首)(轮|届|批|期)`)

// ordinalsMet reports whether every one of a series that the question names stands in the sentence.
func ordinalsMet(q, s string) bool {
	have := map[string]bool{}
	for _, m := range inSeries.FindAllStringSubmatch(s, -1) {
		have[ordinalOf(m)] = true
	}
	for _, m := range inSeries.FindAllStringSubmatch(q, -1) {
		if !have[ordinalOf(m)] {
			return false
		}
	}
	return true
}

func ordinalOf(m []string) string {
	if m[1] == "" { // 首批
		return "1" + m[2]
	}
	if v, ok := chineseValue(m[1]); ok {
		return v + m[2]
	}
	return m[1] + m[2]
}

var frequencyInText = regexp.MustCompile(`每季度|每学期|每年|每月|一月一|全年|\d+次|\d+场|三年`)

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// sharesWord reports whether a word of the list that the question holds stands in the sentence too.
func sharesWord(q, s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(q, w) && strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func levelAsked(t *prompts.Terms, q string) bool {
	for _, l := range t.Levels {
		if containsAny(q, l.Ask) {
			return true
		}
	}
	return false
}

// levelMet reports whether the sentence is about every school level that the question names.
func levelMet(t *prompts.Terms, q, s string) bool {
	for _, l := range t.Levels {
		if w := firstOf(q, l.Ask); w != "" && !containsAny(s, l.Means) && !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

// yearsMet reports whether every year of the question is the sentence's or 2022, the year that documents leave unsaid.
func yearsMet(q, s string) bool {
	for _, m := range yearNumber.FindAllStringSubmatch(q, -1) {
		if !strings.Contains(s, m[1]) && m[1] != "2022" {
			return false
		}
	}
	return true
}

// numbersMet reports whether the figures of the question are among those of the sentence.
func numbersMet(q string, have map[string]bool) bool {
	for f := range figures(q) {
		if !have[f] && f != "2022" {
			return false
		}
	}
	return true
}
