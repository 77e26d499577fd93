package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"wenda/rag"
)

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

func answered(text string, sections ...string) rag.Answer {
	a := rag.Answer{Status: rag.Answered, Answered: true, Text: text}
	for i, s := range sections {
		a.Citations = append(a.Citations, rag.Citation{N: i + 1, Section: s})
	}
	return a
}

func refused(status rag.Status, text string) rag.Answer {
	return rag.Answer{Status: status, Text: text}
}

func TestScore(t *testing.T) {
	facts := func(groups ...[]string) Expect { return Expect{Answerable: yes(), Facts: groups, Section: "学位"} }
	for _, c := range []struct {
		name      string
		expect    Expect
		answer    rag.Answer
		ok        bool
		why       string
		forbidden string
	}{
		{"right", facts([]string{"2800"}), answered("新增学位2800个。", "三 > 学位"), true, "", ""},
		{"one spelling of several", facts([]string{"两千八", "2,800", "2800"}), answered("新增学位2800个。", "学位"), true, "", ""},
		{"blanks and width do not count", facts([]string{"２８００ 个"}), answered("新增学位 2800个。", "学位"), true, "", ""},
		{"letter case does not count", facts([]string{"ai课"}), answered("AI课。", "学位"), true, "", ""},
		{"a fact over two quotes", facts([]string{"全年13所。新增2800个"}), answered("全年13所。[1]新增2800个。[2]", "学位"), true, "", ""},
		{"both groups", facts([]string{"13"}, []string{"2800"}), answered("13所，2800个。", "学位"), true, "", ""},
		{"a group is missing", facts([]string{"13"}, []string{"2800", "两千八"}), answered("13所。", "学位"), false, "fact missing: [2800 两千八]", ""},
		{"refused", facts([]string{"2800"}), refused(rag.NotStated, "文件没有说明。"), false, "refused", ""},
		{"the facts beside a refusal do not count", facts([]string{"2800"}), refused(rag.NotStated, "没有说明。相关内容是：2800个。"), false, "refused", ""},
		{"traditional answer", facts([]string{"新增学位"}), answered("新增學位2800個。", "学位"), true, "", ""},
		{"traditional fact", facts([]string{"新增學位"}), answered("新增学位2800个。", "学位"), true, "", ""},
		{"forbidden", Expect{Answerable: yes(), Facts: [][]string{{"2800"}}, MustNot: []string{"已完成"}}, answered("已完成2800个。"), false, "must not say", "已完成"},
		{"forbidden in traditional characters", Expect{Answerable: yes(), Facts: [][]string{{"2800"}}, MustNot: []string{"学位已满"}}, answered("2800，學位已滿。"), false, "must not say", "学位已满"},
		{"forbidden in a refusal", Expect{Answerable: no(), MustNot: []string{"2800"}}, refused(rag.NotStated, "相关：2800个"), false, "must not say", "2800"},
		{"near miss refused", Expect{Answerable: no()}, refused(rag.NotStated, "文件没有说明。"), true, "", ""},
		{"near miss answered", Expect{Answerable: no()}, answered("2800个。"), false, "answered", ""},
		{"small talk", Expect{Status: []string{"smalltalk"}}, refused(rag.SmallTalk, "您好"), true, "", ""},
		{"small talk taken for a question", Expect{Status: []string{"smalltalk"}}, refused(rag.NoSource, "没有"), false, "status no_source", ""},
		{"one of two statuses", Expect{Status: []string{"refused", "out_of_scope"}}, refused(rag.OutOfScope, "不能"), true, "", ""},
	} {
		got := NewScorer().Score(Case{ID: "x", Kind: "direct", Question: "问", Expect: c.expect}, c.answer)
		if got.OK != c.ok || c.why == "" && got.Why != "" || !strings.Contains(got.Why, c.why) || got.Forbidden != c.forbidden {
			t.Errorf("%s: got ok %v, why %q, forbidden %q; want %v, %q, %q", c.name, got.OK, got.Why, got.Forbidden, c.ok, c.why, c.forbidden)
		}
		if got.Refused == c.answer.Answered || got.Runes != len([]rune(c.answer.Text)) {
			t.Errorf("%s: got refused %v, %d runes", c.name, got.Refused, got.Runes)
		}
	}
}

