package rag

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"wenda/corpus"
)

func TestTidyQuote(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing to mend", "新增学位2800个。", "新增学位2800个。"},
		{"half-width comma", "全年,新增学位", "全年，新增学位"},
		{"half-width brackets", "学校(含幼儿园)13所", "学校（含幼儿园）13所"},
		{"half-width semicolon and colon", "目标:新增;扩建", "目标：新增；扩建"},
		{"a thousand", "新增2,800个", "新增2,800个"},
		{"a time", "上午9:30开始", "上午9:30开始"},
		{"blanks between characters", "新 增 学 位", "新增学位"},
		{"blanks between words", "AI Lab 课程", "AI Lab课程"},
		{"blanks around", "  新增学位  ", "新增学位"},
		{"a bullet", "• 首页", "首页"},
		{"Latin punctuation", "A,B;C", "A,B;C"},
		{"quotation marks", "“优+”,教育", "“优+”，教育"},
		{"empty", "", ""},
	} {
		if got := tidyQuote(c.text); got != c.want {
			t.Errorf("%s: tidyQuote(%q) = %q, want %q", c.name, c.text, got, c.want)
		}
	}
	n := 0
	for _, d := range fixture(t).Documents() { // no word of a document is changed
		for i := range d.Chunks {
			for k := range d.Chunks[i].Sentences {
				s := d.Chunks[i].Sentence(k)
				if got := tidyQuote(s); untyped(got) != untyped(s) {
					t.Errorf("tidyQuote(%q) = %q", s, got)
				}
				n++
			}
		}
	}
	if n < 20 {
		t.Fatalf("only %d sentences", n)
	}
}

func TestClip(t *testing.T) {
	long := "为增加学位，编制规划，落实用地指标，全年新建学校13所，新增学位2800个，评选“好教师，好校长”30名，继续推进各项工作。"
	for _, c := range []struct {
		name, text string
		limit      int
		facts      []string
		want       string
	}{
		{"short enough", "新增学位2800个。", 10, nil, "新增学位2800个。"},
		{"no facts: from the front", long, 12, nil, "为增加学位，编制规划……"},
		{"around a fact", long, 12, []string{"2800个"}, "……新增学位2800个……"},
		{"grown towards the limit", long, 24, []string{"2800个"}, "……全年新建学校13所，新增学位2800个……"},
		{"both facts", long, 10, []string{"13所", "2800个"}, "……全年新建学校13所，新增学位2800个……"},
		{"quotation marks stay whole", long, 10, []string{"好校长"}, "……评选“好教师，好校长”30名……"},
		{"the end", long, 10, []string{"推进"}, "……继续推进各项工作。"},
		{"a fact that is not there", long, 12, []string{"一万"}, "为增加学位，编制规划……"},
		{"a fact in other typography", long, 12, []string{"２８００ 个"}, "……新增学位2800个……"},
		{"a fact over two clauses", long, 12, []string{"13所，新增学位2800个"}, "……全年新建学校13所，新增学位2800个……"},
		{"a closing mark of another kind", "继续推进，（含”双减；课后服务）各项。", 10, []string{"双减"}, "……（含”双减；课后服务）各项。"},
		{"one clause longer than the limit", "持续推进各项工作取得更大进展。", 5, nil, "持续推进各项工作取得更大进展。"},
	} {
		got := clip(c.text, c.limit, c.facts)
		if got != c.want {
			t.Errorf("%s: clip = %q, want %q", c.name, got, c.want)
		}
		checkClip(t, c.text, c.limit, c.facts, got)
	}
}

