package rag

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"wenda/corpus"
	"wenda/prompts"
)

// counting embeds and counts; while broken it fails.
type counting struct {
	tiny
	asked  atomic.Int64
	broken atomic.Bool
}

func (c *counting) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	c.asked.Add(1)
	if c.broken.Load() {
		return nil, errors.New("no vector now")
	}
	return c.tiny.EmbedQuery(ctx, text)
}

// What many ask is searched for once; every answer has its own IDs, conversation and notices.
func TestRecentQuestions(t *testing.T) {
	c := &counting{}
	e := engine(t, func(p *Parts) { p.Embedder = c })
	first := asked(t, e, "今年新增多少学位")
	searched := c.asked.Load()
	second := ask(t, e, Question{Text: "今年新增多少学位", RequestID: "r-2"})
	if c.asked.Load() != searched || second.Text != first.Text || second.ID == first.ID || second.ConversationID == first.ConversationID {
		t.Errorf("embedded %d more times, got %+v", c.asked.Load()-searched, second)
	}
	if a := ask(t, e, Question{Text: "今年新增多少學位"}); !strings.Contains(a.Text, "新增學位1500個") {
		t.Errorf("in traditional characters: got %q", a.Text)
	}
	if a := asked(t, e, "今年新增多少学位"); a.Text != first.Text {
		t.Errorf("after traditional characters: got %q, want %q", a.Text, first.Text)
	}
	for range 2 { // follow-ups of either conversation lean on it
		for _, id := range []string{first.ConversationID, second.ConversationID} {
			if a := ask(t, e, Question{Text: "第一个呢", ConversationID: id}); firstQuote(a) != firstQuote(first) {
				t.Errorf("got %q", a.Text)
			}
		}
	}
	five := "今年新增多少学位？合唱节是第几届？招聘教师多少名？为多少所学校更换课桌椅？"
	for range 2 {
		if a := asked(t, e, five); a.Answered || !strings.Contains(a.Notice, "先回答前面三个") {
			t.Errorf("got answered %v, notice %q", a.Answered, a.Notice)
		}
	}
	for i, q := range []string{"今年新增多少学位13800138000", "今年新增多少学位13900139000"} {
		if a := asked(t, e, q); !strings.Contains(a.Notice, "个人信息已经隐去") {
			t.Errorf("%d: got notice %q", i, a.Notice)
		}
	}
}

// Another index or other prompts answer anew.
func TestRecentEndsWithTheIndex(t *testing.T) {
	newer, err := buildFixture(strings.ReplaceAll(page, "第五届", "第六届"), tiny{}, func(m *corpus.Material) {
		for i, v := range m.Variants {
			if v.Anchor.Facts[0] == "第五届" {
				m.Variants[i].Anchor.Facts = []string{"第六届"}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	reworded, err := prompts.Load(func(name string) ([]byte, bool, error) {
		text, err := prompts.Default(name)
		return []byte(strings.Replace(string(text), "不能乱说", "不敢乱说", 1)), name == "replies.yaml", err
	})
	if err != nil {
		t.Fatal(err)
	}
	x, set := fixture(t), promptSet(t)
	e := engine(t, func(p *Parts) {
		p.Index, p.Prompts = func() *corpus.Index { return x }, func() *prompts.Set { return set }
	})
	says := func(question, want string) {
		t.Helper()
		for range 2 {
			if a := asked(t, e, question); !strings.Contains(a.Text, want) {
				t.Errorf("%q: got %q, want %q", question, a.Text, want)
			}
		}
	}
	says("合唱节是第几届", "第五届")
	says("火星上能种土豆吗", "不能乱说")
	x = newer
	says("合唱节是第几届", "第六届")
	set = reworded
	says("火星上能种土豆吗", "不敢乱说")
}

// An answer found while the embedder failed is good for that moment only.
func TestRecentForgetsFailures(t *testing.T) {
	c := &counting{}
	e := engine(t, func(p *Parts) { p.Embedder = c })
	want := asked(t, e, "多出来几个读书的位子").Text
	c.broken.Store(true)
	other := engine(t, func(p *Parts) { p.Embedder = c })
	asked(t, other, "多出来几个读书的位子")
	c.broken.Store(false)
	before := c.asked.Load()
	if a := asked(t, other, "多出来几个读书的位子"); c.asked.Load() == before || a.Text != want {
		t.Errorf("got %q after the embedder came back, want %q", a.Text, want)
	}
}

func TestRecentIsBounded(t *testing.T) {
	var m recent
	x, set := fixture(t), promptSet(t)
	for i := range maxRecent + 10 {
		m.put(x, set, fmt.Sprint(i), nil)
		m.put(x, set, fmt.Sprint(i), nil)
	}
	if len(m.parts) != maxRecent || len(m.order) != maxRecent {
		t.Errorf("got %d and %d, want %d", len(m.parts), len(m.order), maxRecent)
	}
	for q, want := range map[string]bool{"9": false, "10": true, fmt.Sprint(maxRecent + 9): true} {
		if _, ok := m.get(x, set, q); ok != want {
			t.Errorf("%s: kept %v, want %v", q, ok, want)
		}
	}
	if _, ok := m.get(wordsOnly(t), set, "10"); ok {
		t.Error("another index got what this one found")
	}
}
