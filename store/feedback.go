package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Verdicts of a Feedback.
const (
	Useful  = "useful"
	Useless = "useless"
)

// A Feedback is what a resident says of an answer.
type Feedback struct {
	AnswerID string
	Verdict  string // Useful or Useless
	Reason   string // a code of the caller's, may be empty
	Comment  string // may be empty; the caller bounds it and masks personal data
}

// Feedback keeps f. It waits until the answer is written if that is still queued; when it returns nil, f is on the disk. A later
// feedback for the same answer replaces an earlier one, which stays as history. An unknown answer is ErrNotFound; when the answer
// or f cannot be written now, the error says why (ErrFull, ErrBusy) and f is not kept.
func (s *Store) Feedback(ctx context.Context, f Feedback) error {
	doing := "keep feedback for answer " + f.AnswerID
	if f.Verdict != Useful && f.Verdict != Useless {
		return fmt.Errorf("%s: verdict %q is neither %s nor %s", doing, f.Verdict, Useful, Useless)
	}
	if f.AnswerID == "" {
		return s.fault(doing, ErrNotFound)
	}
	if err := s.answers.settle(ctx, f.AnswerID); err != nil {
		return s.fault(doing, err)
	}
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE feedback SET live = 0 WHERE answer_id = ? AND live = 1", f.AnswerID); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, `INSERT INTO feedback (answer_id, live, verdict, reason, comment, created_at)
			SELECT id, 1, ?, ?, ?, ? FROM answers WHERE id = ?`, f.Verdict, f.Reason, f.Comment, timeText(time.Now()), f.AnswerID)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrNotFound
		}
		return setVerdict(ctx, tx, f.AnswerID, f.Verdict)
	})
}
