//go:build long

package main

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"
)

func TestLongBenchWithModel(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	b := bench{out: &out, clients: 3, duration: 300 * time.Millisecond, sizes: []int{60},
		cfg: Config{Data: filepath.Join(dir, "plan"), Models: modelsFolder(t), Addr: "127.0.0.1:0", Limits: "off"}}
	copyData(t, b.cfg.Data)
	if err := b.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.curves(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	wantLines(t, out.String(), `1 client, 300 questions: p50 .* embedding one alone, in turn with them: p50 .*; ratio \d`, "embeddings an answer: mean 1",
		"3 clients, different questions", `memory: texts \d+ MB, words \d+ MB, vectors \d+ MB`, `size 60: 93 chunks, \d+ sentences, \d+ variants, embedder "bge`,
		"start: first .* tie .* words .* vectors .* fit", "retrieval after embedding, 200 questions, ms p50/p95: whole", `recall@10 of sentences against an exact scan: (1\.0|0\.99)`)
}
