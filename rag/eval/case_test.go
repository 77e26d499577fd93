package eval

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
	"wenda/rag"
)

func TestParse(t *testing.T) {
	cases, err := Parse("good", []byte("\n"+`{"id":"a-1","kind":"direct","question":"今年新增多少学位","expect":{"answerable":true,"facts":[["2800"],["学位","座位"]],"section":"学位","must_not":["3000"]}}`+
		"\n\n"+`  {"id":"a-2","kind":"smalltalk","question":"你好","history":[{"role":"user","content":"在吗"}],"expect":{"status":["smalltalk"]}}  `+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 2 || cases[0].ID != "a-1" || !*cases[0].Expect.Answerable || len(cases[0].Expect.Facts) != 2 || cases[0].Expect.MustNot[0] != "3000" {
		t.Errorf("got %+v", cases)
	}
	if c := cases[1]; c.Expect.Answerable != nil || c.Expect.Status[0] != "smalltalk" || c.History[0].Content != "在吗" {
		t.Errorf("got %+v", c)
	}
}

// Every mistake is told at once, with its line.
func TestParseMistakes(t *testing.T) {
	const good = `{"id":"ok","kind":"direct","question":"问","expect":{"answerable":true,"facts":[["1"]]}}`
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "no cases"},
		{"blank lines", "\n \n", "no cases"},
		{"no JSON", "hello", "set:1"},
		{"cut off", good + "\n" + good[:40], "set:2"},
		{"an unknown field", `{"id":"a","kind":"direct","question":"问","answer":"x","expect":{"answerable":true}}`, "answer"},
		{"a wrong type", `{"id":"a","kind":"direct","question":"问","expect":{"answerable":"yes"}}`, "set:1"},
		{"no id", `{"kind":"direct","question":"问","expect":{"answerable":true}}`, "set:1"},
		{"no kind", `{"id":"a","question":"问","expect":{"answerable":true}}`, "set:1"},
		{"no question", `{"id":"a","kind":"direct","expect":{"answerable":true}}`, "set:1"},
		{"the same id", good + "\n" + good, "set:2"},
		{"nothing expected", `{"id":"a","kind":"direct","question":"问","expect":{}}`, "expects nothing"},
		{"two on a line", good + " " + strings.Replace(good, "ok", "ok2", 1), "set:1"},
		{"rubbish behind", good + " xyz", "set:1"},
	} {
		_, err := Parse("set", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q in it", c.name, err, c.want)
		}
	}
	_, err := Parse("set", []byte("x\n"+good+"\n{}\n"+good+"\n"))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"set:1", "set:3", "set:4", "expects nothing"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
}

func TestNoSuchSet(t *testing.T) {
	for _, name := range []string{"", "nothing", "../case", "tune.jsonl"} {
		if cases, err := Bundled(name); err == nil || len(cases) > 0 {
			t.Errorf("%q: got %d cases, error %v", name, len(cases), err)
		}
	}
}

// Kinds of cases, as tables show them.
var kinds = []string{"direct", "paraphrase", "typo", "traditional", "short", "story", "broad", "followup", "nearmiss", "unanswerable", "hostile", "smalltalk"}

// bundledSets finds the sets by what is embedded, so that a new one is checked too.
func bundledSets(t *testing.T) map[string][]Case {
	t.Helper()
	files, err := bundled.ReadDir("sets")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]Case{}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".jsonl")
		if out[name], err = Bundled(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, least := range map[string]int{"tune": 200, "holdout": 100, "holdout2": 400, "holdout3": 290, "holdout4": 190, "holdout5": 280, "holdout6": 260, "holdout7": 300} {
		if len(out[name]) < least {
			t.Fatalf("%s: got %d cases, want at least %d", name, len(out[name]), least)
		}
	}
	return out
}

