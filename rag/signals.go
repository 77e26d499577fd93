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
func Signals(t *prompts.Terms) func(question string) func(sentence string) []float64 {
	sentences := corpus.NewMemo(func(s string) *readSentence { return readForSignals(t, s) })
	return func(q string) func(string) []float64 {
		q = corpus.Fold(q)
		var list []askedSignal
		ask := func(asked bool, there func(r *readSentence) bool) { list = append(list, askedSignal{asked, there}) }
		has := func(words []string) bool { return containsAny(q, words) }
		ask(has(t.AskMoney), func(r *readSentence) bool { return r.money })
		ask(has(t.AskDate), func(r *readSentence) bool { return r.date })
		ask(has(t.AskPlace), func(r *readSentence) bool { return r.place })
		ask(has(t.AskPhone), func(r *readSentence) bool { return r.phone })
		ask(has(t.AskAddress), func(r *readSentence) bool { return r.address })
		ask(has(t.AskList), func(r *readSentence) bool { return r.listed })
		ask(has(t.AskPerson), func(r *readSentence) bool { return r.person })
		ask(has(t.PersonWords), func(r *readSentence) bool { return r.personWords })
		ask(has(t.AskConditions), func(r *readSentence) bool { return r.conditions })
		ask(has(t.AskProcedure), func(r *readSentence) bool { return r.procedure })
		ask(has(t.AskResult), func(r *readSentence) bool { return r.result })
		ask(has(t.AskFrequency), func(r *readSentence) bool { return r.frequency })
		ask(has(t.AskReason), func(r *readSentence) bool { return r.reason })
		ask(has(t.ShareWords), func(r *readSentence) bool { return r.share })
		ask(has(t.Premise), func(r *readSentence) bool { return sharesWord(q, r.folded, t.Premise) })
		ask(yearWord(t, q) != "", func(_ *readSentence) bool { return false })
		ask(has(t.OtherPlaces), func(r *readSentence) bool { return sharesWord(q, r.folded, t.OtherPlaces) })
		ask(has(t.LocalPlaces) || has(t.NearPlaces), func(r *readSentence) bool {
			return sharesWord(q, r.folded, t.LocalPlaces) || sharesWord(q, r.folded, t.NearPlaces)
		})
		ask(has(t.OwnCase), func(_ *readSentence) bool { return false })
		ask(has(t.Compared), func(r *readSentence) bool { return r.compared })
		ask(has(t.Penalties), func(r *readSentence) bool { return sharesWord(q, r.folded, t.Penalties) })
		ask(has(t.RatioWords), func(r *readSentence) bool { return r.ratio })
		ask(has(t.OtherHosts), func(r *readSentence) bool { return sharesWord(q, r.folded, t.OtherHosts) })
		ask(has(t.AskOffice), func(r *readSentence) bool { return r.office })
		ask(has(t.SoftEndings), func(_ *readSentence) bool { return true })
		ask(levelAsked(t, q), func(r *readSentence) bool { return levelMet(t, q, r.folded) })
		m := howMany.FindStringSubmatch(q)
		ask(m != nil, func(r *readSentence) bool { return len(r.figures) > 0 && strings.Contains(r.folded, m[1]) })
		ask(m == nil && strings.ContainsAny(q, "几多"), func(r *readSentence) bool { return len(r.figures) > 0 })
		ask(yearNumber.MatchString(q), func(r *readSentence) bool { return yearsMet(q, r.text) })
		ask(numberIn.MatchString(q), func(r *readSentence) bool { return numbersMet(q, r.figures) })
		ask(inSeries.MatchString(q), func(r *readSentence) bool { return ordinalsMet(q, r.text) })
		decides, length := flag(yesNo.MatchString(q)), float64(min(len([]rune(q)), 60))/30
		return func(s string) []float64 {
			r, out := sentences.Of(s), make([]float64, 0, signalsCount)
			for _, a := range list {
				there := a.asked && a.there(r)
				out = append(out, flag(there), flag(a.asked && !there))
			}
			return append(out, decides, flag(len(r.figures) > 0), length)
		}
	}
}

// An askedSignal is one kind of thing, whether a question asks for it, and whether a sentence holds it, which is looked at only then. What is
// asked for and there is a feature, and what is asked for and missing another.
type askedSignal struct {
	asked bool
	there func(*readSentence) bool
}

// signalsCount is how many signals there are.
const signalsCount = 65

// A readSentence is what a sentence holds, whatever is asked.
type readSentence struct {
	text    string
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
		text:        s,
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
	q = without(q, t.NoLevels)
	for _, l := range t.Levels {
		if containsAny(q, l.Ask) {
			return true
		}
	}
	return false
}

// levelMet reports whether the sentence is about every school level that the question names.
func levelMet(t *prompts.Terms, q, s string) bool {
	q = without(q, t.NoLevels)
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
