package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// States of a WeChatPart.
const (
	WeChatPending = "pending"
	WeChatSending = "sending" // the request is, or was when a process died, under way
	WeChatSent    = "sent"
	WeChatUnknown = "unknown" // nobody knows whether it arrived: it is never sent again
	WeChatFailed  = "failed"  // it certainly did not arrive, and will not
)

// MaxWeChatSends is how many messages WeChat lets be sent for one of a user's (PROTOCOL.md, A: Answer).
const MaxWeChatSends = 5

// A WeChatPart is one message to be sent. N is 0 for the interim message, and counts from 1 for the parts of the answer.
type WeChatPart struct {
	N     int
	State string
	Tries int
	Code  int // WeChat's errcode of the last try
	Body  []byte
}

// A WeChatSession is what one conversation leaves for its next message. Body is sealed by the caller; Last is zero for a new one.
type WeChatSession struct {
	Body []byte
	Last time.Time
}

// WeChatWork is all that is known of one message.
type WeChatWork struct {
	Message WeChatMessage
	Parts   []WeChatPart // by N
	Session WeChatSession
}

// ErrWeChatState says that a message or a part is not in the state that it must be in for what is asked, or that no sends are left.
var ErrWeChatState = errors.New("message of WeChat cannot go into that state now")

// RecoverWeChat makes unknown what was being sent when an earlier process ended, and returns the unfinished messages in the order of
// acceptance, without OpenID and Body. interrupted is how many parts became unknown. Call it once, before anything is sent, with the
// server's lock.
func (s *Store) RecoverWeChat(ctx context.Context, now time.Time) (open []WeChatMessage, interrupted int, err error) {
	err = s.write(ctx, "recover messages of WeChat", func(tx *sql.Tx) error {
		n, err := changes(tx.ExecContext(ctx, "UPDATE wechat_parts SET state = 'unknown', body = NULL, changed_at = ? WHERE state = 'sending'", timeText(now)))
		if err != nil {
			return err
		}
		interrupted = int(n)
		open, err = openWeChat(ctx, tx)
		return err
	})
	return open, interrupted, err
}

// OpenWeChat returns the unfinished messages as RecoverWeChat does, and changes nothing.
func (s *Store) OpenWeChat(ctx context.Context) (open []WeChatMessage, err error) {
	err = s.read(ctx, "look for messages of WeChat", func(tx *sql.Tx) error {
		open, err = openWeChat(ctx, tx)
		return err
	})
	return open, err
}

func openWeChat(ctx context.Context, tx *sql.Tx) (open []WeChatMessage, err error) {
	err = each(ctx, tx, func(r *sql.Rows) error {
		var m WeChatMessage
		var at string
		err := r.Scan(&m.N, &m.Channel, &m.Session, &m.Kind, &at)
		if err == nil {
			m.Accepted, err = textTime(at)
		}
		open = append(open, m)
		return err
	}, "SELECT n, channel, session, kind, accepted_at FROM wechat_inbox WHERE state <> 'done' ORDER BY n")
	return open, err
}

// WeChatWork reads a message with its parts and its conversation. One that is done or unknown is ErrNotFound.
func (s *Store) WeChatWork(ctx context.Context, n int64) (WeChatWork, error) {
	var w WeChatWork
	err := s.read(ctx, fmt.Sprintf("read message %d of WeChat", n), func(tx *sql.Tx) error {
		m := &w.Message
		var at, last string
		err := tx.QueryRowContext(ctx, `SELECT i.n, channel, i.session, kind, state = 'planned', accepted_at, msg_id, request_id, openid, i.body, answer_id,
			s.body, coalesce(s.last_at, '') FROM wechat_inbox i LEFT JOIN wechat_sessions s ON s.session = i.session WHERE i.n = ? AND state <> 'done'`, n).
			Scan(&m.N, &m.Channel, &m.Session, &m.Kind, &m.Planned, &at, &m.MsgID, &m.RequestID, &m.OpenID, &m.Body, &m.AnswerID, &w.Session.Body, &last)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if m.Accepted, err = textTime(at); err != nil {
			return err
		}
		if last != "" {
			if w.Session.Last, err = textTime(last); err != nil {
				return err
			}
		}
		return each(ctx, tx, func(r *sql.Rows) error {
			var p WeChatPart
			err := r.Scan(&p.N, &p.State, &p.Tries, &p.Code, &p.Body)
			w.Parts = append(w.Parts, p)
			return err
		}, "SELECT n, state, tries, code, body FROM wechat_parts WHERE inbox = ? ORDER BY n", n)
	})
	return w, err
}

