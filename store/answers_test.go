package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/rag"
)

// never makes the writer wait until it is told to write.
const never = 24 * time.Hour

func written(t *testing.T, s *Store, id string) bool {
	t.Helper()
	return count(t, s, "SELECT count(*) FROM answers WHERE id = ?", id) == 1
}

func TestAnswerComesBackWhole(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{Every: never})
	var a rag.Answer
	seed := 0
	fill(reflect.ValueOf(&a).Elem(), &seed)
	plain := rag.Answer{ID: "a_plain"} // nil lists stay nil
	asked := time.Date(2026, 11, 3, 23, 30, 0, 5, time.FixedZone("CST", 8*3600))
	if err := s.PutAnswer(a, Logged{Question: "我的电话是***", Channel: "wechat", Asked: asked, Took: 7 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAnswer(plain, Logged{}); err != nil {
		t.Fatal(err)
	}
	want := []rag.Answer{a, plain}
	want[0].Citations = append([]rag.Citation(nil), a.Citations...)
	a.Citations[0].Quote = "changed after PutAnswer"
	check := func(when string) {
		t.Helper()
		for _, w := range want {
			if got, err := s.Answer(ctx, w.ID); err != nil || !reflect.DeepEqual(got, w) {
				t.Errorf("%s: got  %+v, %v\nwant %+v", when, got, err, w)
			}
		}
	}
	if written(t, s, a.ID) {
		t.Fatal("the answer is not queued")
	}
	check("queued")
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if !written(t, s, a.ID) {
		t.Fatal("the answer is not written after Flush")
	}
	check("written")
	var created, channel, conversation, question, status, mode, index, answer string
	var took int64
	err := s.readers.QueryRowContext(ctx, `SELECT created_at, channel, conversation_id, question, status, mode, index_version, took_ns, answer
		FROM answers WHERE id = ?`, a.ID).Scan(&created, &channel, &conversation, &question, &status, &mode, &index, &took, &answer)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(created, channel, conversation, question, status, mode, index, took)
	if want := fmt.Sprint("2026-11-03T15:30:00.000000005Z", "wechat", a.ConversationID, "我的电话是***", a.Status, a.Mode, a.IndexVersion,
		7*time.Millisecond.Nanoseconds()); got != want {
		t.Errorf("columns: got %s, want %s", got, want)
	}
	if whole, _ := json.Marshal(want[0]); answer != string(whole) {
		t.Errorf("answer: got %s, want %s", answer, whole)
	}
}

func TestUnknownAnswer(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	for _, id := range []string{"", "a_unknown", "a' OR 1=1 --"} {
		if _, err := s.Answer(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: got %v, want ErrNotFound", id, err)
		}
	}
}

func TestPutAnswerRefuses(t *testing.T) {
	s := opened(t, t.TempDir(), Options{Every: never})
	twice := answer("a_twice")
	if err := s.PutAnswer(twice, Logged{}); err != nil {
		t.Fatal(err)
	}
	nan, long := answer("a_nan"), answer("a_long")
	nan.Trace.Strength = math.NaN()
	long.Text = strings.Repeat("长", maxAnswerBytes/3)
	for name, a := range map[string]rag.Answer{"no ID": answer(""), "queued already": twice, "not a number": nan, "too long": long} {
		if err := s.PutAnswer(a, Logged{}); err == nil {
			t.Errorf("%s: was queued", name)
		}
	}
}

// An answer never changes, also when its ID comes again after it was written.
func TestAnswersStayAsTheyAre(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	for _, text := range []string{"first", "second"} {
		a := answer("a_1")
		a.Text = text
		if err := s.PutAnswer(a, Logged{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := s.Answer(t.Context(), "a_1"); err != nil || a.Text != "first" {
		t.Errorf("got %q, %v, want first", a.Text, err)
	}
}

func TestFullQueueAnswersAtOnce(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{Queue: 8, Every: never})
	for i := range 8 {
		if err := s.PutAnswer(answer(fmt.Sprint("a_", i)), Logged{}); err != nil {
			t.Fatal(err)
		}
	}
	err := s.PutAnswer(answer("a_8"), Logged{})
	if !errors.Is(err, ErrBusy) || errors.Is(err, ErrFull) {
		t.Errorf("ninth of eight: got %v, want ErrBusy", err)
	}
	if _, err := s.Answer(ctx, "a_8"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the refused answer: got %v", err)
	}
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAnswer(answer("a_8"), Logged{}); err != nil {
		t.Errorf("after Flush: %v", err)
	}
	if n := count(t, s, "SELECT count(*) FROM answers"); n != 8 {
		t.Errorf("got %d rows, want 8", n)
	}
}

// A full batch does not wait for Every, and neither does a single answer for ever. No test asserts how long: they would hang.
func TestBatchesAreWrittenByThemselves(t *testing.T) {
	for name, opts := range map[string]Options{"full batch": {Batch: 4, Every: never}, "time": {Every: time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, t.TempDir(), opts)
			last, err := s.DataVersion(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for i := range 4 {
				if err := s.PutAnswer(answer(fmt.Sprint("a_", i)), Logged{}); err != nil {
					t.Fatal(err)
				}
			}
			for n := last; n == last; { // until the writer has committed
				if n, err = s.DataVersion(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if n := count(t, s, "SELECT count(*) FROM answers"); n == 0 {
				t.Error("no answer is written")
			}
		})
	}
}

func TestFlushObeysItsContext(t *testing.T) {
	dir := t.TempDir()
	s, other := opened(t, dir, Options{Every: never}), opened(t, dir, Options{})
	tx, err := other.writer.BeginTx(t.Context(), nil) // holds the write lock
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutAnswer(answer("a_1"), Logged{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(t.Context()); err != nil || !written(t, s, "a_1") {
		t.Errorf("after the lock was free: %v", err)
	}
}

func TestCloseDrainsTheQueue(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, Options{Batch: 16, Every: never})
	for i := range 15 {
		if err := s.PutAnswer(answer(fmt.Sprint("a_", i)), Logged{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAnswer(answer("a_late"), Logged{}); !errors.Is(err, ErrClosed) {
		t.Errorf("PutAnswer after Close: got %v", err)
	}
	if err := s.Feedback(t.Context(), Feedback{AnswerID: "a_1", Verdict: Useful}); !errors.Is(err, ErrClosed) {
		t.Errorf("Feedback after Close: got %v", err)
	}
	if _, err := s.Live(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Live after Close: got %v", err)
	}
	if _, err := s.DataVersion(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("DataVersion after Close: got %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if n := count(t, opened(t, dir, Options{}), "SELECT count(*) FROM answers"); n != 15 {
		t.Errorf("got %d rows, want 15", n)
	}
}

// Close ends within its deadline also when another process never lets it write, and says what is lost.
func TestCloseRunsOutOfTime(t *testing.T) {
	dir := t.TempDir()
	s, other := opened(t, dir, Options{Every: never, CloseTimeout: 20 * time.Millisecond}), opened(t, dir, Options{})
	tx, err := other.writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, id := range []string{"a_1", "a_2"} {
		if err := s.PutAnswer(answer(id), Logged{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "2 answers were not written") {
		t.Errorf("got %v, want to hear of 2 answers", err)
	}
	if err := s.Flush(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Flush after Close: got %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{Every: time.Millisecond, Batch: 7})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 40 {
				a := answer(fmt.Sprintf("a_%d_%d", g, i))
				if err := s.PutAnswer(a, Logged{}); err != nil {
					t.Error(err)
				}
				if got, err := s.Answer(ctx, a.ID); err != nil || got.ID != a.ID {
					t.Errorf("%s: got %s, %v", a.ID, got.ID, err)
				}
				if i%4 == 0 {
					if err := s.Feedback(ctx, Feedback{AnswerID: a.ID, Verdict: Useless}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if a, f := count(t, s, "SELECT count(*) FROM answers"), count(t, s, "SELECT count(*) FROM feedback"); a != 320 || f != 80 {
		t.Errorf("got %d answers, %d feedback, want 320 and 80", a, f)
	}
}

func TestDeleteAnswersBefore(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	day := func(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	const old = 2*deleteAtOnce + 3
	for i := range old + 2 {
		asked := day(0)
		if i >= old {
			asked = day(10)
		}
		if err := s.PutAnswer(answer(fmt.Sprint("a_", i)), Logged{Asked: asked}); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{0, old} {
		if err := s.Feedback(ctx, Feedback{AnswerID: fmt.Sprint("a_", i), Verdict: Useful}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{old, 0} {
		if n, err := s.DeleteAnswersBefore(ctx, day(10), day(11)); err != nil || n != want {
			t.Errorf("got %d, %v, want %d", n, err, want)
		}
	}
	if a, f := count(t, s, "SELECT count(*) FROM answers"), count(t, s, "SELECT count(*) FROM feedback"); a != 2 || f != 1 {
		t.Errorf("left %d answers, %d feedback, want 2 and 1", a, f)
	}
}
