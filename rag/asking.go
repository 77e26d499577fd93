package rag

import (
	"regexp"
	"unicode"
)

var questionWord = regexp.MustCompile(`[?？]|吗|呢|什么|啥|怎么|怎样|如何|多少|(?:^|[^十百千好那这过前隔])几[个所名次场节岁年点回届轮成月号]|第几|哪|谁|是否|有没有|可不可以|想(?:问|了解|知道|晓得|咨询)|请问|求问|咋|有冇|有没得|贵姓|尊姓|姓啥`)

// askedNothing are words that ask elsewhere (觉得活着没什么意思, 问啥啥不会).
var askedNothing = regexp.MustCompile(`(?:^|[^有])没(?:有)?(?:什么|啥)|(?:什么|啥|怎么|谁)都|算(?:什么|啥)|什么的|[问说讲干]?(?:什么|啥)(?:什么|啥|都)不(?:会|懂|知道|行|能)`)

// asksSomething reports a question word or mark, or a word beside its negation (奖不奖, 够不够).
func asksSomething(text string) bool {
	text = askedNothing.ReplaceAllString(text, "")
	return questionWord.MatchString(text) || whether(text)
}

// whether reports a word with 不 between it and itself, but for those that ask nothing.
func whether(text string) bool {
	var before, not rune
	for _, c := range text {
		if not == '不' && c == before && unicode.Is(unicode.Han, c) && !idle[c] {
			return true
		}
		before, not = not, c
	}
	return false
}

// idle are characters that ask nothing so (动不动就罚, 时不时, 人不人鬼不鬼, 爱理不理).
var idle = map[rune]bool{'动': true, '时': true, '人': true, '鬼': true, '理': true}
