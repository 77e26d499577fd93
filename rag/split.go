package rag

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxParts is how many questions of one message are answered.
const maxParts = 3

// longStory is from how many runes on the question is searched for inside a message.
const longStory = 45

var (
	sentenceEnd = regexp.MustCompile(`[^。！？!?\n;；]+[。！？!?\n;；]*`)
	// a sentence with one of these brings the question; the weaker ones may also stand in the telling
	announces    = regexp.MustCompile(`想先?(?:问|了解|知道|晓得|咨询|确认|弄清楚|搞清楚|弄明白|弄弄明白|弄弄清楚|请教|打听)|第一问|问[两三]样|请问|求问|请教|求教|问问|问一下|问下|就问|就想问`)
	announcesToo = regexp.MustCompile(`帮我看|帮我查|您看看|你看看|打听[一下]|确认一?下|核实|查一?[下查]|告诉我|跟我说|说一声|我就想|报一下`)
	trailingOff  = regexp.MustCompile(`(?:…|\.{3})+(请问|求问|想问|请教|求教)`) // what was told ends there
	storyOpen    = regexp.MustCompile(`^(?:我想(?:问|了解|知道|晓得|咨询)(?:一下|下)?|请问(?:一下|下)?|想(?:问|咨询|了解)(?:一下|下)?|麻烦问(?:一下|下)?|问(?:一下|下))[,，:： ]*`)
)

// A spoken question is what of a message asks something, with what was said just before it.
type spoken struct {
	text    string
	context string   // the sentence before; only looked at when text alone finds little
	told    []string // all that was told before it
	alone   bool     // one of several subjects: it does not lean on the one before
	further bool     // it says that it is one more question
}

// askedIn finds the questions inside a message: its asking sentences. A short message is one question. In a story a sentence that announces
// the question (请问, 想知道) counts before those that only complain; others are those that were left out for that.
func askedIn(text string) (asks, others []spoken) {
	text = trailingOff.ReplaceAllString(text, "。$1")
	var all, every []spoken
	announced := 0      // 2: with a strong mark
	var before []string // what was told, and not asked
	for _, s := range sentenceEnd.FindAllString(text, -1) {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		sp := spoken{text: s, context: contextOf(s, before), told: before[:len(before):len(before)]}
		all = append(all, sp)
		marked := 0
		switch {
		case sentToAsk.MatchString(s): // somebody told me to ask here
		case strings.Contains(s, maskText) && !asksSomething(s): // 我身份证号……，麻烦查查
		case announces.MatchString(s):
			marked = 2
		case announcesToo.MatchString(s):
			marked = 1
		}
		if marked == 0 && !asksSomething(s) || utf8.RuneCountInString(s) < 4 {
			before = append(before, s)
			continue
		}
		every = append(every, sp)
		sp.further = len(asks) > 0 && furtherAsk.MatchString(s)
		if marked > announced && !sp.further {
			for _, a := range asks { // it told something after all (有个平台，我忘了叫什么。能告诉我吗？)
				before = append(before, a.text)
			}
			asks, announced = asks[:0], marked
			sp.context, sp.told = contextOf(s, before), before[:len(before):len(before)]
		}
		if n := len(asks); n > 0 && utf8.RuneCountInString(s) <= littleRunes && sameAsk.MatchString(s) {
			asks[n-1].text = strings.TrimRight(asks[n-1].text, "?？。!！;；") + "，" + s
			continue
		}
		asks = append(asks, sp)
	}
	long := utf8.RuneCountInString(text) > longStory
	switch {
	case !long && len(asks) < 2:
		return coordinated(text), nil
	case len(all) == 0:
		return []spoken{{text: text}}, nil
	case len(asks) == 0:
		asks = all[len(all)-1:]
	}
	if long && announced == 0 {
		asks = withMark(asks)
	}
	if long && announced == 0 && len(asks) > 1 && len(asks) < len(all) { // complaints in the form of questions come first, the question last
		asks = asks[len(asks)-min(2, len(asks)):]
	}
	for _, e := range every {
		if long && !slices.ContainsFunc(asks, func(a spoken) bool { return strings.Contains(a.text, strings.TrimRight(e.text, "?？")) }) {
			e.text = lastClauses(e.text)
			others = append(others, e)
		}
	}
	asks = clauseQuestions(asks)
	for i := range asks {
		asks[i].text = lastClauses(asks[i].text)
	}
	return asks, others
}

