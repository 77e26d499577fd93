package rag

import (
	"strings"
	"testing"
)

// A few words that ask for something are no bare topic, and are answered less easily.
func TestLeniencyOfShortQuestions(t *testing.T) {
	of := func(question string) float64 {
		return leniency(found{understood: understood{followUp: followUp{question: question}}}, expectation{}, false)
	}
	for _, c := range []struct {
		question string
		want     float64
	}{
		{"墨香校园", shortShift}, {"学位?", shortShift}, {"墨香校园怎么申报", askedShift}, {"墨香校园谁来评", askedShift}, {"补课班怎么管", shortShift}, {"有没有医生", askedShift + decideShift},
		{"今年的墨香校园怎么申报呢我想问", 0},
	} {
		if got := of(c.question); got != c.want {
			t.Errorf("%s: got %g, want %g", c.question, got, c.want)
		}
	}
}

// Short questions that name what the plan names and ask what it does not say are refused; those that it answers are not.
func TestBundledShortNearMisses(t *testing.T) {
	e := theBundledPlan(t).engine
	for _, missed := range []string{"联席会议有哪些单位", "墨香校园怎么申报", "送教上门怎么申请", "钟楼区有几所小学", "美育大师进校园有哪些大师", "困境儿童帮扶怎么申请", "全常州市今年新建学校几所"} {
		if a := ask(t, e, Question{Text: missed}); a.Status != NotStated {
			t.Errorf("%s: %s %q", missed, a.Status, a.Text)
		}
	}
	for answered, holds := range map[string]string{"书法节第几届": "第三届", "墨香校园几所": "3所", "师德由哪个科负责": "组织人事科", "墨香校园": "3所"} {
		if a := ask(t, e, Question{Text: answered}); a.Status != Answered || !strings.Contains(a.Text, holds) {
			t.Errorf("%s: %s %q", answered, a.Status, a.Text)
		}
	}
}

// In a long story a cry for help is told beside the answer to what is asked, and is the answer where nothing is found for that.
func TestBundledHelpInAStory(t *testing.T) {
	e := theBundledPlan(t).engine
	story := "前几天半夜地震，手机一响我整个人都懵了，抱起娃就往楼下跑，鞋都穿反了，结果娃比我镇定，说妈妈要先躲桌子底下。我又好笑又惭愧，问他哪学的，他说动画片。"
	a := ask(t, e, Question{Text: story + "那我就想问问了，学校里面有没有把怎么应对灾害当成正经内容来教？"})
	if a.Status != Answered || !strings.Contains(a.Text, "灾难教育") || !strings.Contains(a.Notice, "110") {
		t.Errorf("%s %q (%s)", a.Status, a.Text, a.Notice)
	}
	for _, other := range []string{"楼下那家超市的面包几点钟打折？", "墨香校园的申报表要到哪里去领？"} {
		a = ask(t, e, Question{Text: story + "那我就想问问了，" + other})
		if a.Status != HandedOver || !strings.Contains(a.Text, "110") {
			t.Errorf("%s: %s %q (%s)", other, a.Status, a.Text, a.Notice)
		}
	}
}
