package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"wenda/corpus"
)

// A VariantDraft is a proposed variant that an editor accepted: it counts for nothing before somebody publishes it.
type VariantDraft struct {
	N       int64
	Variant corpus.Variant // Origin Accepted, with its Model
	Who     string
	At      time.Time
}

// KeepVariantDrafts keeps accepted proposals of a document, with a line in the audit. One that is a draft already stays as it is.
func (s *Store) KeepVariantDrafts(ctx context.Context, by By, documentID string, list []corpus.Variant, now time.Time) error {
	return s.change(ctx, Change{By: by, What: "variants.draft", Object: documentID, After: textsOf(list)}, func(tx *sql.Tx, _ *Change) error {
		return insert(ctx, tx, len(list), func(i int) ([]any, error) {
			v := list[i]
			anchor, err := jsonText(v.Anchor)
			return []any{documentID, anchor, v.ID, v.Text, v.Negative, v.Lacks, v.Model, by.Name, timeText(now)}, err
		}, `INSERT INTO variant_drafts (document_id, anchor, id, text, negative, lacks, model, who, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
	})
}

// VariantDrafts lists those of a document, oldest first.
func (s *Store) VariantDrafts(ctx context.Context, documentID string) ([]VariantDraft, error) {
	var out []VariantDraft
	err := s.read(ctx, "read drafts of variants", func(tx *sql.Tx) error {
		var err error
		out, err = s.readVariantDrafts(ctx, tx, documentID)
		return err
	})
	return out, err
}

func (s *Store) readVariantDrafts(ctx context.Context, tx *sql.Tx, documentID string) ([]VariantDraft, error) {
	var out []VariantDraft
	err := each(ctx, tx, func(rows *sql.Rows) error {
		d := VariantDraft{Variant: corpus.Variant{Origin: corpus.Accepted}}
		var anchor sql.RawBytes
		var at string
		v := &d.Variant
		err := rows.Scan(&d.N, &anchor, &v.ID, &v.Text, &v.Negative, &v.Lacks, &v.Model, &d.Who, &at)
		if err == nil {
			d.At, err = textTime(at)
		}
		if err != nil {
			return err
		}
		if err := textJSON(anchor, &v.Anchor); err != nil {
			return s.damaged(fmt.Sprintf("draft %d of a variant", d.N), err)
		}
		out = append(out, d)
		return nil
	}, `SELECT n, anchor, id, text, negative, lacks, model, who, at FROM variant_drafts WHERE document_id = ? ORDER BY n`, documentID)
	return out, err
}

// EndVariantDrafts publishes the drafts that which picks, or drops them, in one transaction with a line in the audit; none picked is
// ErrNotFound. A published variant replaces one of the same ID.
func (s *Store) EndVariantDrafts(ctx context.Context, by By, documentID string, which func(VariantDraft) bool, publish bool, now time.Time) (ended int, err error) {
	what := "variants.drop"
	if publish {
		what = "variants.publish"
	}
	err = s.change(ctx, Change{By: by, What: what, Object: documentID}, func(tx *sql.Tx, c *Change) error {
		all, err := s.readVariantDrafts(ctx, tx, documentID)
		if err != nil {
			return err
		}
		var mine []corpus.Variant
		for _, d := range all {
			if !which(d) {
				continue
			}
			d.Variant.Accepted = now.UTC().Format(time.RFC3339)
			mine = append(mine, d.Variant)
			if _, err := tx.ExecContext(ctx, "DELETE FROM variant_drafts WHERE n = ?", d.N); err != nil {
				return err
			}
		}
		if ended = len(mine); ended == 0 {
			return fmt.Errorf("drafts of variants: %w", ErrNotFound)
		}
		if c.After = textsOf(mine); !publish {
			c.Before, c.After = c.After, ""
			return nil
		}
		kept := make([]corpus.Kept, 1)
		if err := s.readVariants(ctx, tx, documentID, kept, map[string]int{documentID: 0}); err != nil {
			return err
		}
		list := slices.DeleteFunc(kept[0].Variants, func(o corpus.Variant) bool {
			return slices.ContainsFunc(mine, func(v corpus.Variant) bool { return v.ID == o.ID })
		})
		if err := replaceVariants(ctx, tx, documentID, append(list, mine...)); err != nil {
			return err
		}
		return searchedChanged(ctx, tx)
	})
	return ended, err
}

func textsOf(list []corpus.Variant) string {
	var texts []string
	for _, v := range list {
		texts = append(texts, v.Text)
	}
	return strings.Join(texts, "\n")
}