// Beside the number that was asked no other figure of a long sentence is quoted; the facts stay, and so does a sentence without them.
func TestWithoutOtherFigures(t *testing.T) {
	long := "成立宣讲团，结合新媒体手段，全年力争打造精品课44节，打造精品微课100节，健全完善学校书记上课的制度，每学期1次思政课。"
	for _, c := range []struct {
		name, text string
		facts      []string
		want       string
	}{
		{"one", long, []string{"44节"}, "成立宣讲团，结合新媒体手段，全年力争打造精品课44节……"},
		{"the next", long, []string{"100节"}, "……打造精品微课100节，健全完善学校书记上课的制度……"},
		{"both", long, []string{"44节", "100节"}, "成立宣讲团，结合新媒体手段，全年力争打造精品课44节，打造精品微课100节，健全完善学校书记上课的制度……"},
		{"a fact that is not there", long, []string{"7节"}, long}, {"no facts", long, nil, long},
		{"short enough", "新建学校13所，新增学位2800个。", []string{"2800个"}, "新建学校13所，新增学位2800个。"},
	} {
		if got := withoutOtherFigures(c.text, c.facts); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// checkClip holds for every cut: a run of whole clauses, in which facts of single clauses are kept and marks stay in pairs.
func checkClip(tb testing.TB, text string, limit int, facts []string, got string) {
	tb.Helper()
	if utf8.RuneCountInString(text) <= limit {
		if got != text {
			tb.Errorf("clip(%q, %d) = %q, want it whole", text, limit, got)
		}
		return
	}
	const left = "……"
	body := got
	if !strings.HasPrefix(text, left) {
		body = strings.TrimPrefix(body, left)
	}
	at := strings.Index(text, strings.TrimSuffix(body, left))
	if at < 0 {
		tb.Fatalf("clip(%q, %d) = %q: not a part of it", text, limit, got)
	}
	for _, f := range facts {
		f = corpus.Fold(f)
		if f != "" && strings.Contains(corpus.Fold(text), f) && !strings.ContainsAny(f, "，；,;") && !strings.Contains(corpus.Fold(got), f) {
			tb.Errorf("clip(%q, %d) = %q: the fact %q is lost", text, limit, got, f)
		}
	}
	for _, pair := range []string{"“”", "《》", "（）"} {
		open, shut := string([]rune(pair)[0]), string([]rune(pair)[1])
		if balanced(text, open, shut) && !balanced(got, open, shut) {
			tb.Errorf("clip(%q, %d) = %q: %s are cut open", text, limit, got, pair)
		}
	}
}

func balanced(s, open, shut string) bool {
	depth := 0
	for _, r := range s {
		switch string(r) {
		case open:
			depth++
		case shut:
			depth--
		}
		if depth < 0 || depth > 1 {
			return false
		}
	}
	return depth == 0
}

var quoteSeeds = []string{"", "新增学位2800个。", "全年,新增(含幼儿园)13所；评选“好教师，好校长”30名，继续推进。", "“，”，《；》，（：）", "，，，；；；", "……，……", "a,b;c d", "“未关，的，引号", "，（”双；减》：）", "• ·  首页", "9:30，10：40", "𠮷，𠮷"}

func FuzzClip(f *testing.F) {
	if len(quoteSeeds) == 0 {
		f.Fatal("no seeds")
	}
	for i, s := range quoteSeeds {
		f.Add(s, i*3, "2800个")
	}
	f.Fuzz(func(t *testing.T, text string, limit int, fact string) {
		if !utf8.ValidString(text) || !utf8.ValidString(fact) || limit < 0 || len(text) > 4000 {
			return
		}
		got := clip(text, limit, []string{fact})
		// a fact that lies over a clause's end is looked for in the table above
		if whole := slices.ContainsFunc(clauseSpans(text), func(c [2]int) bool {
			return strings.Contains(corpus.Fold(text[c[0]:c[1]]), corpus.Fold(fact))
		}); !whole || strings.Trim(fact, "，,；;、… ") != fact {
			fact = ""
		}
		checkClip(t, text, limit, []string{fact}, got)
		at := 0
		for _, c := range clauseSpans(text) {
			if c[0] != at || c[1] <= c[0] {
				t.Fatalf("clauseSpans(%q) = %v", text, clauseSpans(text))
			}
			at = c[1]
		}
		if at != len(text) {
			t.Errorf("clauseSpans(%q) ends at %d of %d", text, at, len(text))
		}
	})
}

func FuzzTidyQuote(f *testing.F) {
	if len(quoteSeeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range quoteSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		got := tidyQuote(text)
		if untyped(got) != untyped(text) {
			t.Errorf("tidyQuote(%q) = %q: a letter or figure changed", text, got)
		}
		if n := utf8.RuneCountInString(got); n > utf8.RuneCountInString(text) || !utf8.ValidString(got) {
			t.Errorf("tidyQuote(%q) = %q", text, got)
		}
		if quoted := fieldQuote(got); untyped(strings.Replace(quoted, "页面上没有填写", "", 1)) != untyped(strings.Replace(got, "页面上没有填写", "", 1)) {
			t.Errorf("fieldQuote(%q) = %q", got, quoted)
		}
	})
}

func TestIntroducePlan(t *testing.T) {
	planDoc := &corpus.Document{Meta: corpus.Meta{Title: "某区教育2022年工作计划"}}
	report := &corpus.Document{Meta: corpus.Meta{Title: "某区教育2022年统计公报"}}
	both := &corpus.Document{Meta: corpus.Meta{Title: "某局2023年工作总结和2024年工作要点"}}
	for _, c := range []struct {
		name, text string
		d          *corpus.Document
		want       string
	}{
		{"a bare target", "新增学位2800个。", planDoc, "计划新增学位2800个。"},
		{"a target with its word", "力争新增学位2800个。", planDoc, "力争新增学位2800个。"},
		{"a target with 将", "全年将新增学位2800个。", planDoc, "全年将新增学位2800个。"},
		{"no target", "举办书法节。", planDoc, "举办书法节。"},
		{"a year is no target", "2022年书法节。", planDoc, "2022年书法节。"},
		{"a report", "新增学位2800个。", report, "新增学位2800个。"},
		{"a report that plans too", "新增学位2800个。", both, "新增学位2800个。"},
		{"a share", "骨干教师占比35%。", planDoc, "计划骨干教师占比35%。"},
		{"a range", "申报9-10个项目。", planDoc, "计划申报9-10个项目。"},
		{"重要 plans nothing", "建设重要场馆13个。", planDoc, "计划建设重要场馆13个。"},
		{"要求 plans nothing", "符合要求的学校13所。", planDoc, "计划符合要求的学校13所。"},
	} {
		if got := introducePlan(c.text, c.d); got != c.want {
			t.Errorf("%s: introducePlan(%q) = %q, want %q", c.name, c.text, got, c.want)
		}
		if got := introducePlan(c.want, c.d); got != c.want {
			t.Errorf("%s: twice: %q", c.name, got)
		}
	}
}

func TestFieldQuote(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"文件编号：", "文件编号：页面上没有填写。"},
		{"文件编号:", "文件编号：页面上没有填写。"},
		{"文件编号： | ", "文件编号：页面上没有填写。"},
		{"发布日期：2031-05-06", "发布日期：2031-05-06。"},
		{"废止日期：有效。", "废止日期：有效。"},
		{"联系我们 |", "联系我们。"},
	} {
		if got := fieldQuote(c.text); got != c.want {
			t.Errorf("fieldQuote(%q) = %q, want %q", c.text, got, c.want)
		}
	}
	a := asked(t, engine(t, nil), "文件编号是多少")
	if !a.Answered || a.Text != "文件编号：页面上没有填写。[1]" || a.Notice != "" {
		t.Errorf("got %s, %q, notice %q", a.Status, a.Text, a.Notice)
	}
}

