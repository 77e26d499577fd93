package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math"
)

// A LogReport is what VerifyLog found.
type LogReport struct {
	Records     int   // that were checked
	First, Last int64 // their places; 0 without any
	Deleted     int   // by retention, over all checkpoints
	Erased      int   // by their owners: place and hash are left
	Checkpoints int
	Head        Head
	Broken      []string // what does not fit, in Chinese, the first few; empty: all is as it was written
}

// maxBroken is how many breaks are told.
const maxBroken = 20

// VerifyLog reads the whole log and computes every hash anew. known, when not nil, is a head written down earlier, which the log must still
// hold (or have deleted by retention). An error is one of reading; what does not fit is in LogReport.Broken. progress may be nil.
func (s *Store) VerifyLog(ctx context.Context, known *Head, progress func(done int)) (LogReport, error) {
	var v verifier
	err := s.read(ctx, "verify the log", func(tx *sql.Tx) error {
		v = verifier{before: make([]byte, sha256.Size), known: known}
		if err := v.checkpoints(ctx, tx); err != nil {
			return err
		}
		if err := v.tombstones(ctx, tx); err != nil {
			return err
		}
		var n int64
		var hash []byte
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var r answerRow
			var created, channel, status, mode, question, index string
			if err := r.scan(rows, &n, &hash, &created, &channel, &status, &mode, &question, &index); err != nil {
				return err
			}
			narrow := created == r.created && channel == r.channel && status == r.status && mode == r.mode && question == r.question && index == r.index
			v.record(n, hash, &r, narrow)
			if progress != nil && v.Records%1000 == 0 {
				progress(v.Records)
			}
			return nil
		}, `SELECT `+answerColumns+`, l.n, l.hash, l.created_at, l.channel, l.status, l.mode, l.question, l.index_version
			FROM log l JOIN answers a ON a.id = l.answer_id ORDER BY l.n`)
		if err != nil {
			return err
		}
		v.pass(math.MaxInt64)
		return v.end(ctx, tx)
	})
	return v.LogReport, err
}

// A verifier walks along the chain.
type verifier struct {
	LogReport
	at     int64 // place of the record before
	before []byte
	known  *Head
	met    bool           // known was passed
	erased []erasedRecord // still to be passed, in order
}

// An erasedRecord is what is left of a record that its owner deleted.
type erasedRecord struct {
	n    int64
	hash []byte
}

func (v *verifier) tombstones(ctx context.Context, tx *sql.Tx) error {
	return each(ctx, tx, func(rows *sql.Rows) error {
		var e erasedRecord
		if err := rows.Scan(&e.n, &e.hash); err != nil {
			return err
		}
		v.erased = append(v.erased, e)
		return nil
	}, "SELECT n, hash FROM log_erased ORDER BY n")
}

// pass walks over the erased records before place n: nothing of them can be computed, and the next record's hash rests on theirs.
func (v *verifier) pass(n int64) {
	for len(v.erased) > 0 && v.erased[0].n < n {
		e := v.erased[0]
		v.erased = v.erased[1:]
		if e.n != v.at+1 {
			v.broken("第 %d 条到第 %d 条缺失", v.at+1, e.n-1)
		}
		v.Erased++
		v.at, v.before = e.n, e.hash
		v.meet(e.n, e.hash)
	}
}

func (v *verifier) broken(format string, args ...any) {
	if len(v.Broken) < maxBroken {
		v.Broken = append(v.Broken, fmt.Sprintf(format, args...))
	}
}

func (v *verifier) checkpoints(ctx context.Context, tx *sql.Tx) error {
	var seal []byte
	return each(ctx, tx, func(rows *sql.Rows) error {
		var n, deleted int64
		var hash, sealed []byte
		var before, made string
		if err := rows.Scan(&n, &hash, &deleted, &before, &made, &sealed); err != nil {
			return err
		}
		if seal = sealOf(seal, n, hash, deleted, before, made); !bytes.Equal(seal, sealed) {
			v.broken("清理记录 %d 被改动", n)
		}
		v.Checkpoints++
		v.Deleted += int(deleted)
		if int64(v.Deleted) != n {
			v.broken("清理记录 %d：应共删除 %d 条，记的是 %d 条", n, n, v.Deleted)
		}
		v.at, v.before = n, hash
		v.meet(n, hash)
		return nil
	}, "SELECT n, hash, deleted, before, made_at, seal FROM log_checkpoints ORDER BY n")
}

func (v *verifier) record(n int64, hash []byte, r *answerRow, narrow bool) {
	v.pass(n)
	if n != v.at+1 {
		v.broken("第 %d 条到第 %d 条缺失", v.at+1, n-1)
	}
	if want := chained(v.before, n, r); !bytes.Equal(hash, want) {
		v.broken("第 %d 条（%s）与校验值不符", n, r.id)
	}
	if !narrow {
		v.broken("第 %d 条（%s）的检索行与原记录不同", n, r.id)
	}
	if v.Records == 0 {
		v.First = n
	}
	v.Records++
	v.Last, v.at, v.before = n, n, hash
	v.meet(n, hash)
}

func (v *verifier) meet(n int64, hash []byte) {
	if v.known == nil || v.known.N != n {
		return
	}
	v.met = true
	if v.known.Hash != hex.EncodeToString(hash) {
		v.broken("第 %d 条的校验值与记下的不同：此前的记录被重写过", n)
	}
}

func (v *verifier) end(ctx context.Context, tx *sql.Tx) error {
	var n int64
	var hash []byte
	if err := tx.QueryRowContext(ctx, "SELECT n, hash FROM log_head").Scan(&n, &hash); err != nil {
		return err
	}
	v.Head = Head{n, hex.EncodeToString(hash)}
	if n != v.at {
		v.broken("末尾应是第 %d 条，实际到第 %d 条", n, v.at)
	} else if !bytes.Equal(hash, v.before) {
		v.broken("末尾的校验值与最后一条不符")
	}
	var answers, logged int
	err := tx.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM log)").Scan(&answers, &logged)
	if err != nil {
		return err
	}
	if answers != v.Records || logged != v.Records {
		v.broken("回答有 %d 条，日志有 %d 条，能核对的 %d 条", answers, logged, v.Records)
	}
	if v.known != nil && !v.met && v.known.N > v.at {
		v.broken("记下的第 %d 条不在日志里", v.known.N)
	}
	return nil
}
