package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"wenda/rag"
)

var (
	madeAsks   = []string{"新增多少学位", "补课班怎么管", "老人学手机在哪里报名", "校车几点发车", "“五项管理”是哪五项", "营养午餐收多少钱 ABC-2800", "<b>怎么报名</b>", "学 位够不够"}
	madeStatus = []rag.Status{rag.Answered, rag.NotStated, rag.NoSource, rag.Answered, rag.Answered, rag.Refused}
	madeFrom   = []string{"portal", "wechat", "mp", "api"}
	madeStart  = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
)

// madeRow is row i of a made up log: one a minute, of everything.
func madeRow(i int) (rag.Answer, Logged) {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	a := answer(fmt.Sprintf("a_%06d", i))
	a.Status = madeStatus[r.IntN(len(madeStatus))]
	a.Answered = a.Status == rag.Answered
	a.IndexVersion = fmt.Sprint("i", i/2000)
	a.Trace.Strength, a.Trace.Floor = .5+r.Float64()/2, .55
	if a.Answered {
		chunk := r.IntN(40)
		a.Citations[0] = rag.Citation{N: 1, DocumentID: fmt.Sprint("d", chunk%5), Section: fmt.Sprint("三、工作 > 第", chunk, "节"),
			URL: fmt.Sprintf("/doc/d%d?v=v1&p=p%d&s=0#p%d", chunk%5, chunk, chunk)}
	} else {
		a.Citations, a.Text = []rag.Citation{}, "文件没有说明。"
	}
	if i%50 == 0 {
		a.Mode, a.Trace.Model = rag.Generated, &rag.ModelTrace{Usage: rag.Usage{Model: "m1", PromptTokens: 100, CompletionTokens: 10, Cost: .25}}
	}
	return a, Logged{Question: madeAsks[r.IntN(len(madeAsks))], Channel: madeFrom[r.IntN(len(madeFrom))], Asked: madeStart.Add(time.Duration(i) * time.Minute),
		Took: time.Duration(1+i%80) * time.Millisecond}
}

