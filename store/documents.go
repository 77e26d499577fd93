package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"wenda/corpus"
)

// Put makes k the live version of its document and keeps vectors (by digest) of embedder, in one transaction: an error leaves
// everything as it was. Variants and outlines of the document are replaced by k's. A version that was kept before stays as it
// was kept, since a version names a content. It raises Revision.
func (s *Store) Put(ctx context.Context, k corpus.Kept, embedder string, vectors map[string][]float32) error {
	d := &k.Document
	doing := fmt.Sprintf("keep document %s version %s", d.ID, d.Version)
	if d.ID == "" || d.Version == "" {
		return fmt.Errorf("%s: ID and version must not be empty", doing)
	}
	put, err := s.putting(ctx, k, embedder, vectors)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return s.write(ctx, doing, put)
}

// putting prepares what Put does in its transaction.
func (s *Store) putting(ctx context.Context, k corpus.Kept, embedder string, vectors map[string][]float32) (func(*sql.Tx) error, error) {
	d := &k.Document
	body, err := packDocument(k.Document)
	if err != nil {
		return nil, err
	}
	fresh, err := s.unkept(ctx, embedder, vectors)
	if err != nil {
		return nil, err
	}
	at := timeText(k.Imported)
	return func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO versions (document_id, version, origin, imported_at, body) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (document_id, version) DO NOTHING`, d.ID, d.Version, string(k.Origin), at, body)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO documents (id, live, origin, imported_at, superseded_by) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET live = excluded.live, origin = excluded.origin, imported_at = excluded.imported_at, withdrawn = 0,
			superseded_by = excluded.superseded_by`, d.ID, d.Version, string(k.Origin), at, k.SupersededBy)
		if err != nil {
			return err
		}
		if err := summarize(ctx, tx, d); err != nil {
			return fmt.Errorf("summary: %w", err)
		}
		if err := replaceVariants(ctx, tx, d.ID, k.Variants); err != nil {
			return fmt.Errorf("variants: %w", err)
		}
		if err := replaceOutlines(ctx, tx, d.ID, k.Outlines); err != nil {
			return fmt.Errorf("outlines: %w", err)
		}
		if err := insertVectors(ctx, tx, embedder, fresh); err != nil {
			return fmt.Errorf("vectors: %w", err)
		}
		return searchedChanged(ctx, tx)
	}, nil
}

// searchedChanged raises Revision.
func searchedChanged(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE revision SET n = n + 1")
	return err
}

// Live returns the live version of every document with its variants and outlines, in the order of first import; times are UTC. Withdrawn
// documents are left out.
func (s *Store) Live(ctx context.Context) ([]corpus.Kept, error) {
	return s.keptWhere(ctx, "read live documents", "", "d.withdrawn = 0")
}

// keptWhere reads documents; only is the ID of the one that is meant, empty for all that fit.
func (s *Store) keptWhere(ctx context.Context, doing, only, condition string, args ...any) ([]corpus.Kept, error) {
	var kept []corpus.Kept
	err := s.read(ctx, doing, func(tx *sql.Tx) error {
		at := map[string]int{} // document ID to its place in kept
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var origin, imported, id, version, superseded string
			var body sql.RawBytes
			if err := rows.Scan(&id, &version, &origin, &imported, &superseded, &body); err != nil {
				return err
			}
			d, err := unpackDocument(id, version, body)
			if err != nil {
				return s.damaged(fmt.Sprintf("document %s version %s", id, version), err)
			}
			when, err := textTime(imported)
			if err != nil {
				return s.damaged("document "+id, err)
			}
			at[id] = len(kept)
			kept = append(kept, corpus.Kept{Document: d, Origin: corpus.Origin(origin), Imported: when, SupersededBy: superseded})
			return nil
		}, `SELECT d.id, d.live, d.origin, d.imported_at, d.superseded_by, v.body
			FROM documents d JOIN versions v ON v.document_id = d.id AND v.version = d.live WHERE `+condition+` ORDER BY d.n`, args...)
		if err != nil {
			return err
		}
		if err := s.readVariants(ctx, tx, only, kept, at); err != nil {
			return fmt.Errorf("variants: %w", err)
		}
		if err := s.readOutlines(ctx, tx, only, kept, at); err != nil {
			return fmt.Errorf("outlines: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return kept, nil
}

// DocumentVersion returns a version that was ever live, the live one for an empty version. An unknown document or version is
// ErrNotFound.
func (s *Store) DocumentVersion(ctx context.Context, documentID, version string) (corpus.Document, error) {
	doing := fmt.Sprintf("read document %s version %q", documentID, version)
	var body []byte
	err := s.readers.QueryRowContext(ctx, `SELECT version, body FROM versions WHERE document_id = ?1
		AND version = CASE ?2 WHEN '' THEN (SELECT live FROM documents WHERE id = ?1) ELSE ?2 END`, documentID, version).Scan(&version, &body)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return corpus.Document{}, s.fault(doing, err)
	}
	d, err := unpackDocument(documentID, version, body)
	if err != nil {
		return corpus.Document{}, s.damaged(doing, err)
	}
	return d, nil
}

// A Version is one version of a document.
type Version struct {
	Version  string
	Origin   corpus.Origin
	Imported time.Time // when it was first kept, UTC
	Live     bool
}

// Versions lists all versions of a document, the newest import first. An unknown document is ErrNotFound.
func (s *Store) Versions(ctx context.Context, documentID string) ([]Version, error) {
	doing := "list versions of document " + documentID
	var out []Version
	err := s.read(ctx, doing, func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var v Version
			var origin, imported string
			err := rows.Scan(&v.Version, &origin, &imported, &v.Live)
			if err != nil {
				return err
			}
			v.Origin = corpus.Origin(origin)
			if v.Imported, err = textTime(imported); err != nil {
				return s.damaged("version "+v.Version, err)
			}
			out = append(out, v)
			return nil
		}, `SELECT v.version, v.origin, v.imported_at, v.version = d.live
			FROM versions v JOIN documents d ON d.id = v.document_id WHERE v.document_id = ? ORDER BY v.n DESC`, documentID)
	})
	if err == nil && len(out) == 0 {
		err = s.fault(doing, ErrNotFound)
	}
	return out, err
}
