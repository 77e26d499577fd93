package corpus

import "unicode/utf8"

// minDisplay and maxDisplay bound questions that are offered to go on with, in runes: they stand on a button.
const (
	minDisplay = 6
	maxDisplay = 22
)

// decided are marks of questions that can be answered yes or no: they give the answer away.
var decided = []string{"吗", "是不是", "要不要", "有没有", "会不会", "还是"}

// questionWords make a text a question to a reader.
var questionWords = []string{"什么", "啥", "哪", "几", "多少", "怎么", "怎样", "如何", "谁", "何", "呢"}

// display chooses of a sentence's variants the one that is offered as a question to go on with: the first that reads as a question by
// itself. Who writes the variants decides by their order; a text that no variant suits is not offered.
func (x *Index) display(t target) string {
	for _, n := range t.variants {
		v := x.positives[n].Text
		if runes := utf8.RuneCountInString(v); runes >= minDisplay && runes <= maxDisplay && !containsAny(v, decided) && containsAny(v, questionWords) {
			return v
		}
	}
	return ""
}
