package prompts

import (
	"bufio"
	"os"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

// lines reads a table of testdata without its comments.
func lines(t testing.TB, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		if l := sc.Text(); l != "" && !strings.HasPrefix(l, "# ") {
			out = append(out, l)
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	if len(out) < 150 {
		t.Fatalf("%s has %d lines, want 150 or more", path, len(out))
	}
	return out
}

func TestRouted(t *testing.T) {
	s := load(t)
	for _, l := range lines(t, "testdata/routed.txt") {
		want, question, _ := strings.Cut(l, "\t")
		r, params, ok := s.Route(question)
		if !ok || !slices.Contains(strings.Split(want, "|"), r.Reply) {
			t.Errorf("%s: got %q (route %s), want %s", question, r.Reply, r.Name, want)
			continue
		}
		if _, err := s.Reply(r.Reply, paramsWith(params, question, s, r.Reply)); err != nil {
			t.Errorf("%s: %v", question, err)
		}
	}
}

// paramsWith adds the question where a reply's say wants it, as the engine does.
func paramsWith(p Params, question string, s *Set, reply string) Params {
	out := Params{}
	for k, v := range p {
		out[k] = v
	}
	if slices.Contains(s.replies[reply].say.names(), "question") {
		out["question"] = question
	}
	return out
}

func TestPassed(t *testing.T) {
	s := load(t)
	questions := lines(t, "testdata/passed.txt")
	for _, g := range s.Suggestions {
		questions = append(questions, g.Question)
	}
	for _, q := range questions {
		if r, _, ok := s.Route(q); ok {
			t.Errorf("%s: taken by route %s", q, r.Name)
		}
	}
}

func TestTopic(t *testing.T) {
	s := load(t)
	for question, want := range map[string]string{
		"我的社保卡丢了怎么办": "社保卡", // the longer phrase stands first
		"公积金怎么提取":    "公积金",
		"户口怎么迁":      "户口怎么迁",
	} {
		r, params, ok := s.Route(question)
		if !ok || r.Name != "other_business" || params["topic"] != want {
			t.Errorf("%s: route %q, topic %q, want %q", question, r.Name, params["topic"], want)
		}
	}
}

func TestPhrases(t *testing.T) {
	got := load(t).Phrases()
	for _, want := range []string{"想自杀", "公积金", "suicide"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not among %d phrases", want, len(got))
		}
	}
}

func TestStripGreeting(t *testing.T) {
	s := load(t)
	for question, want := range map[string]string{
		"你好，今年学位有多少":        "今年学位有多少",
		"你好今年学位有多少":         "今年学位有多少",
		"您好！请问一下，书法节是第几届":   "书法节是第几届",
		"Hello, 体育场地开放几所":   "体育场地开放几所",
		"hi学位":              "学位",
		"老师好，想问下双减":         "双减",
		"老师好不好找":            "老师好不好找",
		"你好像没说清楚":           "你好像没说清楚",
		"问下一届书法节":           "问下一届书法节",
		"history课":          "history课",
		"你好":                "你好",
		"你好吗":               "你好吗",
		"  你好呀~ “532”战略是什么": "“532”战略是什么",
		"谢谢，那学位呢":           "那学位呢",
		"打扰了，麻烦问下《支部一本通》是什么": "《支部一本通》是什么",
		"今年学位有多少":            "今年学位有多少",
		"":                   "",
		"。。。":                "。。。",
		"早教有没有提到":            "早教有没有提到",
		"在吗？老人学手机的课在哪上":      "老人学手机的课在哪上",
		"大家好，我是家长，想咨询一下课后服务": "我是家长，想咨询一下课后服务",
	} {
		if got := s.StripGreeting(question); got != want {
			t.Errorf("%q: got %q, want %q", question, got, want)
		}
	}
}

// Literals only save time: they never hide a match.
func TestLiteralsHideNothing(t *testing.T) {
	s := load(t)
	questions := append(lines(t, "testdata/routed.txt"), lines(t, "testdata/passed.txt")...)
	with, hidden := 0, 0
	for _, r := range s.routes {
		for i, p := range r.contains {
			for _, q := range questions {
				v := viewOf(q)
				want := p.tight.text != "" && strings.Contains(v.tight, p.tight.text) || p.words.text != "" && strings.Contains(v.words, p.words.text)
				if p.in(v) != want {
					t.Errorf("route %s, %s: %q: want %v", r.Name, p.text, q, want)
				}
				if lets := r.sieve[i].lets(v.holds); want && !lets {
					t.Errorf("route %s, %s: %q: the sieve hides it", r.Name, p.text, q)
				} else if !lets {
					hidden++
				}
			}
		}
		for _, e := range r.regexps {
			if !slices.ContainsFunc(e.branches, func(n needs) bool { return len(n) == 0 }) {
				with++
			}
			for _, q := range questions {
				_, q, _ = strings.Cut("\t"+q, "\t")
				v := viewOf(q)
				if got, want := e.find(v.text, v.holds), e.re.FindStringIndex(v.text); !slices.Equal(got, want) {
					t.Errorf("route %s, %s: %q: got %v, want %v", r.Name, e.re, q, got, want)
				}
			}
		}
	}
	if with == 0 || hidden == 0 {
		t.Errorf("%d expressions have literals, %d phrases were passed over", with, hidden)
	}
}

func TestRequired(t *testing.T) {
	for text, want := range map[string]string{
		"(着|起)火":      "火; 着|起",
		"帮我(写|做)作业":   "帮我; 作业; 做|写",
		"a|bc":        "a|bc",
		"(忘掉|丢开)规则|a": "规则|a",
		"a?":          "",
		"(a|b?)":      "",
		"x{2,}y*":     "x",
		"[^a]":        "",
		"^(你好|您好)+$":  "你好|您好",
		"(?i)hello":   "",
		"[ab]+(好)?坏的": "坏的; a|b",
	} {
		tree, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		var needs []string
		for _, some := range required(tree) {
			needs = append(needs, strings.Join(some, "|"))
		}
		if got := strings.Join(needs, "; "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func FuzzRoute(f *testing.F) {
	s := load(f)
	seeds := append(lines(f, "testdata/routed.txt"), lines(f, "testdata/passed.txt")...)
	for _, l := range seeds[:200] {
		_, q, _ := strings.Cut("\t"+l, "\t")
		f.Add(q)
	}
	f.Add("\xff\xfe你好\x00")
	f.Add("İstanbul 你好")
	f.Fuzz(func(t *testing.T, question string) {
		r, params, ok := s.Route(question)
		if again, _, okAgain := s.Route(question); again.Name != r.Name || ok != okAgain {
			t.Errorf("%q: routes %s, then %s", question, r.Name, again.Name)
		}
		if ok {
			if _, err := s.Reply(r.Reply, paramsWith(params, question, s, r.Reply)); err != nil {
				t.Error(err)
			}
		}
		once := s.StripGreeting(question)
		if twice := s.StripGreeting(once); twice != once {
			t.Errorf("%q: stripped %q, then %q", question, once, twice)
		}
		if !strings.HasSuffix(question, once) && !strings.HasSuffix(strings.TrimSpace(question), once) {
			t.Errorf("%q: %q is not its end", question, once)
		}
	})
}

// Words of a dialect are replaced the longest first, and twice is once.
func TestStandard(t *testing.T) {
	s := load(t)
	for _, c := range []struct{ in, want string }{
		{"有冇学位", "有没有学位"}, {"会唔会减少功课", "会不会减少功课"}, {"念国小和幼稚园", "念小学和幼儿园"}, {"中国小学生", "中国小学生"}, {"全国小朋友", "全国小朋友"}, {"新增多少学位", "新增多少学位"},
	} {
		got := s.Standard(c.in)
		if got != c.want || s.Standard(got) != got {
			t.Errorf("%q: got %q, then %q, want %q", c.in, got, s.Standard(got), c.want)
		}
	}
	for _, w := range s.Terms.Dialect {
		if got := s.Standard(w.Means); got != w.Means {
			t.Errorf("%s means %s, which is replaced by %s", w.Say, w.Means, got)
		}
	}
	if got := s.WithoutDialect().Standard("国小"); got != "国小" {
		t.Errorf("without: got %q", got)
	}
}

// What a figure counts is added where the sentence leaves it out, and only there.
func TestRestored(t *testing.T) {
	s := load(t)
	for _, c := range []struct{ in, want string }{
		{"全年新建、改扩建13所，新增学位2800个。", "全年新建、改扩建13所（学校），新增学位2800个。"},
		{"建成1-2所。", "建成1-2所（学校）。"},
		{"新建学校13所，新增学位2800个。", "新建学校13所，新增学位2800个。"},
		{"幼儿园5所。", "幼儿园5所。"}, {"13所学校。", "13所学校。"}, {"学位2800个。", "学位2800个。"}, {"", ""},
	} {
		if got := s.Terms.Restored(c.in); got != c.want || s.Terms.Restored(got) != got {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}
