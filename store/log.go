package store

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// A LogFilter says which records are meant. Empty fields do not restrict.
type LogFilter struct {
	Status   string
	Mode     string
	Channel  string
	Feedback string    // Useful, Useless; "any": some verdict; "none": none
	From, To time.Time // asked at From or later, and before To
	Text     string    // every run of letters and digits of it occurs in question or answer
	Document string    // ID of a document that was cited
	Chunk    string    // with Document: ID of a chunk of it
	Version  string    // index version
	Weak     *float64  // only answers whose margin is below
}

// A LogEntry is one record as lists show it.
type LogEntry struct {
	N        int64 // place in the chain, and in lists: the newest has the highest
	ID       string
	Asked    time.Time // UTC
	Channel  string
	Status   string
	Mode     string
	Degraded bool
	Question string // masked
	Version  string // of the index
	Verdict  string // Useful, Useless or empty
	Comment  string // of the live feedback
	Margin   *float64
	Topic    string
	Took     time.Duration
	Model    string
	Cost     float64
}

// where writes the condition for log l. The join is on log_words w, or empty.
func (f LogFilter) where() (join, condition string, args []any, ok bool) {
	var all []string
	add := func(c string, a ...any) {
		all = append(all, c)
		args = append(args, a...)
	}
	if f.Text != "" {
		match := matchOf(f.Text)
		if match == "" { // only punctuation: nothing holds it
			return "", "", nil, false
		}
		join = " JOIN log_words w ON w.rowid = l.n"
		add("w.words MATCH ?", match)
	}
	for _, c := range []struct{ column, value string }{{"status", f.Status}, {"mode", f.Mode}, {"channel", f.Channel}, {"index_version", f.Version}} {
		if c.value != "" {
			add("l."+c.column+" = ?", c.value)
		}
	}
	switch f.Feedback {
	case "":
	case "any":
		add("l.verdict <> ''")
	case "none":
		add("l.verdict = ''")
	default:
		add("l.verdict = ? AND l.verdict <> ''", f.Feedback)
	}
	if !f.From.IsZero() {
		add("l.created_at >= ?", timeText(f.From))
	}
	if !f.To.IsZero() {
		add("l.created_at < ?", timeText(f.To))
	}
	if f.Document != "" {
		c, a := "SELECT n FROM log_citations WHERE document_id = ?", []any{f.Document}
		if f.Chunk != "" {
			c, a = c+" AND chunk_id = ?", append(a, f.Chunk)
		}
		add("l.n IN ("+c+")", a...)
	}
	if f.Weak != nil {
		add("l.margin < ?", *f.Weak)
	}
	if len(all) == 0 {
		return join, "1", args, true
	}
	return join, strings.Join(all, " AND "), args, true
}

// manyDays is the span from which a filter counts as wide: sorting a month of 100,000 records a year takes 15 ms, walking over all of them 40.
const manyDays = 31 * 24 * time.Hour

// wide reports a filter by days that many records pass.
func (f LogFilter) wide() bool {
	to := f.To
	if to.IsZero() {
		to = time.Now()
	}
	return !(f.From.IsZero() && f.To.IsZero()) && (f.From.IsZero() || to.Sub(f.From) > manyDays)
}

const entryColumns = `l.n, l.answer_id, l.created_at, l.channel, l.status, l.mode, l.degraded, l.question, l.index_version, l.verdict,
	coalesce((SELECT comment FROM feedback WHERE answer_id = l.answer_id AND live = 1 AND l.verdict <> ''), ''), l.margin, l.topic, l.took_ns, l.model, l.cost`

func scanEntry(rows *sql.Rows) (LogEntry, error) {
	var e LogEntry
	var asked string
	var margin sql.NullFloat64
	var took int64
	err := rows.Scan(&e.N, &e.ID, &asked, &e.Channel, &e.Status, &e.Mode, &e.Degraded, &e.Question, &e.Version, &e.Verdict, &e.Comment, &margin,
		&e.Topic, &took, &e.Model, &e.Cost)
	if err != nil {
		return LogEntry{}, err
	}
	if margin.Valid {
		e.Margin = &margin.Float64
	}
	e.Took = time.Duration(took)
	e.Asked, err = textTime(asked)
	return e, err
}

