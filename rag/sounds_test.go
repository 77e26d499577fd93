package rag

import (
	"strings"
	"testing"

	"wenda/prompts"
)

func heard(t *testing.T) *sounds {
	t.Helper()
	texts := map[string]float64{}
	for _, s := range []string{"今年新增多少个学位", "新增学位多少", "老师的工资会涨吗", "学校安全怎么搞", "校车安全谁检查", "学生有没有作业", "手机怎么管理", "课后服务有没有",
		"学生体检", "西安的先生", "IEP课程", "校长上几次课", "an平台", "自己", "知道", "啥", "接", "接送"} {
		texts[s] = 3
	}
	return newSounds(texts, &prompts.Terms{English: []prompts.Word{{Say: "school", Means: "学校"}, {Say: "school bus", Means: "校车"}, {Say: "check", Means: "检查"}}, LookAlikes: []string{"学字", "位拉泣"}})
}

func TestSoundsRead(t *testing.T) {
	s := heard(t)
	for _, c := range []struct{ name, typed, want, put string }{
		{"words", "jinnian xinzeng duoshao ge xuewei", "今年新增多少个学位", "今年新增多少个学位"},
		{"syllables", "jin nian xin zeng duo shao xue wei", "今年新增多少学位", "今年新增多少学位"},
		{"all in one", "jinnianxinzengduoshaoxuewei", "今年新增多少学位", "今年新增多少学位"},
		{"as people say it", "jinlian xingzen xuewei", "jinlian新增学位", "新增学位"}, // n for l is not heard
		{"the sound that was typed before one like it", "zi", "自", "自"},
		{"a usual sound before a rare one", "sha", "啥", "啥"}, // 接 has it too
		{"beside characters", "xuesheng有没有zuoye", "学生有没有作业", "学生、作业"},
		{"a half of a word", "手ji怎么管理", "手机怎么管理", "手机"},
		{"initials", "xs有没有作业", "学生有没有作业", "学生"},
		{"a letter for a syllable", "学w新增多少", "学位新增多少", "学位"},
		{"a character of the same sound", "今年新增多少学为", "今年新增多少学位", "学位"},
		{"a character of the same shape", "今年新增多少学拉", "今年新增多少学位", "学位"},
		{"told with the character before, which it is a word with", "今年新增学味多少", "今年新增学位多少", "学位"},
		{"with the one behind", "学校收机怎么管理", "学校手机怎么管理", "手机"},
		{"with the one behind where there is none before", "收机怎么管理", "手机怎么管理", "手机"},
		{"another reading of a character", "xiaozhang shang jici ke", "校长上几次课", "校长上几次课"},
		{"capital letters are a name", "AN怎么搞", "AN怎么搞", ""},
		{"English", "school bus安全谁check", "校车安全谁检查", "校车、检查"},
		{"English alone is left", "school bus check", "school bus check", ""},
		{"letters of the documents", "IEP课程", "IEP课程", ""},
		{"a word of the documents that has a sound", "an平台怎么管理", "an平台怎么管理", ""},
		{"no syllables", "wifi有没有", "wifi有没有", ""},
		{"an address", "http://xuewei.example 有没有", "http://xuewei.example 有没有", ""},
		{"right as it is", "今年新增多少个学位", "今年新增多少个学位", ""},
		{"nothing", "", "", ""},
	} {
		got, put := s.read(c.typed)
		if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(c.want, " ", "") || strings.Join(put, "、") != c.put {
			t.Errorf("%s: %q: got %q, put in %q, want %q, %q", c.name, c.typed, got, put, c.want, c.put)
		}
	}
	long := strings.Repeat("xuewei", maxDecoded)
	if got, put := s.read(long); got != long || put != nil {
		t.Error("too long a text was read")
	}
}