// A refusal of another status than the acceptable ones is wrong, as the doc of Expect.Status says.
func TestScoreStatusOfRefusals(t *testing.T) {
	c := Case{ID: "x", Kind: "hostile", Question: "问", Expect: Expect{Answerable: no(), Status: []string{"handed_over", "out_of_scope"}}}
	for status, ok := range map[rag.Status]bool{rag.HandedOver: true, rag.OutOfScope: true, rag.SmallTalk: false} {
		if got := NewScorer().Score(c, refused(status, "不")); got.OK != ok {
			t.Errorf("%s: got ok %v (%s), want %v", status, got.OK, got.Why, ok)
		}
	}
}

func TestCited(t *testing.T) {
	for _, c := range []struct {
		name, section string
		answerable    *bool
		cites         []string
		cited, first  bool
	}{
		{"the first", "学位", yes(), []string{"三 > 学位", "四"}, true, true},
		{"the second", "学位", yes(), []string{"四", "三 > 学位"}, true, false},
		{"another", "学位", yes(), []string{"四"}, false, false},
		{"none", "学位", yes(), nil, false, false},
		{"in the other script", "學位資源", yes(), []string{"三 > 学位资源"}, true, true},
		{"one of several", "师资|学位。", yes(), []string{"三 > 学位"}, true, true},
		{"in other typography", "(二)夯实教育 基石", yes(), []string{"三 > （二）夯实教育基石"}, true, true},
		{"no section expected", "", yes(), nil, true, true},
		{"not answerable", "学位", no(), nil, true, true},
		{"small talk", "学位", nil, nil, true, true},
	} {
		v := NewScorer().Score(Case{Expect: Expect{Answerable: c.answerable, Section: c.section, Status: []string{"answered"}}}, answered("2800", c.cites...))
		if v.Cited != c.cited || v.First != c.first {
			t.Errorf("%s: got cited %v, first %v, want %v, %v", c.name, v.Cited, v.First, c.cited, c.first)
		}
	}
}

// Where the right document is told, citing another one is no right citation, though its section has the same name.
func TestCitedDocument(t *testing.T) {
	cite := func(title, number, section string) rag.Citation {
		return rag.Citation{Title: title, IndexNumber: number, Section: section}
	}
	ours, theirs := cite("我区计划", "014/2022-1", "三 > 学位"), cite("邻区计划", "900/2022-1", "三 > 学位")
	elsewhere := cite("我区计划", "014/2022-1", "四")
	for _, c := range []struct {
		name, document string
		answerable     *bool
		cites          []rag.Citation
		cited, first   bool
		foreign        string
	}{
		{"by its number", "014/2022-1", yes(), []rag.Citation{ours}, true, true, ""},
		{"by its title", "我区 计划", yes(), []rag.Citation{ours}, true, true, ""},
		{"one of several", "700/2021-1|014/2022-1", yes(), []rag.Citation{ours}, true, true, ""},
		{"second in the right document", "014/2022-1", yes(), []rag.Citation{elsewhere, ours}, true, false, ""},
		{"another document", "014/2022-1", yes(), []rag.Citation{theirs}, false, false, "邻区计划"},
		{"another one beside the right one", "014/2022-1", yes(), []rag.Citation{ours, theirs}, false, false, "邻区计划"},
		{"the right one elsewhere, another one here", "014/2022-1", yes(), []rag.Citation{elsewhere, theirs}, false, false, "邻区计划"},
		{"a part of the number", "014", yes(), []rag.Citation{ours}, false, false, "我区计划"},
		{"an empty alternative", "|700/2021-1", yes(), []rag.Citation{cite("", "", "学位")}, false, false, ""},
		{"any document", "", yes(), []rag.Citation{theirs}, true, true, ""},
		{"a near miss that quotes another document", "014/2022-1", no(), []rag.Citation{theirs}, true, true, "邻区计划"},
	} {
		a := answered("2800")
		a.Citations = c.cites
		v := NewScorer().Score(Case{Expect: Expect{Answerable: c.answerable, Section: "学位", Document: c.document, Status: []string{"answered"}}}, a)
		if v.Cited != c.cited || v.First != c.first || v.Foreign != c.foreign {
			t.Errorf("%s: got cited %v, first %v, foreign %q, want %v, %v, %q", c.name, v.Cited, v.First, v.Foreign, c.cited, c.first, c.foreign)
		}
	}
	v := NewScorer().Score(Case{Expect: Expect{Answerable: yes(), Document: "014/2022-1"}}, rag.Answer{Answered: true, Citations: []rag.Citation{elsewhere}})
	if !v.Cited {
		t.Error("a document without a section: any of its paragraphs is right")
	}
}

