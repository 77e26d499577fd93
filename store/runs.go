package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"wenda/rag/eval"
)

// A Variant says what answers otherwise than live.
type Variant struct {
	Prompts map[string]int `json:"prompts"` // versions by file, a missing one as bundled; nil: the live ones
	Model   string         `json:"model"`   // empty: as live; none: quotes only; else a model's name
	Setting string         `json:"setting"` // empty, or what is left out
}

// Live reports that nothing is otherwise.
func (v Variant) Live() bool { return v.Prompts == nil && v.Model == "" && v.Setting == "" }

// A Run is test sets asked of a variant, and of what is live beside it. With purpose gate a good end publishes the variant's prompts.
type Run struct {
	ID      string
	Purpose string // RunTest or RunGate
	Sets    []string
	Variant Variant
	Status  string // RunWaiting and so on
	Who     string
	Created time.Time
	Ended   time.Time
	Summary RunSummary
	Error   string // why it failed, in Chinese
}

// Purposes and statuses of runs.
const (
	RunTest      = "test"
	RunGate      = "gate"
	RunWaiting   = "waiting"
	RunRunning   = "running"
	RunDone      = "done"
	RunCancelled = "cancelled"
	RunFailed    = "failed"
)

// A RunSummary is what lists and charts show of a run.
type RunSummary struct {
	N         int      `json:"n"`
	OK        int      `json:"ok"`
	LiveOK    int      `json:"live_ok"`
	Better    int      `json:"better"`
	Worse     int      `json:"worse"`
	Base      int      `json:"base"`      // release that was live
	Comment   string   `json:"comment"`   // of a gate: what is published
	Names     []string `json:"names"`     // of a gate: files that change
	Blocked   string   `json:"blocked"`   // of a gate: why it is not published; empty when it was
	Published int      `json:"published"` // of a gate: the release
}

// RunVerdicts are how the questions ended: of the variant, and of what was live.
type RunVerdicts struct {
	Variant []eval.Verdict `json:"variant"`
	Live    []eval.Verdict `json:"live"`
}

const runColumns = "id, purpose, sets, variant, status, who, created_at, ended_at, summary, error"

func scanRun(row interface{ Scan(...any) error }) (Run, error) {
	var r Run
	var sets, variant, created, ended, summary string
	err := row.Scan(&r.ID, &r.Purpose, &sets, &variant, &r.Status, &r.Who, &created, &ended, &summary, &r.Error)
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrNotFound
	}
	if err != nil {
		return r, err
	}
	err = errors.Join(json.Unmarshal([]byte(sets), &r.Sets), json.Unmarshal([]byte(variant), &r.Variant), json.Unmarshal([]byte(summary), &r.Summary))
	var at error
	if r.Created, at = textTime(created); at == nil && ended != "" {
		r.Ended, at = textTime(ended)
	}
	return r, errors.Join(err, at)
}

// AddRun keeps a run that waits, and returns it with its ID.
func (s *Store) AddRun(ctx context.Context, by By, r Run) (Run, error) {
	r.ID, r.Status, r.Who, r.Created = "t_"+randomID(), RunWaiting, by.Name, time.Now()
	sets, err1 := json.Marshal(r.Sets)
	variant, err2 := json.Marshal(r.Variant)
	summary, err3 := json.Marshal(r.Summary)
	if err := errors.Join(err1, err2, err3); err != nil {
		return r, err
	}
	err := s.change(ctx, Change{By: by, What: "run.begin", Object: r.ID, After: string(variant), Reason: r.Summary.Comment}, func(tx *sql.Tx, _ *Change) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO runs ("+runColumns+", verdicts) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, '', x'')",
			r.ID, r.Purpose, string(sets), string(variant), r.Status, r.Who, timeText(r.Created), string(summary))
		return err
	})
	return r, err
}

// EndRun keeps how a run ended. One that was cancelled meanwhile is ErrConflict, and stays cancelled.
func (s *Store) EndRun(ctx context.Context, r Run, verdicts RunVerdicts) error {
	summary, err := json.Marshal(r.Summary)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	if err := errors.Join(json.NewEncoder(z).Encode(verdicts), z.Close()); err != nil {
		return err
	}
	return s.write(ctx, "keep run "+r.ID, func(tx *sql.Tx) error {
		n, err := changes(tx.ExecContext(ctx, "UPDATE runs SET status = ?, ended_at = ?, summary = ?, error = ?, verdicts = ? WHERE id = ? AND status <> 'cancelled'",
			r.Status, timeText(time.Now()), string(summary), r.Error, body.Bytes(), r.ID))
		if err == nil && n == 0 {
			err = ErrConflict
		}
		return err
	})
}

// CancelRun ends a run that waits or is under way, with a line in the audit. One that has ended is ErrConflict.
func (s *Store) CancelRun(ctx context.Context, by By, id string) error {
	return s.change(ctx, Change{By: by, What: "run.cancel", Object: id}, func(tx *sql.Tx, _ *Change) error {
		n, err := changes(tx.ExecContext(ctx, "UPDATE runs SET status = 'cancelled', ended_at = ? WHERE id = ? AND status IN ('waiting', 'running')", timeText(time.Now()), id))
		if err == nil && n == 0 {
			err = ErrConflict
		}
		return err
	})
}

// BeginRun notes that a run that waits is under way.
func (s *Store) BeginRun(ctx context.Context, id string) error {
	return s.exec(ctx, "begin run", "UPDATE runs SET status = 'running' WHERE id = ? AND status = 'waiting'", id)
}

// BreakRuns ends the runs that a server left when it stopped.
func (s *Store) BreakRuns(ctx context.Context, why string) error {
	return s.exec(ctx, "end broken runs", "UPDATE runs SET status = 'failed', error = ?, ended_at = ? WHERE status IN ('waiting', 'running')", why, timeText(time.Now()))
}

// Run reads one; else ErrNotFound.
func (s *Store) Run(ctx context.Context, id string) (Run, error) {
	r, err := scanRun(s.readers.QueryRowContext(ctx, "SELECT "+runColumns+" FROM runs WHERE id = ?", id))
	return r, s.fault("read run", err)
}

// Runs lists the newest first, at most limit.
func (s *Store) Runs(ctx context.Context, limit int) ([]Run, error) {
	var out []Run
	err := s.read(ctx, "list runs", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			r, err := scanRun(rows)
			out = append(out, r)
			return err
		}, "SELECT "+runColumns+" FROM runs ORDER BY created_at DESC LIMIT ?", limit)
	})
	return out, err
}

// RunVerdicts reads how the questions of a run ended; none before its end.
func (s *Store) RunVerdicts(ctx context.Context, id string) (RunVerdicts, error) {
	var out RunVerdicts
	var body []byte
	err := s.readers.QueryRowContext(ctx, "SELECT verdicts FROM runs WHERE id = ?", id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil || len(body) == 0 {
		return out, s.fault("read verdicts of "+id, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		err = json.NewDecoder(z).Decode(&out)
	}
	if err != nil {
		return out, s.damaged("read verdicts of "+id, err)
	}
	return out, nil
}