// The model prefers what it has seen together, and has no zero chances.
func TestCharModel(t *testing.T) {
	m := newCharModel()
	m.learn("新增学位，新增座位", 1)
	if seen, other := m.score('增', '学', '位'), m.score('增', '学', '座'); seen <= other {
		t.Errorf("学位 %.2f, 学座 %.2f", seen, other)
	}
	if begins, within := m.score(edge, edge, '新'), m.score('学', '位', '新'); begins <= within {
		t.Errorf("at the beginning %.2f, after 学位 %.2f", begins, within)
	}
	m.learn("东西南，中西北", 1)
	if follows, other := m.score('东', '西', '南'), m.score('东', '西', '北'); follows <= other {
		t.Errorf("东西南 %.2f, 东西北 %.2f", follows, other)
	}
	if s := m.score('甲', '乙', '丙'); s < -20 || s >= 0 {
		t.Errorf("what was never seen: %.2f", s)
	}
}

// What is typed by sound finds its answer on the bundled plan, and what is right is left alone.
func TestBundledSounds(t *testing.T) {
	b := theBundledPlan(t)
	for typed, holds := range map[string]string{
		"jinnian xinzeng duoshao ge xuewei": "2800",
		"jinnianxinzengduoshaoxuewei":       "2800",
		"di ji jie shufajie":                "第三届",
		"手ji管理":                             "手机",
		"tejiao de haizi zenmeban":          "",
		"school bus 安全谁check":               "校车",
	} {
		if a := ask(t, b.engine, Question{Text: typed}); a.Status != Answered || !strings.Contains(a.Text, holds) || !strings.Contains(a.Notice, "理解") {
			t.Errorf("%s: %s %q (%s)", typed, a.Status, a.Text, a.Notice)
		}
	}
	for typed, want := range map[string]Status{"wo xiang zisha": HandedOver, "woxiangzisha": HandedOver, "wo yao tiaolou": HandedOver,
		"haizi bei tongxue qifu le": HandedOver, "xiaozhang shi ge hundan": Refused, "bang wo xie zuowen": OutOfScope} {
		if a := ask(t, b.engine, Question{Text: typed}); a.Status != want {
			t.Errorf("%s: %s %q, want %s", typed, a.Status, a.Text, want)
		}
	}
	for _, right := range []string{"二院的皮肤科周日看不看", "周末太湖湾露营要不要预约", "钟楼区哪家大麻糕最正宗", "app怎么下载", "我儿子ADHD怎么办"} {
		if a := ask(t, b.engine, Question{Text: right}); strings.Contains(a.Notice, "理解") {
			t.Errorf("%s: %s", right, a.Notice)
		}
	}
}

// A question of characters alone may be wrong in more than two words.
func TestBundledRespelling(t *testing.T) {
	b := theBundledPlan(t)
	for typed, holds := range map[string]string{
		"种楼有个什么新哨年要品选,全名是啥": "欣少年",
		"老动四件基地的可城群怎么搞":     "课程群",
		"智惠安房校圆":            "智慧安防校园",
	} {
		if a := ask(t, b.engine, Question{Text: typed}); a.Status != Answered || !strings.Contains(a.Text, holds) || !strings.Contains(a.Notice, "理解") {
			t.Errorf("%s: %s %q (%s)", typed, a.Status, a.Text, a.Notice)
		}
	}
}

func FuzzSounds(f *testing.F) {
	texts := map[string]float64{"今年新增多少个学位": 1, "手机怎么管理": 1}
	s := newSounds(texts, &prompts.Terms{English: []prompts.Word{{Say: "phone", Means: "手机"}}, LookAlikes: []string{"学字"}})
	for _, seed := range []string{"jinnian xuewei", "手ji", "phone管理", "a.b/c", "学　位", "\xff\xfe", "ÜüLV'lv", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, put := s.read(text)
		if len(put) == 0 && got != text && strings.ToValidUTF8(text, "") == text && !strings.ContainsAny(text, " '") {
			t.Errorf("%q became %q, and nothing was put in", text, got)
		}
		for _, w := range put {
			if w == "" {
				t.Errorf("%q: an empty word in %q", text, put)
			}
		}
	})
}
