package store

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// ModelSwitch is the name of the switch of all language models. The other names are channels as the log has them (portal, api, api:NAME,
// mp:NAME), and wechat:NAME for a channel of WeChat, which takes the pages of that mini-program with it.
const ModelSwitch = "model"

const weChatSwitch = "wechat:"

// A Switch is something that is switched off.
type Switch struct {
	Name   string
	Since  time.Time
	Who    string
	Reason string
}

// SwitchOff switches something off, with a line in the audit; what is off already keeps its time and reason. A running server of another
// process sees it when it asks SwitchedOff.
func (s *Store) SwitchOff(ctx context.Context, by By, name, reason string, now time.Time) error {
	table, key := switchTable(name)
	return s.change(ctx, Change{By: by, What: "switch.off", Object: name, After: "off", Reason: reason}, func(tx *sql.Tx, c *Change) error {
		n, err := changes(tx.ExecContext(ctx, "INSERT INTO "+table.name+" ("+table.key+", since, who, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
			key, timeText(now), by.Name, clip(reason)))
		c.Before = [2]string{"off", "on"}[min(n, 1)]
		return err
	})
}

// SwitchOn switches something on again, with a line in the audit.
func (s *Store) SwitchOn(ctx context.Context, by By, name, reason string) error {
	table, key := switchTable(name)
	return s.change(ctx, Change{By: by, What: "switch.on", Object: name, After: "on", Reason: reason}, func(tx *sql.Tx, c *Change) error {
		n, err := changes(tx.ExecContext(ctx, "DELETE FROM "+table.name+" WHERE "+table.key+" = ?", key))
		c.Before = [2]string{"on", "off"}[min(n, 1)]
		return err
	})
}

// SwitchReason replaces the reason of what is off, with a line in the audit. was is the reason that whoever does this saw: another one, and
// what is on again, is ErrConflict.
func (s *Store) SwitchReason(ctx context.Context, by By, name, was, reason string) error {
	table, key := switchTable(name)
	return s.change(ctx, Change{By: by, What: "switch.reason", Object: name, Before: was, After: clip(reason)}, func(tx *sql.Tx, _ *Change) error {
		n, err := changes(tx.ExecContext(ctx, "UPDATE "+table.name+" SET reason = ? WHERE "+table.key+" = ? AND reason = ?", clip(reason), key, was))
		if err == nil && n == 0 {
			err = ErrConflict
		}
		return err
	})
}

// SwitchedOff lists what is off, by name.
func (s *Store) SwitchedOff(ctx context.Context) ([]Switch, error) {
	var out []Switch
	err := s.read(ctx, "read switches", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var w Switch
			var since string
			err := rows.Scan(&w.Name, &since, &w.Who, &w.Reason)
			if err == nil {
				w.Since, err = textTime(since)
			}
			out = append(out, w)
			return err
		}, "SELECT name, since, who, reason FROM switched_off UNION ALL SELECT ? || channel, since, who, reason FROM wechat_stopped ORDER BY 1", weChatSwitch)
	})
	return out, err
}

type switches struct{ name, key string }

// switchTable says where a switch stands.
func switchTable(name string) (table switches, key string) {
	if channel, is := strings.CutPrefix(name, weChatSwitch); is {
		return switches{"wechat_stopped", "channel"}, channel
	}
	return switches{"switched_off", "name"}, name
}

// WeChatMessages counts the messages of WeChat that came since, by channel. Those that are done are kept for three days.
func (s *Store) WeChatMessages(ctx context.Context, since time.Time) (map[string]int, error) {
	out := map[string]int{}
	err := s.read(ctx, "count messages of WeChat", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var channel string
			var n int
			err := rows.Scan(&channel, &n)
			out[channel] = n
			return err
		}, "SELECT channel, count(*) FROM wechat_inbox WHERE accepted_at >= ? GROUP BY channel", timeText(since))
	})
	return out, err
}
