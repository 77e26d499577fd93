package rag

import "testing"

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
		if v := verify(c.statement, c.evidence, readEvidence); v.OK != c.ok {
			t.Errorf("%s: verify(%q) = %+v, want OK %v", c.name, c.statement, v, c.ok)
		}
	}
}

func TestVerifyReasons(t *testing.T) {
	passage := []string{"全年要新建、改扩建学校13所，新增学位2800个。评选首批“钟楼明教师”。"}
	for _, c := range []struct {
		name, statement, reason string
		evidence                []string
	}{
		{"passes", "要新增学位2800个。", "", passage},
		{"no passage", "要新增学位2800个。", "no_passage", nil},
		{"figure", "要新增学位8200个。", "figure", passage},
		{"name", "评选“钟楼好教师”。", "name", passage},
		{"result", "已经新增学位2800个。", "plan_as_result", passage},
		{"full width", "要新增学位２８００个。", "", passage},
		{"blanks in a name", "评选“钟楼 明教师”。", "", passage},
		{"figure of the heading", "二、要新增学位2800个。", "", append(passage, "二、学位")},
		{"a result that the document tells", "已经建成2所。", "", []string{"2021年已经建成2所。"}},
	} {
		if v := verify(c.statement, c.evidence, readEvidence); v.Reason != c.reason || v.OK != (c.reason == "") {
			t.Errorf("%s: verify(%q) = %+v, want reason %q", c.name, c.statement, v, c.reason)
		}
	}
}
