package store

import (
	"context"
	"database/sql"
	"time"
)

// LogStats are the figures of a span of days.
type LogStats struct {
	Days      []DayCount
	Topics    []Counted // innermost headings that answers cited first, the most frequent first
	Documents []Counted // IDs
	Models    []ModelUse
	ModelDays []ModelDay
	Times     []TimeShare
	Took      []TookCount // every class of times, the shortest first
}

// A DayCount counts the records of one day, channel and status.
type DayCount struct {
	Day, Channel, Status   string // Day: YYYY-MM-DD, in the zone of the span's beginning
	Count, Useful, Useless int
}

// Counted is a name with how often it occurred.
type Counted struct {
	Name  string
	Count int
}

// ModelUse is what a model did and cost.
type ModelUse struct {
	Model              string
	Answers, Degraded  int
	Prompt, Completion int // tokens
	Cost               float64
}

// A ModelDay is what a model used on one day.
type ModelDay struct {
	Day, Model string // Day: as DayCount has it
	Tokens     int    // in and out
	Cost       float64
}

// A TookCount is how many answers came within Within, and not within the class before it; 0: what took longer than all of them.
type TookCount struct {
	Within time.Duration
	Count  int
}

// A TimeShare is the time within which Share (0 to 1) of the answers came, rounded up to a bound of tookBounds; 0: longer than all of them.
type TimeShare struct {
	Share float64
	Took  time.Duration
}

// maxCounted is how many topics and documents are told.
const maxCounted = 15

// ChunkUse is how often a chunk was cited and by which questions last.
type ChunkUse struct {
	Count int
	Last  []LogEntry // the newest first
}

// lastAsked is how many of the last questions ChunkUse tells.
const lastAsked = 5

// ChunkCounts counts the citations of every chunk of a document, by chunk ID.
func (s *Store) ChunkCounts(ctx context.Context, documentID string) (map[string]int, error) {
	out := map[string]int{}
	err := s.read(ctx, "count citations of document "+documentID, func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var id string
			var n int
			err := rows.Scan(&id, &n)
			out[id] = n
			return err
		}, "SELECT chunk_id, count(*) FROM log_citations WHERE document_id = ? GROUP BY chunk_id", documentID)
	})
	return out, err
}

// ChunkUse says how a chunk was used.
func (s *Store) ChunkUse(ctx context.Context, documentID, chunkID string) (ChunkUse, error) {
	f := LogFilter{Document: documentID, Chunk: chunkID}
	n, err := s.CountLog(ctx, f, 1<<30)
	if err != nil {
		return ChunkUse{}, err
	}
	last, err := s.Log(ctx, f, 0, lastAsked)
	return ChunkUse{n, last}, err
}
