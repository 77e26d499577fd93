package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// How a gap was closed.
const (
	GapCurated  = "curated"  // a curated answer was written
	GapVariants = "variants" // residents' words were tied to a sentence
	GapNegative = "negative" // 文件没有说明: negative variants
	GapScope    = "scope"    // it is no matter of ours
	GapNote     = "note"     // the owner of the document was told
)

// A Gap is a group of questions that went without a good answer, and what staff made of it.
type Gap struct {
	N         int64
	Label     string   // the question in the middle
	Questions []string // masked, each once
	Asked     int      // how often within Days before it was closed
	Days      int
	How       string
	Note      string
	Owner     string
	Who       string
	Closed    time.Time
}

// CloseGap keeps what became of a gap, and returns its number.
func (s *Store) CloseGap(ctx context.Context, by By, g Gap) (n int64, err error) {
	list, err := jsonText(g.Questions)
	if err != nil {
		return 0, err
	}
	err = s.change(ctx, Change{By: by, What: "gap.close", Object: g.Label, After: g.How, Reason: g.Note}, func(tx *sql.Tx, _ *Change) error {
		r, err := tx.ExecContext(ctx, `INSERT INTO gaps (label, questions, asked, days, how, note, owner, who, closed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			g.Label, list, g.Asked, g.Days, g.How, g.Note, g.Owner, by.Name, timeText(g.Closed))
		if err != nil {
			return err
		}
		n, err = r.LastInsertId()
		return err
	})
	return n, err
}

// ClosedGaps lists them, the last closed first, at most limit.
func (s *Store) ClosedGaps(ctx context.Context, limit int) ([]Gap, error) {
	var out []Gap
	err := s.read(ctx, "list closed gaps", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var g Gap
			var questions, closed string
			err := rows.Scan(&g.N, &g.Label, &questions, &g.Asked, &g.Days, &g.How, &g.Note, &g.Owner, &g.Who, &closed)
			if err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(questions), &g.Questions); err != nil {
				return s.damaged(fmt.Sprintf("gap %d", g.N), err)
			}
			g.Closed, err = textTime(closed)
			out = append(out, g)
			return err
		}, "SELECT n, label, questions, asked, days, how, note, owner, who, closed_at FROM gaps ORDER BY n DESC LIMIT ?", limit)
	})
	return out, err
}

// An OpenQuestion is a question that went without a good answer since some time: unanswered, answered and called useless, or answered from
// what hardly fits.
type OpenQuestion struct {
	Text                      string // masked
	Unanswered, Useless, Weak int
	Days                      map[string]int // how often, by day
	Last                      LastAsked
}

// LastAsked is the record of the last time that a question was asked.
type LastAsked struct {
	ID    string
	Asked time.Time // UTC
}

// Asked is how often.
func (q OpenQuestion) Asked() int { return q.Unanswered + q.Useless + q.Weak }

// OpenQuestions groups the records since from by their question's text, the last asked first, at most limit. Answered ones with a margin
// below weak count as weak.
func (s *Store) OpenQuestions(ctx context.Context, from time.Time, weak float64, limit int) ([]OpenQuestion, error) {
	at := map[string]int{}
	var out []OpenQuestion
	err := s.read(ctx, "read questions without a good answer", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var id, question, status, verdict, created string
			if err := rows.Scan(&id, &question, &status, &verdict, &created); err != nil {
				return err
			}
			asked, err := textTime(created)
			if err != nil {
				return err
			}
			i, known := at[question]
			if !known {
				if len(out) >= limit {
					return nil
				}
				i = len(out)
				at[question] = i
				out = append(out, OpenQuestion{Text: question, Days: map[string]int{}, Last: LastAsked{id, asked}})
			}
			q := &out[i]
			switch {
			case status == "not_stated" || status == "no_source":
				q.Unanswered++
			case verdict == Useless:
				q.Useless++
			default:
				q.Weak++
			}
			q.Days[asked.In(chinaTime).Format(time.DateOnly)]++
			return nil
		}, `SELECT l.answer_id, l.question, l.status, l.verdict, l.created_at FROM log l WHERE l.created_at >= ? AND l.question <> '' AND
			(l.status IN ('not_stated', 'no_source') OR l.verdict = 'useless' OR l.margin < ?) ORDER BY l.n DESC LIMIT 20000`, timeText(from), weak)
	})
	return out, err
}

// QuestionOutcome is how often questions were asked since some time, and answered.
type QuestionOutcome struct{ Asked, Answered, Useless int }

// Outcome counts the records of these questions after from.
func (s *Store) Outcome(ctx context.Context, questions []string, from time.Time) (QuestionOutcome, error) {
	var o QuestionOutcome
	list, err := jsonText(questions)
	if err != nil {
		return o, err
	}
	err = s.readers.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(status = 'answered'), 0), coalesce(sum(verdict = 'useless'), 0) FROM log
		WHERE created_at > ? AND question IN (SELECT value FROM json_each(?))`, timeText(from), list).Scan(&o.Asked, &o.Answered, &o.Useless)
	return o, s.fault("count what became of questions", err)
}