// sentToAsk are sentences that tell who sent the resident here (社区的人让我上你们网站问问).
var sentToAsk = regexp.MustCompile(`(?:让|叫|喊|劝|建议|催)(?:我|咱|俺)[^,，。?？]{0,10}(?:问|查|看看|打听)[^,，。?？]{0,4}[。!！]*$`)

// furtherAsk opens one more question of a message.
var furtherAsk = regexp.MustCompile(`^(?:另外|还有|再(?:就是|一个|问|请问|想问)|顺便|第[二三]|其次)`)

// pointing are questions that mean what was told before them.
var pointing = regexp.MustCompile(`这一?种|[这那]一?类|这方面|这块|哪几[个种样]|那个词|这个|这些|这样|这到底|这是|这东西|这事|那个|那种|它|叫(?:什么|啥)(?:名字?)?(?:来着|吗|呢|呀|啊)?[?？]?$|这(?:奖|节|课|会|班|项|款|笔|活动|政策|计划|比赛|工程|荣誉|称号|制度|办法|规定|通知|平台|系统|热线|清单|名单)|真的假的|真有|^(?:我也?)?(?:不[懂知晓得道]+|忘了|记不清|搞不清)?(?:这|那)?是?第几|写没写|有没有写|是不是真|属实|靠谱|哪里写|写着|查什么|(?:我|他|她|人家|群里|同事|邻居)(?:听|说)(?:得|的)`)

// sameAsk are short sentences that only say how much of the question before is to be told (挑几个大的说说, 各自抓啥).
var sameAsk = regexp.MustCompile(`^(?:都有|都是|各自|各是|分别|具体|简单|详细|挑|拣|捡|列|说说|讲讲|请说|请讲|请列|请举|说几|讲几|大概|大致)`)

// contextOf is what was said just before a sentence: two sentences where it points back or says little by itself.
func contextOf(s string, before []string) string {
	n := 1
	if pointing.MatchString(s) || utf8.RuneCountInString(s) <= littleRunes {
		n = 2
	}
	return strings.Join(before[max(0, len(before)-n):], "")
}

// littleRunes is up to how many runes a question inside a story says little by itself.
const littleRunes = 12

// withMark keeps the sentences that end in a question mark, where some do: in a story the others wonder or complain.
func withMark(asks []spoken) []spoken {
	var out []spoken
	for _, a := range asks {
		if hasMark(a) || a.further {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return asks
	}
	return out
}

// plainAsk finds clauses that ask for something by themselves.
var plainAsk = regexp.MustCompile(`多少|(?:^|[^么这那许很十百千万好0-9])[几多][所个名人次场节岁年点届轮大]|哪[家个所天些]|叫(?:啥|什么)|什么时候|还.{1,6}不[^,，]{0,2}$|有没有`)

// furtherClause finds sentences that say inside them that they ask one more thing.
var furtherClause = regexp.MustCompile(`[，,](?:另外|还有|再就是|再一个|再问)`)

// notAsked are clauses that say what is not asked (我不是要告哪个的状).
var notAsked = regexp.MustCompile(`(?:^|[^是])不是(?:要|想|来|为)`)

// clauseRunes is the shortest clause that can name its subject and ask about it.
const clauseRunes = 8

// clauseQuestions parts sentences that ask in two clauses or more (第一想问甲，第二想问乙).
func clauseQuestions(asks []spoken) []spoken {
	var out []spoken
	for _, a := range asks {
		if parts := numbered(a.text); parts != nil {
			out = append(out, parts...)
			continue
		}
		var parts []spoken
		before := "" // a clause that asks and leaves it to the next one to say what (区里怎么管人，今年有没有想过)
		for _, c := range strings.FieldsFunc(a.text, func(r rune) bool { return r == '，' || r == ',' || r == ':' || r == '：' }) {
			switch {
			case utf8.RuneCountInString(c) < clauseRunes || notAsked.MatchString(c):
				before = ""
			case plainAsk.MatchString(c) || furtherClause.MatchString(a.text) && asksSomething(c):
				parts = append(parts, spoken{text: before + c})
				before = ""
			case asksSomething(announces.ReplaceAllString(c, "")):
				before = storyOpen.ReplaceAllString(c, "") + "，"
			default:
				before = ""
			}
		}
		if len(parts) < 2 {
			parts = []spoken{a}
		}
		out = append(out, parts...)
	}
	return out
}

// ordinalOpen begins a question of several that are counted up (一是……，二是……).
var ordinalOpen = regexp.MustCompile(`^(?:[一二三]是|其[一二三]|第[一二三](?:个?是|个?问|个)?|[123１２３][.、．])[,，、:： ]*`)

// numbered are the questions that a sentence counts up, each after what was told before the first; nil where it does not.
func numbered(s string) []spoken {
	var out []spoken
	told := ""
	for _, c := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("，,:：；; ", r) }) {
		switch rest := ordinalOpen.ReplaceAllString(c, ""); {
		case rest != c && rest != "":
			out = append(out, spoken{text: rest, context: told, alone: true})
		case len(out) > 0:
			out[len(out)-1].text += "，" + c
		case utf8.RuneCountInString(c) >= clauseRunes && !announces.MatchString(c) && !strings.Contains(c, "问题"):
			told = c
		}
	}
	if len(out) < 2 || slices.ContainsFunc(out, func(p spoken) bool { return !asksSomething(p.text) }) {
		return nil
	}
	return out
}