// Log lists records, the newest first, at most limit. before is the N of the last record of the page before, 0 for the first page.
func (s *Store) Log(ctx context.Context, f LogFilter, before int64, limit int) ([]LogEntry, error) {
	join, condition, args, ok := f.where()
	if !ok {
		return nil, nil
	}
	order := "l.n"
	if join != "" {
		order = "w.rowid" // the full-text index gives its rows in this order without sorting
	}
	if before > 0 {
		condition += " AND " + order + " < ?"
		args = append(args, before)
	}
	if f.wide() { // walking from the newest record is quicker than sorting those of many days
		condition = strings.ReplaceAll(condition, "l.created_at", "+l.created_at")
	}
	var out []LogEntry
	err := s.read(ctx, "search the log", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			e, err := scanEntry(rows)
			if err != nil {
				return err
			}
			out = append(out, e)
			return nil
		}, "SELECT "+entryColumns+" FROM log l"+join+" WHERE "+condition+" ORDER BY "+order+" DESC LIMIT ?", append(args, limit)...)
	})
	return out, err
}

// LogEntry finds the record of an answer. An unknown one is ErrNotFound; so is one that is still queued.
func (s *Store) LogEntry(ctx context.Context, id string) (LogEntry, error) {
	var out []LogEntry
	doing := "read log of answer " + id
	err := s.read(ctx, doing, func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			e, err := scanEntry(rows)
			out = append(out, e)
			return err
		}, "SELECT "+entryColumns+" FROM log l WHERE l.answer_id = ?", id)
	})
	if err == nil && len(out) == 0 {
		err = s.fault(doing, ErrNotFound)
	}
	if err != nil {
		return LogEntry{}, err
	}
	return out[0], nil
}

// CountLog counts the records of a filter, up to most: a larger count is not needed to the last one.
func (s *Store) CountLog(ctx context.Context, f LogFilter, most int) (int, error) {
	join, condition, args, ok := f.where()
	if !ok {
		return 0, nil
	}
	var n int
	err := s.readers.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM log l"+join+" WHERE "+condition+" LIMIT ?)", append(args, most)...).Scan(&n)
	return n, s.fault("count the log", err)
}

// logAtOnce is how many records EachLog reads in one go: no reading transaction stays open while a slow reader takes them.
const logAtOnce = 500

// EachLog calls f for every record of a filter, the newest first, with the text of its answer. Records written meanwhile are left out.
// An error of f ends it and is returned as it is.
func (s *Store) EachLog(ctx context.Context, filter LogFilter, f func(e LogEntry, answer string) error) error {
	before := int64(0)
	for {
		page, err := s.Log(ctx, filter, before, logAtOnce)
		if err != nil {
			return err
		}
		texts, err := s.answerTexts(ctx, page)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := f(e, texts[e.ID]); err != nil {
				return err
			}
			before = e.N
		}
		if len(page) < logAtOnce {
			return nil
		}
	}
}

// answerTexts are the texts of answers by ID; one deleted meanwhile is left out.
func (s *Store) answerTexts(ctx context.Context, page []LogEntry) (map[string]string, error) {
	out := make(map[string]string, len(page))
	ids := make([]string, len(page))
	for i, e := range page {
		ids[i] = e.ID
	}
	list, err := jsonText(ids)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, "read answers of the log", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var id, text string
			if err := rows.Scan(&id, &text); err != nil {
				return err
			}
			out[id] = text
			return nil
		}, "SELECT id, coalesce(answer ->> '$.answer', '') FROM answers WHERE id IN (SELECT value FROM json_each(?))", list)
	})
	return out, err
}

// LogChoices are the values that occur in the log, for choosing: channels and index versions, the newest version first.
type LogChoices struct{ Channels, Versions []string }

// LogChoices reads them by skipping along indexes.
func (s *Store) LogChoices(ctx context.Context) (LogChoices, error) {
	var c LogChoices
	err := s.read(ctx, "read choices of the log", func(tx *sql.Tx) error {
		for column, into := range map[string]*[]string{"channel": &c.Channels, "index_version": &c.Versions} {
			err := each(ctx, tx, func(rows *sql.Rows) error {
				var v string
				if err := rows.Scan(&v); err != nil {
					return err
				}
				*into = append(*into, v)
				return nil
			}, strings.ReplaceAll(`WITH RECURSIVE v (x) AS (SELECT min(COL) FROM log UNION ALL SELECT (SELECT min(COL) FROM log WHERE COL > x) FROM v
				WHERE x IS NOT NULL) SELECT x FROM v WHERE x <> ''`, "COL", column))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}
