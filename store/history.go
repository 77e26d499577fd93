package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"wenda/corpus"
	"wenda/prompts"
)

// DocumentsAt returns the documents that were searched at a moment, in the versions that were live then, in the order of first import:
// from the versions, which are kept for ever, and from the audit, which says what was withdrawn, restored or superseded when. Variants and
// outlines are those of today: the store keeps no others. Where the command line imported a version that had been live before, only the last
// such import is known. changed is when the last change before the moment happened, zero without any.
func (s *Store) DocumentsAt(ctx context.Context, at time.Time) (kept []corpus.Kept, changed time.Time, err error) {
	doing := "read documents as of " + at.Format(time.RFC3339)
	var order []string
	states := map[string]*documentState{}
	err = s.read(ctx, doing, func(tx *sql.Tx) error {
		order, changed, states = nil, time.Time{}, map[string]*documentState{}
		events, err := documentEvents(ctx, tx, timeText(at))
		if err != nil {
			return err
		}
		for _, e := range events {
			st := states[e.id]
			if st == nil {
				st = &documentState{}
				states[e.id] = st
				order = append(order, e.id)
			}
			st.apply(e)
			if changed, err = textTime(e.at); err != nil {
				return s.damaged("time of a change of document "+e.id, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	now, err := s.Documents(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, h := range now { // Documents names those withdrawn last; order has the order of first import
		if states[h.Document.ID] != nil {
			states[h.Document.ID].today = h.Kept
		}
	}
	for _, id := range order {
		st := states[id]
		if st.version == "" || st.withdrawn {
			continue
		}
		k := st.today
		if k.SupersededBy = st.superseded; k.Document.Version != st.version {
			if k.Document, err = s.DocumentVersion(ctx, id, st.version); err != nil {
				return nil, time.Time{}, err
			}
		}
		kept = append(kept, k)
	}
	return kept, changed, nil
}

// A documentEvent is something that happened to a document: a version became live, or the audit has what staff did.
type documentEvent struct{ at, what, id, after string }

type documentState struct {
	version, superseded string
	withdrawn           bool
	today               corpus.Kept
}

func (st *documentState) apply(e documentEvent) {
	switch e.what {
	case "document.withdraw":
		st.withdrawn = true
	case "document.supersede":
		st.superseded = e.after
	case "document.restore":
		st.version, st.withdrawn, st.superseded = e.after, false, ""
	default:
		st.version, st.withdrawn = e.after, false
	}
}

// documentEvents are those up to a time, in the order of happening. Publishing and editing name a document by its title: the version, which
// is a hash, finds it.
func documentEvents(ctx context.Context, tx *sql.Tx, until string) ([]documentEvent, error) {
	var out []documentEvent
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var e documentEvent
		err := rows.Scan(&e.at, &e.what, &e.id, &e.after)
		out = append(out, e)
		return err
	}, `SELECT imported_at, 'version', document_id, version FROM versions WHERE imported_at <= ?1
		UNION ALL SELECT d.imported_at, 'version', d.id, d.live FROM documents d WHERE d.imported_at <= ?1
			AND NOT EXISTS (SELECT 1 FROM audit WHERE what = 'document.restore' AND object = d.id AND at > d.imported_at)
		UNION ALL SELECT a.at, a.what, v.document_id, a.after FROM audit a JOIN versions v ON v.version = a.after
			WHERE a.what IN ('document.publish', 'document.meta') AND a.at <= ?1
		UNION ALL SELECT at, what, object, after FROM audit WHERE what IN ('document.withdraw', 'document.supersede', 'document.restore') AND at <= ?1`, until)
	slices.SortStableFunc(out, func(a, b documentEvent) int { return strings.Compare(a.at, b.at) })
	return out, err
}

// CuratedAt are the answers that staff had approved at a moment, by ID, and the IDs of those that they had retired: as LiveCurated gives
// them for now. A version that was approved twice counts from the second time.
func (s *Store) CuratedAt(ctx context.Context, at time.Time) (live []prompts.Curated, retired []string, err error) {
	until := timeText(at)
	err = s.read(ctx, "read curated answers as of "+at.Format(time.RFC3339), func(tx *sql.Tx) error {
		live, retired = nil, nil
		type state struct {
			at, body string // of the last approval
			gone     bool
		}
		states := map[string]*state{}
		of := func(id string) *state {
			if states[id] == nil {
				states[id] = &state{}
			}
			return states[id]
		}
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var id, body, at string
			if err := rows.Scan(&id, &body, &at); err != nil {
				return err
			}
			*of(id) = state{at: at, body: body}
			return nil
		}, "SELECT id, body, approved_at FROM curated_versions WHERE approved_at <> '' AND approved_at <= ? ORDER BY approved_at", until)
		if err != nil {
			return err
		}
		err = each(ctx, tx, func(rows *sql.Rows) error {
			var id, what, when string
			if err := rows.Scan(&id, &what, &when); err != nil {
				return err
			}
			if st := of(id); when > st.at {
				st.gone = what == "curated.retire"
				if st.gone {
					st.body = ""
				}
			}
			return nil
		}, "SELECT object, what, at FROM audit WHERE what IN ('curated.retire', 'curated.restore') AND at <= ? ORDER BY n", until)
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(states)) {
			st := states[id]
			if st.gone {
				retired = append(retired, id)
			}
			if st.body == "" {
				continue
			}
			var c prompts.Curated
			if err := json.Unmarshal([]byte(st.body), &c); err != nil {
				return s.damaged("curated answer "+id, err)
			}
			live = append(live, c)
		}
		return nil
	})
	return live, retired, err
}

// PromptsAt is the release that was live at a moment. Before the first release the text of the program was.
func (s *Store) PromptsAt(ctx context.Context, at time.Time) (Release, error) {
	out := Release{State: map[string]int{}}
	err := s.read(ctx, "read prompts as of "+at.Format(time.RFC3339), func(tx *sql.Tx) error {
		r, err := scanRelease(tx.QueryRowContext(ctx, "SELECT n, at, who, state, comment FROM releases WHERE at <= ? ORDER BY n DESC LIMIT 1", timeText(at)))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		out = r
		return err
	})
	return out, err
}

// An Earlier is a question that was asked before another in the same conversation.
type Earlier struct {
	Question string // masked
	Asked    time.Time
}

// conversationSpan is how far back a conversation is looked for; it ends after half an hour without a question, and has 20 turns.
const conversationSpan = 10 * time.Hour

// EarlierQuestions lists what was asked before a record in its conversation, the oldest first, at most limit of the latest.
func (s *Store) EarlierQuestions(ctx context.Context, conversationID string, e LogEntry, limit int) ([]Earlier, error) {
	if conversationID == "" {
		return nil, nil
	}
	var out []Earlier
	err := s.read(ctx, "read conversation of answer "+e.ID, func(tx *sql.Tx) error {
		out = nil
		return each(ctx, tx, func(rows *sql.Rows) error {
			var q Earlier
			var at string
			err := rows.Scan(&q.Question, &at)
			if err == nil {
				q.Asked, err = textTime(at)
			}
			out = append(out, q)
			return err
		}, `SELECT l.question, l.created_at FROM log l JOIN answers a ON a.id = l.answer_id
			WHERE l.created_at >= ? AND l.n < ? AND a.conversation_id = ? ORDER BY l.n DESC LIMIT ?`, timeText(e.Asked.Add(-conversationSpan)), e.N, conversationID, limit)
	})
	slices.Reverse(out)
	return out, err
}
