package store

import (
	"context"
	"database/sql"
	"errors"
)

// PromptOverride returns the live text of the prompts file of this name, and false when staff have not reworded it. It fits
// prompts.Load. The caller owns the bytes.
func (s *Store) PromptOverride(name string) ([]byte, bool, error) {
	var body []byte
	err := s.readers.QueryRowContext(context.Background(), "SELECT body FROM prompts WHERE name = ? AND label = 'live'", name).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, s.fault("read prompt "+name, err)
	}
	return body, true, nil
}
