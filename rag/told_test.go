package rag

import "testing"

// A place that somebody comes from is not asked about.
func TestPlacesThatAreOnlyToldOf(t *testing.T) {
	for question, want := range map[string]bool{
		"我从安徽来，今年新增多少学位":         true,
		"香港来的妈妈想知道，今年新增多少学位":     true,
		"邻居家在天宁，老笑我们没名堂，今年办几场比赛": true,
		"天宁区今年新增多少学位":            false,
		"我是天宁的，天宁今年新增多少学位":       false,
		"台湾的学校要是归你们管，你觉得算统一了吗":   false, // supposed, not told of oneself
		"我家在天宁": false, // asks nothing
		"我想问问天宁今年新增多少学位，有没有钟楼多": false,
	} {
		if got := onlyTold(&promptSet(t).Terms, question, placeIn(t, question)); got != want {
			t.Errorf("%s: got %v", question, got)
		}
	}
}

func placeIn(t *testing.T, q string) string {
	t.Helper()
	place := firstOf(q, promptSet(t).Terms.OtherPlaces)
	if place == "" {
		t.Fatalf("%s names no other place", q)
	}
	return place
}

func TestSentToAskIsNoQuestion(t *testing.T) {
	story := "我孙子下半年读小学，学区房买贵了，心里一直打鼓，晚上也睡不着觉。社区的人让我上你们网站问问。今年全区新增学位多少？"
	got := questions(story)
	if len(got) != 1 || got[0].text != "今年全区新增学位多少？" {
		t.Errorf("got %+v", got)
	}
}

// What leans on a question before it and only says the same again is not told.
func TestWithoutRepeats(t *testing.T) {
	of := partOfStatements
	for _, c := range []struct {
		name          string
		first, second partial
		want          int
	}{
		{"the same sentence first", of("", false, "甲。", "乙。"), of("", true, "甲。", "丙。"), 1},
		{"the same sentence behind another", of("", false, "甲。", "乙。"), of("", true, "丙。", "甲。"), 2},
		{"most of it the same", of("", false, "甲。", "乙。"), of("", true, "丙。", "甲。", "乙。"), 1},
		{"more of a sentence than was told", of("", false, "甲……"), of("", true, "甲，乙。"), 2},
		{"an outline of which one line was told", of("", false, "甲。"), of("outline", true, "甲。", "乙。", "丙。"), 2},
		{"the same outline", of("outline", false, "甲。", "乙。", "丙。"), of("outline", true, "甲。", "乙。", "丁。"), 1},
		{"a question of its own", of("", false, "甲。"), of("", false, "甲。"), 2},
		{"nothing said", of("", false, "甲。"), partial{status: NotStated, leans: true}, 2},
	} {
		if got := len(withoutRepeats([]partial{c.first, c.second})); got != c.want {
			t.Errorf("%s: got %d parts, want %d", c.name, got, c.want)
		}
	}
}

// What a question of its own has behind its best sentence is not told again.
func TestNothingIsToldTwice(t *testing.T) {
	of := partOfStatements
	for _, c := range []struct {
		name          string
		first, second partial
		want          string // of the second
	}{
		{"behind the best", of("", false, "甲。"), of("", false, "乙。", "甲。", "丙。"), "乙。丙。"},
		{"the best itself", of("", false, "甲。"), of("", false, "甲。", "乙。"), "甲。乙。"},
		{"the best itself and another", of("", false, "甲。", "丙。"), of("", false, "甲。", "丙。", "乙。"), "甲。乙。"},
		{"of a question that leans on the first", of("", false, "甲。"), of("", true, "乙。", "甲。"), "乙。甲。"},
		{"lines, the first of them told", of("", false, "甲。", "乙。"), of("outline", false, "甲。", "丙。", "乙。"), "甲。丙。乙。"},
		{"a line", of("", false, "甲。"), of("outline", false, "乙。", "甲。"), "乙。甲。"},
	} {
		before := textOf(c.second)
		got := withoutRepeats([]partial{c.first, c.second})
		if len(got) != 2 || textOf(got[1]) != c.want {
			t.Errorf("%s: got %d parts, %q, want %q", c.name, len(got), textOf(got[len(got)-1]), c.want)
		}
		if textOf(c.second) != before {
			t.Errorf("%s: the part itself was changed", c.name)
		}
	}
}

// partOfStatements is an answered part with these statements.
func partOfStatements(rule string, leans bool, texts ...string) partial {
	p := partial{status: Answered, leans: leans, trace: Trace{Rule: rule}}
	for _, text := range texts {
		p.draft.Statements = append(p.draft.Statements, Statement{Text: text})
	}
	return p
}

func textOf(p partial) (text string) {
	for _, s := range p.draft.Statements {
		text += s.Text
	}
	return text
}

// An answer whose sentences are lines of the outline that follows for a question which leans on it is not told beside it.
func TestWithoutCovered(t *testing.T) {
	of := func(rule string, leans bool, sentences ...int) partial {
		p := partial{status: Answered, leans: leans, trace: Trace{Rule: rule}}
		for _, n := range sentences {
			p.remember.Cited = append(p.remember.Cited, place{"d", "c", n})
		}
		return p
	}
	for _, c := range []struct {
		name          string
		first, second partial
		want          int
	}{
		{"all lines of it", of("", false, 1, 2), of("outline", true, 3, 2, 1), 1},
		{"one is not", of("", false, 1, 4), of("outline", true, 3, 2, 1), 2},
		{"a plain list", of("", false, 1), of("list", true, 1, 2), 2},
		{"a question of its own", of("", false, 1), of("outline", false, 1, 2), 2},
		{"an outline itself", of("outline", false, 1), of("outline", true, 1, 2), 2},
	} {
		if got := len(withoutCovered([]partial{c.first, c.second})); got != c.want {
			t.Errorf("%s: got %d parts, want %d", c.name, got, c.want)
		}
	}
}

// Who comes from elsewhere asks about our place.
func TestFromElsewhere(t *testing.T) {
	terms := &promptSet(t).Terms
	for _, c := range []struct{ text, want string }{
		{"我是外地的，孩子能在钟楼读书吗", ""}, {"外地户口的孩子能不能入学", ""}, {"我们从外省来的，南京怎么办", "南京"}, {"外地新增多少学位", "外地"}, {"武进新增多少学位", "武进"},
		{"国外有感应操场，我们这边会试试吗", ""}, {"国外会试试吗，我们这边没有", "国外"}, {"武进办了，听说很好，什么时候再办", "武进"},
		{"在外省教了八年书，吸引好老师的办法有吗", ""}, // only told of beside ours
	} {
		if got := expect(terms, c.text).place; got != c.want {
			t.Errorf("%q: got place %q, want %q", c.text, got, c.want)
		}
	}
}
