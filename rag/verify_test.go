package rag

import (
	"slices"
	"testing"
)

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"新增学位2,800个", []string{"2800"}},
		{"新增学位二千八百个", []string{"2800"}},
		{"累计2万人次", []string{"20000"}},
		{"两万人次", []string{"20000"}},
		{"2022-02-11", []string{"2022", "2", "11"}},
		{"2022年2月11日", []string{"2022", "2", "11"}},
		{"二〇二二年", []string{"2022"}},
		{"申报9-10个项目", []string{"9", "10"}},
		{"十二所学校", []string{"12"}},
		{"推进一体化建设", nil},
		{"３所学校", []string{"3"}},
		{"满意度98.5%", []string{"98.5"}},
	} {
		got := figures(c.text)
		if len(got) != len(c.want) {
			t.Errorf("figures(%q) = %v, want %v", c.text, got, c.want)
		}
		for _, w := range c.want {
			if !got[w] {
				t.Errorf("figures(%q) = %v, want %v", c.text, got, c.want)
			}
		}
	}
}

func TestVerify(t *testing.T) {
	passage := []string{"全年要新建、改扩建学校13所，新增学位2800个。评选首批“钟楼明教师”。力争2万人次。"}
	for _, c := range []struct {
		name, statement string
		evidence        []string
		ok              bool
	}{
		{"quoted", "新增学位2800个。", passage, true},
		{"other spelling of the figure", "新增学位二千八百个。", passage, true},
		{"swapped figure", "新增学位2008个。", passage, false},
		{"figure of another place", "新增学位1300个。", passage, false},
		{"invented range", "新增学位2800-3000个。", passage, false},
		{"name that stands there", "评选“钟楼明教师”。", passage, true},
		{"name that does not", "评选“常州明教师”。", passage, false},
		{"book that does not", "依据《义务教育法》。", passage, false},
		{"plan told as a result", "已经新建学校13所。", passage, false},
		{"20000 is 2万", "力争20000人次。", passage, true},
		{"no passage", "学校会越来越好。", nil, false},
	} {
		if v := verify(c.statement, c.evidence); v.OK != c.ok {
			t.Errorf("%s: verify(%q) = %+v, want OK %v", c.name, c.statement, v, c.ok)
		}
	}
}

func TestQuestions(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"今年新增多少学位", []string{"今年新增多少学位"}},
		{"今年新增多少学位？书法节是第几届？", []string{"今年新增多少学位？", "书法节是第几届？"}},
		{"我是外地来的，在这里打工五年了，孩子今年六岁，一直在老家跟着爷爷奶奶，请问今年区里新增多少学位？谢谢", []string{"区里新增多少学位"}},
	} {
		got := questions(c.text)
		if len(got) != len(c.want) {
			t.Fatalf("questions(%q) = %q, want %q", c.text, got, c.want)
		}
		for i := range got {
			if !contains(got[i].text, c.want[i]) {
				t.Errorf("questions(%q)[%d] = %q, want it to hold %q", c.text, i, got[i], c.want[i])
			}
		}
	}
	if n := len(questions("甲有多少？乙有多少？丙有多少？丁有多少？戊有多少？")); n != maxParts {
		t.Errorf("five questions give %d parts, want %d", n, maxParts)
	}
}

func contains(s, sub string) bool { return len(sub) > 0 && slices.Contains(windows(s, len(sub)), sub) }

func windows(s string, n int) []string {
	var out []string
	for i := 0; i+n <= len(s); i++ {
		out = append(out, s[i:i+n])
	}
	return out
}

func TestStandAlone(t *testing.T) {
	never := func(string) bool { return false }
	knows := func(s string) bool { return len([]rune(s)) > 6 }
	before := []remembered{{Question: "今年体育方面有哪些安排", Topic: "深化体育改革"}}
	for _, c := range []struct {
		name, question string
		turns          []remembered
		knows          func(string) bool
		want           followUp
	}{
		{"no turns", "那学位呢", nil, never, followUp{question: "那学位呢"}},
		{"what about", "那美育呢？", before, never, followUp{question: "美育有哪些安排"}},
		{"more", "还有吗", before, never, followUp{question: "今年体育方面有哪些安排", more: true}},
		{"in detail", "具体呢？", before, never, followUp{question: "今年体育方面有哪些安排", more: true}},
		{"second", "第二个呢", before, never, followUp{question: "今年体育方面有哪些安排", nth: 2}},
		{"last", "最后一条是什么", before, never, followUp{question: "今年体育方面有哪些安排", nth: -1}},
		{"independent", "补课班现在归哪个部门管理", before, knows, followUp{question: "补课班现在归哪个部门管理"}},
	} {
		got := standAlone(c.question, c.turns, c.knows)
		if got != c.want {
			t.Errorf("%s: standAlone(%q) = %+v, want %+v", c.name, c.question, got, c.want)
		}
	}
	if got := standAlone("谁负责？", before, never); !contains(got.question, "体育") || !contains(got.question, "谁负责") {
		t.Errorf("standAlone(谁负责？) = %q, want subject and question", got.question)
	}
}

func TestMask(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"我的电话13800138000", true},
		{"我的电话138 0013 8000", true},
		{"身份证320404199001011234", true},
		{"身份证32040419900101123X", true},
		{"卡号6222020200012345678", true},
		{"邮箱a.b@example.com", true},
		{"打12345有用吗", false},
		{"2022-02-11发布的吗", false},
		{"索引号014119491/2022-00011", false},
		{"网站标识码3204040002", false},
	} {
		got, masked := mask(c.text)
		if masked != c.want {
			t.Errorf("mask(%q) = %q, %v, want masked %v", c.text, got, masked, c.want)
		}
	}
}
