package eval

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"wenda/rag"
)

func TestColumns(t *testing.T) {
	var b bytes.Buffer
	if err := columns(&b, [][]string{{"类别", "n", "答对"}, {"direct", "60", "95.0%"}, {"“双减”", "1", "-"}}); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimRight(b.String(), "\n"), "\n") {
		if got := width(line); got != width("“双减”")+2+2+2+5 {
			t.Errorf("%q is %d wide", line, got)
		}
	}
	if !strings.HasPrefix(b.String(), "类别") || !strings.Contains(b.String(), "\ndirect  ") {
		t.Errorf("the first column is not set left:\n%s", b.String())
	}
	if err := columns(broken{}, [][]string{{"a"}}); !errors.Is(err, errBroken) {
		t.Errorf("got error %v", err)
	}
}

var errBroken = errors.New("a broken pipe")

// broken writes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// run is a small run with traces: right and wrong answers, near misses, two questions in a message.
func someRun() []Verdict {
	v := func(id, kind string, answerable *bool, ok bool, logit float64, sections ...string) Verdict {
		out := margin(answerable, logit, 0, !ok)
		out.Case = Case{ID: id, Kind: kind, Question: "问" + id, Expect: Expect{Answerable: answerable, Section: "学位"}}
		out.OK, out.Cited, out.Runes = ok, ok, 25
		out.Trace.Candidates = found(sections...)
		return out
	}
	return []Verdict{v("1", "direct", yes(), true, 3, "学位"), v("2", "direct", yes(), true, 2, "一", "学位"), v("3", "direct", yes(), false, -1, "一"),
		v("4", "nearmiss", no(), true, -2, "学位"), v("5", "nearmiss", no(), false, 2.5, "学位")}
}

func TestWriteDetail(t *testing.T) {
	var b bytes.Buffer
	if err := WriteDetail(&b, someRun(), nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"direct  3     33.3%     66.7%     66.7%  0.500", "曲线下面积 0.667", "该答 3 题，该拒 2 题", "现在的门槛", "期望校准误差", "检索 retrieve", "合计 all", "0.9-1.0"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if err := WriteDetail(broken{}, someRun(), nil); !errors.Is(err, errBroken) {
		t.Errorf("got error %v", err)
	}
}

// What a run cannot tell is said, not left out.
func TestDetailThatIsMissing(t *testing.T) {
	server := []Verdict{{Case: Case{Kind: "direct", Expect: Expect{Answerable: yes(), Section: "学位"}}, OK: true}}
	lexical := someRun()
	for i := range lexical {
		lexical[i].Trace.Cut, lexical[i].Trace.Answerable = -1e9, 0
	}
	for _, c := range []struct {
		name     string
		verdicts []Verdict
		want     []string
		not      string
	}{
		{"asked of a server", server, []string{"没有检索过程", "--server"}, "recall"},
		{"by words alone", lexical, []string{"recall@1", "没有拒答曲线", "用时"}, "曲线下面积"},
	} {
		var b bytes.Buffer
		if err := WriteDetail(&b, c.verdicts, nil); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, b.String())
			}
		}
		if strings.Contains(b.String(), c.not) {
			t.Errorf("%s: %q in\n%s", c.name, c.not, b.String())
		}
	}
}

func TestWriteRanks(t *testing.T) {
	var b bytes.Buffer
	alone := []RankRow{{"direct", 4, 4, 4, 4, 1, 0}, {"all", 4, 4, 4, 4, 1, 0}}
	beside := []RankRow{{"direct", 4, 1, 2, 3, .45, 0}, {"all", 4, 1, 2, 3, .45, 0}}
	if err := WriteRanks(&b, alone, beside); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"100.0%→25.0%", "100.0%→50.0%", "100.0%→75.0%", "1.000→0.450"} {
		if strings.Count(b.String(), want) != 2 {
			t.Errorf("want %q twice in\n%s", want, b.String())
		}
	}
}

func TestWriteFailure(t *testing.T) {
	a := answered("邻区新增5000个。[1]")
	a.Citations = []rag.Citation{{N: 1, Title: "邻区计划", Section: "学位", Quote: "新增5000个。"}}
	a.Trace = rag.Trace{Parts: []rag.Trace{{Asked: "甲", Rule: "head", Candidates: found("学位")}, {Asked: "乙", Standalone: "乙是什么", Negative: "0.700 名单 (list)", Dropped: []rag.Dropped{{Text: "一句", Reason: "figure"}}}}}
	v := NewScorer().Score(Case{ID: "x-1", Kind: "followup", Question: "新增多少", History: []rag.Turn{{Role: "user", Content: "学位"}},
		Expect: Expect{Answerable: yes(), Section: "学位", Document: "我区计划"}}, a)
	if !Wrong(v) || v.Foreign != "邻区计划" {
		t.Fatalf("got foreign %q, cited %v", v.Foreign, v.Cited)
	}
	var b bytes.Buffer
	if err := WriteFailure(&b, v); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"x-1 followup", "前 user: 学位", "问 新增多少", "引用了别的文件《邻区计划》", "引 [1] 《邻区计划》学位：新增5000个。", "rule head", "作 乙是什么", "negative 0.700 名单", "dropped figure: 一句", "学位 | 句子。"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if err := WriteFailure(broken{}, v); !errors.Is(err, errBroken) {
		t.Errorf("got error %v", err)
	}
}
