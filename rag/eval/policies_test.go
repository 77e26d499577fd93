package eval

import (
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
	"wenda/corpus/plan"
	"wenda/rag"
)

func readPolicies(t *testing.T, n int, seed uint64) []corpus.Document {
	t.Helper()
	policies, err := Policies(n, seed)
	if err != nil {
		t.Fatal(err)
	}
	var out []corpus.Document
	for _, p := range policies {
		d, err := corpus.Read(p.Source, []byte(p.Text))
		if err != nil {
			t.Fatalf("%s: %v", p.Source, err)
		}
		out = append(out, d)
	}
	return out
}

func paragraphs(documents ...corpus.Document) []string {
	var out []string
	for _, d := range documents {
		for _, c := range d.Chunks {
			if c.Kind == corpus.Paragraph {
				out = append(out, c.Text)
			}
		}
	}
	return out
}

func TestPoliciesAreTheSameForASeed(t *testing.T) {
	one, err := Policies(60, 1)
	if err != nil || len(one) != 3 {
		t.Fatalf("got %d documents, %v", len(one), err)
	}
	same, _ := Policies(60, 1)
	other, _ := Policies(60, 2)
	if !reflect.DeepEqual(one, same) {
		t.Error("the same seed gives other documents")
	}
	for i := range one {
		if one[i].Text == other[i].Text {
			t.Errorf("another seed gives the same document %d", i+1)
		}
	}
	more, _ := Policies(85, 1)
	if !reflect.DeepEqual(one[:2], more[:2]) {
		t.Error("asking for more gives other documents")
	}
}

func TestPoliciesCount(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 24, 25, 26, 40, 250} {
		documents := readPolicies(t, n, 7)
		if got := len(paragraphs(documents...)); got != n || len(documents) != (n+perPolicy-1)/perPolicy {
			t.Errorf("%d: got %d paragraphs in %d documents", n, got, len(documents))
		}
	}
	if text := readPolicies(t, 3, 7)[0].Text; !strings.Contains(text, "二、重点任务") {
		t.Errorf("a short policy says nothing of its business: %s", text)
	}
	for _, n := range []int{-1, 0, MaxPolicies + 1} {
		if got, err := Policies(n, 1); err == nil || got != nil {
			t.Errorf("%d: got %d documents, error %v", n, len(got), err)
		}
	}
}

// Five thousand paragraphs as a portal shows them: all different, all read with their metadata, and none of them ours.
func TestPoliciesAreDocuments(t *testing.T) {
	const n = 5000
	documents := readPolicies(t, n, 2022)
	p, err := plan.Load()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := corpus.Read("bundled", []byte(p.Text()))
	if err != nil {
		t.Fatal(err)
	}
	if ours.Meta.IndexNumber != planIndexNumber {
		t.Errorf("the plan's index number is %s, the sets ask about %s", ours.Meta.IndexNumber, planIndexNumber)
	}
	seen := map[string]bool{}
	for _, text := range paragraphs(ours) {
		seen[text] = true
	}
	all := paragraphs(documents...)
	if len(all) != n {
		t.Fatalf("got %d paragraphs", len(all))
	}
	shapes := map[string]bool{}
	for _, text := range all {
		if seen[text] {
			t.Errorf("twice, or ours: %s", text)
		}
		seen[text] = true
		shapes[figure.ReplaceAllString(text, "#")] = true
		if strings.ContainsAny(text, "{}[]|") || strings.Contains(text, "钟楼") || len([]rune(text)) < 20 || len([]rune(text)) > 400 {
			t.Errorf("not a paragraph of a foreign policy: %s", text)
		}
	}
	if len(shapes) < n*3/5 {
		t.Errorf("only %d of %d paragraphs differ in more than figures", len(shapes), n)
	}
	ids, titles, education := map[string]bool{}, map[string]bool{}, 0
	for _, d := range documents {
		m := d.Meta
		if m.Format != "portal" || m.IndexNumber == "" || m.Issuer == "" || m.Published < m.Produced || m.Produced == "" || m.Year < 2020 || ids[d.ID] || titles[m.Title] {
			t.Errorf("metadata %+v, or its id or title twice", m)
		}
		ids[d.ID], titles[m.Title] = true, true
		education += one(strings.HasSuffix(m.Issuer, "教育局"))
		i := slices.IndexFunc(d.Chunks, func(c corpus.Chunk) bool {
			return c.Lead && strings.HasPrefix(c.SectionPath(), "二、重点任务 > ")
		})
		if i < 0 && len(d.Chunks) > 20 {
			t.Errorf("%s has no lead sentences: %s", m.Title, d.Text)
		}
	}
	if want := (len(documents) + educationShare - 1) / educationShare; education != want {
		t.Errorf("%d of %d documents are other districts' plans for schools, want %d", education, len(documents), want)
	}
	// Where a sentence stands must be told from where it stands in the plan.
	documentOf := Places(append([]corpus.Document{ours}, documents...))
	lost := 0
	for _, c := range ours.Chunks {
		for s := range c.Sentences {
			if c.Kind == corpus.Paragraph && documentOf(rag.Candidate{Section: c.SectionPath(), Text: c.Sentence(s)}) != planIndexNumber {
				lost++
			}
		}
	}
	if lost > 0 {
		t.Errorf("%d sentences of the plan stand in a foreign policy too", lost)
	}
}

var figure = regexp.MustCompile(`\d+`)

func TestFill(t *testing.T) {
	maker := func() *policyMaker {
		m, err := newPolicyMaker(1)
		if err != nil {
			t.Fatal(err)
		}
		m.names = map[string]string{"区": "青岚区"}
		return m
	}
	for _, c := range []struct{ template, want string }{
		{"没有空", `^没有空$`},
		{"{区}有{5-7}所，{100-130/10}个", `^青岚区有[567]所，1[0123]0个$`},
		{"[甲|乙]", `^[甲乙]$`},
		{"{4-4}", `^4$`},
		{"{月}起", `^1?\d月起$`},
		{"{1-9}.{1-9}", `^\d\.\d$`},
	} {
		for range 20 {
			if got, err := maker().fill(c.template); err != nil || !regexp.MustCompile(c.want).MatchString(got) {
				t.Errorf("%s: got %q, %v, want %s", c.template, got, err, c.want)
			}
		}
	}
	for _, bad := range []string{"{区", "[甲|乙", "{无名}", "{9-3}", "{3-9/0}", "{}"} {
		if got, err := maker().fill(bad); err == nil {
			t.Errorf("%s: got %q and no error", bad, got)
		}
	}
	if _, err := maker().fill("{区"); !errors.Is(err, errTemplate) {
		t.Errorf("got %v", err)
	}
	m := maker()
	if _, err := m.paragraph(policyItem{Say: []string{"总是一样。"}}); err != nil {
		t.Errorf("the first time: %v", err)
	}
	if got, err := m.paragraph(policyItem{Say: []string{"总是一样。"}}); err == nil {
		t.Errorf("the same twice: %s", got)
	}
}