// PlanWeChat keeps the parts of an answer, all pending, and what the conversation is now; nil keeps the conversation as it was. A message
// that has a plan keeps it: errors then.
func (s *Store) PlanWeChat(ctx context.Context, m WeChatMessage, parts [][]byte, session *WeChatSession) error {
	return s.share(ctx, fmt.Sprintf("plan the answer to message %d of WeChat", m.N), func(ctx context.Context, tx *sql.Tx) error {
		if err := one(tx.ExecContext(ctx, "UPDATE wechat_inbox SET state = 'planned', answer_id = ? WHERE n = ? AND state = 'waiting'", m.AnswerID, m.N)); err != nil {
			return err
		}
		for i, body := range parts {
			if _, err := tx.ExecContext(ctx, "INSERT INTO wechat_parts (inbox, n, state, tries, code, body, changed_at) VALUES (?, ?, 'pending', 0, 0, ?, ?)",
				m.N, i+1, body, timeText(m.Accepted)); err != nil {
				return err
			}
		}
		if session == nil {
			return nil
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO wechat_sessions (session, body, last_at, welcomed_at) VALUES (?, ?, ?, '')
			ON CONFLICT (session) DO UPDATE SET body = excluded.body, last_at = excluded.last_at`, m.Session, session.Body, timeText(session.Last))
		return err
	}, nil)
}

// BeginWeChatPart marks a part as being sent, and must return nil before the request is made. The interim message is made by it: a second
// one is an error. So are a part that is not pending, and one that would be the sixth.
func (s *Store) BeginWeChatPart(ctx context.Context, message int64, part int, now time.Time) error {
	return s.share(ctx, fmt.Sprintf("begin part %d for message %d of WeChat", part, message), func(ctx context.Context, tx *sql.Tx) error {
		if part == 0 {
			if _, err := tx.ExecContext(ctx, `INSERT INTO wechat_parts (inbox, n, state, tries, code, changed_at) VALUES (?, 0, 'pending', 0, 0, ?)
				ON CONFLICT DO NOTHING`, message, timeText(now)); err != nil {
				return err
			}
		}
		return one(tx.ExecContext(ctx, `UPDATE wechat_parts SET state = 'sending', tries = tries + 1, changed_at = ?3 WHERE inbox = ?1 AND n = ?2 AND state = 'pending'
			AND (SELECT count(*) FROM wechat_parts WHERE inbox = ?1 AND state IN ('sending', 'sent', 'unknown')) < ?4`, message, part, timeText(now), MaxWeChatSends))
	}, nil)
}

// EndWeChatPart says what became of a part that was begun: WeChatSent, WeChatFailed, WeChatUnknown, or WeChatPending for one that certainly
// did not arrive and may be begun again. When done is not empty the message ends with it as its outcome: see FinishWeChat.
func (s *Store) EndWeChatPart(ctx context.Context, message int64, part int, state string, code int, now time.Time, done string) error {
	return s.share(ctx, fmt.Sprintf("end part %d for message %d of WeChat", part, message), func(ctx context.Context, tx *sql.Tx) error {
		if err := one(tx.ExecContext(ctx, "UPDATE wechat_parts SET state = ?, code = ?, changed_at = ? WHERE inbox = ? AND n = ? AND state = 'sending'",
			state, code, timeText(now), message, part)); err != nil {
			return err
		}
		if done == "" {
			return nil
		}
		return finishWeChat(ctx, tx, message, now, done)
	}, nil)
}

// FinishWeChat ends a message: what was not sent of it fails, and what its user wrote and was told is taken away.
func (s *Store) FinishWeChat(ctx context.Context, message int64, now time.Time, outcome string) error {
	return s.share(ctx, fmt.Sprintf("finish message %d of WeChat", message), func(ctx context.Context, tx *sql.Tx) error {
		return finishWeChat(ctx, tx, message, now, outcome)
	}, nil)
}

func finishWeChat(ctx context.Context, tx *sql.Tx, message int64, now time.Time, outcome string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE wechat_parts SET body = NULL, state = CASE state WHEN 'pending' THEN 'failed' ELSE state END WHERE inbox = ?`, message); err != nil {
		return err
	}
	return one(tx.ExecContext(ctx, "UPDATE wechat_inbox SET state = 'done', outcome = ?, done_at = ?, openid = NULL, body = NULL WHERE n = ? AND state <> 'done'",
		outcome, timeText(now), message))
}

func one(r sql.Result, err error) error {
	n, err := changes(r, err)
	if err == nil && n != 1 {
		err = ErrWeChatState
	}
	return err
}

// PurgeWeChat forgets keys that are over, messages done for keep, conversations idle for keep, and counts of old days.
func (s *Store) PurgeWeChat(ctx context.Context, now time.Time, keep time.Duration) error {
	return s.write(ctx, "purge messages of WeChat", func(tx *sql.Tx) error {
		before := timeText(now.Add(-keep))
		for _, q := range []struct{ query, arg string }{
			{"DELETE FROM wechat_seen WHERE until <= ?", timeText(now)},
			{"DELETE FROM wechat_inbox WHERE state = 'done' AND done_at < ?", before},
			{"DELETE FROM wechat_sessions WHERE max(last_at, welcomed_at) < ?", before},
			{"DELETE FROM wechat_days WHERE day < ?", before[:len("2006-01-02")]},
		} {
			if _, err := tx.ExecContext(ctx, q.query, q.arg); err != nil {
				return err
			}
		}
		return nil
	})
}

// WeChatStopped reports whether an operator stopped the channel.
func (s *Store) WeChatStopped(ctx context.Context, channel string) (bool, error) {
	var n int
	err := s.readers.QueryRowContext(ctx, "SELECT count(*) FROM wechat_stopped WHERE channel = ?", channel).Scan(&n)
	return n > 0, s.fault("look whether channel "+channel+" of WeChat is stopped", err)
}

// WeChatTally counts the parts by their state, and the messages by theirs, as in "part sent" and "message done".
func (s *Store) WeChatTally(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := s.read(ctx, "count messages of WeChat", func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var what string
			var n int
			err := r.Scan(&what, &n)
			out[what] = n
			return err
		}, `SELECT 'part ' || state, count(*) FROM wechat_parts GROUP BY 1 UNION ALL SELECT 'message ' || state, count(*) FROM wechat_inbox GROUP BY 1`)
	})
	return out, err
}

// WeChatParts gives the states of the parts of a message, by number of the part; also of one that is done.
func (s *Store) WeChatParts(ctx context.Context, channel, msgID string) (map[int]string, error) {
	out := map[int]string{}
	err := s.read(ctx, "read parts of a message of WeChat", func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var n int
			var state string
			err := r.Scan(&n, &state)
			out[n] = state
			return err
		}, "SELECT p.n, p.state FROM wechat_parts p JOIN wechat_inbox i ON i.n = p.inbox WHERE i.channel = ? AND i.msg_id = ?", channel, msgID)
	})
	return out, err
}
