package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"wenda/corpus"
)

// calibrationsKept is how many index versions keep their calibration: enough to go back to an older document or prompt.
const calibrationsKept = 4

// Calibration returns what the index of this version learnt, nil when it is not kept.
func (s *Store) Calibration(ctx context.Context, version string) (*corpus.Fitted, error) {
	doing := "read calibration " + version
	var text []byte
	err := s.readers.QueryRowContext(ctx, "SELECT fitted FROM calibrations WHERE version = ?", version).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.fault(doing, err)
	}
	var f corpus.Fitted
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, s.damaged(doing, err)
	}
	return &f, nil
}

// PutCalibration keeps f under f.For, in place of what was kept there; of all versions the newest four stay.
func (s *Store) PutCalibration(ctx context.Context, f corpus.Fitted) error {
	doing := "keep calibration " + f.For
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM calibrations WHERE version = ?", f.For); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO calibrations (version, fitted) VALUES (?, ?)", f.For, string(text)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM calibrations WHERE n NOT IN (SELECT n FROM calibrations ORDER BY n DESC LIMIT ?)`,
			calibrationsKept)
		return err
	})
}

// damaged reports a row that SQLite can read and we cannot.
func (s *Store) damaged(doing string, err error) error {
	return &Error{Doing: doing, Kind: ErrDamaged, Err: err, where: s.dir}
}
