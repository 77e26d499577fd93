package eval

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"wenda/rag"
)

// Figures of the binomial distribution with p = 1/2, by hand: sum of C(n, k) from k = worse, over 2^n.
func TestSignTest(t *testing.T) {
	for _, c := range []struct {
		better, worse int
		want          float64
	}{
		{0, 0, 1},
		{3, 0, 1},
		{0, 1, .5},
		{0, 4, .0625},
		{0, 5, .03125},
		{1, 7, 9. / 256},
		{2, 6, 37. / 256},
		{5, 5, 638. / 1024},
		{0, 2000, 0}, // 2^-2000 is nought, and no NaN
		{1000, 1000, .50892},
	} {
		if got := signTest(c.better, c.worse); !(math.Abs(got-c.want) <= 1e-5) { // so that NaN is no match
			t.Errorf("signTest(%d, %d) = %.5f, want %.5f", c.better, c.worse, got, c.want)
		}
	}
}

// runs makes an earlier and a later run of one kind: so many that stayed right, got better, got worse.
func runs(kind string, same, better, worse int) (before, after []Verdict) {
	add := func(n int, then, now bool) {
		for range n {
			c := Case{ID: fmt.Sprintf("%s-%d", kind, len(before)+1), Kind: kind, Question: "问", Expect: Expect{Answerable: yes()}}
			before = append(before, Verdict{Case: c, OK: then, Cited: true})
			after = append(after, Verdict{Case: c, OK: now, Cited: true})
		}
	}
	add(same, true, true)
	add(better, false, true)
	add(worse, true, false)
	return before, after
}

func TestWorsened(t *testing.T) {
	type kind struct {
		name                string
		same, better, worse int
	}
	for _, c := range []struct {
		name  string
		kinds []kind
		want  bool
	}{
		{"nothing changed", []kind{{"direct", 50, 0, 0}}, false},
		{"only better", []kind{{"direct", 50, 20, 0}}, false},
		{"four worse are never beyond noise", []kind{{"direct", 0, 0, 4}}, false},
		{"five worse and none better", []kind{{"direct", 900, 0, 5}}, true},
		{"five worse and one better", []kind{{"direct", 900, 1, 5}}, false},
		{"seven worse and one better", []kind{{"direct", 10, 1, 7}}, true},
		{"spread over kinds", []kind{{"direct", 10, 0, 2}, {"typo", 10, 0, 2}, {"short", 10, 0, 2}}, true},
		{"one kind, hidden by another", []kind{{"direct", 10, 0, 8}, {"typo", 10, 8, 0}}, true},
		{"one kind, not enough for its share of the .05", []kind{{"direct", 10, 0, 5}, {"typo", 10, 5, 0}}, false},
		{"nothing at all", nil, false},
	} {
		var before, after []Verdict
		for _, k := range c.kinds {
			b, a := runs(k.name, k.same, k.better, k.worse)
			before, after = append(before, b...), append(after, a...)
		}
		got := Compare("", before, after)
		if got.Worsened() != c.want {
			t.Errorf("%s: got worsened %v, want %v: %+v", c.name, got.Worsened(), c.want, got.Rows)
		}
	}
}

// Citations that get lost count as well, where the answers stay right.
func TestWorsenedCitations(t *testing.T) {
	for lost, want := range map[int]bool{4: false, 5: true} {
		before, after := runs("direct", 20, 0, 0)
		for i := range lost {
			after[i].Cited = false
		}
		got := Compare("", before, after)
		if got.Worsened() != want || len(got.CitedWorse) != lost || len(got.Worse) != 0 || got.Cited.N != 20 || got.Cited.After != 20-lost {
			t.Errorf("%d lost: got worsened %v, want %v: %d cited worse, %d worse, %+v", lost, got.Worsened(), want, len(got.CitedWorse), len(got.Worse), got.Cited)
		}
	}
}

