package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// Setting reads a setting of this name into a value of its type, and reports false when it was never set: into stays as it is.
func (s *Store) Setting(ctx context.Context, name string, into any) (bool, error) {
	doing := "read setting " + name
	var text string
	err := s.readers.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = ?", name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, s.fault(doing, err)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return false, s.damaged(doing, err)
	}
	return true, nil
}

// ReplaceSetting does what ChangeSetting does where the setting still is what was says, as JSON; empty: it was never set. Else it is
// ErrConflict.
func (s *Store) ReplaceSetting(ctx context.Context, by By, name, was string, value any, reason string) error {
	return s.changeSetting(ctx, by, name, &was, value, reason)
}

// SettingText is a setting as it is kept, which is JSON; empty where it was never set.
func (s *Store) SettingText(ctx context.Context, name string) (string, error) {
	var text string
	err := s.readers.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = ?", name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return text, s.fault("read setting "+name, err)
}

// ChangeSetting keeps a setting, with a line in the audit.
func (s *Store) ChangeSetting(ctx context.Context, by By, name string, value any, reason string) error {
	return s.changeSetting(ctx, by, name, nil, value, reason)
}

func (s *Store) changeSetting(ctx context.Context, by By, name string, was *string, value any, reason string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return s.change(ctx, Change{By: by, What: "setting.change", Object: name, After: string(text), Reason: reason}, func(tx *sql.Tx, c *Change) error {
		err := tx.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = ?", name).Scan(&c.Before)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if was != nil && *was != c.Before {
			return ErrConflict
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, string(text))
		return err
	})
}
