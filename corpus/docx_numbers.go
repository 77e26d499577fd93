package corpus

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// A listed paragraph is one of a list: the text of its number is not in the file, it is counted.
type listed struct {
	id    string // of the list; empty or 0: none
	level int    // from 0
}

const listLevels = 9 // ECMA-376 part 1, 17.9.6

type numbering struct {
	lists  map[string]string // list to its definition
	levels map[string]*[listLevels]listLevel
	counts map[string]*[listLevels]int
}

type listLevel struct {
	format, text string // of the number, and around it: %1、
	start        int
}

func readNumbering(a *archive) (*numbering, error) {
	n := &numbering{lists: map[string]string{}, levels: map[string]*[listLevels]listLevel{}, counts: map[string]*[listLevels]int{}}
	var definition, list string
	var level *listLevel
	err := a.walk("word/numbering.xml", func(t xml.Token) error {
		e, ok := t.(xml.StartElement)
		if !ok {
			return nil
		}
		if len(n.levels)+len(n.lists) > maxDefined {
			return errBomb
		}
		switch e.Name.Local {
		case "abstractNum":
			definition, level = value(e, "abstractNumId"), nil
			n.levels[definition] = &[listLevels]listLevel{}
		case "lvl":
			level = nil
			if i, err := strconv.Atoi(value(e, "ilvl")); err == nil && i >= 0 && i < listLevels && n.levels[definition] != nil && list == "" {
				level = &n.levels[definition][i]
				level.start = 1
			}
		case "start":
			if level != nil {
				level.start, _ = strconv.Atoi(value(e, "val")) // nought where it is no number
			}
		case "numFmt":
			if level != nil {
				level.format = value(e, "val")
			}
		case "lvlText":
			if level != nil {
				level.text = value(e, "val")
			}
		case "num":
			list, level = value(e, "numId"), nil
		case "abstractNumId":
			if list != "" {
				n.lists[list] = value(e, "val")
			}
		}
		return nil
	})
	return n, err
}

// label counts a paragraph of a list and returns what is printed before it; empty for bullets and for what is in no list.
func (n *numbering) label(p listed) string {
	definition, ok := n.lists[p.id]
	levels := n.levels[definition]
	if !ok || levels == nil || p.level < 0 || p.level >= listLevels {
		return ""
	}
	counts := n.counts[definition]
	if counts == nil {
		counts = &[listLevels]int{}
		for i := range counts {
			counts[i] = levels[i].start - 1
		}
		n.counts[definition] = counts
	}
	counts[p.level]++
	for i := p.level + 1; i < listLevels; i++ {
		counts[i] = levels[i].start - 1
	}
	l := levels[p.level]
	if l.format == "bullet" || l.format == "none" {
		return ""
	}
	text := l.text
	for i := range listLevels {
		if mark := "%" + strconv.Itoa(i+1); strings.Contains(text, mark) {
			text = strings.ReplaceAll(text, mark, listNumber(levels[i].format, max(counts[i], levels[i].start)))
		}
	}
	return text
}

// listNumber writes a number as a list shows it; figures for formats that government documents do not use.
func listNumber(format string, n int) string {
	switch format {
	case "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand", "ideographDigital":
		return chineseNumber(n)
	case "lowerLetter", "upperLetter":
		if n >= 1 && n <= 26 {
			first := 'a'
			if format == "upperLetter" {
				first = 'A'
			}
			return string(first + rune(n-1))
		}
	}
	return strconv.Itoa(n)
}

// chineseNumber writes 1 to 99 in Chinese, others in figures.
func chineseNumber(n int) string {
	digits := []rune("〇一二三四五六七八九")
	switch {
	case n < 1 || n > 99:
		return strconv.Itoa(n)
	case n < 10:
		return string(digits[n])
	}
	out := "十"
	if n >= 20 {
		out = string(digits[n/10]) + out
	}
	if n%10 > 0 {
		out += string(digits[n%10])
	}
	return out
}
