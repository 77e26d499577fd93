package rag

import "testing"

func TestAsksAgain(t *testing.T) {
	terms := &promptSet(t).Terms
	knows := func(s string) bool { return s == "书法节" }
	const said = "五项是手机、睡眠、作业、读物、体质。"
	for _, c := range []struct {
		name, turn, before, said, want string // want empty: it asks something itself
	}{
		{"another year", "打错了，是2022年", "2032年计划建几所学校", "", "2022年计划建几所学校"},
		{"another year, and which one not", "手滑打错了，22年，不是21年", "2021年新建改扩建几所学校", "", "2022年新建改扩建几所学校"},
		{"another subject in its place", "说错了，不是幼儿园，是小学", "幼儿园什么时候开学", "", "小学什么时候开学"},
		{"another subject before it", "搞错了 不是幼儿园 我要问的是中小学", "三年发展规划是第几轮", "", "中小学三年发展规划是第几轮"},
		{"nothing put right", "打错了", "三年发展规划是第几轮", "", ""},
		{"a correction that asks at length", "我问的是明年九月份上小学要带哪些材料去学校", "三年发展规划是第几轮", "", ""},
		{"doubt", "真的假的？？", "老师待遇是不是要向公务员看齐", "", "老师待遇是不是要向公务员看齐"},
		{"doubt with a sigh", "真的假的？？年年都这么喊", "老师待遇是不是要向公务员看齐", "", "老师待遇是不是要向公务员看齐"},
		{"doubt about something else", "书法节是真的吗", "老师待遇是不是要向公务员看齐", "", ""},
		{"doubt that asks", "真的假的，那去年评上的老师今年还能不能再报名", "首批明教师", "", ""},
		{"third of a row", "第三项展开讲讲", "五项管理哪五项", said, "作业有什么安排"},
		{"first of a row, with its question", "第一个谁负责", "五项管理哪五项", said, "五项是手机谁负责"},
		{"sixth of five", "第六项展开讲讲", "五项管理哪五项", said, ""},
		{"third of no row", "第三项展开讲讲", "五项管理哪五项", "要统筹推进。", ""},
		{"a question of its own", "书法节什么时候办", "老师待遇", "", ""},
		{"nothing before", "真的假的", "", "", ""},
	} {
		got, ok := asksAgain(terms, c.turn, remembered{Question: c.before}, c.said, knows)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q after %q: got %q %v, want %q", c.name, c.turn, c.before, got, ok, c.want)
		}
	}
}

// The engine answers what is asked again as if it were asked so, and leans on it afterwards.
func TestConversationsPutRight(t *testing.T) {
	e := engine(t, nil)
	talk := func(turns ...string) Answer {
		t.Helper()
		var a Answer
		for _, turn := range turns {
			a = ask(t, e, Question{Text: turn, ConversationID: a.ConversationID})
		}
		return a
	}
	plain := talk("2022年新增多少学位")
	if plain.Status != Answered {
		t.Fatalf("got %s %q", plain.Status, plain.Text)
	}
	for _, turns := range [][]string{
		{"2021年新增多少学位", "打错了，是2022年"},
		{"2022年新增多少学位", "真的假的？"},
		{"今年举办第几届合唱节", "搞错了，我问的是新增多少学位"},
	} {
		if a := talk(turns...); a.Status != Answered || firstQuote(a) != firstQuote(plain) {
			t.Errorf("%q: got %s %q", turns, a.Status, a.Text)
		}
	}
	if a := talk("2022年新增多少学位", "打错了，是2021年"); a.Status == Answered {
		t.Errorf("a year put wrong: got %q", a.Text)
	}
	for _, q := range []string{"举办第三届合唱节吗", "第五轮合唱节什么时候办"} {
		if a := asked(t, e, q); a.Status == Answered {
			t.Errorf("%s, of which there is only the fifth 届: got %q", q, a.Text)
		}
	}
}

func TestOrdinalsMet(t *testing.T) {
	for _, c := range []struct {
		question, sentence string
		want               bool
	}{
		{"第五轮规划", "实施第六轮规划", false}, {"第六轮规划", "实施第六轮规划", true}, {"第6轮规划", "实施第六轮规划", true}, {"首批老师", "评选首批教师", true},
		{"第一批老师", "评选首批教师", true}, {"第二批老师", "评选首批教师", false}, {"哪一轮规划", "实施第六轮规划", true}, {"第三届", "第三批", false},
	} {
		if got := ordinalsMet(c.question, c.sentence); got != c.want {
			t.Errorf("%s beside %s: got %v", c.question, c.sentence, got)
		}
	}
}
