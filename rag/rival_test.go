package rag

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
)

func TestWithRival(t *testing.T) {
	chunks := []*corpus.Chunk{{ID: "a", Kind: corpus.Paragraph}, {ID: "b", Kind: corpus.Paragraph}, {ID: "c", Kind: corpus.Paragraph}, {ID: "row", Kind: corpus.Metadata}}
	sentence := func(chunk int, text string, score float64) corpus.SentenceScore {
		return corpus.SentenceScore{Source: corpus.Source{Chunk: chunks[chunk], Text: text}, Score: score, Facts: []string{text[:len("建")]}}
	}
	foreign := sentence(1, "种树。", .9)
	foreign.Document = &corpus.Document{}
	asked := func(text string, score float64) corpus.SentenceScore { // variants of it are near
		s := sentence(0, text, score)
		s.Variant = .7
		return s
	}
	long := strings.Repeat("长", rivalRunes)
	for _, c := range []struct {
		name  string
		first []corpus.SentenceScore // of the best paragraph, the first two of them quoted
		other []corpus.SentenceScore // each the best of a paragraph
		want  []string

		unwritten string // paragraph without variants: first or other
		quoted    int    // of the best paragraph; 0 is the first two
	}{
		{"close behind", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(1, "种树。", .9)}, []string{"建书屋。", "种树。"}, "", 0},
		{"not worth it", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(1, "种树。", .9)}, []string{"建书屋。"}, "", 0},
		{"too far behind", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(1, "种树。", .87)}, []string{"建书屋。"}, "", 0},
		{"the better of two", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(1, "种树。", .9), sentence(2, "修路。", .95)}, []string{"建书屋。", "修路。"}, "", 0},
		{"instead of a worse one beside the best", []corpus.SentenceScore{sentence(0, "建书屋。", 1), sentence(0, "添书。", .85)}, []corpus.SentenceScore{sentence(1, "种树。", .9)}, []string{"建书屋。", "种树。"}, "", 0},
		{"behind a better one", []corpus.SentenceScore{sentence(0, "建书屋。", 1), sentence(0, "添书。", .95)}, []corpus.SentenceScore{sentence(1, "种树。", .9)}, []string{"建书屋。", "添书。", "种树。"}, "", 0},
		{"not what is asked for", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(1, "不种树。", .9)}, []string{"建书屋。"}, "", 0},
		{"a row of the page", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(3, "电话：1", .9)}, []string{"建书屋。"}, "", 0},
		{"beside a row", []corpus.SentenceScore{sentence(3, "电话：1", 1)}, []corpus.SentenceScore{sentence(1, "种树。", .9)}, []string{"电话：1"}, "", 0},
		{"the same once more", []corpus.SentenceScore{sentence(0, "建书屋5间，藏书300本。", 1)}, []corpus.SentenceScore{sentence(1, "第二项是书屋5间、藏书300本。", .9)}, []string{"建书屋5间，藏书300本。"}, "", 0},
		{"one figure is chance", []corpus.SentenceScore{sentence(0, "建书屋5间。", 1)}, []corpus.SentenceScore{sentence(1, "种树5棵。", .9)}, []string{"建书屋5间。", "种树5棵。"}, "", 0},
		{"the same sentence", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(1, "建书屋。", .9)}, []string{"建书屋。"}, "", 0},
		{"another document", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{foreign}, []string{"建书屋。"}, "", 0},
		{"no variants of the best", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(1, "种树。", .9)}, []string{"建书屋。"}, "first", 0},
		{"no variants of the other", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(1, "种树。", .9)}, []string{"建书屋。"}, "other", 0},
		{"too long", []corpus.SentenceScore{sentence(0, "建书屋。", 1)}, []corpus.SentenceScore{sentence(1, long, .9)}, []string{"建书屋。"}, "", 0},
		{"of the same paragraph", []corpus.SentenceScore{sentence(0, "建书屋。", 1), asked("添书。", .81)}, nil, []string{"建书屋。", "添书。"}, "", 1},
		{"of the same paragraph, too far behind", []corpus.SentenceScore{sentence(0, "建书屋。", 1), asked("添书。", .79)}, nil, []string{"建书屋。"}, "", 1},
		{"of the same paragraph, asked by nobody", []corpus.SentenceScore{sentence(0, "建书屋。", 1), sentence(0, "添书。", .81)}, nil, []string{"建书屋。"}, "", 1},
		{"of the same paragraph, not what is asked for", []corpus.SentenceScore{sentence(0, "建书屋。", 1), asked("不添书。", .9)}, nil, []string{"建书屋。"}, "", 1},
		{"of the same paragraph, worse than another", []corpus.SentenceScore{sentence(0, "建书屋。", 1), asked("添书。", .85)}, []corpus.SentenceScore{sentence(1, "种树。", .9)}, []string{"建书屋。", "种树。"}, "", 1},
	} {
		f := found{result: corpus.Result{Hits: []corpus.Hit{{Sentences: c.first, Written: c.unwritten != "first"}}}}
		f.question = "屋书建" // as if the best said little more than the question, so that others are worth telling
		if c.name == "not worth it" {
			f.question = "哪里安静"
		}
		c.quoted = cmp.Or(c.quoted, min(2, len(c.first)))
		for _, s := range c.first[:c.quoted] {
			f.quotes = append(f.quotes, s.Source)
		}
		for _, s := range c.other {
			f.result.Hits = append(f.result.Hits, corpus.Hit{Sentences: []corpus.SentenceScore{s}, Written: c.unwritten != "other"})
		}
		quotes, rival := withRival(f, func(text string) bool { return !strings.HasPrefix(text, "不") })
		if got := textsOf(quotes); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		changed := len(c.want) > c.quoted || c.want[len(c.want)-1] != c.first[c.quoted-1].Text
		if changed != (rival != nil) || changed && rival.Text != c.want[len(c.want)-1] {
			t.Errorf("%s: rival %v", c.name, rival)
		}
	}
}

// On the bundled plan: a rival is told beside the best sentence, and what is asked next goes on from the best.
func TestBundledRival(t *testing.T) {
	e := theBundledPlan(t).engine
	a := ask(t, e, Question{Text: "会不会有人不打招呼、直接闯到学校里看干部老师作风正不正?"})
	if !strings.Contains(a.Text, "啄木鸟") || !strings.Contains(a.Text, "防疫") || strings.Index(a.Text, "啄木鸟") > strings.Index(a.Text, "防疫") {
		t.Errorf("got %q", a.Text)
	}
	if more := ask(t, e, Question{Text: "还有吗", ConversationID: a.ConversationID}); !strings.Contains(more.Text, "作风政风行风") {
		t.Errorf("还有吗: got %q", more.Text)
	}
}
