package rag

import (
	"testing"

	"wenda/corpus"
)

// Which year a question names, told by the refusal beside a document of 2022.
func TestOtherYear(t *testing.T) {
	terms := &promptSet(t).Terms
	d := &corpus.Document{Meta: corpus.Meta{Year: 2022}}
	for _, c := range []struct {
		question string
		other    bool
	}{
		{"今年新增多少学位", false},
		{"2022年新增多少学位", false},
		{"二〇二二年新增多少学位", false},
		{"22年新增多少学位", false},
		{"2023年新增多少学位", true},
		{"2023新增多少学位", true},
		{"1998年新增多少学位", true},
		{"2055年新增多少学位", true},
		{"2022-2023学年新增多少学位", true},
		{"二〇二三年新增多少学位", true},
		{"二零二三年的计划", true},
		{"23年新增多少学位", true},
		{"去年新增多少学位", true},
		{"往年有几所", true},
		{"2022年和2023年各新增多少学位", true},
		{"2022年比去年多多少学位", true},
		{"是不是有2000个学位", false},
		{"体育馆有2050平方米吗", false},
		{"22年级", false},
		{"1999热线怎么改善", false},
		{"1999年的热线", true},
		{"教龄20年的老师怎么安排", false},
		{"我家孩子明年幼升小，户口刚迁来，今年学校够不够坐", false}, // told by the way
		{"明年学校够不够坐", true},
		{"学校办了30年了还能扩建吗", false},
	} {
		got, _ := expect(terms, c.question).unmet(terms, c.question, []string{"新增学位1500个。"}, d)
		if (got.rule == "year") != c.other {
			t.Errorf("%q: got rule %q, want another year: %v", c.question, got.rule, c.other)
		}
	}
}