func TestStrayed(t *testing.T) {
	of := func(answerable *bool, refused bool, foreign string) Verdict {
		return Verdict{Case: Case{Expect: Expect{Answerable: answerable}}, Refused: refused, Foreign: foreign}
	}
	answerable, near := Strayed([]Verdict{of(yes(), false, "邻区"), of(yes(), false, "邻区"), of(yes(), true, "邻区"), of(yes(), false, ""), of(no(), false, "邻区"), of(no(), true, "邻区"), of(nil, false, "邻区")})
	if answerable != 2 || near != 2 {
		t.Errorf("got %d and %d, want 2 and 2", answerable, near)
	}
}

func TestTable(t *testing.T) {
	verdict := func(kind string, answerable *bool, v Verdict) Verdict {
		v.Case = Case{Kind: kind, Expect: Expect{Answerable: answerable}}
		return v
	}
	rows := Table([]Verdict{
		verdict("direct", yes(), Verdict{OK: true, Cited: true, First: true, Runes: 10}),
		verdict("direct", yes(), Verdict{OK: false, Cited: true, Runes: 30, Forbidden: "x"}),
		verdict("nearmiss", no(), Verdict{OK: true, Refused: true, Cited: true, First: true, Runes: 99}),
		verdict("direct", yes(), Verdict{OK: false, Refused: true, Runes: 500}),
		verdict("direct", yes(), Verdict{OK: true, Cited: true, First: true, Runes: 20}),
	})
	want := []Row{
		{Kind: "direct", N: 4, OK: 2, Cited: 3, First: 2, Answers: 4, Refusals: 1, Wrong: 1, Median: 20},
		{Kind: "nearmiss", N: 1, OK: 1},
		{Kind: "all", N: 5, OK: 3, Cited: 3, First: 2, Answers: 4, Refusals: 1, Wrong: 1, Median: 20},
	}
	for i := range want {
		want[i].Low, want[i].High = wilson(want[i].OK, want[i].N)
	}
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("got  %+v\nwant %+v", rows, want)
	}
	talk := Table([]Verdict{
		verdict("hostile", nil, Verdict{OK: true}), verdict("hostile", nil, Verdict{}), verdict("hostile", no(), Verdict{OK: true}), verdict("hostile", nil, Verdict{OK: true}),
	})
	if len(talk) != 2 || talk[0].Talk != 3 || talk[0].Handled != 2 || talk[1].Handled != 2 {
		t.Errorf("of talk: got %+v", talk)
	}
	var told bytes.Buffer
	if err := WriteTable(&told, talk); err != nil || !strings.HasSuffix(strings.TrimSpace(told.String()), " 0.67") {
		t.Errorf("handled is not the last column: %v\n%s", err, told.String())
	}
	if got := Table(nil); len(got) != 0 {
		t.Errorf("of nothing: got %+v", got)
	}
	var b bytes.Buffer
	if err := WriteTable(&b, rows); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("got %q", b.String())
	}
	for i, fields := range [][]string{{"kind", "n", "right"}, {"direct", "4", "0.50", "0.15-0.85", "0.75", "0.50", "0.25", "1", "20", "-"}, {"nearmiss", "1", "1.00", "0.21-1.00", "-", "-", "-", "0", "0", "-"},
		{"all", "5", "0.60"}} {
		got := strings.Fields(lines[i])
		if len(got) < len(fields) || !reflect.DeepEqual(got[:len(fields)], fields) {
			t.Errorf("line %d: got %q, want %q", i, got, fields)
		}
	}
}

// Figures of the Wilson interval at 95 %, calculated by hand from its formula.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{
		{0, 0, 0, 1},
		{0, 10, 0, .2775},
		{10, 10, .7225, 1},
		{5, 10, .2366, .7634},
		{81, 100, .7222, .8749},
	} {
		low, high := wilson(c.k, c.n)
		if math.Abs(low-c.low) > 1e-4 || math.Abs(high-c.high) > 1e-4 {
			t.Errorf("wilson(%d, %d) = %.4f, %.4f, want %.4f, %.4f", c.k, c.n, low, high, c.low, c.high)
		}
	}
}

