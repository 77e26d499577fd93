package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
)

// A library of the size that the goals speak of: 100 documents with 100 chunks each, 30,000 variants, and a vector of 512
// dimensions for every one of 40,000 texts.
const (
	benchDocuments = 100
	benchChunks    = 100
	benchVariants  = 300 // of a document
	benchVectors   = 40_000
	benchDimension = 512
	benchEmbedder  = "bge-small-zh-v1.5-int8"
)

func benchKept(b *testing.B, n int) corpus.Kept {
	b.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "关于第%d号工作的通知\n", n)
	for i := range benchChunks {
		fmt.Fprintf(&text, "\n第%d项。全年新建改扩建项目%d个，新增床位%d张，覆盖全部街道和社区。责任单位按照分工抓好落实，力争年底前完成。\n", i, n+i, n*i)
	}
	d, err := corpus.Read(fmt.Sprint("bench", n, ".txt"), []byte(text.String()))
	if err != nil {
		b.Fatal(err)
	}
	k := corpus.Kept{Document: d, Origin: corpus.Staff, Imported: time.Unix(int64(n), 0)}
	for i := range benchVariants {
		c := &d.Chunks[i%len(d.Chunks)]
		ask := fmt.Sprintf("第%d号文件里第%d个项目今年要建多少个", n, i)
		k.Variants = append(k.Variants, corpus.Variant{ID: corpus.VariantID(d.ID, ask, false), Text: ask, Origin: corpus.Bundled,
			Anchor: corpus.Anchor{Section: c.Section, Facts: []string{"新增床位"}, Say: c.Sentence(len(c.Sentences) - 1)}})
	}
	return k
}

func benchVectorsOf(n int) (map[string][]float32, []string) {
	r := rand.New(rand.NewPCG(1, 2))
	vectors, digests := make(map[string][]float32, n), make([]string, n)
	for i := range digests {
		v := make([]float32, benchDimension)
		for j := range v {
			v[j] = r.Float32() - .5
		}
		digests[i] = corpus.TextDigest(fmt.Sprint(i))
		vectors[digests[i]] = v
	}
	return vectors, digests
}

func BenchmarkLive(b *testing.B) {
	s := opened(b, b.TempDir(), Options{})
	chunks := 0
	for n := range benchDocuments {
		k := benchKept(b, n)
		chunks += len(k.Document.Chunks)
		mustPut(b, s, k)
	}
	for b.Loop() {
		live, err := s.Live(b.Context())
		if err != nil || len(live) != benchDocuments {
			b.Fatal(len(live), err)
		}
	}
	b.ReportMetric(float64(chunks), "chunks")
}

func BenchmarkVectors(b *testing.B) {
	vectors, digests := benchVectorsOf(benchVectors)
	s := opened(b, b.TempDir(), Options{})
	if err := s.PutVectors(b.Context(), benchEmbedder, vectors); err != nil {
		b.Fatal(err)
	}
	for _, share := range []int{1, scanShare, 2 * scanShare, 8 * scanShare} {
		want := digests[:benchVectors/share]
		b.Run(fmt.Sprint(len(want)), func(b *testing.B) {
			for b.Loop() {
				if got, err := s.Vectors(b.Context(), benchEmbedder, want); err != nil || len(got) != len(want) {
					b.Fatal(len(got), err)
				}
			}
		})
	}
}

// BenchmarkPut is the import of a document of a thousand texts; its vectors are computed, and kept, before.
func BenchmarkPut(b *testing.B) {
	vectors, _ := benchVectorsOf(1000)
	s := opened(b, b.TempDir(), Options{})
	if err := s.PutVectors(b.Context(), benchEmbedder, vectors); err != nil {
		b.Fatal(err)
	}
	k := benchKept(b, 1)
	for n := 0; b.Loop(); n++ {
		k.Document.Version = fmt.Sprint("v", n)
		if err := s.Put(b.Context(), k, benchEmbedder, vectors); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPutAnswer is what a question waits for; the writing behind it is in the time of the last Flush.
func BenchmarkPutAnswer(b *testing.B) {
	s := opened(b, b.TempDir(), Options{Queue: 1 << 20})
	a := answer("")
	for n := 0; b.Loop(); n++ {
		a.ID = fmt.Sprint("a_", n)
		if err := s.PutAnswer(a, Logged{Question: "新增多少学位", Channel: "portal"}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkFeedback is one durable commit.
func BenchmarkFeedback(b *testing.B) {
	s := opened(b, b.TempDir(), Options{})
	if err := s.PutAnswer(answer("a_1"), Logged{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.Feedback(b.Context(), Feedback{AnswerID: "a_1", Verdict: Useful}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDataVersion(b *testing.B) {
	s := opened(b, b.TempDir(), Options{})
	for b.Loop() {
		if _, err := s.DataVersion(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen is a start with everything in place.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	mustPut(b, opened(b, dir, Options{}), benchKept(b, 1))
	for b.Loop() {
		s, err := Open(b.Context(), dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
