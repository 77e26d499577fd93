package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"wenda/rag"
)

// logFacts is what the narrow row of an answer holds beside its columns.
type logFacts struct {
	degraded  bool
	text      string
	topic     string
	margin    sql.NullFloat64
	model     string
	prompt    int
	completed int
	cost      float64
	cited     [][2]string // document, chunk
}

func factsOf(a *rag.Answer) logFacts {
	f := logFacts{degraded: a.Degraded, text: a.Text}
	for i, c := range a.Citations {
		if i == 0 {
			f.topic = c.Section[strings.LastIndex(c.Section, "> ")+1:]
			f.topic = strings.TrimSpace(f.topic)
		}
		f.cited = append(f.cited, [2]string{c.DocumentID, chunkCited(c.URL)})
	}
	parts := a.Trace.Parts
	if len(parts) == 0 {
		parts = []rag.Trace{a.Trace}
	}
	for _, p := range parts {
		if quoted := a.Mode == rag.Quoted || a.Mode == rag.Generated; quoted && a.Status == rag.Answered && p.Strength != 0 {
			if m := p.Strength - p.Floor; !f.margin.Valid || m < f.margin.Float64 {
				f.margin = sql.NullFloat64{Float64: m, Valid: true}
			}
		}
		if m := p.Model; m != nil {
			f.model = cmp.Or(f.model, m.Model)
			f.prompt += m.PromptTokens
			f.completed += m.CompletionTokens
			f.cost += m.Cost
		}
	}
	return f
}

// chunkCited is the chunk that a citation's address leads to (rag.Citation.URL).
func chunkCited(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get("p")
}

// A chain is the end of the log inside a transaction that writes it, with the figures that its records add.
type chain struct {
	n    int64
	hash []byte
	days days
}

func chainEnd(ctx context.Context, tx *sql.Tx) (chain, error) {
	c := chain{days: days{}}
	err := tx.QueryRowContext(ctx, "SELECT n, hash FROM log_head").Scan(&c.n, &c.hash)
	return c, err
}

func (c chain) keep(ctx context.Context, tx *sql.Tx) error {
	if err := c.days.keep(ctx, tx); err != nil {
		return fmt.Errorf("figures of days: %w", err)
	}
	_, err := tx.ExecContext(ctx, "UPDATE log_head SET n = ?, hash = ?", c.n, c.hash)
	return err
}

// logStatements are prepared once a batch.
type logStatements struct{ log, words, cited *sql.Stmt }

func prepareLog(ctx context.Context, tx *sql.Tx) (st logStatements, closeAll func(), err error) {
	var open []*sql.Stmt
	closeAll = func() {
		for _, s := range open {
			_ = s.Close()
		}
	}
	for _, p := range []struct {
		into  **sql.Stmt
		query string
	}{
		{&st.log, `INSERT INTO log (n, answer_id, hash, created_at, channel, status, mode, degraded, question, index_version, verdict, margin, topic,
			took_ns, model, prompt_tokens, completion_tokens, cost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?)`},
		{&st.words, "INSERT INTO log_words (rowid, words) VALUES (?, ?)"},
		{&st.cited, "INSERT INTO log_citations (document_id, chunk_id, n) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"},
	} {
		if *p.into, err = tx.PrepareContext(ctx, p.query); err != nil {
			closeAll()
			return st, func() {}, err
		}
		open = append(open, *p.into)
	}
	return st, closeAll, nil
}

// enter puts r, whose row of answers is written, at the end of the chain.
func (c *chain) enter(ctx context.Context, st logStatements, r *answerRow) error {
	c.n++
	c.hash = chained(c.hash, c.n, r)
	f := &r.facts
	_, err := st.log.ExecContext(ctx, c.n, r.id, c.hash, r.created, r.channel, r.status, r.mode, f.degraded, r.question, r.index, f.margin, f.topic,
		int64(r.took), f.model, f.prompt, f.completed, f.cost)
	if err != nil {
		return fmt.Errorf("log answer %s: %w", r.id, err)
	}
	if _, err := st.words.ExecContext(ctx, c.n, wordsOf(r.question, f.text)); err != nil {
		return fmt.Errorf("words of answer %s: %w", r.id, err)
	}
	for _, d := range f.cited {
		if _, err := st.cited.ExecContext(ctx, d[0], d[1], c.n); err != nil {
			return fmt.Errorf("citations of answer %s: %w", r.id, err)
		}
	}
	return c.days.count(r)
}

