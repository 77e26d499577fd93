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
	sentences := newMemo(func(s string) *readSentence { return readForSignals(t, s) })
	return func(q, s string) []float64 {
		q = corpus.Fold(q)
		r := sentences.of(s)
		out := make([]float64, 0, signalsCount)
		// asked and there: +, asked and missing: a feature of its own
		pair := func(asked, there bool) {
			out = append(out, flag(asked && there), flag(asked && !there))
		}
		has := func(words []string) bool { return containsAny(q, words) }
		pair(has(t.AskMoney), r.money)
		pair(has(t.AskDate), r.date)
		pair(has(t.AskPlace), r.place)
		pair(has(t.AskPhone), r.phone)
		pair(has(t.AskAddress), r.address)
		pair(has(t.AskList), r.listed)
		pair(has(t.AskPerson), r.person)
		pair(has(t.PersonWords), r.personWords)
		pair(has(t.AskConditions), r.conditions)
		pair(has(t.AskProcedure), r.procedure)
		pair(has(t.AskResult), r.result)
		pair(has(t.AskFrequency), r.frequency)
		pair(has(t.AskReason), r.reason)
		pair(has(t.ShareWords), r.share)
		pair(has(t.Premise), sharesWord(q, r.folded, t.Premise))
		pair(yearWord(t, q) != "", false)
		pair(has(t.OtherPlaces), sharesWord(q, r.folded, t.OtherPlaces))
		pair(has(t.LocalPlaces), sharesWord(q, r.folded, t.LocalPlaces))
		pair(has(t.OwnCase), false)
		pair(has(t.Compared), r.compared)
		pair(has(t.Penalties), sharesWord(q, r.folded, t.Penalties))
		pair(has(t.RatioWords), r.ratio)
		pair(has(t.OtherHosts), sharesWord(q, r.folded, t.OtherHosts))
		pair(has(t.AskOffice), r.office)
		pair(has(t.SoftEndings), true)
		pair(levelAsked(t, q), levelMet(t, q, r.folded))
		m, numbers := howMany.FindStringSubmatch(q), len(r.figures) > 0
		pair(m != nil, m != nil && numbers && strings.Contains(r.folded, m[1]))
		pair(m == nil && strings.ContainsAny(q, "几多"), numbers)
		pair(yearNumber.MatchString(q), yearsMet(q, s))
		pair(numberIn.MatchString(q), numbersMet(q, r.figures))
		pair(inSeries.MatchString(q), ordinalsMet(q, s))
		out = append(out, flag(yesNo.MatchString(q)), flag(numbers), float64(min(len([]rune(q)), 60))/30)
		return out
	}
}

// signalsCount is how many signals there are.
const signalsCount = 65

// A readSentence is what a sentence holds, whatever is asked.
type readSentence struct {
	folded  string
	figures map[string]bool

	money, date, place, phone, address, listed, person, personWords, conditions, procedure bool
	result, frequency, reason, share, compared, ratio, office                              bool
}

func readForSignals(t *prompts.Terms, s string) *readSentence {
	folded := corpus.Fold(s)
	holds := func(words ...string) bool { return containsAny(s, words) }
	word := func(words []string) bool { return containsAny(folded, words) }
	return &readSentence{
		folded:      folded,
		figures:     figures(s),
		money:       moneyInText.MatchString(s),
		date:        dateInText.MatchString(s),
		place:       holds("路", "地址"),
		phone:       phoneInText.MatchString(s) || holds("@"),
		address:     holds("路", "邮政编码"),
		listed:      listed(s),
		person:      holds("科", "局"),
		personWords: word(t.PersonWords),
		conditions:  word(t.AskConditions),
		procedure:   word(t.AskProcedure),
		result:      word(t.AskResult),
		frequency:   frequencyInText.MatchString(s),
		reason:      holds("为"),
		share:       word(t.ShareWords),
		compared:    word(t.Compared),
		ratio:       holds("%"),
		office:      holds("牵头", "科", "局"),
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
