package rag

import (
	goflag "flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = goflag.Bool("update", false, "rewrite the golden files")

// golden compares with testdata/name, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run with -update", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and look at the change:\n%s", name, got)
	}
}

// What is sent to a model, for every shape of a question.
func TestPrompts(t *testing.T) {
	s, m := vendor(t, nil)
	e := engine(t, func(p *Parts) { p.Model = m })
	asks := 0
	prompt := func(a Answer) string {
		list := s.Requests()
		if len(list) <= asks {
			t.Fatalf("no request for %q: %s %s", a.Trace.Asked, a.Status, a.Text)
		}
		asks = len(list)
		var b strings.Builder
		for _, msg := range list[len(list)-1].Messages {
			b.WriteString("--- " + msg.Role + " ---\n" + msg.Content + "\n")
		}
		return strings.ReplaceAll(b.String(), e.canary, "(canary)")
	}
	first := asked(t, e, "今年新增多少学位")
	golden(t, "prompts/sentence.txt", prompt(first))
	golden(t, "prompts/followup.txt", prompt(ask(t, e, Question{Text: "那要盖几所学校呢", ConversationID: first.ConversationID})))
	golden(t, "prompts/more.txt", prompt(ask(t, e, Question{Text: "还有呢", ConversationID: first.ConversationID})))
	golden(t, "prompts/outline.txt", prompt(asked(t, e, "今年教育上主要干哪些事")))
	golden(t, "prompts/masked.txt", prompt(asked(t, e, "今年新增多少学位，13912345678")))
	golden(t, "prompts/several.txt", prompt(asked(t, e, "合唱节和足球联赛分别是第几届")))
	for _, r := range s.Requests() {
		if url.MatchString(string(r.Body)) || strings.Contains(string(r.Body), "13912345678") {
			t.Errorf("a URL or a telephone number was sent: %s", r.Body)
		}
	}
}

var url = regexp.MustCompile(`https?:|www\.|/doc/`)

// A canary belongs to one engine.
func TestCanary(t *testing.T) {
	a, b := engine(t, nil).canary, engine(t, nil).canary
	if len(a) != 16 || a == b {
		t.Errorf("got canaries %q and %q", a, b)
	}
}