func TestCompare(t *testing.T) {
	c := func(id, kind string) Case {
		return Case{ID: id, Kind: kind, Question: "问" + id, Expect: Expect{Answerable: yes(), Facts: [][]string{{"1"}}}}
	}
	altered := c("altered", "direct")
	altered.Expect.Facts = [][]string{{"2"}}
	refused := c("no", "nearmiss")
	refused.Expect.Answerable = no()
	before := []Verdict{
		{Case: c("gone", "direct"), OK: true}, {Case: c("stays", "direct"), OK: true, Cited: true}, {Case: c("worse", "direct"), OK: true, Cited: true},
		{Case: c("better", "typo"), Why: "refused"}, {Case: c("altered", "direct"), OK: true}, {Case: c("uncited", "typo"), OK: true, Cited: true},
		{Case: c("cited", "typo"), OK: true}, {Case: refused, OK: true, Cited: true},
	}
	after := []Verdict{
		{Case: c("better", "typo"), OK: true, Cited: true}, {Case: c("worse", "direct"), Why: "answered"}, {Case: c("new", "short"), OK: true}, {Case: altered},
		{Case: c("stays", "direct"), OK: true, Cited: true}, {Case: c("uncited", "typo"), OK: true}, {Case: c("cited", "typo"), OK: true, Cited: true}, {Case: refused, OK: true, Cited: true},
	}
	got := Compare("甲 → 乙", before, after)
	ids := func(list []Change) (out []string) {
		for _, ch := range list {
			out = append(out, ch.After.Case.ID)
			if ch.Before.Case.ID != ch.After.Case.ID {
				t.Errorf("%s was paired with %s", ch.After.Case.ID, ch.Before.Case.ID)
			}
		}
		return out
	}
	for _, l := range []struct {
		name      string
		got, want []string
	}{
		{"better", ids(got.Better), []string{"better"}}, {"worse", ids(got.Worse), []string{"worse"}}, {"cited better", ids(got.CitedBetter), []string{"cited"}},
		{"cited worse", ids(got.CitedWorse), []string{"uncited"}}, {"added", got.Added, []string{"new"}}, {"missing", got.Missing, []string{"gone"}}, {"altered", got.Altered, []string{"altered"}},
	} {
		if !reflect.DeepEqual(l.got, l.want) {
			t.Errorf("%s: got %q, want %q", l.name, l.got, l.want)
		}
	}
	third := worseBy / 3
	want := []ComparedRow{
		{"typo", 3, 2, 3, 1, 0, 1, third}, {"direct", 2, 2, 1, 0, 1, .5, third}, {"nearmiss", 1, 1, 1, 0, 0, 1, third}, {"all", 6, 5, 5, 1, 1, .75, worseBy},
	}
	if len(got.Rows) != len(want) {
		t.Fatalf("got %+v", got.Rows)
	}
	for i := range want {
		g, w := got.Rows[i], want[i]
		if math.Abs(g.P-w.P) > 1e-9 || math.Abs(g.Limit-w.Limit) > 1e-9 {
			t.Errorf("%s: got p %v, limit %v, want %v, %v", w.Kind, g.P, g.Limit, w.P, w.Limit)
		}
		g.P, g.Limit, w.P, w.Limit = 0, 0, 0, 0
		if g != w {
			t.Errorf("got %+v, want %+v", g, w)
		}
	}
	if got.Cited.N != 5 || got.Cited.Better != 2 || got.Cited.Worse != 2 {
		t.Errorf("citations: got %+v", got.Cited)
	}

	var b bytes.Buffer
	if err := WriteComparison(&b, got); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"甲 → 乙", "变差 1 题", "worse direct 问worse", "现在：answered", "better typo 问better", "原来：refused", "引用变差 1 题", "引用变好 1 题",
		"只有这次有，没有比较 1 题：new", "只有原来有，没有比较 1 题：gone", "标准改过，没有比较 1 题：altered", "结论：有题变差，但没有超出偶然"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestDecisionInWords(t *testing.T) {
	for _, c := range []struct {
		same, better, worse int
		want                string
	}{{0, 0, 0, "没有相同的题"}, {5, 0, 0, "没有变差"}, {5, 3, 0, "没有变差"}, {5, 0, 1, "没有超出偶然"}, {5, 0, 9, "明显变差，超出偶然"}} {
		before, after := runs("direct", c.same, c.better, c.worse)
		if got := decision(Compare("", before, after)); !strings.Contains(got, c.want) {
			t.Errorf("%d, %d, %d: got %q, want %q", c.same, c.better, c.worse, got, c.want)
		}
	}
}

// What changes a case, and what does not.
func TestSameCase(t *testing.T) {
	base := Case{ID: "1", Kind: "direct", Question: "甲", Expect: Expect{Answerable: yes(), Facts: [][]string{{"1"}}, Section: "学位"}}
	for _, c := range []struct {
		name  string
		alter func(*Case)
		want  bool
	}{
		{"nothing", func(*Case) {}, true},
		{"an empty list for none", func(c *Case) { c.Expect.MustNot, c.Expect.Status, c.History = []string{}, []string{}, []rag.Turn{} }, true},
		{"the document", func(c *Case) { c.Expect.Document = "d" }, true},
		{"the question", func(c *Case) { c.Question = "乙" }, false},
		{"the history", func(c *Case) { c.History = []rag.Turn{{Role: "user", Content: "甲"}} }, false},
		{"the kind", func(c *Case) { c.Kind = "typo" }, false},
		{"whether it is answerable", func(c *Case) { c.Expect.Answerable = no() }, false},
		{"a fact", func(c *Case) { c.Expect.Facts = [][]string{{"2"}} }, false},
		{"what must not be said", func(c *Case) { c.Expect.MustNot = []string{"3"} }, false},
		{"a status", func(c *Case) { c.Expect.Status = []string{"answered"} }, false},
	} {
		other := base
		c.alter(&other)
		if got := sameCase(base, other); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
