package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
)

// tampered opens the file beside the store and changes it as somebody with a shell would.
func tampered(t *testing.T, s *Store, statements ...string) {
	t.Helper()
	db := openWriter(s.path())
	defer db.Close()
	for _, q := range statements {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func TestLogVerifies(t *testing.T) {
	s := madeLog(t, 700)
	r, err := s.VerifyLog(t.Context(), nil, nil)
	if err != nil || len(r.Broken) > 0 || r.Records != 700 || r.First != 1 || r.Last != 700 || r.Head.N != 700 {
		t.Fatalf("got %+v, %v", r, err)
	}
	back, err := ParseHead(r.Head.String())
	if err != nil || back != r.Head {
		t.Errorf("got %v, %v, want %v", back, err, r.Head)
	}
	for _, bad := range []string{"", "7", "x:y", "-1:" + r.Head.Hash, "7:abc", "7:" + strings.Repeat("g", 64)} {
		if _, err := ParseHead(bad); err == nil {
			t.Errorf("%q was read as a head", bad)
		}
	}
}

func TestTamperedLogIsFound(t *testing.T) {
	const open = "DROP TRIGGER answers_never_change"
	for name, c := range map[string]struct {
		statements []string
		want       string
	}{
		"changed answer":       {[]string{open, `UPDATE answers SET answer = answer || ' ' WHERE id = 'a_000030'`}, "a_000030"},
		"changed question":     {[]string{open, `UPDATE answers SET question = 'x' WHERE id = 'a_000030'`, `UPDATE log SET question = 'x' WHERE answer_id = 'a_000030'`}, "第 31 条"},
		"changed time":         {[]string{open, `UPDATE answers SET took_ns = 1 WHERE id = 'a_000030'`}, "第 31 条"},
		"narrow row":           {[]string{`UPDATE log SET status = 'answered' WHERE status = 'refused'`}, "检索行"},
		"deleted in between":   {[]string{`DELETE FROM answers WHERE id = 'a_000030'`}, "第 31 条到第 31 条缺失"},
		"deleted at the end":   {[]string{`DELETE FROM answers WHERE id >= 'a_000050'`}, "末尾应是第 60 条"},
		"deleted at the start": {[]string{`DELETE FROM answers WHERE id < 'a_000010'`}, "第 1 条到第 10 条缺失"},
		"unlinked":             {[]string{`DELETE FROM log WHERE n = 60`, `UPDATE log_head SET n = 59, hash = (SELECT hash FROM log WHERE n = 59)`}, "回答有 60 条"},
		"swapped":              {[]string{`UPDATE log SET n = 10000 WHERE n = 5`, `UPDATE log SET n = 5 WHERE n = 6`, `UPDATE log SET n = 6 WHERE n = 10000`}, "第 5 条"},
		"checkpoint": {[]string{`INSERT INTO log_checkpoints VALUES (10, (SELECT hash FROM log WHERE n = 10), 10, '2026', '2026', x'00')`,
			`DELETE FROM answers WHERE id < 'a_000010'`}, "清理记录 10 被改动"},
	} {
		t.Run(name, func(t *testing.T) {
			s := madeLog(t, 60)
			tampered(t, s, c.statements...)
			r, err := s.VerifyLog(t.Context(), nil, nil)
			if err != nil || !strings.Contains(strings.Join(r.Broken, "\n"), c.want) {
				t.Errorf("got %q, %v, want %q", r.Broken, err, c.want)
			}
		})
	}
}

// Answers cannot be changed without taking the trigger away first.
func TestAnswersAreImmutable(t *testing.T) {
	s := madeLog(t, 1)
	if _, err := s.writer.ExecContext(t.Context(), "UPDATE answers SET question = 'x'"); err == nil || !strings.Contains(err.Error(), "immutable") {
		t.Errorf("got %v", err)
	}
}

func TestRetentionKeepsTheChain(t *testing.T) {
	ctx := t.Context()
	s := madeLog(t, 3000)
	whole, err := s.VerifyLog(ctx, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := madeStart.AddDate(0, 0, 30)
	left := 3000
	for i, hours := range []int{20, 25, 40} { // 1200, 300 and 900 records
		before := madeStart.Add(time.Duration(hours) * time.Hour)
		n, err := s.DeleteAnswersBefore(ctx, before, now)
		if want := left - (3000 - 60*hours); err != nil || n != want {
			t.Fatalf("run %d: deleted %d, %v, want %d", i, n, err, want)
		}
		left -= n
		r, err := s.VerifyLog(ctx, &whole.Head, nil)
		if err != nil || len(r.Broken) > 0 || r.Records != left || r.Deleted != 3000-left || r.Checkpoints != i+1 || r.Head != whole.Head {
			t.Errorf("run %d: %+v, %v", i, r, err)
		}
		if got := count(t, s, "SELECT count(*) FROM log_words"); got != left {
			t.Errorf("run %d: words of %d records, want %d", i, got, left)
		}
		if got := count(t, s, "SELECT count(*) FROM log_citations WHERE n <= ?", 3000-left); got != 0 {
			t.Errorf("run %d: %d citations of deleted records", i, got)
		}
	}
	if n, err := s.DeleteAnswersBefore(ctx, madeStart, now); err != nil || n != 0 {
		t.Errorf("nothing to delete: %d, %v", n, err)
	}
	list, err := s.Checkpoints(ctx, 10)
	if err != nil || len(list) != 3 || list[0].N != 2400 || list[0].Deleted != 900 || !list[0].Made.Equal(now) || !list[2].Before.Equal(madeStart.Add(20*time.Hour)) {
		t.Errorf("checkpoints: %+v, %v", list, err)
	}
	a, l := madeRow(3000)
	if err := s.PutAnswer(a, l); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if r, err := s.VerifyLog(ctx, nil, nil); err != nil || len(r.Broken) > 0 || r.Last != 3001 {
		t.Errorf("after going on: %+v, %v", r, err)
	}
	tampered(t, s, "UPDATE log_checkpoints SET deleted = 901, n = 2401 WHERE n = 2400")
	if r, err := s.VerifyLog(ctx, nil, nil); err != nil || len(r.Broken) == 0 {
		t.Errorf("a changed checkpoint verifies: %+v, %v", r, err)
	}
}

// Only the beginning of the log is deleted: a record dated earlier by a clock set back waits for those before it.
func TestRetentionDeletesFromTheBeginning(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	for i, day := range []int{1, 5, 2, 6} {
		if err := s.PutAnswer(answer(fmt.Sprint("a_", i)), Logged{Asked: madeStart.AddDate(0, 0, day)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ day, want int }{{3, 1}, {3, 0}, {6, 2}, {9, 1}} {
		if n, err := s.DeleteAnswersBefore(ctx, madeStart.AddDate(0, 0, c.day), madeStart); err != nil || n != c.want {
			t.Errorf("before day %d: %d, %v, want %d", c.day, n, err, c.want)
		}
	}
	if r, err := s.VerifyLog(ctx, nil, nil); err != nil || len(r.Broken) > 0 || r.Records != 0 || r.Deleted != 4 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A rewritten chain is whole in itself; a head written down before finds it.
func TestHeadFindsARewrittenChain(t *testing.T) {
	s := madeLog(t, 30)
	r, err := s.VerifyLog(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	other := madeLog(t, 31)
	for _, c := range []struct {
		name   string
		head   Head
		broken bool
	}{{"its own", r.Head, false}, {"another hash", Head{20, r.Head.Hash}, true}, {"beyond the end", Head{99, r.Head.Hash}, true}} {
		got, err := other.VerifyLog(t.Context(), &c.head, nil)
		if err != nil || (len(got.Broken) > 0) != c.broken {
			t.Errorf("%s: %q, %v", c.name, got.Broken, err)
		}
	}
}

// A data folder from before the log has its answers entered when it is opened.
func TestOlderAnswersAreEntered(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := opened(t, dir, Options{})
	for i := range 2500 {
		if err := s.PutAnswer(madeRow(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Feedback(ctx, Feedback{AnswerID: "a_000007", Verdict: Useless}); err != nil {
		t.Fatal(err)
	}
	want, err := s.VerifyLog(ctx, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	figures, err := s.Stats(ctx, madeStart, madeStart.AddDate(0, 1, 0))
	if err != nil || len(figures.Days) == 0 {
		t.Fatal(figures, err)
	}
	tampered(t, s, "DELETE FROM log", "DELETE FROM log_words", "DELETE FROM log_days", "UPDATE log_head SET n = 0, hash = zeroblob(32), complete = 0")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir, Options{})
	if got, err := s.VerifyLog(ctx, nil, nil); err != nil || got.Head != want.Head || got.Records != 2500 || len(got.Broken) > 0 {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if list, err := s.Log(ctx, LogFilter{Feedback: Useless, Text: "位"}, 0, 5); err != nil || len(list) > 1 {
		t.Errorf("%v, %v", list, err)
	}
	if got, err := s.Stats(ctx, madeStart, madeStart.AddDate(0, 1, 0)); err != nil || !reflect.DeepEqual(got, figures) {
		t.Errorf("figures: got %+v, %v, want %+v", got, err, figures)
	}
	if n, err := s.CountLog(ctx, LogFilter{Feedback: Useless}, 9); err != nil || n != 1 {
		t.Errorf("%d useless, %v, want 1", n, err)
	}
}

func TestLogSurvivesADamagedTrace(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, Options{})
	tampered(t, s, `INSERT INTO answers VALUES ('a_bad', '2026-09-01T00:00:00.000000000Z', 'portal', 'c', '问', 'answered', 'quoted', 'i', 1, '{', 'x', '')`,
		"UPDATE log_head SET complete = 0")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir, Options{})
	if r, err := s.VerifyLog(t.Context(), nil, nil); err != nil || r.Records != 1 || len(r.Broken) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := s.Answer(t.Context(), "a_bad"); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "wenda.db")); err != nil {
		t.Error(err)
	}
}

// A record's hash depends on the one before it, on its place and on every field.
func TestHashCoversWhatCameBefore(t *testing.T) {
	base := answerRow{id: "a", created: "t", question: "q"}
	first := string(chained(make([]byte, 32), 2, &base))
	other := base
	other.question = "r"
	for name, h := range map[string][]byte{"before": chained(make([]byte, 31), 2, &base), "place": chained(make([]byte, 32), 3, &base), "question": chained(make([]byte, 32), 2, &other)} {
		if string(h) == first {
			t.Errorf("%s: the same hash", name)
		}
	}
}

// The store itself keeps a quarantined file out, whatever a page does.
func TestQuarantinedFilesStayOut(t *testing.T) {
	ctx, s := t.Context(), opened(t, t.TempDir(), Options{})
	k := kept("d_1", "v1", 0)
	n, err := s.Stage(ctx, By{Name: "x"}, k.Document, []corpus.Warning{{Code: "hidden", Quarantine: true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutDocument(ctx, By{Name: "x"}, "document.publish", "", k, "", n); !errors.Is(err, ErrNotFound) {
		t.Errorf("published out of quarantine: %v", err)
	}
	if err := s.ReleaseStaged(ctx, By{Name: "y"}, n, "看过"); err != nil {
		t.Fatal(err)
	}
	if err := s.PutDocument(ctx, By{Name: "x"}, "document.publish", "", k, "", n); err != nil {
		t.Error(err)
	}
}

// What its owner deletes leaves its place in the chain, and nothing of what was said.
func TestErasedRecordsLeaveTheirPlace(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	for i := range 20 {
		owner := ""
		if i%3 == 0 { // 0, 3 ... 18
			owner = "o"
		}
		a := answer(fmt.Sprint("a_", i))
		if err := s.PutAnswer(a, Logged{Question: fmt.Sprintf("第%d个秘密问题", i), Asked: madeStart.AddDate(0, 0, i), Owner: owner}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.DeleteHistory(ctx, "o"); err != nil || n != 7 {
		t.Fatalf("deleted %d, %v", n, err)
	}
	verified := func(what string, records, erased, deleted int) {
		t.Helper()
		r, err := s.VerifyLog(ctx, nil, nil)
		if err != nil || len(r.Broken) > 0 || r.Records != records || r.Erased != erased || r.Deleted != deleted || r.Head.N != 20 {
			t.Errorf("%s: %+v, %v", what, r, err)
		}
	}
	verified("after erasing", 13, 7, 0)
	if n := count(t, s, "SELECT (SELECT count(*) FROM log WHERE n IN (1, 4, 19)) + (SELECT count(*) FROM log_words WHERE rowid IN (1, 4, 19))"); n != 0 {
		t.Errorf("%d rows of what was erased are left", n)
	}
	if n, err := s.DeleteAnswersBefore(ctx, madeStart.AddDate(0, 0, 8), madeStart.AddDate(1, 0, 0)); err != nil || n != 5 { // 1 2 4 5 7
		t.Errorf("retention deleted %d, %v", n, err)
	}
	verified("after retention", 8, 4, 8)
	tampered(t, s, "DELETE FROM log_erased WHERE n = 13")
	if r, err := s.VerifyLog(ctx, nil, nil); err != nil || len(r.Broken) == 0 {
		t.Errorf("a tombstone that is gone: %+v, %v", r, err)
	}
}
