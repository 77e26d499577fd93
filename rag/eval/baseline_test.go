package eval

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"wenda/rag"
)

func lines(t *testing.T, verdicts ...Verdict) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for _, v := range verdicts {
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// What eval --json writes is read back as it was, traces and all.
func TestVerdictsReadBack(t *testing.T) {
	c := Case{ID: "a-1", Kind: "direct", Question: "新增多少", History: []rag.Turn{{Role: "user", Content: "学位"}}, Expect: Expect{Answerable: yes(), Facts: [][]string{{"2800"}}, Section: "学位"}}
	a := answered("2800个", "学位")
	a.Trace = rag.Trace{Asked: "新增多少", Answerable: 3, Cut: -1, Candidates: []rag.Candidate{{Section: "学位", Text: "新增2800个", Score: .7}}, Steps: []rag.StepTime{{Step: "retrieve", Took: 7}}}
	want := []Verdict{NewScorer().Score(c, a), NewScorer().Score(Case{ID: "a-2", Kind: "nearmiss", Question: "名单", Expect: Expect{Answerable: no()}}, refused(rag.NotStated, "没有说明"))}
	for name, data := range map[string][]byte{
		"as written":         lines(t, want...),
		"with empty lines":   append([]byte("\n\n"), lines(t, want...)...),
		"of another version": bytes.ReplaceAll(lines(t, want...), []byte(`"ok"`), []byte(`"invented":{"later":1},"ok"`)),
	} {
		got, err := Verdicts(name, data)
		if err != nil || len(got) != 2 {
			t.Fatalf("%s: got %d verdicts, error %v", name, len(got), err)
		}
		for i := range want {
			g := got[i]
			if w := want[i]; g.Case.ID != w.Case.ID || g.OK != w.OK || g.Why != w.Why || g.Cited != w.Cited || g.Answer.Text != w.Answer.Text || !reflect.DeepEqual(g.Trace, w.Trace) || !sameCase(g.Case, w.Case) {
				t.Errorf("%s: got  %+v\nwant %+v", name, g, w)
			}
		}
	}
}

func TestVerdictsMistakes(t *testing.T) {
	good := string(lines(t, Verdict{Case: Case{ID: "a", Kind: "direct", Question: "问"}}))
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "no verdicts"},
		{"blank lines", "\n \n", "no verdicts"},
		{"rubbish", "<html>", "run:1"},
		{"cut off", good + good[:len(good)/2], "run:2"},
		{"the table instead", "kind  n  right\n", "run:1"},
		{"a test set instead", `{"id":"a","kind":"direct","question":"问","expect":{"answerable":true}}`, "no verdict"},
		{"an object of something else", `{"case":{"id":"a"}}`, "no verdict"},
		{"without ok", strings.Replace(good, `"ok"`, `"okay"`, 1), "no verdict"},
		{"a wrong type", strings.Replace(good, `"ok":false`, `"ok":"no"`, 1), "run:1"},
		{"the same id", good + good, "second time"},
		{"two on a line", strings.TrimSpace(good) + good, "more than one"},
		{"an array", "[" + strings.TrimSpace(good) + "]", "run:1"},
	} {
		got, err := Verdicts("run", []byte(c.text))
		if err == nil || len(got) > 0 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %d verdicts, error %v, want %q in it", c.name, len(got), err, c.want)
		}
	}
	_, err := Verdicts("run", []byte(strings.Repeat("x\n", 1000)))
	if n := strings.Count(err.Error(), "\n") + 1; n > maxProblems+1 {
		t.Errorf("a thousand bad lines are told in %d lines", n)
	}
}

func TestShared(t *testing.T) {
	one := Case{ID: "1", Kind: "direct", Question: "甲", Expect: Expect{Answerable: yes()}}
	two := Case{ID: "2", Kind: "direct", Question: "乙", Expect: Expect{Answerable: no()}}
	altered := two
	altered.Question = "丙"
	documented := one
	documented.Expect.Document = "d"
	earlier := []Verdict{{Case: one}, {Case: two}}
	for _, c := range []struct {
		name  string
		cases []Case
		want  int
	}{{"both", []Case{one, two}, 2}, {"one altered", []Case{one, altered}, 1}, {"a document was added", []Case{documented}, 1}, {"another", []Case{{ID: "3"}}, 0}, {"none", nil, 0}} {
		if got := Shared(earlier, c.cases); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}
