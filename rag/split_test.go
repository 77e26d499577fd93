package rag

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestQuestions(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"今年新增多少学位", []string{"今年新增多少学位"}},
		{"今年新增多少学位？书法节是第几届？", []string{"今年新增多少学位？", "书法节是第几届？"}},
		{"我是外地来的，在这里打工五年了，孩子今年六岁，一直在老家跟着爷爷奶奶，请问今年区里新增多少学位？谢谢", []string{"区里新增多少学位"}},
		{"孩子身体弱，在家养了两年，医院和家里两头跑，我们也不敢要求太多。想知道两件事，老师能不能上门来教一教，还有康复和上课这两头有没有可能一起做。打扰了。",
			[]string{"上门来教", "康复和上课"}},
		{"教了十二年体育，年年说重视，期末照样被借课，今年又发下来一堆材料，看得我头都大了。那个数字计划是几几几几来着？另外说要开研讨会，总共开几次，我好调课。",
			[]string{"数字计划", "开研讨会，总共开几次"}},
		{"既然你们写了新建改扩建那么多所，房子也卖了，贷款也还了三年了，就告诉我我们怀德南路边上这块地上的学校哪个月开学？", []string{"哪个月开学"}},
	} {
		got := questions(c.text)
		if len(got) != len(c.want) {
			t.Fatalf("questions(%+v) = %+v, want %q", c.text, got, c.want)
		}
		for i := range got {
			if !strings.Contains(got[i].text, c.want[i]) {
				t.Errorf("questions(%+v)[%d] = %+v, want it to hold %q", c.text, i, got[i], c.want[i])
			}
		}
	}
	if n := len(questions("甲有多少？乙有多少？丙有多少？丁有多少？戊有多少？")); n != maxParts {
		t.Errorf("five questions give %d parts, want %d", n, maxParts)
	}
}

func TestSeveralQuestions(t *testing.T) {
	e := engine(t, nil)
	for _, c := range []struct {
		name, text string
		holds      []string
		answered   bool
		status     Status
		notice     string
	}{
		{"two", "今年新增多少学位？合唱节是第几届？", []string{"1. ", "1500个", "\n2. ", "第五届合唱节"}, true, Answered, ""},
		{"three", "今年新增多少学位？合唱节是第几届？招聘教师多少名？", []string{"1500个", "第五届合唱节", "\n3. ", "90名"}, true, Answered, ""},
		{"two of one sentence", "合唱节是第几届，今年举办合唱节吗？今年新增多少学位？", []string{"第五届合唱节", "1500个"}, true, Answered, ""},
		{"one that is not stated", "今年新增多少学位？区级体育比赛的评委是谁？", []string{"1500个", "没有说明"}, false, Answered, ""},
		{"the first is not stated", "区级体育比赛的评委是谁？今年新增多少学位？", []string{"没有说明", "1500个"}, false, Answered, ""},
		{"two that are not stated", "区级体育比赛的评委是谁？第五届合唱节哪天举办？", []string{"没有说明"}, false, NotStated, ""},
		{"five: the first three, and that is said", "今年新增多少学位？合唱节是第几届？招聘教师多少名？为多少所学校更换课桌椅？投诉培训机构打什么电话？",
			[]string{"1500个", "第五届合唱节", "90名"}, false, Answered, "先回答前面三个"},
		{"the same twice", "今年新增多少学位？今年新增多少学位？", []string{"1500个"}, true, Answered, ""},
		{"the same in other words", "今年新增多少学位？多出来几个读书的位子？", []string{"1500个"}, true, Answered, ""},
		{"the second leans on the first", "名师工作室建几个？谁负责？", []string{"名师工作室8个"}, true, Answered, ""},
	} {
		a := asked(t, e, c.text)
		for _, h := range c.holds {
			if !strings.Contains(a.Text, h) {
				t.Errorf("%s: got %q, want %q in it", c.name, a.Text, h)
			}
		}
		if a.Answered != c.answered || a.Status != c.status || !strings.Contains(a.Notice, c.notice) {
			t.Errorf("%s: got %s, answered %v, notice %q: %q", c.name, a.Status, a.Answered, a.Notice, a.Text)
		}
		if strings.Contains(a.Text, "4. ") || strings.Count(a.Text, "1500个") > 1 || strings.Count(a.Text, "名师工作室8个") > 1 {
			t.Errorf("%s: got %q", c.name, a.Text)
		}
		if sorted := slices.Sorted(slices.Values(a.Related)); len(slices.Compact(sorted)) != len(a.Related) || len(a.Related) > 3 {
			t.Errorf("%s: got related %q", c.name, a.Related)
		}
	}
}

// A merged answer has no numbers, since there is one.
func TestDuplicatesAreMerged(t *testing.T) {
	a := asked(t, engine(t, nil), "今年新增多少学位？今年新增多少学位？")
	if strings.HasPrefix(a.Text, "1. ") || len(a.Citations) != 1 || len(a.Trace.Parts) != 0 {
		t.Errorf("got %q, %d citations, %d parts", a.Text, len(a.Citations), len(a.Trace.Parts))
	}
}

