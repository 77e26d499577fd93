package rag

import (
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
)

const hospitalPage = `翠湖区居民医疗待遇指南

一、住院待遇

一级医疗机构起付线200元，报销比例85%。二级医疗机构起付线500元，报销比例75%。三级医疗机构起付线900元，报销比例60%。

二、申请材料

须提交下列材料：

（一）出院记录原件；

（二）费用清单原件。

三、咨询

咨询电话0199-55507777。
`

const allowancePage = `柳荫区高龄津贴常见问答

一、申请津贴要带什么材料，到哪里办，多久办好？

带老人身份证和户口簿，到社区居委会办理。代办的另带代办人身份证。社区3个工作日内核实。
`

// A follow-up to an answer from a bare document stays there, whatever the plan says of its words: another one of a row, another thing of the same
// subject, and then the plan again. The earlier question is other offices' business for the routes.
func TestBundledFollowUpsBeside(t *testing.T) {
	e := besideThePlan(t, hospitalPage, allowancePage)
	for _, c := range []struct {
		name  string
		turns []string // the last one is judged
		holds string
		lacks string
	}{
		{"another one of a row", []string{"居民医保二级医院住院报销多少", "那三级的呢？"}, "报销比例60%", "75%"},
		{"and one more", []string{"居民医保二级医院住院报销多少", "那三级的呢？", "一级呢"}, "报销比例85%", "60%"},
		{"the same of it", []string{"居民医保二级医院住院报销多少", "三级也一样吗"}, "报销比例60%", "75%"},
		{"another thing", []string{"居民医保二级医院住院报销多少", "要带什么材料"}, "费用清单", "身份证"},
		{"not in another guide", []string{"居民医保二级医院住院报销多少", "在哪里办"}, "", "社区居委会"},
		{"another thing of the whole talk", []string{"居民医保二级医院住院报销多少", "要带什么材料", "打什么电话问"}, "0199-55507777", "清单"},
		{"the plan again", []string{"居民医保二级医院住院报销多少", "今年新增多少学位"}, "2800", "%"},
	} {
		for _, told := range []bool{false, true} {
			q := Question{}
			var a Answer
			for i, text := range c.turns {
				q.Text = text
				if told && i < len(c.turns)-1 { // by the caller, as an API does
					q.History = append(q.History, Turn{Role: "user", Content: text})
					continue
				}
				var err error
				if a, err = e.Ask(t.Context(), q, nil); err != nil {
					t.Fatal(err)
				}
				if !told {
					q.ConversationID = a.ConversationID
				}
			}
			if !strings.Contains(a.Text, c.holds) || strings.Contains(a.Text, c.lacks) {
				t.Errorf("%s, told by the caller %v: got %s %q", c.name, told, a.Status, a.Text)
			}
		}
	}
}

func TestInBare(t *testing.T) {
	first := remembered{Question: "春禾里小区什么时候完工"}
	swapped := remembered{Question: "春禾里小区什么时候完工 蓼花苑", swapped: first.Question, subject: "蓼花苑"}
	asked := remembered{Question: "春禾里小区 谁来施工", subject: "春禾里小区"}
	for _, c := range []struct {
		name, asked, question string
		more                  bool
		before                remembered
		want, swapped         string
		subject               string
	}{
		{"another one", "蓼花苑呢", "蓼花苑", false, first, "春禾里小区什么时候完工 蓼花苑", first.Question, "蓼花苑"},
		{"yet another one", "织锦巷呢", "织锦巷", false, swapped, "春禾里小区什么时候完工 织锦巷", first.Question, "织锦巷"},
		{"another thing", "谁来施工", subjectOf(first) + " 谁来施工", false, first, subjectOf(first) + " 谁来施工", "", subjectOf(first)},
		{"another thing of another one", "谁来施工", subjectOf(swapped) + " 谁来施工", false, swapped, "蓼花苑 谁来施工", "", "蓼花苑"},
		{"not of all that was asked", "打什么电话", subjectOf(asked) + " 打什么电话", false, asked, "春禾里小区 打什么电话", "", "春禾里小区"},
		{"with the frame of the question before", "蓼花苑呢", "蓼花苑小区什么时候完工", false, first, "蓼花苑小区什么时候完工", "", ""},
		{"more", "还有呢", first.Question, true, first, first.Question, "", ""},
		{"its own question", "停车多少钱", "停车多少钱", false, first, "停车多少钱", "", ""},
	} {
		u := understood{followUp: followUp{question: c.question, more: c.more}, asked: c.asked}.inBare(c.before)
		if u.question != c.want || u.swapped != c.swapped || u.subject != c.subject {
			t.Errorf("%s: got %q, %q, %q", c.name, u.question, u.swapped, u.subject)
		}
	}
}

