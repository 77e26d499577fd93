package prompts

import (
	"regexp"
	"strings"
)

// countedAt finds figures with a measure at the end of a clause.
var countedAt = regexp.MustCompile(`\d+(?:-\d+)?(\p{Han})(?:[，。；、,;]|$)`)

// Restored adds to a quoted sentence what its figures count, in brackets as an editor's addition, where the sentence leaves it out:
// 新建、改扩建13所 becomes 新建、改扩建13所（学校）.
func (t *Terms) Restored(sentence string) string {
	var b strings.Builder
	from := 0
	for _, m := range countedAt.FindAllStringSubmatchIndex(sentence, -1) {
		for _, n := range t.Nouns {
			if sentence[m[2]:m[3]] != n.Measure || containsOne(sentence[:m[0]], n.Unless) {
				continue
			}
			b.WriteString(sentence[from:m[3]] + "（" + n.Means + "）")
			from = m[3]
			break
		}
	}
	return b.String() + sentence[from:]
}

func containsOne(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
