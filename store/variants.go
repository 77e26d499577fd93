package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"wenda/corpus"
)

func replaceVariants(ctx context.Context, tx *sql.Tx, documentID string, all []corpus.Variant) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM variants WHERE document_id = ?", documentID); err != nil {
		return err
	}
	return insert(ctx, tx, len(all), func(i int) ([]any, error) {
		v := &all[i]
		section, err := jsonText(v.Anchor.Section)
		if err != nil {
			return nil, err
		}
		facts, err := jsonText(v.Anchor.Facts)
		if err != nil {
			return nil, err
		}
		return []any{documentID, i, v.ID, v.Text, v.Negative, v.Lacks, string(v.Origin), section, facts, v.Anchor.Say, v.Model, v.Accepted}, nil
	}, `INSERT INTO variants (document_id, n, id, text, negative, lacks, origin, section, facts, say, model, accepted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
}

// readVariants adds the variants to the documents of kept; at gives a document's place in it. only restricts it to one document, unless empty.
func (s *Store) readVariants(ctx context.Context, tx *sql.Tx, only string, kept []corpus.Kept, at map[string]int) error {
	where, args := onlyOf(only)
	return each(ctx, tx, func(rows *sql.Rows) error {
		var v corpus.Variant
		var document, origin string
		var section, facts sql.RawBytes
		err := rows.Scan(&document, &v.ID, &v.Text, &v.Negative, &v.Lacks, &origin, &section, &facts, &v.Anchor.Say, &v.Model, &v.Accepted)
		if err != nil {
			return err
		}
		v.Origin = corpus.Origin(origin)
		if err := textJSON(section, &v.Anchor.Section); err != nil {
			return s.damaged("variant "+v.ID, err)
		}
		if err := textJSON(facts, &v.Anchor.Facts); err != nil {
			return s.damaged("variant "+v.ID, err)
		}
		n, wanted := at[document]
		if !wanted {
			return nil
		}
		k := &kept[n]
		k.Variants = append(k.Variants, v)
		return nil
	}, `SELECT document_id, id, text, negative, lacks, origin, section, facts, say, model, accepted FROM variants`+where+` ORDER BY document_id, n`, args...)
}

func replaceOutlines(ctx context.Context, tx *sql.Tx, documentID string, all []corpus.Outline) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM outlines WHERE document_id = ?", documentID); err != nil {
		return err
	}
	return insert(ctx, tx, len(all), func(i int) ([]any, error) {
		o := &all[i]
		row := []any{documentID, i, o.ID, o.Topic, string(o.Origin)}
		for _, part := range []any{o.Asks, o.Points, o.Anchor} {
			text, err := jsonText(part)
			if err != nil {
				return nil, err
			}
			row = append(row, text)
		}
		return row, nil
	}, `INSERT INTO outlines (document_id, n, id, topic, origin, asks, points, anchor) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
}

// readOutlines does the same with outlines.
func (s *Store) readOutlines(ctx context.Context, tx *sql.Tx, only string, kept []corpus.Kept, at map[string]int) error {
	where, args := onlyOf(only)
	return each(ctx, tx, func(rows *sql.Rows) error {
		var o corpus.Outline
		var document, origin string
		var asks, points, anchor sql.RawBytes
		if err := rows.Scan(&document, &o.ID, &o.Topic, &origin, &asks, &points, &anchor); err != nil {
			return err
		}
		o.Origin = corpus.Origin(origin)
		for _, part := range []struct {
			text []byte
			into any
		}{{asks, &o.Asks}, {points, &o.Points}, {anchor, &o.Anchor}} {
			if err := textJSON(part.text, part.into); err != nil {
				return s.damaged("outline "+o.ID, err)
			}
		}
		n, wanted := at[document]
		if !wanted {
			return nil
		}
		k := &kept[n]
		k.Outlines = append(k.Outlines, o)
		return nil
	}, `SELECT document_id, id, topic, origin, asks, points, anchor FROM outlines`+where+` ORDER BY document_id, n`, args...)
}

func onlyOf(documentID string) (where string, args []any) {
	if documentID == "" {
		return "", nil
	}
	return " WHERE document_id = ?", []any{documentID}
}

// insert runs one statement for rows 0 to n-1. The statements themselves do not watch ctx, which would cost a goroutine each.
func insert(ctx context.Context, tx *sql.Tx, n int, row func(i int) ([]any, error), query string) error {
	if n == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer stmt.Close()
	deaf := context.WithoutCancel(ctx)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		args, err := row(i)
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		if _, err := stmt.ExecContext(deaf, args...); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}

func jsonText(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

func textJSON(text []byte, into any) error {
	if len(text) == 0 {
		return fmt.Errorf("empty JSON")
	}
	return json.Unmarshal(text, into)
}