func TestBundledSets(t *testing.T) {
	statuses := map[string]bool{}
	for _, s := range rag.Statuses() {
		statuses[string(s)] = true
	}
	ids := map[string]string{}
	for name, cases := range bundledSets(t) {
		have := map[string]bool{}
		for _, c := range cases {
			have[c.Kind] = true
			if other, taken := ids[c.ID]; taken {
				t.Errorf("%s: the id %s is taken in %s", name, c.ID, other)
			}
			ids[c.ID] = name
			if !slices.Contains(kinds, c.Kind) {
				t.Errorf("%s: unknown kind %q", c.ID, c.Kind)
			}
			if err := rag.Check(c.Question); err != nil {
				t.Errorf("%s: %v", c.ID, err)
			}
			for _, turn := range c.History {
				if turn.Role != "user" && turn.Role != "assistant" || turn.Content == "" {
					t.Errorf("%s: turn %+v", c.ID, turn)
				}
			}
			if c.Kind == "followup" && len(c.History) == 0 {
				t.Errorf("%s: a follow-up of nothing", c.ID)
			}
			for _, s := range c.Expect.Status {
				if !statuses[s] {
					t.Errorf("%s: unknown status %q", c.ID, s)
				}
			}
			checkExpect(t, c)
			if c.Expect.Document != planIndexNumber {
				t.Errorf("%s: the right document is %q, want the plan", c.ID, c.Expect.Document)
			}
		}
		for _, k := range []string{"paraphrase", "nearmiss", "broad", "followup", "hostile", "smalltalk"} {
			if !have[k] && strings.HasPrefix(name, "holdout") || len(have) < 6 { // a set to tune on may be heavy in some kinds
				t.Errorf("%s has no case of kind %s", name, k)
			}
		}
	}
}

func checkExpect(t *testing.T, c Case) {
	t.Helper()
	e := c.Expect
	answerable := e.Answerable != nil && *e.Answerable
	anywhere := c.Kind == "broad" // such a question may be about many sections
	if answerable && (len(e.Facts) == 0 || e.Section == "" && !anywhere || !slices.Contains(e.Status, "answered")) {
		t.Errorf("%s: answerable without facts, section or status answered", c.ID)
	}
	if e.Answerable != nil && !answerable && slices.Contains(e.Status, "answered") {
		t.Errorf("%s: not answerable, but the status answered is right", c.ID)
	}
	for _, group := range e.Facts {
		if len(group) == 0 {
			t.Errorf("%s: an empty group of facts can never be met", c.ID)
		}
		for _, f := range group {
			if corpus.Fold(f) == "" {
				t.Errorf("%s: an empty fact is met by everything", c.ID)
			}
			for _, bad := range e.MustNot { // then no answer could be right
				if len(group) == 1 && strings.Contains(corpus.Fold(f), corpus.Fold(bad)) {
					t.Errorf("%s: the fact %q holds what must not be said, %q", c.ID, f, bad)
				}
			}
		}
	}
	for _, bad := range e.MustNot {
		if corpus.Fold(bad) == "" {
			t.Errorf("%s: an empty must_not forbids everything", c.ID)
		}
	}
	for _, s := range strings.Split(e.Section, "|") {
		if e.Section != "" && corpus.Fold(strings.TrimRight(s, "。")) == "" {
			t.Errorf("%s: an empty section is found everywhere: %q", c.ID, e.Section)
		}
	}
}

var marks = regexp.MustCompile(`[\p{P}\p{Z}]+`)

// What is reported must not be tuned on.
func TestHoldoutIsApart(t *testing.T) {
	sets := bundledSets(t)
	plain := func(s string) string { return marks.ReplaceAllString(corpus.Fold(s), "") }
	var held []Case
	for name, cases := range sets {
		if Reported(name) {
			held = append(held, cases...)
		}
	}
	for name, cases := range sets {
		if Reported(name) {
			continue
		}
		of := map[string]string{}
		for _, c := range cases {
			if len(c.History) == 0 && c.Kind != "smalltalk" && c.Kind != "hostile" { // 你好 is 你好
				of[plain(c.Question)] = c.ID
			}
		}
		for _, c := range held {
			if id, taken := of[plain(c.Question)]; taken && len(c.History) == 0 {
				t.Errorf("%s of the hold-out asks what %s of %s asks: %q", c.ID, id, name, c.Question)
			}
		}
	}
}