// writeAnswers leaves an answer alone that is there already: answers never change.
func (s *Store) writeAnswers(ctx context.Context, batch []*answerRow) error {
	deaf := context.WithoutCancel(ctx) // a statement that watched ctx would cost a goroutine each
	return s.write(ctx, fmt.Sprintf("write %d answers", len(batch)), func(tx *sql.Tx) error {
		end, err := chainEnd(ctx, tx)
		if err != nil {
			return err
		}
		put, err := tx.PrepareContext(ctx, `INSERT INTO answers (id, created_at, channel, conversation_id, question, status, mode, index_version,
			took_ns, answer, trace, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`)
		if err != nil {
			return err
		}
		defer put.Close()
		st, closeAll, err := prepareLog(ctx, tx)
		if err != nil {
			return err
		}
		defer closeAll()
		for _, r := range batch {
			if err := ctx.Err(); err != nil {
				return err
			}
			res, err := put.ExecContext(deaf, r.id, r.created, r.channel, r.conversation, r.question, r.status, r.mode, r.index, int64(r.took),
				string(r.answer), string(r.trace), r.owner)
			if err != nil {
				return fmt.Errorf("answer %s: %w", r.id, err)
			}
			if n, err := res.RowsAffected(); err != nil {
				return err
			} else if n == 0 {
				continue
			}
			if err := end.enter(deaf, st, r); err != nil {
				return err
			}
		}
		return end.keep(ctx, tx)
	})
}

// enterAtOnce is how many older answers are entered in one transaction.
const enterAtOnce = 2000

// enterOld enters the answers of a data folder that had no log yet, in the order of asking. It goes on where it was interrupted.
func (s *Store) enterOld(ctx context.Context) error {
	for complete := false; !complete; {
		err := s.write(ctx, "enter older answers into the log", func(tx *sql.Tx) error {
			if err := tx.QueryRowContext(ctx, "SELECT complete FROM log_head").Scan(&complete); err != nil || complete {
				return err
			}
			rows, err := oldAnswers(ctx, tx)
			if err != nil {
				return err
			}
			end, err := chainEnd(ctx, tx)
			if err != nil {
				return err
			}
			st, closeAll, err := prepareLog(ctx, tx)
			if err != nil {
				return err
			}
			defer closeAll()
			for _, r := range rows {
				if err := end.enter(ctx, st, r); err != nil {
					return err
				}
			}
			if complete = len(rows) < enterAtOnce; complete {
				if err := enterOldFeedback(ctx, tx); err != nil {
					return fmt.Errorf("feedback: %w", err)
				}
				if _, err := tx.ExecContext(ctx, "UPDATE log_head SET complete = 1"); err != nil {
					return err
				}
			}
			return end.keep(ctx, tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func enterOldFeedback(ctx context.Context, tx *sql.Tx) error {
	list := map[string]string{}
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var id, verdict string
		err := rows.Scan(&id, &verdict)
		list[id] = verdict
		return err
	}, "SELECT answer_id, verdict FROM feedback WHERE live = 1")
	for id, verdict := range list {
		if err == nil {
			err = setVerdict(ctx, tx, id, verdict)
		}
	}
	return err
}

func oldAnswers(ctx context.Context, tx *sql.Tx) ([]*answerRow, error) {
	var out []*answerRow
	err := each(ctx, tx, func(rows *sql.Rows) error {
		r, a := &answerRow{}, rag.Answer{}
		if err := r.scan(rows); err != nil {
			return err
		}
		if err := errors.Join(json.Unmarshal(r.answer, &a), json.Unmarshal(r.trace, &a.Trace)); err == nil { // a damaged one is entered bare
			r.facts = factsOf(&a)
		}
		out = append(out, r)
		return nil
	}, `SELECT `+answerColumns+` FROM answers a WHERE NOT EXISTS (SELECT 1 FROM log WHERE answer_id = a.id) ORDER BY created_at, id LIMIT ?`, enterAtOnce)
	return out, err
}

// answerColumns are what scan reads of answers a.
const answerColumns = `a.id, a.created_at, a.channel, a.conversation_id, a.question, a.status, a.mode, a.index_version, a.took_ns, a.answer, a.trace`

func (r *answerRow) scan(rows *sql.Rows, more ...any) error {
	var took int64
	into := []any{&r.id, &r.created, &r.channel, &r.conversation, &r.question, &r.status, &r.mode, &r.index, &took, &r.answer, &r.trace}
	err := rows.Scan(append(into, more...)...)
	r.took = time.Duration(took)
	return err
}