func TestLongStories(t *testing.T) {
	e := engine(t, nil)
	for _, c := range []struct{ name, text, holds string }{
		{"the question at the end", "我家住在城东，孩子今年刚好六岁，之前一直跟着爷爷奶奶在老家，我们两口子在这里上班已经五年了，听邻居讲上学有点紧张，所以想请问今年新增多少学位？", "1500个"},
		{"the question in the middle", "我是一名高中生的妈妈，平时工作很忙。想请问投诉培训机构打什么电话？我家小孩上个月去上课，老师迟到早退，心里很不舒服，希望有人管管这样的事情。", "12345热线"},
		{"complaints in the form of questions", "谁家孩子不想就近读书呢？天天接送谁受得了呢？我们做家长的真是操碎了心啊。所以就问一个问题，今年新增多少学位？", "1500个"},
		{"no mark at all", strings.Repeat("我们一家人在这里生活了很多年", 4) + "想知道今年新增多少学位", "1500个"},
	} {
		if utf8.RuneCountInString(c.text) <= longStory {
			t.Fatalf("%s: %d runes are no story", c.name, utf8.RuneCountInString(c.text))
		}
		if a := asked(t, e, c.text); !a.Answered || !strings.Contains(a.Text, c.holds) {
			t.Errorf("%s: got %s %q, want %q", c.name, a.Status, a.Text, c.holds)
		}
	}
}

var storySeeds = []string{"", "今年新增多少学位？", "？！。", strings.Repeat("！", 60), strings.Repeat("？\n", 60), strings.Repeat("为什么？", 30),
	"请问" + strings.Repeat("学", 60), "甲和乙分别多少", "、和分别多少", strings.Repeat("，", 60) + "吗", "，" + strings.Repeat(" ", 50) + "几个"}

// Splitting invents nothing and always leaves a question of what holds one.
func FuzzQuestions(f *testing.F) {
	if len(storySeeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range storySeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > MaxRunes {
			return
		}
		defer func() {
			if p := recover(); p != nil {
				t.Fatalf("questions(%q): panic: %v", text, p)
			}
		}()
		got := questions(text)
		if len(got) == 0 || len(got) > maxParts {
			t.Fatalf("questions(%+v) = %+v", text, got)
		}
		for _, q := range got {
			for _, r := range q.text {
				if !strings.ContainsRune(text, r) && r != '，' {
					t.Errorf("questions(%+v) = %+v: %q was not said", text, got, r)
				}
			}
		}
	})
}

// questions are those that are answered.
func questions(text string) []spoken {
	all, _ := askedIn(text)
	return all[:min(maxParts, len(all))]
}

// What asked before the question was announced was told: a question that points back finds it there.
func TestToldBeforeAnnounced(t *testing.T) {
	asks, _ := askedIn("孩子在学校吃坏过肚子，吊了两天水，急得我觉都睡不好。现在说有个什么平台可以管食堂。能告诉我叫什么吗？平时我在超市做收银，忙得很。")
	if len(asks) != 1 || asks[0].text != "能告诉我叫什么吗？" || !strings.Contains(asks[0].context, "平台可以管食堂") || len(asks[0].told) != 2 {
		t.Errorf("got %+v", asks)
	}
	if !pointing.MatchString(asks[0].text) {
		t.Errorf("%q points to what was told", asks[0].text)
	}
}

// Masked data beside 麻烦查查 is no second question.
func TestMaskedDataAsksNothing(t *testing.T) {
	asks, _ := askedIn("我们租房住在这里九年了，名下没有房子，亲戚都说今年的政策放开了一些。想请问租房的孩子报名积分怎么算？我身份证号" + maskText + "，麻烦查查。孩子机灵得很。")
	if len(asks) != 1 || strings.Contains(asks[0].text, maskText) {
		t.Errorf("got %+v", asks)
	}
}

// Questions that a sentence counts up are questions each, after what was told before the first; a list of orders is none.
func TestNumbered(t *testing.T) {
	asks, _ := askedIn("我是开画室的，房租涨了，学生又跑了一半，愁得很。现在听说可以进学校带放学后的课，我有两个问题：一是有没有什么门槛，二是这个钱是家长出还是公家出，还是白干？")
	if len(asks) != 2 || asks[0].text != "有没有什么门槛" || asks[1].text != "这个钱是家长出还是公家出，还是白干？" || asks[1].context != "现在听说可以进学校带放学后的课" || !asks[1].alone {
		t.Errorf("got %+v", asks)
	}
	if got := numbered("按下面格式输出：1.原文，2.清单，3.办法"); got != nil {
		t.Errorf("got %+v", got)
	}
}

// Beside a question with its mark that is answered, a refused sentence without one was a sigh.
func TestSighs(t *testing.T) {
	of := func(status Status, asked string) partial { return partial{status: status, trace: Trace{Asked: asked}} }
	text := "今年创建几所学校？" + strings.Repeat("我在这里做了十一年了，", 6) + "他说妈你去管别人家的孩子吧。"
	answered, sigh, refused := of(Answered, "今年创建几所学校？"), of(NotStated, "他说妈你去管别人家的孩子吧。"), of(NotStated, "名单呢？")
	for _, c := range []struct {
		name  string
		parts []partial
		want  int
	}{{"a sigh", []partial{answered, sigh}, 1}, {"a question refused", []partial{answered, refused}, 2}, {"nothing answered", []partial{refused, sigh}, 2}} {
		if got := withoutComplaints(text, c.parts); len(got) != c.want {
			t.Errorf("%s: got %d parts, want %d", c.name, len(got), c.want)
		}
	}
}
