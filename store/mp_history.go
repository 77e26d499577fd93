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

// historyKept is how far back an owner's history is shown.
const historyKept = 90 * 24 * time.Hour

// A Remembered is a line of somebody's history: a question of theirs and its answer.
type Remembered struct {
	Question string // masked
	Asked    time.Time
	Answer   rag.Answer
}

// History returns an owner's questions, the newest first, at most limit. before is the ID of an answer of theirs to go on behind, empty for
// the first page; one that is not theirs is ErrNotFound. Answers that are queued are written first, when that can be done now.
func (s *Store) History(ctx context.Context, owner, before string, limit int, now time.Time) ([]Remembered, error) {
	const doing = "read a history"
	if owner == "" {
		return nil, s.fault(doing, ErrNotFound)
	}
	if err := s.answers.settle(ctx, ""); err != nil && ctx.Err() != nil {
		return nil, s.fault(doing, err)
	} // on a full disk what is written is shown
	var out []Remembered
	err := s.read(ctx, doing, func(tx *sql.Tx) error {
		at, id := "~", "" // behind every time
		if before != "" {
			err := tx.QueryRowContext(ctx, "SELECT created_at, id FROM answers WHERE id = ? AND owner = ?", before, owner).Scan(&at, &id)
			if errors.Is(err, sql.ErrNoRows) {
				return ErrNotFound
			}
			if err != nil {
				return err
			}
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var r Remembered
			var asked string
			var answer sql.RawBytes
			if err := rows.Scan(&r.Question, &asked, &answer); err != nil {
				return err
			}
			var err error
			if r.Asked, err = textTime(asked); err != nil {
				return s.damaged(doing, err)
			}
			if err := json.Unmarshal(answer, &r.Answer); err != nil {
				return s.damaged(doing, err)
			}
			out = append(out, r)
			return nil
		}, `SELECT question, created_at, answer FROM answers WHERE owner = ? AND owner <> '' AND (created_at, id) < (?, ?) AND created_at >= ?
			ORDER BY created_at DESC, id DESC LIMIT ?`, owner, at, id, timeText(now.Add(-historyKept)), limit)
	})
	return out, err
}

// OwnerOf returns whose answer it is: the owner, empty for nobody's. An unknown answer is ErrNotFound.
func (s *Store) OwnerOf(ctx context.Context, id string) (string, error) {
	if owner, ok := s.answers.ownerOf(func(r *answerRow) bool { return r.id == id }); ok {
		return owner, nil
	}
	return s.owner(ctx, "find whose answer "+id+" is", "SELECT owner FROM answers WHERE id = ?", id)
}

// OwnsConversation reports whether a conversation has an answer of the owner's.
func (s *Store) OwnsConversation(ctx context.Context, owner, conversation string) (bool, error) {
	if owner == "" || conversation == "" {
		return false, nil
	}
	if _, ok := s.answers.ownerOf(func(r *answerRow) bool { return r.conversation == conversation && r.owner == owner }); ok {
		return true, nil
	}
	_, err := s.owner(ctx, "find whose conversation it is", "SELECT owner FROM answers WHERE owner = ? AND owner <> '' AND conversation_id = ? LIMIT 1", owner, conversation)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s *Store) owner(ctx context.Context, doing, query string, args ...any) (owner string, err error) {
	err = s.readers.QueryRowContext(ctx, query, args...).Scan(&owner)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return owner, s.fault(doing, err)
}

// DeleteHistory deletes all answers of an owner with their feedback, also those that are queued, and returns how many there were. Of their
// records in the log only place and hash stay: the chain still holds.
func (s *Store) DeleteHistory(ctx context.Context, owner string) (int, error) {
	const doing = "delete a history"
	if owner == "" {
		return 0, fmt.Errorf("%s: of nobody", doing)
	}
	if err := s.answers.settle(ctx, ""); err != nil {
		return 0, s.fault(doing, err)
	}
	var n int64
	err := s.write(ctx, doing, func(tx *sql.Tx) error {
		const theirs = "FROM log l JOIN answers a ON a.id = l.answer_id WHERE a.owner = ? AND a.owner <> ''"
		if _, err := tx.ExecContext(ctx, "INSERT INTO log_erased (n, hash, erased_at) SELECT l.n, l.hash, ? "+theirs, timeText(time.Now()), owner); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM log_words WHERE rowid IN (SELECT l.n "+theirs+")", owner); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, "DELETE FROM answers WHERE owner = ? AND owner <> ''", owner)
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	return int(n), err
}
