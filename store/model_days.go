package store

import (
	"context"
	"database/sql"
)

// Spent is what a channel took of a language model: tokens, and what they cost.
type Spent struct {
	Channel, Backend   string
	Calls              int
	Prompt, Completion int
	Cost               float64
}

// BookSpent adds to the sums of a day (2026-11-26) and returns them, by channel and backend, with what other processes added. With
// nothing to add it only reads.
func (s *Store) BookSpent(ctx context.Context, day string, added []Spent) ([]Spent, error) {
	var sums []Spent
	book := func(tx *sql.Tx) error {
		sums = nil
		err := insert(ctx, tx, len(added), func(i int) ([]any, error) {
			a := added[i]
			return []any{day, a.Channel, a.Backend, a.Calls, a.Prompt, a.Completion, a.Cost}, nil
		}, `INSERT INTO model_days (day, channel, backend, calls, prompt, completion, cost) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (day, channel, backend) DO UPDATE SET calls = calls + excluded.calls, prompt = prompt + excluded.prompt,
			completion = completion + excluded.completion, cost = cost + excluded.cost`)
		if err != nil {
			return err
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var a Spent
			err := rows.Scan(&a.Channel, &a.Backend, &a.Calls, &a.Prompt, &a.Completion, &a.Cost)
			sums = append(sums, a)
			return err
		}, "SELECT channel, backend, calls, prompt, completion, cost FROM model_days WHERE day = ? ORDER BY channel, backend", day)
	}
	if len(added) == 0 {
		return sums, s.read(ctx, "read tokens of "+day, book)
	}
	err := s.write(ctx, "book tokens of "+day, book)
	return sums, err
}
