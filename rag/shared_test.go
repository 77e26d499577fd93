package rag

import (
	"context"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// engine answers from the fixture; change may replace parts.
func engine(tb testing.TB, change func(*Parts)) *Engine {
	tb.Helper()
	x, set := fixture(tb), promptSet(tb)
	p := Parts{Index: func() *corpus.Index { return x }, Prompts: func() *prompts.Set { return set }, Embedder: tiny{}}
	if change != nil {
		change(&p)
	}
	return New(p)
}

// ask asks, and checks what holds of every answer and every stream of events.
func ask(tb testing.TB, e *Engine, q Question) Answer {
	tb.Helper()
	var events []Event
	a, err := e.Ask(context.Background(), q, func(ev Event) { events = append(events, ev) })
	if err != nil {
		tb.Fatalf("Ask(%q): %v", q.Text, err)
	}
	checkAnswer(tb, e.index(), q, a)
	checkEvents(tb, q, a, events)
	return a
}

func asked(tb testing.TB, e *Engine, text string) Answer {
	tb.Helper()
	return ask(tb, e, Question{Text: text})
}

var (
	answerID       = regexp.MustCompile(`^a_[0-9a-f]{32}$`) // 128 random bits
	conversationID = regexp.MustCompile(`^c_[0-9a-f]{32}$`)
	marker         = regexp.MustCompile(`\[(\d+)\]`)
)

// checkAnswer holds for every answer.
func checkAnswer(tb testing.TB, x *corpus.Index, q Question, a Answer) {
	tb.Helper()
	if !answerID.MatchString(a.ID) || q.ConversationID == "" && !conversationID.MatchString(a.ConversationID) || a.RequestID != q.RequestID {
		tb.Errorf("%q: got IDs %q, %q, %q", q.Text, a.ID, a.ConversationID, a.RequestID)
	}
	if q.ConversationID != "" && a.ConversationID != q.ConversationID {
		tb.Errorf("%q: got conversation %q, want %q", q.Text, a.ConversationID, q.ConversationID)
	}
	if !slices.Contains(Statuses(), a.Status) || !slices.Contains([]Mode{Generated, Quoted, Curated, Fixed}, a.Mode) {
		tb.Errorf("%q: got status %q, mode %q", q.Text, a.Status, a.Mode)
	}
	if a.Answered && (a.Status != Answered || len(a.Citations) == 0) {
		tb.Errorf("%q: answered with status %s and %d citations", q.Text, a.Status, len(a.Citations))
	}
	if a.Status != Answered && a.Reason == "" {
		tb.Errorf("%q: %s without a reason", q.Text, a.Status)
	}
	if strings.TrimSpace(a.Text) == "" || !utf8.ValidString(a.Text) {
		tb.Errorf("%q: got text %q", q.Text, a.Text)
	}
	if (a.AsOf == "") != (len(a.Citations) == 0) {
		tb.Errorf("%q: as of %q with %d citations", q.Text, a.AsOf, len(a.Citations))
	}
	if a.IndexVersion == "" || a.Mode == Generated != (a.Label != "") {
		tb.Errorf("%q: got index version %q, mode %s, label %q", q.Text, a.IndexVersion, a.Mode, a.Label)
	}
	checkCitations(tb, x, q, a)
	var raw map[string]json.RawMessage
	encoded, err := json.Marshal(a)
	if err == nil {
		err = json.Unmarshal(encoded, &raw)
	}
	if err != nil {
		tb.Fatal(err)
	}
	for _, list := range []string{"citations", "related"} {
		if v := string(raw[list]); !strings.HasPrefix(v, "[") {
			tb.Errorf("%q: %s is %s in JSON, want an array", q.Text, list, v)
		}
	}
}

// checkCitations wants numbers from 1, each used in the text, and quotes that are sentences of the live document.
func checkCitations(tb testing.TB, x *corpus.Index, q Question, a Answer) {
	tb.Helper()
	used := map[string]bool{}
	for _, m := range marker.FindAllStringSubmatch(a.Text, -1) {
		used[m[1]] = true
	}
	if len(used) != len(a.Citations) {
		tb.Errorf("%q: %d citations, %d used in %q", q.Text, len(a.Citations), len(used), a.Text)
	}
	for i, c := range a.Citations {
		if c.N != i+1 || !used[strconv.Itoa(c.N)] {
			tb.Errorf("%q: citation %d has number %d; text %q", q.Text, i+1, c.N, a.Text)
		}
		d := x.Document(c.DocumentID)
		if d == nil {
			tb.Errorf("%q: citation of unknown document %q", q.Text, c.DocumentID)
			continue
		}
		m := d.Meta
		if c.Title != m.Title || c.Issuer != m.Issuer || c.IndexNumber != m.IndexNumber || c.Published != m.Published {
			tb.Errorf("%q: got citation %+v of %+v", q.Text, c, m)
		}
		if c.Quote == "" || !strings.Contains(d.Text, c.Quote) || !strings.Contains(c.URL, d.ID) || !strings.Contains(c.URL, d.Version) {
			tb.Errorf("%q: citation %+v is no sentence of its document", q.Text, c)
		}
		if a.AsOf < m.Published {
			tb.Errorf("%q: as of %s, but cites %s", q.Text, a.AsOf, m.Published)
		}
	}
}

// checkEvents holds for every stream: the answer's ID with the first event, stages first, generated text behind its mark, no delta with a number that was not announced, deltas that join to the text,
// Done last and equal to the answer.
func checkEvents(tb testing.TB, q Question, a Answer, events []Event) {
	tb.Helper()
	if len(events) < 3 {
		tb.Fatalf("%q: got %d events", q.Text, len(events))
	}
	if events[0].Stage != "understand" || events[0].ID != a.ID {
		tb.Errorf("%q: the first event is %+v, want the stage understand with the ID %s", q.Text, events[0], a.ID)
	}
	var text strings.Builder
	announced := map[int]Citation{}
	spoken := false
	var mark *Mark // since the last reset
	for i, ev := range events {
		kinds := 0
		for _, set := range []bool{ev.Stage != "", ev.Mark != nil, ev.Delta != "", ev.Citation != nil, ev.Reset, ev.Done != nil} {
			if set {
				kinds++
			}
		}
		if kinds != 1 {
			tb.Errorf("%q: event %d is of %d kinds: %+v", q.Text, i, kinds, ev)
		}
		switch {
		case ev.Stage != "":
			if spoken || !slices.Contains([]string{"understand", "retrieve", "compose", "verify"}, ev.Stage) {
				tb.Errorf("%q: stage %q at %d, after text: %v", q.Text, ev.Stage, i, spoken)
			}
		case ev.Mark != nil:
			if mark != nil || len(a.Trace.Parts) == 0 && text.Len() > 0 {
				tb.Errorf("%q: the mark of generated text is event %d: again, or behind text", q.Text, i)
			}
			mark = ev.Mark
		case ev.Citation != nil:
			announced[ev.Citation.N] = *ev.Citation
		case ev.Delta != "":
			spoken = true
			text.WriteString(ev.Delta)
			for _, m := range marker.FindAllStringSubmatch(ev.Delta, -1) {
				if n, _ := strconv.Atoi(m[1]); announced[n].N == 0 {
					tb.Errorf("%q: delta %q comes before its citation", q.Text, ev.Delta)
				}
			}
		case ev.Reset:
			text.Reset()
			clear(announced)
			mark = nil
		case ev.Done != nil && i != len(events)-1:
			tb.Errorf("%q: Done is event %d of %d", q.Text, i, len(events))
		}
	}
	if (mark != nil) != (a.Mode == Generated) || mark != nil && (mark.Label != a.Label || !reflect.DeepEqual(mark.AIGC, a.AIGC)) {
		tb.Errorf("%q: the mark is %+v, the answer is %s with label %q and %+v", q.Text, mark, a.Mode, a.Label, a.AIGC)
	}
	if text.String() != a.Text {
		tb.Errorf("%q: deltas join to %q, want %q", q.Text, text.String(), a.Text)
	}
	for _, c := range a.Citations {
		if announced[c.N] != c {
			tb.Errorf("%q: announced %+v, want %+v", q.Text, announced[c.N], c)
		}
	}
	if done := events[len(events)-1].Done; done == nil || !reflect.DeepEqual(*done, a) {
		tb.Errorf("%q: the last event is %+v, want Done with the answer", q.Text, events[len(events)-1])
	}
}

// untyped drops everything but letters and figures: what remains when typography is left aside.
func untyped(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, s)
}

var (
	// planWords introduce a target. 要 alone does not: 重要, 要求.
	planWords = regexp.MustCompile(`计划|力争|争取|争创|创成|将|目标|打算|拟|规划|年内|今年|全年要|要[^求素点闻]|推进|推动|落实|加强|完善|健全|申报|确保`)
	// done tells a result.
	done = regexp.MustCompile(`已|完成了|建成了|达到了|实现了|获得了|取得了|顺利完成`)
)

func loadedPrompts(set *prompts.Set) func() *prompts.Set {
	return func() *prompts.Set { return set }
}
