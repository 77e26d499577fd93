package rag

import (
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
)

// On the bundled plan: which sentence of a story is its question, and what it means.
func TestMeant(t *testing.T) {
	e := theBundledPlan(t).engine
	for _, c := range []struct {
		name, text string
		status     Status
		holds      string
	}{
		{"the announcement is not the question", "我们小区旁边那块空地围起来好久了，听讲今年区里要多出一批上学的位子，到底多出多少个？孩子他爸在外地开大车，一个月回来一趟，家里老人耳朵又背。所以我先来问问，心里好有个底。", Answered, "2800"},
		{"what is asked stands before the telling", "区里有没有教老年人用手机的地方？我今年七十三，儿子买的新手机只会接不会打，去医院扫码后面排队的人直叹气。你要是嫌我啰嗦，就直接告诉我有还是没有。", Answered, "智能技术"},
		{"what is asked stands in what was told", "我教了二十年体育，以前的课老被借走。今年开会讲体育课要按一个路子来上，三个词，我没记全。能帮我查一下是哪几个词吗？", Answered, "勤练"},
		{"a notebook is no child", "今年开会讲体育课要按一个路子来上，三个词，我笔记本掉水里了字全糊了。能帮我查一下体育课的路子是哪几个词吗？", Answered, "勤练"},
		{"a child is one", "小孩掉水里了，岸上没有大人，哪个学校有会游泳的老师吗？", HandedOver, "120"},
		{"what could happen", "万一小孩在学校昏倒，校内有没有卫生室？", Answered, "卫生室"},
		{"nothing is asked", "最近总是想哭，不想上学，觉得活着没什么意思", HandedOver, "12355"},
	} {
		a := asked(t, e, c.text)
		if a.Status != c.status || !strings.Contains(a.Text, c.holds) {
			t.Errorf("%s: got %s %q, want %s with %s", c.name, a.Status, a.Text, c.status, c.holds)
		}
	}
}

// On the bundled plan: a second question that says little by itself is understood with the first.
func TestSecondQuestion(t *testing.T) {
	e := theBundledPlan(t).engine
	for _, c := range []struct{ name, text, holds, lacks string }{
		{"a name", "孙女在幼儿园天天做游戏，是不是游戏也算课程？官方叫什么项目", "课程游戏化", "没有这方面的内容"},
		{"a refusal beside its own sentence", "我开才艺班，能不能进学校办课后班？由哪些单位把关", "科协", "没有说明"},
	} {
		a := asked(t, e, c.text)
		if a.Status != Answered || !strings.Contains(a.Text, c.holds) || strings.Contains(a.Text, c.lacks) {
			t.Errorf("%s: got %s %q", c.name, a.Status, a.Text)
		}
	}
}

func TestWithoutEchoes(t *testing.T) {
	at := func(sentence int) place { return place{"d", "c", sentence} }
	part := func(s Status, rule string, cited ...place) partial {
		return partial{status: s, trace: Trace{Rule: rule}, remember: remembered{Cited: cited}}
	}
	for _, c := range []struct {
		name  string
		parts []partial
		want  []Status
	}{
		{"the same sentence", []partial{part(NotStated, "head", at(1)), part(Answered, "", at(2), at(1))}, []Status{Answered}},
		{"another sentence", []partial{part(NotStated, "head", at(3)), part(Answered, "", at(2), at(1))}, []Status{NotStated, Answered}},
		{"a rule says what is missing", []partial{part(NotStated, "money", at(1)), part(Answered, "", at(1))}, []Status{NotStated, Answered}},
		{"nothing was answered", []partial{part(NotStated, "head", at(1)), part(NotStated, "head", at(1))}, []Status{NotStated, NotStated}},
		{"nothing was found", []partial{part(NoSource, "floor"), part(Answered, "", at(1))}, []Status{NoSource, Answered}},
	} {
		var got []Status
		for _, p := range withoutEchoes(c.parts) {
			got = append(got, p.status)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWithoutRests(t *testing.T) {
	part := func(s Status, leans, goesOn bool) partial {
		return partial{status: s, leans: leans, goesOn: goesOn, remember: remembered{Cited: []place{{"d", string(s), 0}}}}
	}
	beside := part(Answered, true, true) // in the paragraph of a refusal
	beside.remember.Cited[0] = place{"d", string(NotStated), 1}
	for _, c := range []struct {
		name  string
		parts []partial
		want  []Status
	}{
		{"asks on, and there is nothing", []partial{part(Answered, false, false), part(NoSource, true, true)}, []Status{Answered}},
		{"something else, and there is nothing", []partial{part(Answered, false, false), part(NoSource, true, false)}, []Status{Answered, NoSource}},
		{"nothing, and what asks on is answered", []partial{part(NoSource, false, false), part(Answered, true, true)}, []Status{Answered}},
		{"nothing, and something else is answered", []partial{part(NoSource, false, false), part(Answered, false, false)}, []Status{NoSource, Answered}},
		{"refused, and what leans on it is found elsewhere", []partial{part(NotStated, false, false), part(Answered, true, true)}, []Status{NotStated}},
		{"refused, and what leans on it stands in the same paragraph", []partial{part(NotStated, false, false), beside}, []Status{NotStated, Answered}},
		{"refused, and something else is answered", []partial{part(NotStated, false, false), part(Answered, false, false)}, []Status{NotStated, Answered}},
		{"answered, and what follows is not what is answered", []partial{part(Answered, false, false), part(Refused, false, false)}, []Status{Answered}},
		{"answered, and a greeting", []partial{part(Answered, false, false), part(SmallTalk, false, false)}, []Status{Answered, SmallTalk}},
		{"what is not answered comes first", []partial{part(Refused, false, false), part(Answered, false, false)}, []Status{Refused, Answered}},
		{"both refused", []partial{part(NotStated, false, false), part(NotStated, true, true)}, []Status{NotStated, NotStated}},
	} {
		var got []Status
		for _, p := range withoutRests(c.parts) {
			got = append(got, p.status)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// No word of a dialect may stand inside words of the documents: 国小 stood in 中国小学生.
func TestDialectLeavesTheDocumentsAlone(t *testing.T) {
	set := promptSet(t)
	digest, official := planSentences(t)
	for _, text := range slices.Concat(digest, official) {
		text = corpus.Plain(text)
		for _, w := range set.Terms.Dialect {
			if i := strings.Index(text, w.Say); i >= 0 {
				t.Errorf("%s stands in %q", w.Say, text[max(0, i-12):min(len(text), i+24)])
			}
		}
	}
}
