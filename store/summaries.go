package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"wenda/corpus"
)

// A Listed is a document as lists show it, without its text: reading it takes a fraction of what Documents takes.
type Listed struct {
	ID                          string
	Meta                        corpus.Meta
	Chunks, Variants, Negatives int
	Withdrawn                   bool
	SupersededBy                string
}

// ListDocuments lists every document in the order of Documents.
func (s *Store) ListDocuments(ctx context.Context) ([]Listed, error) {
	var out []Listed
	err := s.read(ctx, "list documents", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var l Listed
			var meta sql.RawBytes
			var all int
			if err := rows.Scan(&l.ID, &l.Withdrawn, &l.SupersededBy, &meta, &l.Chunks, &all, &l.Negatives); err != nil {
				return err
			}
			if err := json.Unmarshal(meta, &l.Meta); err != nil {
				return s.damaged("summary of document "+l.ID, err)
			}
			l.Variants = all - l.Negatives
			out = append(out, l)
			return nil
		}, `SELECT d.id, d.withdrawn, d.superseded_by, s.meta, s.chunks, coalesce(v.n, 0), coalesce(v.negative, 0)
			FROM documents d JOIN summaries s ON s.document_id = d.id AND s.version = d.live
			LEFT JOIN (SELECT document_id, count(*) AS n, sum(negative) AS negative FROM variants GROUP BY document_id) v ON v.document_id = d.id
			ORDER BY d.withdrawn, d.n`)
	})
	return out, err
}

// A Waiting is a staged file as lists show it.
type Waiting struct {
	N             int64
	Source, Title string
	Warnings      int
	Quarantined   bool
	ReleasedBy    string
}

// WaitingFiles lists the files of StagedFiles, without their texts.
func (s *Store) WaitingFiles(ctx context.Context) ([]Waiting, error) {
	var out []Waiting
	err := s.read(ctx, "list waiting files", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var w Waiting
			err := rows.Scan(&w.N, &w.Source, &w.Title, &w.Warnings, &w.Quarantined, &w.ReleasedBy)
			out = append(out, w)
			return err
		}, `SELECT f.n, f.source, s.meta ->> '$.title', json_array_length(f.warnings), f.quarantined, f.released_by
			FROM staged f JOIN summaries s ON s.document_id = f.document_id AND s.version = f.version ORDER BY f.n DESC`)
	})
	return out, err
}

// summarize keeps what lists show of a document's version, inside the transaction that keeps the version.
func summarize(ctx context.Context, tx *sql.Tx, d *corpus.Document) error {
	meta, err := jsonText(d.Meta)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO summaries (document_id, version, meta, chunks) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", d.ID, d.Version, meta, len(d.Chunks))
	return err
}

// summarizeOld does so for what an older program kept.
func (s *Store) summarizeOld(ctx context.Context) error {
	return s.write(ctx, "summarize older documents", func(tx *sql.Tx) error {
		type old struct {
			id, version string
			body        []byte
		}
		var list []old
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var o old
			err := rows.Scan(&o.id, &o.version, &o.body)
			list = append(list, o)
			return err
		}, `SELECT document_id, version, body FROM (SELECT document_id, version, body FROM versions UNION ALL SELECT document_id, version, body FROM staged) v
			WHERE NOT EXISTS (SELECT 1 FROM summaries s WHERE s.document_id = v.document_id AND s.version = v.version)`)
		if err != nil {
			return err
		}
		for _, o := range list {
			d, err := unpackDocument(o.id, o.version, o.body)
			if err != nil {
				return s.damaged(fmt.Sprintf("document %s version %s", o.id, o.version), err)
			}
			if err := summarize(ctx, tx, &d); err != nil {
				return err
			}
		}
		return nil
	})
}
