package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"wenda/rag"
)

// maxAnswerBytes bounds one answer with its trace as JSON, and with Options.Queue what the queue can hold. Answers have about
// 5 KiB.
const maxAnswerBytes = 1 << 20

// Logged is what is written beside an answer.
type Logged struct {
	Question string        // masked: what a resident wrote never gets here as it was
	Channel  string        // portal, wechat, staff, cli, api
	Owner    string        // whose history it belongs to, a keyed hash; empty: nobody's
	Asked    time.Time     // when it came in; zero is now
	Took     time.Duration // until the answer was complete
}

// PutAnswer queues an answer to be written within Options.Every, and returns at once. It keeps nothing of a that the caller could
// change. A full queue is ErrBusy (and ErrFull too when it is full because the disk is), and the answer is not kept; a closed
// store is ErrClosed. What was queued is written unless the process dies first or Close runs out of time: when writing fails, it
// is tried again until it works.
func (s *Store) PutAnswer(a rag.Answer, l Logged) error {
	doing := "queue answer " + a.ID
	if a.ID == "" {
		return errors.New("queue answer: it has no ID")
	}
	row := &answerRow{id: a.ID, conversation: a.ConversationID, status: string(a.Status), mode: string(a.Mode), index: a.IndexVersion,
		question: l.Question, channel: l.Channel, owner: l.Owner, took: l.Took}
	if l.Asked.IsZero() {
		l.Asked = time.Now()
	}
	row.created, row.facts = timeText(l.Asked), factsOf(&a)
	var err error
	if row.answer, err = json.Marshal(a); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if row.trace, err = json.Marshal(a.Trace); err != nil {
		return fmt.Errorf("%s: trace: %w", doing, err)
	}
	if n := len(row.answer) + len(row.trace); n > maxAnswerBytes {
		return fmt.Errorf("%s: %d bytes, at most %d are kept", doing, n, maxAnswerBytes)
	}
	return s.answers.add(doing, row)
}

// Answer returns an answer with its trace, also one that is still queued. An unknown ID is ErrNotFound.
func (s *Store) Answer(ctx context.Context, id string) (rag.Answer, error) {
	doing := "read answer " + id
	answer, trace, ok := s.answers.find(id)
	if !ok {
		err := s.readers.QueryRowContext(ctx, "SELECT answer, trace FROM answers WHERE id = ?", id).Scan(&answer, &trace)
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrNotFound
		}
		if err != nil {
			return rag.Answer{}, s.fault(doing, err)
		}
	}
	var a rag.Answer
	if err := errors.Join(json.Unmarshal(answer, &a), json.Unmarshal(trace, &a.Trace)); err != nil {
		return rag.Answer{}, s.damaged(doing, err)
	}
	return a, nil
}

// Flush waits until every answer that is queued now is written. It returns the error of the first attempt that begins after the
// call and fails; the answers stay queued then.
func (s *Store) Flush(ctx context.Context) error {
	return s.fault("write queued answers", s.answers.settle(ctx, ""))
}
