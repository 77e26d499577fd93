package rag

import (
	"strings"
	"testing"

	"wenda/corpus"
	"wenda/prompts"
)

// What was typed by sound is understood, and the resident is told how.
func TestRepairBySound(t *testing.T) {
	x, err := buildFixture(page, tiny{}, func(m *corpus.Material) { // what is well understood needs no repair: a high floor
		m.Calibration = func(version string) *corpus.Fitted { return &corpus.Fitted{For: version, Floor: .75, Cut: -1e9} }
	})
	if err != nil {
		t.Fatal(err)
	}
	e := engine(t, func(p *Parts) { p.Index = func() *corpus.Index { return x } })
	for _, c := range []struct{ name, question, holds, understood string }{
		{"one wrong character", "新增学味多少个", "1500个", "学位"},
		{"another wrong character", "课左椅换几所学校", "20所学校", "课桌椅"},
		{"pinyin", "xinzeng xuewei 多少个", "1500个", "新增学位"},
		{"pinyin in one", "xinzengxuewei 多少个", "1500个", "新增学位"},
		{"capital letters", "XinZeng XueWei 多少个", "1500个", "新增学位"},
		{"zh and z", "kezuoyi 换几所学校", "20所学校", "课桌椅"},
	} {
		a := asked(t, e, c.question)
		if !a.Answered || !strings.Contains(a.Text, c.holds) {
			t.Errorf("%s: %q: got %s %q, want %q", c.name, c.question, a.Status, a.Text, c.holds)
		}
		if !strings.Contains(a.Notice, c.understood) || !strings.Contains(a.Notice, "理解") {
			t.Errorf("%s: %q: got notice %q, want it to say that it was understood as %s", c.name, c.question, a.Notice, c.understood)
		}
	}
}

// A warmed engine has the sounds of its index before the first question.
func TestWarm(t *testing.T) {
	e := engine(t, nil)
	if e.repairs.current.Load() != nil {
		t.Fatal("there before")
	}
	e.Warm()
	if have := e.repairs.current.Load(); have == nil || have.for_ != e.index() || len(have.sound) == 0 {
		t.Error("not warmed")
	}
	engine(t, func(p *Parts) { p.Index = func() *corpus.Index { return nil } }).Warm()
}

// A run between two words is no misspelt word: 容和 in 内容和我 is not 融合.
func TestNoRepairAcrossWords(t *testing.T) {
	r := &repairer{read: newSounds(nil, &prompts.Terms{}), known: map[string]bool{"内容": true, "融合": true, "教育局": true, "教育": true}, sound: map[string]string{soundOf([]rune("融合")): "融合", soundOf([]rune("教育局")): "教育局"}}
	for _, c := range []struct{ question, want string }{{"哪些内容和我有关", ""}, {"容和教学", "融合"}, {"教育聚在哪", "教育局"}} {
		words := ""
		for _, p := range r.propose(c.question) {
			words += p.words
		}
		if words != c.want {
			t.Errorf("propose(%q) put in %q, want %q", c.question, words, c.want)
		}
	}
}

// What was written right is left alone.
func TestNoRepairOfRightQuestions(t *testing.T) {
	e := engine(t, nil)
	r := newRepairer(fixture(t), promptSet(t))
	n := 0
	for _, u := range units {
		for _, q := range u.asks {
			n++
			for _, p := range r.propose(q) {
				t.Errorf("propose(%q): %+v", q, p)
			}
			if a := asked(t, e, q); strings.Contains(a.Notice, "理解") {
				t.Errorf("%q: got notice %q", q, a.Notice)
			}
		}
	}
	if n < 40 {
		t.Fatalf("only %d questions", n)
	}
	for _, q := range []string{"举办区级体育比赛多少场", "AI课有吗", "3D打印教室有几间", "python是什么", "hello", "OK", "NBA比赛有几场", "今年新增学位", "", "12345"} {
		for _, p := range r.propose(q) {
			t.Errorf("propose(%q): %+v", q, p)
		}
	}
}

func TestPlainSound(t *testing.T) {
	for _, c := range []struct{ a, b string }{{"zhengce", "zence"}, {"shuang", "suan"}, {"ming", "min"}, {"chang", "can"}} {
		if plainSound(c.a) != plainSound(c.b) {
			t.Errorf("%s and %s sound different: %s, %s", c.a, c.b, plainSound(c.a), plainSound(c.b))
		}
	}
	if soundOf([]rune("双减")) != soundOf([]rune("双剪")) {
		t.Error("双减 and 双剪 sound different")
	}
}

// The repairer belongs to an index; another index gets another one.
func TestRepairerOfTheIndex(t *testing.T) {
	var r repairs
	a, b, set := fixture(t), wordsOnly(t), promptSet(t)
	first := r.of(a, set)
	if r.of(a, set) != first {
		t.Error("the same index got a new repairer")
	}
	if second := r.of(b, set); second == first || second.for_ != b {
		t.Error("another index got the old repairer")
	}
}

var proposeSeeds = []string{"", "新增学味多少个", "xinzeng xuewei", "a'b’c", "''", "AI课", strings.Repeat("味", 60), strings.Repeat("xuewei", 80), "ü"}

func FuzzPropose(f *testing.F) {
	if len(proposeSeeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range proposeSeeds {
		f.Add(s)
	}
	r := newRepairer(fixture(f), promptSet(f))
	f.Fuzz(func(t *testing.T, text string) {
		if Check(text) != nil {
			return
		}
		for _, p := range r.propose(text) {
			if p.words == "" || p.text == "" || p.gain < repairGain {
				t.Fatalf("propose(%q): %+v", text, p)
			}
			for _, w := range strings.Split(p.words, "、") {
				if !r.known[w] && !strings.Contains(corpus.Fold(p.text), corpus.Fold(w)) {
					t.Errorf("propose(%q): %+v: %q is not in it", text, p, w)
				}
			}
		}
	})
}
