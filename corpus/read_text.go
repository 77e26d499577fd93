package corpus

import (
	"strings"
	"unicode/utf8"
)

// readText takes the first short line as the title, if one stands apart, and leaves headings to the splitter.
func readText(meta *Meta, text string) []line {
	meta.Format = "text"
	raw := strings.Split(text, "\n")
	lines := make([]line, len(raw))
	for i, t := range raw {
		lines[i].text = t
	}
	takeTitle(meta, lines)
	return lines
}

// takeTitle makes the first line the title, if it stands apart: short, without a mark at its end, without a number.
func takeTitle(meta *Meta, lines []line) {
	for i, l := range lines {
		if l.text == "" {
			continue
		}
		apart := l.kind == "" && utf8.RuneCountInString(l.text) <= maxHeadingRunes && !strings.ContainsAny(lastRune(l.text), "。；;！？!?，,、：:") &&
			numberedLevel(l.text) == 0
		if apart && nextText(lines, i) > 0 {
			meta.Title = l.text
			lines[i].kind, lines[i].level = Heading, 1
		}
		return
	}
}