// What is quoted of a plan is told as a plan, also beside a refusal, in a list and on request for more.
func TestPlanIsNoResult(t *testing.T) {
	e := engine(t, nil)
	first := asked(t, e, "体育活动都有哪些")
	for _, a := range []Answer{
		first,
		asked(t, e, "今年新增多少学位"),
		asked(t, e, "区级体育比赛的评委是谁"),
		asked(t, e, "3D打印教室建在哪个街道，名单有吗"),
		asked(t, e, "今年教育上主要干哪些事"),
		ask(t, e, Question{Text: "第一个呢", ConversationID: first.ConversationID}),
	} {
		lines := strings.Split(a.Text, "\n")
		for i, line := range lines {
			introduced := i > 0 && planWords.MatchString(lines[0])
			if targetFigure.MatchString(line) && !planWords.MatchString(line) && !introduced {
				t.Errorf("%q is told as it were done (notice %q)", line, a.Notice)
			}
			if done.MatchString(line) {
				t.Errorf("%q is told as done", line)
			}
		}
	}
}

// A second sentence is quoted behind the best where it is nearly as good. Where variants were written it needs a near one of its own and a rank not
// far behind, unless the first says little more than the question or more than one thing is asked.
func TestQuotesBestFirst(t *testing.T) {
	src := func(n int, text string) corpus.SentenceScore {
		return corpus.SentenceScore{Source: corpus.Source{Chunk: &corpus.Chunk{Kind: corpus.Paragraph}, Sentence: n, Text: text}}
	}
	known := func(n int, text string, variant, probe float64) corpus.SentenceScore {
		s := src(n, text)
		s.Variant, s.Probe = variant, probe
		return s
	}
	for _, c := range []struct {
		name          string
		score         float64 // of the second, where the first has 1
		first, second corpus.SentenceScore
		asked         string
		want          []int
	}{
		{"close, after", .9, src(1, "甲。"), src(2, "乙。"), "", []int{1, 2}},
		{"close, before", .9, src(2, "甲。"), src(1, "乙。"), "", []int{2, 1}},
		{"far", .5, src(1, "甲。"), src(2, "乙。"), "", []int{1}},
		{"close but long", .9, src(1, strings.Repeat("甲", 70)), src(2, strings.Repeat("乙", 70)), "", []int{1}},
		{"with variants, close", .96, known(1, "管好食堂。", .8, .4), known(2, "查饮用水。", .7, .3), "学校吃得放心吗", []int{1, 2}},
		{"with variants, not close enough", .94, known(1, "管好食堂。", .8, .4), known(2, "查饮用水。", .7, .3), "学校吃得放心吗", []int{1}},
		{"it says more of the question", .84, known(1, "管好食堂。", .8, .4), known(2, "查饮用水。", .7, .4), "饮用水", []int{1, 2}},
		{"with variants, rank behind", .84, known(1, "管好食堂。", .9, .4), known(2, "查饮用水。", .7, .3), "学校吃得放心吗", []int{1}},
		{"without a near variant of its own", .9, known(1, "管好食堂。", .8, .4), known(2, "查饮用水。", 0, .3), "学校吃得放心吗", []int{1}},
		{"the question says the first itself", .9, known(1, "管好食堂。", .8, .4), known(2, "查饮用水。", 0, .3), "管好食堂之后做什么", []int{1, 2}},
		{"more is asked for", .9, known(1, "管好食堂。", .8, .4), known(2, "查饮用水。", 0, .3), "吃的方面还有什么", []int{1, 2}},
	} {
		c.first.Score, c.second.Score = 1, c.score
		quotes, _ := chooseQuotes(&promptSet(t).Terms, c.asked, corpus.Result{Hits: []corpus.Hit{{Score: 1, Sentences: []corpus.SentenceScore{c.first, c.second}}}}, maxQuotes)
		var got []int
		for _, q := range quotes {
			got = append(got, q.Sentence)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got sentences %v, want %v", c.name, got, c.want)
		}
	}
}

func TestMostTelling(t *testing.T) {
	points := []corpus.OutlinePoint{{Text: "加强管理"}, {Text: "新增2所"}, {Text: "评选“名师”3名"}, {Text: "继续推进"}, {Text: "建成5个"}}
	var got []string
	for _, p := range mostTelling(points, 3) {
		got = append(got, p.Text)
	}
	if want := []string{"新增2所", "评选“名师”3名", "建成5个"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := mostTelling(points, 99); len(got) != len(points) {
		t.Errorf("got %d points, want all", len(got))
	}
}
