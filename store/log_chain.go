package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"time"
)

// The answer log is a hash chain: each record's hash covers the whole record and the hash of the record before it, so that a record that
// is changed, taken out or put in between breaks every later one. Retention deletes from the beginning only and leaves a checkpoint.
// Somebody who may write the file can compute a whole new chain: whoever wants to exclude that writes the head down elsewhere from time to
// time, and gives it to VerifyLog. Rejected (2026-11): a key in the data folder, which who may write the file can read as well.

// A Head names a record by its place and hash: the last one of a log, or one written down earlier.
type Head struct {
	N    int64
	Hash string // 64 hex digits
}

// String is what an operator writes down: 4711:9f86d0...
func (h Head) String() string { return fmt.Sprintf("%d:%s", h.N, h.Hash) }

// ParseHead reads what String wrote.
func ParseHead(s string) (Head, error) {
	var h Head
	if n, err := fmt.Sscanf(s, "%d:%64s", &h.N, &h.Hash); err != nil || n != 2 || h.N < 0 {
		return Head{}, fmt.Errorf("%q is not a head: write it (4711:9f86d0...) as wenda log verify shows it", s)
	}
	if b, err := hex.DecodeString(h.Hash); err != nil || len(b) != sha256.Size {
		return Head{}, fmt.Errorf("%q is not a head: its hash is not 64 hex digits", s)
	}
	return h, nil
}

// chained is the hash of a record at place n behind before. Lengths stand before texts: no two records have the same bytes.
func chained(before []byte, n int64, r *answerRow) []byte {
	h := sha256.New()
	h.Write(before)
	number(h, n)
	for _, s := range []string{r.id, r.created, r.channel, r.conversation, r.question, r.status, r.mode, r.index, string(r.answer), string(r.trace)} {
		number(h, int64(len(s)))
		h.Write([]byte(s))
	}
	number(h, int64(r.took))
	return h.Sum(nil)
}

func number(h hash.Hash, n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}

// A Checkpoint says what retention deleted.
type Checkpoint struct {
	N       int64 // the last record deleted
	Hash    string
	Deleted int       // by this run
	Before  time.Time // asked before then
	Made    time.Time
}

func sealOf(before []byte, n int64, hash []byte, deleted int64, until, made string) []byte {
	h := sha256.New()
	h.Write(before)
	number(h, n)
	h.Write(hash)
	number(h, deleted)
	h.Write([]byte(until + made)) // of fixed widths
	return h.Sum(nil)
}

// Checkpoints lists what retention deleted, the newest first, at most limit.
func (s *Store) Checkpoints(ctx context.Context, limit int) ([]Checkpoint, error) {
	var out []Checkpoint
	err := s.read(ctx, "list checkpoints of the log", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var c Checkpoint
			var hash []byte
			var before, made string
			if err := rows.Scan(&c.N, &hash, &c.Deleted, &before, &made); err != nil {
				return err
			}
			var errs [2]error
			c.Before, errs[0] = textTime(before)
			c.Made, errs[1] = textTime(made)
			if err := errors.Join(errs[:]...); err != nil {
				return s.damaged(fmt.Sprintf("checkpoint %d", c.N), err)
			}
			c.Hash = hex.EncodeToString(hash)
			out = append(out, c)
			return nil
		}, "SELECT n, hash, deleted, before, made_at FROM log_checkpoints ORDER BY n DESC LIMIT ?", limit)
	})
	return out, err
}
