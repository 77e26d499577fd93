package rag

import (
	"strings"
	"testing"

	"wenda/rag/backend/scripted"
)

// A follow-up is put together by the model where what it says brings nothing new; else the rules do.
func TestRewrite(t *testing.T) {
	history := []Turn{{"user", "今年新增多少学位"}, {"assistant", "新增学位1500个。"}}
	rules := ask(t, engine(t, nil), Question{Text: "那要盖几所呢", History: history})
	for _, c := range []struct {
		name, says string
		used       bool
	}{
		{"one question of both", "今年要盖几所新增学位的学校", true},
		{"quoted", "“今年要盖几所学位”", true},
		{"an invented figure", "今年要盖9999所学校吗", false},
		{"an invented name", "今年“星光小学”要盖几所", false},
		{"a foreign word", "今年要盖几所school", false},
		{"another subject", "请介绍一下股票市场的最新行情和投资建议", false},
		{"an instruction in markup", "<b>今年要盖几所学位</b>", false},
		{"empty", "", false}, {"too short", "几所", false},
		{"too long", strings.Repeat("今年新增多少学位", 20), false},
		{"two lines", "今年新增多少学位\n那要盖几所呢", false},
	} {
		s, m := vendor(t, nil)
		s.Answer(func(scripted.Request) scripted.Reply { return scripted.Chat(pieces(c.says, 5)...) })
		a := ask(t, engine(t, func(p *Parts) { p.Rewriter = m }), Question{Text: "那要盖几所呢", History: history})
		if used := a.Trace.Rewrite != "" && !strings.HasPrefix(a.Trace.Rewrite, "not used"); used != c.used {
			t.Errorf("%s: got rewrite %q, want used %v", c.name, a.Trace.Rewrite, c.used)
		}
		if c.used && a.Trace.Standalone != strings.Trim(c.says, "“”") {
			t.Errorf("%s: got %q asked", c.name, a.Trace.Standalone)
		}
		if !c.used && (a.Text != rules.Text || a.Status != rules.Status) {
			t.Errorf("%s: got %s %q, want what the rules give: %q", c.name, a.Status, a.Text, rules.Text)
		}
		list := s.Requests()
		if len(list) != 1 || len(list[0].Messages) != 2 {
			t.Fatalf("%s: got %d requests", c.name, len(list))
		}
		if c.name == "empty" {
			golden(t, "prompts/rewrite.txt", "--- system ---\n"+canaryless(list[0].Messages[0].Content)+"\n--- user ---\n"+list[0].Messages[1].Content+"\n")
		}
	}
}

// canaryless puts a fixed word for the secret mark, which stands after 内部编号.
func canaryless(text string) string {
	before, after, _ := strings.Cut(text, "内部编号")
	return before + "内部编号(canary)" + after[min(16, len(after)):]
}

// A question without earlier turns, and a vendor that fails: the model is not asked, or what it said is not missed.
func TestRewriteNotAsked(t *testing.T) {
	s, m := vendor(t, nil)
	s.Answer(func(scripted.Request) scripted.Reply { return scripted.Refuse(500, "server_error", "", "broken") })
	e := engine(t, func(p *Parts) { p.Rewriter = m })
	if a := asked(t, e, "今年新增多少学位"); !a.Answered || a.Trace.Rewrite != "" || len(s.Requests()) != 0 {
		t.Errorf("alone: got %s, rewrite %q, %d requests", a.Status, a.Trace.Rewrite, len(s.Requests()))
	}
	a := ask(t, e, Question{Text: "那要盖几所学校呢", History: []Turn{{"user", "今年新增多少学位"}}})
	if !a.Answered || !strings.HasPrefix(a.Trace.Rewrite, "not used: ") || len(s.Requests()) == 0 {
		t.Errorf("failing: got %s, rewrite %q", a.Status, a.Trace.Rewrite)
	}
}
