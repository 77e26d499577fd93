package rag

import (
	"encoding/json"
	"regexp"
	"strings"

	"wenda/corpus"
)

var (
	// what stands in front of a line: a bullet, a number; models write all of these though they are asked not to
	lineMark = regexp.MustCompile(`^(?:[-*•·>#+]+\s*|[(（]?\d{1,3}[.、)）:：]\s*|[(（]?[一二三四五六七八九十]{1,3}[、)）]\s*)`)
	// 问：, or a heading that says what the next lines are; the same of negative ones
	askMark = regexp.MustCompile(`^(?:问|问题|问法|q|Q)\s*\d*\s*[:：]\s*`)
	notMark = regexp.MustCompile(`^(?:反|反例|反问|不含|没有说明的?|文件没有说的?(?:问题)?)\s*\d*\s*[:：]\s*`)
)

// proposalsIn finds the questions in what a model said: a line each with a mark, as it was asked to; a list with numbers, bullets or headings; or
// JSON. At most most, and negatives of the others; each once. Lines without a mark that ask nothing are talk.
func proposalsIn(said string, most, negatives int) []Proposal {
	var yes, no []Proposal
	seen := map[string]bool{}
	add := func(text string, negative bool) {
		text = strings.Trim(strings.TrimSpace(text), "\"“”'`,，[]【】*_ ")
		key := letters(text)
		if key == "" || seen[key] {
			return
		}
		seen[key] = true
		switch {
		case negative && len(no) < negatives:
			no = append(no, Proposal{Text: text, Negative: true})
		case !negative && len(yes) < most:
			yes = append(yes, Proposal{Text: text})
		}
	}
	if list, ok := jsonList(said); ok {
		said = strings.Join(list, "\n")
	}
	negative := false // what a heading said
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		for m := lineMark.FindString(line); m != ""; m = lineMark.FindString(line) {
			line = line[len(m):]
		}
		line = strings.Trim(line, "*_`\" ")
		switch ask, not := askMark.FindString(line), notMark.FindString(line); {
		case ask != "" && ask == line:
			negative = false
		case not != "" && not == line:
			negative = true
		case ask != "":
			add(line[len(ask):], false)
		case not != "":
			add(line[len(not):], true)
		case asksSomething(line):
			add(line, negative)
		}
	}
	return append(yes, no...)
}

// jsonList reads an array of texts, or an object of such arrays, as marked lines.
func jsonList(said string) (list []string, ok bool) {
	said = strings.TrimSpace(said)
	said = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(said, "```json"), "```"), "```"))
	var plain []string
	if json.Unmarshal([]byte(said), &plain) == nil {
		return plain, true
	}
	var named map[string][]string
	if json.Unmarshal([]byte(said), &named) != nil {
		return nil, false
	}
	for name, texts := range named {
		mark := "问："
		if notMark.MatchString(name + "：") {
			mark = "反："
		}
		for _, t := range texts {
			list = append(list, mark+strings.TrimPrefix(corpus.Plain(t), mark))
		}
	}
	return list, true
}