// What a follow-up says itself counts, but where it asks the same of another one; and a sentence that was told already is no answer unless it holds
// something of that.
func TestOwnWords(t *testing.T) {
	turn, same := &lean{before: remembered{Question: "x"}}, &lean{before: remembered{Question: "x", beside: true}}
	told := bareSentence("顺产补1500元。", .7)
	told.Told = true
	for _, c := range []struct {
		name      string
		follows   bool
		lean      *lean
		swapped   string
		asked     string
		own, ask  string
		toldAgain bool
	}{
		{"no follow-up", false, nil, "", "双胞胎补贴", "生孩子 双胞胎补贴", "生孩子 双胞胎补贴", false},
		{"another thing", true, turn, "", "双胞胎补贴", "双胞胎补贴", "双胞胎补贴", true},
		{"of the same message", true, same, "", "双胞胎补贴", "生孩子 双胞胎补贴", "生孩子 双胞胎补贴", false},
		{"another one", true, turn, "生孩子", "双胞胎补贴", "生孩子 双胞胎补贴", "生孩子 双胞胎补贴", true},
		{"it is told", true, turn, "", "顺产补贴", "顺产补贴", "顺产补贴", false},
		{"it names nothing", true, turn, "", "呢", "生孩子 呢", "呢", true},
	} {
		f := found{understood: understood{followUp: followUp{question: "生孩子 " + c.asked}, asked: c.asked, follows: c.follows, lean: c.lean, swapped: c.swapped}, result: corpus.Result{Hits: bareHits(told)}}
		if got := f.own(); got != stopWords.Replace(c.own) {
			t.Errorf("%s: own words %q, want %q", c.name, got, c.own)
		}
		if got := f.ask(); got != c.ask {
			t.Errorf("%s: asks %q, want %q", c.name, got, c.ask)
		}
		if got := f.toldAgain(); got != c.toldAgain {
			t.Errorf("%s: told again %v", c.name, got)
		}
	}
}

// A follow-up in the paragraph of the answer before needs a little less to be answered, one that was told already more; and it asks for what its own
// words ask for.
func TestSettleFollowUps(t *testing.T) {
	x := &corpus.Index{}
	x.Fitted.Floor, x.Fitted.Cut = .6, 0
	r := &run{set: promptSet(t), index: x}
	for _, c := range []struct {
		name, asked  string
		follows      bool
		cosine, near float64
		told         bool
		text         string
		answers      bool
		kind         string
	}{
		{"as far as any question", "花的颜色", true, .5, 0, false, "花开得早。", false, ""},
		{"it goes on", "花的颜色", true, .5, 1, false, "花开得早。", true, ""},
		{"no follow-up", "花的颜色", false, .5, 1, false, "花开得早。", false, "date"},
		{"told", "叶的颜色", true, .75, 1, true, "花开得早。", false, ""},
		{"not told", "叶的颜色", true, .75, 1, false, "花开得早。", true, ""},
		{"its own kind", "打什么电话", true, .3, 0, false, "花开得早。", false, "phone"},
	} {
		s := bareSentence(c.text, c.cosine)
		s.Near, s.Told = c.near, c.told
		f := found{understood: understood{followUp: followUp{question: "黄鳍紫鱼几月几日命名 " + c.asked}, asked: c.asked, follows: c.follows, lean: &lean{before: remembered{Question: "x"}}},
			result: corpus.Result{Bare: true, Theirs: true, Hits: bareHits(s), Beside: &corpus.Result{}}}
		_, expects, answers := r.settle(r.expect(f.question), f)
		if answers != c.answers || expects.kind != c.kind {
			t.Errorf("%s: answers %v, asks for %q", c.name, answers, expects.kind)
		}
	}
}

// The quotes of a follow-up stay with one document.
func TestChooseBareOfOneDocument(t *testing.T) {
	hits := append(bareHits(bareSentence("甲。", .8)), bareHits(bareSentence("乙。", .79))...)
	for follows, want := range map[bool]int{false: 2, true: 1} {
		if got := chooseBare(hits, follows); len(got) != want {
			t.Errorf("follow-up %v: got %d quotes, want %d", follows, len(got), want)
		}
	}
}

func TestWithCounted(t *testing.T) {
	for _, c := range [][3]string{
		{"二级医院住院怎么报", "三级", "三级医院住院怎么报"}, {"养狗第一年交多少", "第二年开始", "养狗第二年交多少"}, {"道路停车一类区域收多少", "二类", "道路停车二类区域收多少"}, {"3号楼几月完工", "5号楼", "5号楼几月完工"},
		{"二级医院住院怎么报", "门诊", ""}, {"二级医院住院怎么报", "第二年", ""}, {"二级医院怎么报", "二级", ""},
	} {
		if got := withCounted(c[0], c[1]); got != c[2] {
			t.Errorf("%s, %s: got %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestAlike(t *testing.T) {
	for text, want := range map[string]string{"硕士也一样吗？": "硕士", "葛岭镇也是这样吗": "葛岭镇", "那单位办的也是这个价吗": "单位办的", "老师都一样吗": "老师", "天宁区也有吧": "", "也一样吗": ""} {
		got := ""
		if m := alike.FindStringSubmatch(text); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if got := standAlone("硕士也一样吗", []remembered{{Question: "博士能住几年"}}, func(string) bool { return false }, &promptSet(t).Terms).question; !slices.Contains([]string{"硕士能住几年"}, got) {
		t.Errorf("got %q", got)
	}
}
