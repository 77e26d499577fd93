package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// A WeChatMessage is one that was accepted to be answered. OpenID and Body are sealed by the caller; nil once it is done.
type WeChatMessage struct {
	N         int64 // order of acceptance
	Channel   string
	Session   string // who wrote it: a keyed hash
	Kind      string // of the caller's
	MsgID     string
	RequestID string
	Accepted  time.Time
	OpenID    []byte
	Body      []byte
	Planned   bool   // its parts are made
	AnswerID  string // of a planned one that the engine answered
}

// A WeChatIntake is a message that arrived, with what decides whether it is accepted.
type WeChatIntake struct {
	Message   WeChatMessage // Accepted is now
	Replay    []byte        // key of the request
	Duplicate []byte        // key of the message; nil for what has none
	Welcome   bool          // it opens a chat: at most one in WelcomeEvery is answered
	Day       string        // of DayMessages, as 2006-01-02
	Limits    WeChatLimits
}

// WeChatLimits bound what is accepted.
type WeChatLimits struct {
	Queue        int           // unfinished messages in all; above it ErrBusy
	Waiting      int           // of one user that wait, besides the one being answered
	PerMinute    int           // of one user
	DayMessages  int           // of a channel; 0: no limit
	WelcomeEvery time.Duration // of one user
	ReplayFor    time.Duration // how long Replay is remembered
	SeenFor      time.Duration // how long Duplicate is
}

// A WeChatVerdict is what became of an intake.
type WeChatVerdict string

// Verdicts. Of all but WeChatAccepted, WeChatBusy and WeChatOver nothing is left to do.
const (
	WeChatAccepted  WeChatVerdict = "accepted"
	WeChatReplay    WeChatVerdict = "replay"    // the request came before
	WeChatDuplicate WeChatVerdict = "duplicate" // the message came before
	WeChatQuiet     WeChatVerdict = "quiet"     // the user was welcomed a moment ago
	WeChatBusy      WeChatVerdict = "busy"      // too many of this user: kept with the kind busy, to say so
	WeChatOver      WeChatVerdict = "over"      // too many of this day: kept with the kind over, to say so
	WeChatDropped   WeChatVerdict = "dropped"   // too many, and the user was told a minute ago
)

// wechatTold is how long a user who was told to wait is not told again.
const wechatTold = time.Minute

// AcceptWeChat decides on a message and keeps it, in one transaction: when it returns nil the keys are remembered and the message is on
// the disk; with an error none of that is so, but for the context's: when ctx ends in mid-transaction the message may be kept. n is the message's
// number, 0 unless it was kept. Errors: ErrBusy for a full queue, ErrFull.
//
// kept is called with each message that was kept, in the order of their numbers, by one goroutine at a time; nil: nobody is told.
func (s *Store) AcceptWeChat(ctx context.Context, in WeChatIntake, kept func(WeChatMessage)) (WeChatVerdict, int64, error) {
	var ( // of the writing goroutine until it is done
		m       = in.Message
		verdict WeChatVerdict
		n       int64
	)
	err := s.shareUntil(ctx, "accept a message of WeChat", func(ctx context.Context, tx *sql.Tx) error {
		verdict, n = WeChatAccepted, 0
		now := in.Message.Accepted
		for _, k := range []struct {
			key     []byte
			keep    time.Duration
			verdict WeChatVerdict
		}{{in.Replay, in.Limits.ReplayFor, WeChatReplay}, {in.Duplicate, in.Limits.SeenFor, WeChatDuplicate}} {
			if k.key == nil {
				continue
			}
			fresh, err := changes(tx.ExecContext(ctx, `INSERT INTO wechat_seen (key, until) VALUES (?, ?)
				ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE until <= ?`, k.key, timeText(now.Add(k.keep)), timeText(now)))
			if err != nil {
				return err
			}
			if fresh == 0 {
				verdict = k.verdict
				return nil
			}
		}
		var err error
		if verdict, err = in.room(ctx, tx); err != nil || verdict == WeChatQuiet || verdict == WeChatDropped {
			return err
		}
		if verdict == WeChatBusy || verdict == WeChatOver {
			m.Kind, m.Body = string(verdict), nil
		}
		r, err := tx.ExecContext(ctx, `INSERT INTO wechat_inbox (channel, session, kind, state, accepted_at, msg_id, request_id, openid, body)
			VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?, ?)`, m.Channel, m.Session, m.Kind, timeText(now), m.MsgID, m.RequestID, m.OpenID, m.Body)
		if err != nil {
			return err
		}
		n, err = r.LastInsertId()
		m.N = n
		return err
	}, func() {
		if n != 0 && kept != nil {
			kept(m)
		}
	})
	if err != nil {
		return "", 0, err
	}
	return verdict, n, nil
}

// room applies the limits.
func (in WeChatIntake) room(ctx context.Context, tx *sql.Tx) (WeChatVerdict, error) {
	m, l, now := in.Message, in.Limits, in.Message.Accepted
	var open, mine, lately, told int
	if err := tx.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM wechat_inbox WHERE state <> 'done'),
		(SELECT count(*) FROM wechat_inbox WHERE state <> 'done' AND session = ?1 AND kind NOT IN ('busy', 'over')),
		(SELECT count(*) FROM wechat_inbox WHERE session = ?1 AND accepted_at > ?2 AND kind NOT IN ('busy', 'over')),
		(SELECT count(*) FROM wechat_inbox WHERE session = ?1 AND accepted_at > ?3 AND kind IN ('busy', 'over'))`,
		m.Session, timeText(now.Add(-time.Minute)), timeText(now.Add(-wechatTold))).Scan(&open, &mine, &lately, &told); err != nil {
		return "", err
	}
	refuse := func(v WeChatVerdict) (WeChatVerdict, error) {
		if told > 0 {
			return WeChatDropped, nil
		}
		return v, nil
	}
	switch {
	case open >= l.Queue:
		return "", &Error{Doing: "queue a message of WeChat", Kind: ErrBusy, Err: fmt.Errorf("%d messages wait", open)}
	case in.Welcome:
		welcomed, err := changes(tx.ExecContext(ctx, `INSERT INTO wechat_sessions (session, last_at, welcomed_at) VALUES (?1, '', ?2)
			ON CONFLICT (session) DO UPDATE SET welcomed_at = ?2 WHERE welcomed_at <= ?3`,
			m.Session, timeText(now), timeText(now.Add(-l.WelcomeEvery))))
		if err == nil && welcomed == 0 {
			return WeChatQuiet, nil
		}
		return WeChatAccepted, err
	case mine > l.Waiting || lately >= l.PerMinute:
		return refuse(WeChatBusy)
	case l.DayMessages > 0:
		within, err := changes(tx.ExecContext(ctx, `INSERT INTO wechat_days (channel, day, n) VALUES (?, ?, 1)
			ON CONFLICT (channel, day) DO UPDATE SET n = n + 1 WHERE n < ?`, m.Channel, in.Day, l.DayMessages))
		if err != nil {
			return "", err
		}
		if within == 0 {
			return refuse(WeChatOver)
		}
	}
	return WeChatAccepted, nil
}

func changes(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}
