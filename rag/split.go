package rag

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxParts is how many questions of one message are answered.
const maxParts = 3

// longStory is from how many runes on the question is searched for inside a message.
const longStory = 45

var (
	sentenceEnd = regexp.MustCompile(`[^。！？!?\n;；]+[。！？!?\n;；]*`)
	asking      = regexp.MustCompile(`[?？]|吗|呢|什么|啥|怎么|怎样|如何|多少|几[个所名次场节岁年点]|哪|谁|是否|有没有|会不会|能不能|可不可以|要不要|是不是|想(?:问|了解|知道|咨询)|请问|求问|咋`)
	announces   = regexp.MustCompile(`想先?(?:问|了解|知道|咨询|弄清楚|搞清楚|弄明白)|第一问|问[两三]样|请问|求问|问一下|问下|就问|帮我看|帮我查|您看看|你看看|想请教`)
	storyOpen   = regexp.MustCompile(`^(?:我想(?:问|了解|知道|咨询)(?:一下|下)?|请问(?:一下|下)?|想(?:问|咨询|了解)(?:一下|下)?|麻烦问(?:一下|下)?|问(?:一下|下))[,，:： ]*`)
)

// A spoken question is what of a message asks something, with what was said just before it.
type spoken struct {
	text    string
	context string // the sentence before; only looked at when text alone finds little
}

// questions are the first maxParts of allQuestions.
func questions(text string) []spoken {
	all := allQuestions(text)
	return all[:min(maxParts, len(all))]
}

// allQuestions finds the questions inside a message: its asking sentences. A short message is one question. In a
// story a sentence that announces the question (请问, 想知道) counts before those that only complain.
func allQuestions(text string) []spoken {
	var all, asks []spoken
	announced := false
	before := ""
	for _, s := range sentenceEnd.FindAllString(text, -1) {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		sp := spoken{s, before}
		before = s
		all = append(all, sp)
		if !asking.MatchString(s) || utf8.RuneCountInString(s) < 4 {
			continue
		}
		marked := announces.MatchString(s)
		if marked && !announced {
			asks = asks[:0]
		}
		announced = announced || marked
		asks = append(asks, sp)
	}
	long := utf8.RuneCountInString(text) > longStory
	switch {
	case !long && len(asks) < 2:
		return coordinated(text)
	case len(all) == 0:
		return []spoken{{text: text}}
	case len(asks) == 0:
		asks = all[len(all)-1:]
	}
	if long && !announced && len(asks) > 1 && len(asks) < len(all) { // complaints in the form of questions come first, the question last
		asks = asks[len(asks)-min(2, len(asks)):]
	}
	asks = clauseQuestions(asks)
	for i := range asks {
		asks[i].text = lastClauses(asks[i].text)
	}
	return asks
}

// plainAsk finds clauses that ask for something by themselves.
var plainAsk = regexp.MustCompile(`多少|[几多][所个名人次场节岁年点届轮大]|哪[家个所天些]|叫(?:啥|什么)|什么时候|还.{1,6}不[^,，]{0,2}$|有没有`)

// clauseRunes is the shortest clause that can name its subject and ask about it.
const clauseRunes = 8

// clauseQuestions parts sentences that ask in two clauses or more (第一想问甲，第二想问乙).
func clauseQuestions(asks []spoken) []spoken {
	var out []spoken
	for _, a := range asks {
		var parts []spoken
		for _, c := range strings.FieldsFunc(a.text, func(r rune) bool { return r == '，' || r == ',' || r == ':' || r == '：' }) {
			if utf8.RuneCountInString(c) >= clauseRunes && plainAsk.MatchString(c) {
				parts = append(parts, spoken{text: c})
			}
		}
		if len(parts) < 2 {
			parts = []spoken{a}
		}
		out = append(out, parts...)
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
	if at := strings.LastIndexAny(head, "，,"); at >= 0 { // a clause before the subjects is only an opening
		_, size := utf8.DecodeRuneInString(head[at:])
		head = head[at+size:]
	}
	parts := subjects.Split(head, -1)
	tail = strings.TrimPrefix(strings.TrimPrefix(tail, "分别"), "各自")
	var out []spoken
	for _, p := range parts {
		if utf8.RuneCountInString(strings.TrimSpace(p)) < 2 {
			return []spoken{{text: text}}
		}
		out = append(out, spoken{text: strings.TrimSpace(p) + tail})
	}
	if len(out) < 2 {
		return []spoken{{text: text}}
	}
	return out
}

// lastClauses keeps of a long sentence the asking clause and the clauses before it that name the subject.
func lastClauses(s string) string {
	clauses := strings.FieldsFunc(s, func(r rune) bool { return r == '，' || r == ',' || r == ' ' })
	if utf8.RuneCountInString(s) <= longStory || len(clauses) < 3 {
		return storyOpen.ReplaceAllString(s, "")
	}
	at := len(clauses) - 1
	for i := len(clauses) - 1; i >= 0; i-- {
		if asking.MatchString(clauses[i]) {
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
