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
	for i, t := range raw {
		if t == "" {
			continue
		}
		apart := utf8.RuneCountInString(t) <= maxHeadingRunes && !strings.ContainsAny(lastRune(t), "。；;！？!?，,、：:") && numberedLevel(t) == 0
		if apart && nextText(lines, i) > 0 {
			meta.Title = t
			lines[i].kind, lines[i].level = Heading, 1
		}
		break
	}
	return lines
}
