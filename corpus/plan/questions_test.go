package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"wenda/corpus"
)

// A question is a variant or a near miss with what it is tied to.
type question struct {
	text, lack string
	negative   bool
	heading    []string
	facts      []string
	say        string // "" of a question beside a paragraph
}

func questions(tb testing.TB) []question {
	tb.Helper()
	var out []question
	for _, para := range load(tb).Paragraphs {
		for _, u := range para.Units {
			for _, a := range u.Ask {
				out = append(out, question{a, "", false, para.Heading, u.Facts, u.Say})
			}
			for _, n := range u.Not {
				out = append(out, question{n.Question, n.Lack, true, para.Heading, u.Facts, u.Say})
			}
		}
		for _, b := range para.Sure {
			out = append(out, question{b.Question, b.Lack, false, para.Heading, b.Facts, ""})
		}
		for _, b := range para.Near {
			out = append(out, question{b.Question, b.Lack, true, para.Heading, b.Facts, ""})
		}
	}
	if len(out) < 2500 {
		tb.Fatalf("only %d questions", len(out))
	}
	return out
}

func TestEnoughVariants(t *testing.T) {
	digest := read(t, load(t).Text())
	distinct, far := map[string]bool{}, 0
	for _, q := range questions(t) {
		key := corpus.Fold(q.text)
		if q.negative || distinct[key] {
			continue
		}
		distinct[key] = true
		say := q.say
		if say == "" {
			if p, ok := digest.Tie(corpus.Anchor{Section: q.heading, Facts: q.facts}); ok {
				say = digest.Chunks[p.Chunk].Sentence(p.Sentence)
			}
		}
		if !sharesThree(q.text, say) {
			far++
		}
	}
	t.Logf("%d variants, %d of them share no three characters in a row with their sentence", len(distinct), far)
	if len(distinct) < 1500 {
		t.Errorf("got %d distinct variants, want 1500", len(distinct))
	}
	if 2*far < len(distinct) {
		t.Errorf("got %d of %d variants without three characters in a row of their sentence, want half", far, len(distinct))
	}
}

func sharesThree(a, b string) bool {
	ra, b := []rune(corpus.Fold(a)), corpus.Fold(b)
	for i := 0; i+3 <= len(ra); i++ {
		if strings.Contains(b, string(ra[i:i+3])) {
			return true
		}
	}
	return false
}

func TestEveryUnitHasQuestions(t *testing.T) {
	units := 0
	for _, para := range load(t).Paragraphs {
		for _, u := range para.Units {
			units++
			if len(u.Ask) < 8 || len(u.Not) < 6 {
				t.Errorf("%d variants (want 8) and %d negative ones (want 6): %s", len(u.Ask), len(u.Not), u.Say)
			}
		}
	}
	if units < 150 {
		t.Fatalf("only %d units", units)
	}
}

// No question stands twice, be it variant, near miss or a question of an outline: it would have two meanings.
func TestQuestionsAreDistinct(t *testing.T) {
	p := load(t)
	where := map[string]string{}
	check := func(text, place string) {
		t.Helper()
		key := string(words(corpus.Fold(text)))
		if key == "" {
			t.Errorf("%s: a question without words: %q", place, text)
		}
		if first, twice := where[key]; twice {
			t.Errorf("%q: %s, and %s", text, first, place)
		}
		where[key] = place
	}
	for _, q := range questions(t) {
		kind := "variant of "
		if q.negative {
			kind = "near miss of "
		}
		check(q.text, kind+q.heading[len(q.heading)-1]+" "+q.say)
	}
	for _, para := range p.Paragraphs {
		for _, a := range para.Ask {
			check(a, "broad question of "+para.Heading[len(para.Heading)-1])
		}
	}
	for _, o := range p.Outlines {
		for _, a := range o.Ask {
			check(a, "question of outline "+o.Topic)
		}
	}
}

