package rag

import (
	"strings"
	"testing"
)

// That the one word of a question stands in the plan does not make a number of it; and what is told instead holds the figure asked about.
func TestAmountsThatAreNotStated(t *testing.T) {
	e := theBundledPlan(t).engine
	for question, near := range map[string]string{
		"有多少学生":        "",
		"13所学校都在哪几个街道": "13所",
	} {
		if a := asked(t, e, question); a.Status != NotStated || !strings.Contains(a.Text, near) {
			t.Errorf("%s: %s %q, want not stated with %q", question, a.Status, a.Text, near)
		}
	}
	for question, holds := range map[string]string{"学位多少": "2800个", "好书记精品课多少": "44节", "书法节第几届": "第三届"} {
		if a := asked(t, e, question); a.Status != Answered || !strings.Contains(a.Text, holds) {
			t.Errorf("%s: %s %q, want %s", question, a.Status, a.Text, holds)
		}
	}
}
