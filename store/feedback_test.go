package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func liveFeedback(t *testing.T, s *Store, id string) string {
	t.Helper()
	var verdict, reason, comment string
	err := s.readers.QueryRowContext(t.Context(), "SELECT verdict, reason, comment FROM feedback WHERE answer_id = ? AND live = 1", id).
		Scan(&verdict, &reason, &comment)
	if err != nil {
		t.Fatalf("feedback of %s: %v", id, err)
	}
	return fmt.Sprint(verdict, "/", reason, "/", comment)
}

func TestFeedbackWaitsForItsAnswer(t *testing.T) {
	s := opened(t, t.TempDir(), Options{Every: never})
	if err := s.PutAnswer(answer("a_1"), Logged{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Feedback(t.Context(), Feedback{AnswerID: "a_1", Verdict: Useless, Reason: "wrong", Comment: "不对"}); err != nil {
		t.Fatal(err)
	}
	if !written(t, s, "a_1") {
		t.Error("the answer is not written")
	}
	if got, want := liveFeedback(t, s, "a_1"), "useless/wrong/不对"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLaterFeedbackReplacesEarlier(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	if err := s.PutAnswer(answer("a_1"), Logged{}); err != nil {
		t.Fatal(err)
	}
	for _, f := range []Feedback{{"a_1", Useless, "wrong", "一"}, {"a_1", Useless, "other", "二"}, {"a_1", Useful, "", ""}} {
		if err := s.Feedback(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := liveFeedback(t, s, "a_1"), "useful//"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if all, live := count(t, s, "SELECT count(*) FROM feedback"), count(t, s, "SELECT count(*) FROM feedback WHERE live = 1"); all != 3 || live != 1 {
		t.Errorf("got %d rows, %d live, want 3 and 1", all, live)
	}
}

func TestFeedbackRefuses(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	for _, id := range []string{"a_unknown", ""} {
		if err := s.Feedback(t.Context(), Feedback{AnswerID: id, Verdict: Useful}); !errors.Is(err, ErrNotFound) {
			t.Errorf("answer %q: got %v, want ErrNotFound", id, err)
		}
	}
	if err := s.PutAnswer(answer("a_1"), Logged{}); err != nil {
		t.Fatal(err)
	}
	for _, verdict := range []string{"", "maybe", "USEFUL"} {
		if err := s.Feedback(t.Context(), Feedback{AnswerID: "a_1", Verdict: verdict}); err == nil {
			t.Errorf("verdict %q was kept", verdict)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Feedback(ctx, Feedback{AnswerID: "a_1", Verdict: Useful}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	if n := count(t, s, "SELECT count(*) FROM feedback"); n != 0 {
		t.Errorf("got %d rows, want none", n)
	}
}

// Feedback for an answer that another process wrote.
func TestFeedbackAcrossStores(t *testing.T) {
	dir := t.TempDir()
	a, b := opened(t, dir, Options{}), opened(t, dir, Options{})
	if err := a.PutAnswer(answer("a_1"), Logged{}); err != nil {
		t.Fatal(err)
	}
	if err := a.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Feedback(t.Context(), Feedback{AnswerID: "a_1", Verdict: Useful}); err != nil {
		t.Fatal(err)
	}
	if got := liveFeedback(t, a, "a_1"); got != "useful//" {
		t.Errorf("got %s", got)
	}
}
