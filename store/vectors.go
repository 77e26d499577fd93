package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
)

const (
	// vectorsAtOnce is how many vectors PutVectors writes in one transaction, so that others get their turn in between.
	vectorsAtOnce = 500
	// scanShare: when at least one in so many of the embedder's vectors is wanted, reading all of them in order is faster than
	// looking each up (measured 2026-11, 40,000 of 512 dimensions, 2 cores: 16,000 wanted 132 and 124 ms, 20,000 wanted 151 and 169).
	scanShare = 2
)

// Vectors returns what is kept of embedder for these digests, by digest; the caller owns the vectors. A digest without a vector,
// or with a damaged one (checksum, length), is absent.
func (s *Store) Vectors(ctx context.Context, embedder string, digests []string) (map[string][]float32, error) {
	out := make(map[string][]float32, len(digests))
	wanted := make(map[string]struct{}, len(digests))
	for _, d := range digests {
		wanted[d] = struct{}{}
	}
	err := s.read(ctx, "read vectors of "+embedder, func(tx *sql.Tx) error {
		var id, count int
		err := tx.QueryRowContext(ctx, "SELECT n, (SELECT count(*) FROM vectors WHERE embedder = e.n) FROM embedders e WHERE name = ?",
			embedder).Scan(&id, &count)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		take := func(rows *sql.Rows) error {
			var digest, blob sql.RawBytes
			var checksum int64 // a damaged one may be anything
			if err := rows.Scan(&digest, &checksum, &blob); err != nil {
				return err
			}
			if _, ok := wanted[string(digest)]; !ok || checksum != int64(vectorChecksum(digest, blob)) {
				return nil
			}
			if v, ok := blobVector(blob); ok {
				out[string(digest)] = v
			}
			return nil
		}
		if len(wanted)*scanShare >= count {
			return each(ctx, tx, take, "SELECT digest, checksum, vector FROM vectors WHERE +embedder = ? ORDER BY n", id) // +: not by the index
		}
		list, err := jsonText(slices.Collect(maps.Keys(wanted)))
		if err != nil {
			return err
		}
		return each(ctx, tx, take, `SELECT digest, checksum, vector FROM vectors
			WHERE embedder = ? AND digest IN (SELECT value FROM json_each(?))`, id, list)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PutVectors keeps vectors by digest, in place of what was kept. It writes several transactions: an error leaves some of them
// written, which a later call writes again.
func (s *Store) PutVectors(ctx context.Context, embedder string, vectors map[string][]float32) error {
	if err := checkVectors(embedder, vectors); err != nil {
		return err
	}
	for digests := range slices.Chunk(slices.Sorted(maps.Keys(vectors)), vectorsAtOnce) {
		part := make(map[string][]float32, len(digests))
		for _, d := range digests {
			part[d] = vectors[d]
		}
		err := s.write(ctx, "keep vectors of "+embedder, func(tx *sql.Tx) error { return insertVectors(ctx, tx, embedder, part) })
		if err != nil {
			return err
		}
	}
	return nil
}

// unkept returns the vectors that are not kept as they are. A Library keeps vectors as they are computed and hands all of them
// to Put again: leaving those out makes Put's transaction short. Vectors are never deleted, so that none is missed.
func (s *Store) unkept(ctx context.Context, embedder string, vectors map[string][]float32) (map[string][]float32, error) {
	if len(vectors) == 0 {
		return nil, nil
	}
	if err := checkVectors(embedder, vectors); err != nil {
		return nil, err
	}
	kept, err := s.Vectors(ctx, embedder, slices.Collect(maps.Keys(vectors)))
	if err != nil {
		return nil, err
	}
	fresh := map[string][]float32{}
	for d, v := range vectors {
		if !slices.Equal(kept[d], v) {
			fresh[d] = v
		}
	}
	return fresh, nil
}

func checkVectors(embedder string, vectors map[string][]float32) error {
	if embedder == "" && len(vectors) > 0 {
		return errors.New("keep vectors: no name of an embedder")
	}
	for d, v := range vectors {
		if len(v) == 0 {
			return fmt.Errorf("keep vectors of %s: the one of %s is empty", embedder, d)
		}
	}
	return nil
}

func insertVectors(ctx context.Context, tx *sql.Tx, embedder string, vectors map[string][]float32) error {
	if len(vectors) == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO embedders (name) VALUES (?) ON CONFLICT DO NOTHING", embedder); err != nil {
		return err
	}
	var id int
	if err := tx.QueryRowContext(ctx, "SELECT n FROM embedders WHERE name = ?", embedder).Scan(&id); err != nil {
		return err
	}
	digests := slices.Sorted(maps.Keys(vectors))
	return insert(ctx, tx, len(digests), func(i int) ([]any, error) {
		blob := vectorBlob(vectors[digests[i]])
		return []any{id, digests[i], vectorChecksum([]byte(digests[i]), blob), blob}, nil
	}, `INSERT INTO vectors (embedder, digest, checksum, vector) VALUES (?, ?, ?, ?)
		ON CONFLICT (embedder, digest) DO UPDATE SET checksum = excluded.checksum, vector = excluded.vector`)
}

func vectorBlob(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func blobVector(b []byte) ([]float32, bool) {
	if len(b) == 0 || len(b)%4 != 0 {
		return nil, false
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v, true
}

// vectorChecksum covers the digest too: a vector under another text's digest is as wrong as a damaged one.
func vectorChecksum(digest, blob []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // shared and made once by the package
	return crc32.Update(crc32.Checksum(digest, table), table, blob)
}
