package rag

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"wenda/corpus"
)

const guidePage = `翠湖区校外托管点备案指南

一、备案条件

（一）场所

1. 使用面积不少于八十平方米；
2. 有两个出口。

（二）人员

1. 负责人年满二十一周岁。

二、办理流程

1. 申请。向街道便民服务中心提出。全年受理。

2. 核查。街道在十日内到场。

三、咨询方式

电话0199-55508866。
`

const benefitPage = `翠湖区失业保险金申领指南

一、领取条件

1. 失业前缴费满一年；
2. 非因本人意愿中断就业；
3. 已办理失业登记。

二、领取地点

区政务服务中心二楼。
`

// sectionAt is the section of the guide with this heading.
func sectionAt(t *testing.T, page, heading string) corpus.SectionHit {
	t.Helper()
	d, err := corpus.Read("guide.txt", []byte(page))
	if err != nil {
		t.Fatal(err)
	}
	s := corpus.SectionHit{Document: &d}
	for i := range d.Chunks {
		if c := &d.Chunks[i]; len(c.Section) > 0 && c.Section[0] == heading {
			s.Path, s.Chunks = c.Section[:1], append(s.Chunks, c)
		}
	}
	if len(s.Chunks) == 0 {
		t.Fatalf("no section %s", heading)
	}
	return s
}

// A short section is told with every sentence, one with headings of its own by these, a long one by what begins its paragraphs.
func TestSectionDraft(t *testing.T) {
	long := strings.Replace(guidePage, "全年受理。", strings.Repeat("材料齐全的当场受理，不齐的一次性告知。", 25), 1)
	for _, c := range []struct {
		name, page, heading string
		want                []string
	}{
		{"every sentence", guidePage, "二、办理流程", []string{"申请：向街道便民服务中心提出", "全年受理", "核查：街道在十日内到场"}},
		{"by parts", guidePage, "一、备案条件", []string{"场所：使用面积不少于八十平方米；有两个出口", "人员：负责人年满二十一周岁"}},
		{"a paragraph that says nothing", strings.Replace(guidePage, "2. 核查。街道在十日内到场。", "……。", 1), "二、办理流程", []string{"申请：向街道便民服务中心提出", "全年受理", "……"}},
		{"a mark alone", strings.Replace(guidePage, "2. 核查。街道在十日内到场。", "；", 1), "二、办理流程", []string{"申请：向街道便民服务中心提出", "全年受理"}},
		{"long", long, "二、办理流程", []string{"申请：向街道便民服务中心提出……", "核查：街道在十日内到场"}},
	} {
		var got []string
		d := sectionDraft(sectionAt(t, c.page, c.heading), 10)
		for _, s := range d.Statements {
			got = append(got, s.Text)
			if len(s.Sources) != strings.Count(s.Text, "；")+1 {
				t.Errorf("%s: %q rests on %d sentences", c.name, s.Text, len(s.Sources))
			}
			for _, src := range s.Sources {
				if src.Text == "" || !strings.Contains(src.Chunk.Text, src.Text) {
					t.Errorf("%s: %q rests on %q", c.name, s.Text, src.Text)
				}
			}
		}
		if !d.Outline || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if d := sectionDraft(sectionAt(t, long, "二、办理流程"), 1); len(d.Statements) != 1 || utf8.RuneCountInString(d.Statements[0].Text) > maxLineRunes+2 {
		t.Errorf("one line: got %d lines", len(d.Statements))
	}
}

// A sentence that announces a list is told with it, and with nothing behind it.
func TestListBelow(t *testing.T) {
	d, err := corpus.Read("dogs.txt", []byte("养犬办法\n\n一、规定\n\n第十二条 携犬外出，应当遵守下列规定：\n\n（一）佩戴犬牌；\n\n（二）清除犬粪。\n\n第十三条 未成年人不得携犬。\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	c := &d.Chunks[0]
	draft := listBelow(corpus.Source{Document: &d, Chunk: c, Text: c.Sentence(0)}, 10, "文件提到：")
	if draft.Intro != "文件提到：" {
		t.Errorf("introduced by %q", draft.Intro)
	}
	for _, s := range draft.Statements {
		got = append(got, s.Text)
	}
	if want := []string{"第十二条携犬外出，应当遵守下列规定：", "佩戴犬牌", "清除犬粪"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Who asks for more than one thing and is as near to a section's headings as to any sentence wants all of it.
func TestWantsSection(t *testing.T) {
	section := corpus.SectionHit{Document: &corpus.Document{Text: "2024年"}, Path: []string{"办理流程"}, Cosine: .7}
	for _, c := range []struct {
		name, question string
		x              expectation
		cosine         float64 // of the nearest sentence
		section        float64 // of the section; 0 is .7
		want           bool
	}{
		{"near", "备案流程是怎样的", expectation{}, .7, 0, true},
		{"a little behind", "备案流程是怎样的", expectation{}, .74, 0, true},
		{"far behind", "备案流程是怎样的", expectation{}, .8, 0, false},
		{"one thing", "备案电话是多少", expectation{kind: "phone"}, .6, 0, false},
		{"asks for nothing that is many", "备案要多少钱", expectation{kind: "money"}, .6, 0, false},
		{"of its year", "2024年流程是怎样的", expectation{years: []string{"2024"}}, .7, 0, true},
		{"of another year", "2025年流程是怎样的", expectation{years: []string{"2025"}}, .7, 0, false},
		{"of another place", "外区流程是怎样的", expectation{place: "外区"}, .7, 0, false},
		{"far like questions to other documents", "备案流程是怎样的", expectation{}, .6, .6, false},
	} {
		section.Cosine = cmp.Or(c.section, .7)
		res := corpus.Result{Sections: []corpus.SectionHit{section}, Hits: bareHits(bareSentence("甲。", c.cosine))}
		if got := wantsSection(&promptSet(t).Terms, .65, c.x, c.question, res); (got != nil) != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
	if got := wantsSection(&promptSet(t).Terms, 0, expectation{}, "有哪些", corpus.Result{Hits: bareHits(bareSentence("甲。", .1))}); got != nil {
		t.Errorf("no section: got %v", got)
	}
}

// A section is told although a route would send to another office, and can be gone on from.
func TestBundledBesideAGuide(t *testing.T) {
	expectAnswers(t, besideThePlan(t, guidePage), []expectedAnswer{
		{"校外托管点备案流程是怎样的", Answered, "（1）申请：向街道便民服务中心提出"},
		{"校外托管点备案流程是怎样的", Answered, "核查：街道在十日内到场"},
		{"校外托管点备案要满足哪些条件", Answered, "场所：使用面积不少于八十平方米；有两个出口"},
		{"校外托管点备案要满足哪些条件", Answered, "人员：负责人年满二十一周岁"},
		{"校外托管点备案电话是多少", Answered, "0199-55508866"},
	})
	expectAnswers(t, besideThePlan(t, benefitPage), []expectedAnswer{
		{"领失业金要满足哪些条件", Answered, "非因本人意愿中断就业"},
		{"领失业金要满足哪些条件", Answered, "已办理失业登记"},
		{"养老金怎么领", HandedOver, ""},
		{"低保怎么申请", HandedOver, ""},
		{"工伤怎么申请认定", HandedOver, ""},
	})
}