// several finds 甲和乙分别多少: subjects, and what is asked of each.
var (
	several  = regexp.MustCompile(`^(.{1,24}?)(?:分别|各自|各(?:是|有|要|管|冲|评|办|建|几)|(?:这)?[两三]样)(.{1,24})$`)
	subjects = regexp.MustCompile(`、|以及|还有|和|跟|与|同`)
)

// coordinated makes one question for each subject of 甲和乙分别多少; any other text is one question.
func coordinated(text string) []spoken {
	m := several.FindStringSubmatchIndex(text)
	if m == nil {
		return []spoken{{text: text}}
	}
	head, tail := text[m[2]:m[3]], text[m[3]:]
	clauses := strings.FieldsFunc(head, func(r rune) bool { return r == '，' || r == ',' })
	if len(clauses) == 0 {
		return []spoken{{text: text}}
	}
	head = clauses[len(clauses)-1] // a clause before the subjects is only an opening, but 甲和乙，这两样各有 has them first
	if len(clauses) > 1 && !subjects.MatchString(head) && subjects.MatchString(clauses[len(clauses)-2]) {
		head = clauses[len(clauses)-2]
	}
	parts := subjects.Split(head, -1)
	tail = strings.TrimPrefix(strings.TrimPrefix(tail, "分别"), "各自")
	var out []spoken
	for _, p := range parts {
		if utf8.RuneCountInString(strings.TrimSpace(p)) < 2 {
			return []spoken{{text: text}}
		}
		out = append(out, spoken{text: strings.TrimSpace(p) + tail, alone: true})
	}
	if len(out) < 2 {
		return []spoken{{text: text}}
	}
	return out
}

// lastClauses keeps of a long sentence the asking clause and the clauses before it that name the subject.
func lastClauses(s string) string {
	clauses := strings.FieldsFunc(s, func(r rune) bool { return r == '，' || r == ',' || r == ' ' })
	if strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 { // blanks part words there
		clauses = []string{s}
	}
	if utf8.RuneCountInString(s) <= longStory || len(clauses) < 3 {
		return storyOpen.ReplaceAllString(s, "")
	}
	at := len(clauses) - 1
	for i := len(clauses) - 1; i >= 0; i-- {
		if asksSomething(clauses[i]) {
			at = i
			break
		}
	}
	out := clauses[at]
	for i := at - 1; i >= 0 && utf8.RuneCountInString(out) < 18; i-- {
		out = clauses[i] + "，" + out
	}
	return storyOpen.ReplaceAllString(out, "")
}

// askingClauses are the clauses of a question that ask, where there are several (哪家发的，哪天发的); nil otherwise.
func askingClauses(text string) []string {
	var out []string
	for _, c := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("，,、；;：: ", r) }) {
		if utf8.RuneCountInString(c) >= askingRunes && asksSomething(c) {
			out = append(out, c)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// askingRunes is the shortest clause that is looked at by itself.
const askingRunes = 3
