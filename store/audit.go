package store

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// By is who does something, for the audit.
type By struct {
	Name    string // account; "命令行" with the user's name for commands
	Role    Role   // at that time; empty for commands
	Address string // where from: an IP address, or cli
}

// A Change is a line of the audit: who did what to what, from where, and what it was before and after.
type Change struct {
	N      int64 // order; of kept ones
	At     time.Time
	By     By
	What   string // code, as prompt.save
	Object string // what was changed, as people name it
	Before string // small texts or digests; never secrets
	After  string
	Reason string // as the person gave it
}

// maxAuditRunes bounds before and after of one line.
const maxAuditRunes = 4000

// WriteAudit adds a line by itself. Changes of the store write theirs in their own transaction instead: see change.
func (s *Store) WriteAudit(ctx context.Context, c Change) error {
	return s.write(ctx, "write audit", func(tx *sql.Tx) error { return audit(ctx, tx, c) })
}

// change runs f and writes the line of the audit in one transaction: neither is kept without the other. f may complete c.
func (s *Store) change(ctx context.Context, c Change, f func(tx *sql.Tx, c *Change) error) error {
	return s.write(ctx, c.What+" "+c.Object, func(tx *sql.Tx) error {
		if err := f(tx, &c); err != nil {
			return err
		}
		return audit(ctx, tx, c)
	})
}

func audit(ctx context.Context, tx *sql.Tx, c Change) error {
	if c.At.IsZero() {
		c.At = time.Now()
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO audit (at, who, role, address, what, object, before, after, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		timeText(c.At), c.By.Name, c.By.Role, c.By.Address, c.What, clip(c.Object), clip(c.Before), clip(c.After), clip(c.Reason))
	return err
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if rs := []rune(s); len(rs) > maxAuditRunes {
		return string(rs[:maxAuditRunes]) + "…"
	}
	return s
}

// A ChangeFilter chooses lines of the audit; empty fields choose all.
type ChangeFilter struct {
	Who      string // exactly
	What     string // code or its beginning: prompt.
	Text     string // occurs in object, before, after or reason
	From, To time.Time
	Below    int64 // only lines older than this one; 0: from the newest
	Limit    int   // at most; 0 is 100
}

// Changes returns lines of the audit, the newest first.
func (s *Store) Changes(ctx context.Context, f ChangeFilter) ([]Change, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	where, args := []string{"1"}, []any{}
	add := func(cond string, values ...any) { where, args = append(where, cond), append(args, values...) }
	if f.Who != "" {
		add("who = ?", f.Who)
	}
	if f.What != "" {
		add("substr(what, 1, length(?)) = ?", f.What, f.What)
	}
	if f.Text != "" {
		add("(instr(object, ?) OR instr(before, ?) OR instr(after, ?) OR instr(reason, ?))", f.Text, f.Text, f.Text, f.Text)
	}
	if !f.From.IsZero() {
		add("at >= ?", timeText(f.From))
	}
	if !f.To.IsZero() {
		add("at < ?", timeText(f.To))
	}
	if f.Below > 0 {
		add("n < ?", f.Below)
	}
	var out []Change
	err := s.read(ctx, "read audit", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var c Change
			var at string
			if err := rows.Scan(&c.N, &at, &c.By.Name, &c.By.Role, &c.By.Address, &c.What, &c.Object, &c.Before, &c.After, &c.Reason); err != nil {
				return err
			}
			var err error
			c.At, err = textTime(at)
			out = append(out, c)
			return err
		}, `SELECT n, at, who, role, address, what, object, before, after, reason FROM audit WHERE `+strings.Join(where, " AND ")+
			` ORDER BY n DESC LIMIT ?`, append(args, f.Limit)...)
	})
	return out, err
}