// asker answers what it was told, or fails.
type asker struct {
	answers map[string]rag.Answer
	asked   []rag.Question
}

var errAsker = errors.New("no machine")

func (a *asker) Ask(_ context.Context, q rag.Question, _ func(rag.Event)) (rag.Answer, error) {
	a.asked = append(a.asked, q)
	answer, ok := a.answers[q.Text]
	if !ok {
		return rag.Answer{}, errAsker
	}
	return answer, nil
}

func TestRun(t *testing.T) {
	a := &asker{answers: map[string]rag.Answer{"甲": answered("1"), "乙": refused(rag.NoSource, "没有")}}
	cases := []Case{
		{ID: "1", Kind: "direct", Question: "甲", Expect: Expect{Answerable: yes(), Facts: [][]string{{"1"}}}},
		{ID: "2", Kind: "nearmiss", Question: "乙", History: []rag.Turn{{Role: "user", Content: "甲"}}, Expect: Expect{Answerable: no()}},
	}
	var progress []int
	got, err := Run(t.Context(), a, cases, func(done int) { progress = append(progress, done) })
	if err != nil || len(got) != 2 || !got[0].OK || !got[1].OK || got[0].Case.ID != "1" || !reflect.DeepEqual(progress, []int{1, 2}) {
		t.Errorf("got %+v, error %v, progress %v", got, err, progress)
	}
	if len(a.asked) != 2 || a.asked[1].History[0].Content != "甲" || a.asked[0].ConversationID != "" {
		t.Errorf("asked %+v", a.asked)
	}
	if _, err := Run(t.Context(), a, append(cases, Case{ID: "3", Question: "丙"}), nil); !errors.Is(err, errAsker) || !strings.Contains(err.Error(), "3") {
		t.Errorf("got error %v, want it to name the case", err)
	}
}

func TestServer(t *testing.T) {
	want := answered("新增学位2800个。[1]", "学位")
	want.ID, want.ConversationID, want.Mode, want.IndexVersion, want.Related = "a_1", "c_1", rag.Quoted, "i1", []string{"还有什么"}
	want.Handoff = &rag.Handoff{Phone: "12345"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		raw, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(raw, &body); err != nil || r.Method != http.MethodPost || r.URL.Path != "/api/v1/ask" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("got %s %s, %s, %v", r.Method, r.URL.Path, raw, err)
		}
		switch body["question"] {
		case "新增多少":
			if _, told := body["history"]; told {
				t.Errorf("a history without turns: %s", raw)
			}
			_ = json.NewEncoder(w).Encode(want)
		case "还有吗":
			turns, _ := body["history"].([]any)
			if len(turns) != 1 || turns[0].(map[string]any)["role"] != "user" || turns[0].(map[string]any)["content"] != "新增多少" {
				t.Errorf("got history %v", body["history"])
			}
			_ = json.NewEncoder(w).Encode(want)
		case "太多":
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"code":"too_many","message":"请稍后再试"}`)
		case "坏":
			_, _ = io.WriteString(w, `{"id":"a_1","answer":`)
		case "页面":
			_, _ = io.WriteString(w, `<html>`)
		}
	}))
	defer server.Close()
	for _, base := range []string{server.URL, server.URL + "/"} {
		s := Server{BaseURL: base, Client: server.Client()}
		got, err := s.Ask(t.Context(), rag.Question{Text: "新增多少"}, nil)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
		}
		if got, err = s.Ask(t.Context(), rag.Question{Text: "还有吗", History: []rag.Turn{{Role: "user", Content: "新增多少"}}}, nil); err != nil || got.ID != "a_1" {
			t.Errorf("with a history: got %+v, %v", got, err)
		}
		for question, told := range map[string]string{"太多": "429", "坏": "", "页面": ""} {
			if _, err := s.Ask(t.Context(), rag.Question{Text: question}, nil); err == nil || !strings.Contains(err.Error(), told) {
				t.Errorf("%s: got error %v, want %q", question, err, told)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Server{server.URL, server.Client()}).Ask(ctx, rag.Question{Text: "新增多少"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if _, err := (Server{"http://127.0.0.1:1\n", server.Client()}).Ask(t.Context(), rag.Question{Text: "新增多少"}, nil); err == nil {
		t.Error("a broken address gives no error")
	}
}