// madeLog is a store with n made up rows, every tenth with feedback.
func madeLog(t testing.TB, n int) *Store {
	t.Helper()
	s := opened(t, t.TempDir(), Options{Queue: n + 1})
	for i := range n {
		if err := s.PutAnswer(madeRow(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < min(n, 3000); i += 10 {
		if err := s.Feedback(t.Context(), Feedback{AnswerID: fmt.Sprintf("a_%06d", i), Verdict: []string{Useful, Useless}[i/10%2], Comment: "<i>不对</i>"}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// matches is the filter as a plain program would read it.
func matches(f LogFilter, i int) bool {
	a, l := madeRow(i)
	verdict := ""
	if i%10 == 0 && i < 3000 {
		verdict = []string{Useful, Useless}[i/10%2]
	}
	flat := func(s string) string { return strings.ToLower(s) }
	holds := true
	for _, run := range strings.FieldsFunc(f.Text, func(r rune) bool { return strings.ContainsRune(" -<>/“”", r) }) {
		holds = holds && (strings.Contains(flat(l.Question), flat(run)) || strings.Contains(flat(a.Text), flat(run)))
	}
	cited := slices.ContainsFunc(a.Citations, func(c rag.Citation) bool {
		return c.DocumentID == f.Document && (f.Chunk == "" || strings.HasSuffix(c.URL, "#"+f.Chunk))
	})
	margin := a.Trace.Strength - a.Trace.Floor
	return (f.Status == "" || f.Status == string(a.Status)) && (f.Mode == "" || f.Mode == string(a.Mode)) && (f.Channel == "" || f.Channel == l.Channel) &&
		(f.Version == "" || f.Version == a.IndexVersion) && (f.From.IsZero() || !l.Asked.Before(f.From)) && (f.To.IsZero() || l.Asked.Before(f.To)) &&
		(f.Feedback == "" || f.Feedback == "any" && verdict != "" || f.Feedback == "none" && verdict == "" || f.Feedback == verdict) && holds &&
		(f.Document == "" || cited) && (f.Weak == nil || a.Answered && margin < *f.Weak)
}

func weakBelow(m float64) *float64 { return &m }

var madeFilters = map[string]LogFilter{
	"everything":       {},
	"status":           {Status: "refused"},
	"channel and mode": {Channel: "wechat", Mode: "generated"},
	"useless":          {Feedback: Useless},
	"any feedback":     {Feedback: "any"},
	"none":             {Feedback: "none", Status: "no_source"},
	"dates":            {From: madeStart.Add(30 * time.Hour), To: madeStart.Add(40 * time.Hour)},
	"two characters":   {Text: "学位"},
	"three":            {Text: "新增多"},
	"one character":    {Text: "位"},
	"one Latin":        {Text: "B"},
	"digits":           {Text: "800"},
	"two runs":         {Text: "营养 abc"},
	"of the answer":    {Text: "没有说明"},
	"markup":           {Text: "<b>"},
	"quotes":           {Text: "“五项"},
	"document":         {Document: "d3"},
	"chunk":            {Document: "d3", Chunk: "p13"},
	"version":          {Version: "i1"},
	"weak":             {Weak: weakBelow(.02)},
	"much at once":     {Text: "报名", Status: "answered", Channel: "portal", From: madeStart.Add(time.Hour), Document: "d1"},
	"nothing":          {Text: "没有这样的话"},
}

func TestLogFilters(t *testing.T) {
	const rows = 5000 // issue 7
	s := madeLog(t, rows)
	for name, f := range madeFilters {
		var want, got []string
		for i := rows - 1; i >= 0; i-- {
			if matches(f, i) {
				want = append(want, fmt.Sprintf("a_%06d", i))
			}
		}
		if (len(want) == 0) != (name == "nothing") {
			t.Errorf("%s: %d expected: the case tests nothing", name, len(want))
		}
		for before := int64(0); ; { // page by page
			page, err := s.Log(t.Context(), f, before, 700)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, e := range page {
				got = append(got, e.ID)
				before = e.N
			}
			if len(page) < 700 {
				break
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %d records, want %d", name, len(got), len(want))
		}
		if n, err := s.CountLog(t.Context(), f, rows); err != nil || n != len(want) {
			t.Errorf("%s: counted %d, %v, want %d", name, n, err, len(want))
		}
	}
	if n, err := s.CountLog(t.Context(), LogFilter{}, 17); err != nil || n != 17 {
		t.Errorf("bounded count: %d, %v", n, err)
	}
}

// What is searched for is never read as syntax of the full-text query or of SQL.
func TestSearchIsNotSyntax(t *testing.T) {
	s := madeLog(t, 20)
	for _, text := range []string{`"`, `" OR "`, "NEAR(学位 新增)", "words:学", "学*", "-学位", "^学", "' OR 1=1 --", "\x00学", "%", "_", strings.Repeat("学位", 10000), "😀", "《》"} {
		if _, err := s.Log(t.Context(), LogFilter{Text: text}, 0, 5); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	for _, text := range []string{"《》", "%", `"`} {
		if got, err := s.Log(t.Context(), LogFilter{Text: text}, 0, 5); err != nil || len(got) != 0 {
			t.Errorf("%q found %d, %v", text, len(got), err)
		}
	}
}

// Whatever a text is, it is found by itself and by any run of it, and a query is never an error.
func FuzzMatchOf(f *testing.F) {
	for _, s := range madeAsks {
		f.Add(s, "学位 AND")
	}
	f.Add("ａｂｃ", "\xff\"")
	db := open("file::memory:")
	db.SetMaxOpenConns(1)
	f.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(f.Context(), `CREATE VIRTUAL TABLE w USING fts5 (words, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0")`); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, query string) {
		if _, err := db.ExecContext(t.Context(), "INSERT OR REPLACE INTO w (rowid, words) VALUES (1, ?)", wordsOf(text)); err != nil {
			t.Fatal(err)
		}
		found := func(q string) (n int) {
			if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM w WHERE words MATCH ?", q).Scan(&n); err != nil {
				t.Fatalf("%q: %v", q, err)
			}
			return n
		}
		if q := matchOf(query); q != "" {
			found(q)
		}
		if q := matchOf(text); q != "" && found(q) != 1 {
			t.Fatalf("%q is not found by %q", text, q)
		}
	})
}

func TestLogEntryTellsEverything(t *testing.T) {
	s := madeLog(t, 60)
	a, l := madeRow(50)
	got, err := s.LogEntry(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := LogEntry{N: 51, ID: a.ID, Asked: l.Asked, Channel: l.Channel, Status: string(a.Status), Mode: "generated", Question: l.Question, Version: "i0",
		Verdict: Useless, Comment: "<i>不对</i>", Took: l.Took, Model: "m1", Cost: .25, Margin: got.Margin, Topic: got.Topic}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if a.Answered && (got.Margin == nil || got.Topic == "" || strings.Contains(got.Topic, ">")) {
		t.Errorf("margin %v, topic %q", got.Margin, got.Topic)
	}
	if _, err := s.LogEntry(t.Context(), "a_none"); err == nil {
		t.Error("an unknown answer has a record")
	}
}

func TestEachLogBringsTheAnswers(t *testing.T) {
	const rows = 1203
	s := madeLog(t, rows)
	n := 0
	err := s.EachLog(t.Context(), LogFilter{}, func(e LogEntry, text string) error {
		a, _ := madeRow(rows - 1 - n)
		if e.ID != a.ID || text != a.Text {
			return fmt.Errorf("record %d: got %s %q, want %s %q", n, e.ID, text, a.ID, a.Text)
		}
		n++
		return nil
	})
	if err != nil || n != rows {
		t.Errorf("%d records, %v, want %d", n, err, rows)
	}
	stop := fmt.Errorf("enough")
	if err := s.EachLog(t.Context(), LogFilter{}, func(LogEntry, string) error { return stop }); err != stop {
		t.Errorf("got %v, want the error of f", err)
	}
}

func TestSavedFilters(t *testing.T) {
	ctx, s := t.Context(), opened(t, t.TempDir(), Options{})
	for _, f := range []SavedFilter{{"li", "差评", "feedback=useless"}, {"", "本周", "days=7"}, {"li", "差评", "feedback=any"}, {"wang", "x", "y"}} {
		if err := s.SaveFilter(ctx, By{Name: "li"}, f); err != nil {
			t.Fatal(err)
		}
	}
	want := []SavedFilter{{"li", "差评", "feedback=any"}, {"", "本周", "days=7"}}
	if got, err := s.SavedFilters(ctx, "li"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if err := s.DeleteFilter(ctx, By{Name: "li"}, "li", "本周"); err == nil {
		t.Error("deleted what is everybody's")
	}
	if err := s.DeleteFilter(ctx, By{Name: "li"}, "li", "差评"); err != nil {
		t.Error(err)
	}
}

func TestLogStats(t *testing.T) {
	const rows = 3000
	s := madeLog(t, rows)
	zone := time.FixedZone("CST", 8*3600)
	from, to := time.Date(2026, 9, 2, 0, 0, 0, 0, zone), time.Date(2026, 9, 3, 0, 0, 0, 0, zone) // the whole day of to is meant
	st, err := s.Stats(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	want, days := map[string]int{}, map[string]bool{}
	topics, documents, useless, cost := map[string]int{}, map[string]int{}, 0, 0.
	for i := range rows {
		a, l := madeRow(i)
		if l.Asked.Before(from) || !l.Asked.Before(to.AddDate(0, 0, 1)) {
			continue
		}
		day := l.Asked.In(zone).Format(time.DateOnly)
		days[day] = true
		want[day+l.Channel+string(a.Status)]++
		if len(a.Citations) > 0 {
			topics[a.Citations[0].Section[strings.LastIndex(a.Citations[0].Section, "> ")+2:]]++
			documents[a.Citations[0].DocumentID]++
		}
		if i%20 == 10 {
			useless++
		}
		if a.Trace.Model != nil {
			cost += .25
		}
	}
	if len(days) < 2 || useless == 0 || cost == 0 {
		t.Fatal("nothing to count")
	}
	got := map[string]int{}
	for _, d := range st.Days {
		got[d.Day+d.Channel+d.Status] += d.Count
		useless -= d.Useless
	}
	if !reflect.DeepEqual(got, want) || useless != 0 {
		t.Errorf("days: got %v, want %v; %d useless missing", got, want, useless)
	}
	if len(st.Topics) != maxCounted || st.Topics[0].Count != topics[st.Topics[0].Name] || st.Topics[0].Count < st.Topics[1].Count {
		t.Errorf("topics: %v of %v", st.Topics, topics)
	}
	for _, d := range st.Documents {
		if documents[d.Name] != d.Count {
			t.Errorf("document %s: got %d, want %d", d.Name, d.Count, documents[d.Name])
		}
	}
	if _, err := s.DeleteAnswersBefore(t.Context(), to.AddDate(0, 1, 0), to); err != nil {
		t.Fatal(err)
	}
	if after, err := s.Stats(t.Context(), from, to); err != nil || !reflect.DeepEqual(after, st) {
		t.Errorf("figures after retention: got %+v, %v, want %+v", after, err, st)
	}
	if len(st.Models) != 1 || st.Models[0].Cost != cost || st.Models[0].Prompt != int(cost*400) {
		t.Errorf("models: %+v, want a cost of %v", st.Models, cost)
	}
	if len(st.Times) != 3 || st.Times[0].Took != 50*time.Millisecond || st.Times[2].Took != 100*time.Millisecond {
		t.Errorf("times: %v", st.Times)
	}
}

func TestChunkUse(t *testing.T) {
	const rows = 400
	s := madeLog(t, rows)
	counts, err := s.ChunkCounts(t.Context(), "d3")
	if err != nil || counts["p13"] == 0 {
		t.Fatal(counts, err)
	}
	use, err := s.ChunkUse(t.Context(), "d3", "p13")
	if err != nil || use.Count != counts["p13"] || len(use.Last) == 0 || len(use.Last) > lastAsked || use.Last[0].N < use.Last[len(use.Last)-1].N {
		t.Errorf("got %+v, %v", use, err)
	}
}

func BenchmarkLog(b *testing.B) {
	s := madeLog(b, 20_000)
	for _, name := range []string{"everything", "dates", "of the answer", "much at once", "document"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Log(context.Background(), madeFilters[name], 0, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
