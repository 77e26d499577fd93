package corpus

import (
	"unicode/utf8"
)

// maxDisplay is the longest question that is offered to go on with, in runes: it stands on a button.
const maxDisplay = 22

// decided are marks of questions that can be answered yes or no: they give the answer away.
var decided = []string{"吗", "是不是", "要不要", "有没有", "会不会", "还是"}

// questionWords make a text a question to a reader.
var questionWords = []string{"什么", "啥", "哪", "几", "多少", "怎么", "怎样", "如何", "谁", "何", "吗", "呢", "有没有", "要不要", "是不是"}

// display chooses of a sentence's variants the one that can be understood by itself: short, and in the sentence's own words.
func (x *Index) display(t target) string {
	best, score := "", -1.
	for _, n := range t.variants {
		v := x.positives[n].Text
		if runes := utf8.RuneCountInString(v); runes < 6 || runes > maxDisplay {
			continue
		}
		s := overlap(Fold(t.text), Fold(v))
		if containsAny(v, decided) {
			s -= .3
		}
		if !containsAny(v, questionWords) { // 布局规划编制 is found by, and not to be shown
			s -= 1
		}
		if s > score {
			best, score = v, s
		}
	}
	return best
}
