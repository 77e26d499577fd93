//go:build long

package main

import (
	"bytes"
	"encoding/json"
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
	wantLines(t, out.String(), `1 client, 300 questions: p50 .* embedding one alone, in turn with them: p50 .*; ratio \d`, `in turn with them, the engine without HTTP and log: p50 .*, ratio \d.*; HTTP alone \(/healthz\): p50 \d`, "embeddings an answer: mean 1",
		"3 clients, different questions", `memory: texts \d+ MB, words \d+ MB, vectors \d+ MB`, `size 60: 93 chunks, \d+ sentences, \d+ variants, embedder "bge`,
		"start: first .* tie .* words .* vectors .* fit", "retrieval after embedding, 200 questions, ms p50/p95: whole", `recall@10 of sentences against an exact scan: (1\.0|0\.99)`)
}

// Every page of the console is asked for, over a small folder: times are told, not judged.
func TestLongBenchStaff(t *testing.T) {
	got := runShort(t, "bench", "--staff", "--models", t.TempDir(), "--rows", "300", "--chunks", "60", "--json")
	var r staffReport
	if got.code != 0 || json.Unmarshal([]byte(got.stdout), &r) != nil {
		t.Fatalf("exit status %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if r.Rows != 300 || r.Baseline <= 0 || len(r.Pages) < 50 || countRoutes(r.Pages) < 30 {
		t.Errorf("%d rows, %d pages of %d routes, baseline %v", r.Rows, len(r.Pages), countRoutes(r.Pages), r.Baseline)
	}
	for i, p := range r.Pages {
		if p.Bytes == 0 || p.P50 <= 0 || p.P50 > p.P95 || p.P95 > p.Max || p.Over != (p.P95 > milliseconds(pageWanted)) || i > 0 && p.P50 > r.Pages[i-1].P50+.001 {
			t.Errorf("%+v", p)
		}
	}
	if len(r.Exports) != 3 || r.Exports[0].Bytes == 0 || r.Exports[1].Rows != 300 {
		t.Errorf("%+v", r.Exports)
	}
	if got := runShort(t, "bench", "--staff", "--rows", "0"); got.code != exitMisuse {
		t.Errorf("no rows: exit status %d", got.code)
	}
}