func TestLacksAreKnown(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "prompts", "data", "replies.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var replies struct {
		Whats map[string]string `yaml:"whats"`
	}
	if err := yaml.Unmarshal(b, &replies); err != nil {
		t.Fatal(err)
	}
	if len(replies.Whats) < 10 {
		t.Fatalf("only %d kinds in prompts", len(replies.Whats))
	}
	for _, q := range questions(t) {
		if _, known := replies.Whats[q.lack]; known != q.negative {
			t.Errorf("lack %q of %q (negative: %v)", q.lack, q.text, q.negative)
		}
	}
}

// Every question must find the sentence of the digest that it was written for, and a sentence of the official page.
func TestQuestionsTie(t *testing.T) {
	digest, official := read(t, load(t).Text()), read(t, officialText(t))
	seen := map[string]bool{}
	for _, q := range questions(t) {
		a := corpus.Anchor{Section: q.heading, Facts: q.facts, Say: q.say}
		key := strings.Join(q.facts, "|") + "\x00" + q.say + "\x00" + q.heading[len(q.heading)-1]
		if seen[key] {
			continue
		}
		seen[key] = true
		p, ok := digest.Tie(a)
		if !ok {
			t.Errorf("digest: %q of %q ties to nothing: %s", q.facts, q.heading, q.text)
			continue
		}
		said := corpus.Fold(digest.Chunks[p.Chunk].Sentence(p.Sentence))
		if q.say != "" && !strings.Contains(corpus.Fold(q.say), said) {
			t.Errorf("digest: %q ties to %q", q.say, said)
		}
		for _, f := range q.facts {
			if !strings.Contains(said, corpus.Fold(f)) && !strings.Contains(corpus.Fold(q.say), corpus.Fold(f)) {
				t.Errorf("digest: fact %q of %q is not in %q", f, q.text, said)
			}
		}
		if _, ok := official.Tie(a); !ok {
			t.Errorf("official page: %q of %q ties to nothing: %s", q.facts, q.heading, q.text)
		}
	}
}

func TestOutlinesTie(t *testing.T) {
	p := load(t)
	digest, official := read(t, p.Text()), read(t, officialText(t))
	points := 0
	for _, o := range p.Outlines {
		if len(o.Points) < 2 || len(o.Ask) == 0 {
			t.Errorf("outline %s has %d points and %d questions", o.Topic, len(o.Points), len(o.Ask))
		}
		for _, pt := range o.Points {
			points++
			a := corpus.Anchor{Section: pt.Heading, Facts: pt.Facts, Say: pt.Text}
			if _, ok := digest.Tie(a); !ok {
				t.Errorf("digest: point of %s ties to nothing: %s", o.Topic, pt.Text)
			}
			place, ok := official.Tie(a)
			if !ok {
				t.Errorf("official page: point of %s ties to nothing: %s", o.Topic, pt.Text)
				continue
			}
			paragraph := plain(official.Chunks[place.Chunk].Text)
			wants := append(append(matches(figure, plain(pt.Text)), matches(quoted, pt.Text)...), matches(titled, pt.Text)...)
			for _, want := range append(wants, pt.Facts...) {
				if !strings.Contains(paragraph, plain(want)) {
					t.Errorf("official page: %q of a point of %s is not in its paragraph: %s", want, o.Topic, pt.Text)
				}
			}
		}
	}
	if points < 60 {
		t.Fatalf("only %d points", points)
	}
	checked := 0
	for _, para := range p.Paragraphs {
		if len(para.Ask) > 0 {
			checked++
			want, found := para.Heading[len(para.Heading)-1], false
			for _, c := range official.Chunks {
				found = found || corpus.Fold(c.Section[len(c.Section)-1]) == corpus.Fold(want)
			}
			if !found {
				t.Errorf("broad questions under %q: the official page has no such heading", want)
			}
		}
	}
	if checked == 0 {
		t.Fatal("no paragraph has broad questions")
	}
}
