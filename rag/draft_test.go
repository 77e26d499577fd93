package rag

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"wenda/corpus"
)

// drafting is a Composer that says what it was told to, whatever was found.
type drafting func(f found) (Draft, error)

func (d drafting) Compose(f found) (Draft, error) { return d(f) }

func sourceOf(tb testing.TB, section string, facts ...string) corpus.Source {
	tb.Helper()
	s, ok := fixture(tb).Find("014777123/2022-00042", "", corpus.Anchor{Section: []string{section}, Facts: facts})
	if !ok {
		tb.Fatalf("no sentence under %s with %q", section, facts)
	}
	return s
}

// A statement that its source does not bear out never leaves, whatever stands around it.
func TestBadStatementsDoNotLeave(t *testing.T) {
	places := []corpus.Source{sourceOf(t, "扩大学位供给", "1500个")}
	sport := []corpus.Source{sourceOf(t, "丰富体育活动", "云溪杯")}
	teachers := []corpus.Source{sourceOf(t, "建强教师队伍", "90名")}
	good := []Statement{
		{"计划新增学位1500个。", places},
		{"计划新增学位一千五百个。", places},
		{"全年计划新建、扩建学校六所。", places},
		{"每年4月举行“云溪杯”足球联赛。", sport},
		{"招聘教师90名，骨干教师占比力争达到35%。", teachers},
	}
	bad := map[string]Statement{
		"swapped figures":              {"计划新建、扩建学校1500所，新增学位6个。", places},
		"digits turned round":          {"计划新增学位5100个。", places},
		"an invented figure":           {"计划新增学位1500个，招生900人。", places},
		"an invented figure in words":  {"计划新增学位九百个。", places},
		"another percentage":           {"骨干教师占比力争达到53%。", teachers},
		"a percentage in words":        {"骨干教师占比力争达到百分之五十三。", teachers},
		"a figure with another unit":   {"力争骨干教师达到35名。", teachers},
		"right figure, other passage":  {"全区计划新增学位1500个。", sport},
		"right name, other passage":    {"计划举行“云溪杯”足球联赛。", places},
		"an invented name":             {"计划举行“碧波杯”足球联赛。", sport},
		"an invented name, long":       {"计划举行“" + strings.Repeat("碧波", 40) + "杯”足球联赛。", sport},
		"a book that is not there":     {"依据《云溪区学位条例》新增学位1500个。", places},
		"another name in other quotes": {"计划举行「碧波杯」足球联赛。", sport},
		"another date":                 {"每年5月举行“云溪杯”足球联赛。", sport},
		"another year":                 {"2021年新增学位1500个。", places},
		"a plan told as a result":      {"已经新增学位1500个。", places},
		"told as done":                 {"已新增学位1500个。", places},
		"told as finished":             {"新增学位1500个，已完成。", places},
		"no source":                    {"学校会越来越好。", nil},
	}
	var draft []Statement
	e := engine(t, func(p *Parts) {
		p.Composer = drafting(func(found) (Draft, error) { return Draft{Statements: draft}, nil })
	})
	n := 0
	for name, b := range bad {
		for where, list := range map[string][]Statement{
			"alone": {b}, "first": append([]Statement{b}, good...), "last": append(append([]Statement(nil), good...), b), "between": {good[0], b, good[3]},
		} {
			draft = list
			n++
			a := asked(t, e, fmt.Sprintf("今年新增多少学位%d", n)) // another question each time: what was found is remembered
			if strings.Contains(a.Text, strings.TrimSuffix(b.Text, "。")) {
				t.Errorf("%s, %s: it left: %q", name, where, a.Text)
				break // the other places would say the same
			}
			if len(a.Trace.Dropped) != 1 || a.Trace.Dropped[0].Text != b.Text || a.Trace.Dropped[0].Reason == "" {
				t.Errorf("%s, %s: got dropped %+v", name, where, a.Trace.Dropped)
			}
			if where == "alone" {
				if a.Answered || a.Status == Answered || a.Handoff == nil || len(a.Citations) != 0 || len(a.Related) != 0 {
					t.Errorf("%s, alone: got %s, answered %v, handoff %v: %q", name, a.Status, a.Answered, a.Handoff, a.Text)
				}
				continue
			}
			if !a.Answered || !strings.Contains(a.Text, "新增学位1500个。") || strings.Count(a.Text, "[") != len(draft)-1 {
				t.Errorf("%s, %s: got %s %q, want the good statements", name, where, a.Status, a.Text)
			}
		}
	}
}

func TestAllBadIsARefusal(t *testing.T) {
	places := []corpus.Source{sourceOf(t, "扩大学位供给", "1500个")}
	e := engine(t, func(p *Parts) {
		p.Composer = drafting(func(found) (Draft, error) {
			return Draft{Intro: "经查：", Statements: []Statement{{"新增学位9999个。", places}, {"已经完成8888个。", places}, {"没有出处。", nil}}}, nil
		})
	})
	a := asked(t, e, "今年新增多少学位")
	if a.Answered || a.Mode != Fixed || a.Handoff == nil || a.Notice != "" || len(a.Trace.Dropped) != 3 || strings.Contains(a.Text, "经查") {
		t.Errorf("got %s %s, notice %q, dropped %d: %q", a.Status, a.Mode, a.Notice, len(a.Trace.Dropped), a.Text)
	}
	if a.Trace.Rule == "floor" {
		t.Errorf("the trace says %q, want that the statements did not pass", a.Trace.Rule)
	}
}

func TestComposerFails(t *testing.T) {
	broken := errors.New("no words")
	e := engine(t, func(p *Parts) { p.Composer = drafting(func(found) (Draft, error) { return Draft{}, broken }) })
	var last Event
	if _, err := e.Ask(t.Context(), Question{Text: "今年新增多少学位"}, func(ev Event) { last = ev }); !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
	if last.Done != nil {
		t.Error("Done was told of a failure")
	}
}

// 第二个 counts what was shown, not what was dropped.
func TestDroppedStatementsAreNotCounted(t *testing.T) {
	e := engine(t, func(p *Parts) {
		p.Composer = drafting(func(f found) (Draft, error) {
			if f.nth != 0 {
				return Extract{}.Compose(f)
			}
			return Draft{Statements: []Statement{
				{"举办区级体育比赛81场。", []corpus.Source{sourceOf(t, "丰富体育活动", "18场")}},
				{"计划新增学位1500个。", []corpus.Source{sourceOf(t, "扩大学位供给", "1500个")}},
				{"每年4月举行“云溪杯”足球联赛。", []corpus.Source{sourceOf(t, "丰富体育活动", "4月")}},
			}}, nil
		})
	})
	first := asked(t, e, "今年新增多少学位")
	a := ask(t, e, Question{Text: "第一个是什么", ConversationID: first.ConversationID})
	if firstQuote(a) != "全年新建、扩建学校6所，新增学位1500个。" {
		t.Errorf("after %q the first one is %q", first.Text, a.Text)
	}
}
