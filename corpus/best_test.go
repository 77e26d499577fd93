package corpus

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// slowRank is what rank must give: every sentence of the index is scored and all paragraphs are put in order.
func slowRank(x *Index, s *scores, limit int) []Hit {
	byChunk := map[int][]SentenceScore{}
	for i := range x.targets {
		if s.found(i) {
			byChunk[x.targets[i].chunk] = append(byChunk[x.targets[i].chunk], x.sentenceScore(s, i))
		}
	}
	var hits []Hit
	for c, list := range byChunk {
		slices.SortFunc(list, func(a, b SentenceScore) int {
			return cmp.Or(cmp.Compare(b.Rank(), a.Rank()), cmp.Compare(a.Sentence, b.Sentence))
		})
		h := Hit{Document: x.chunks[c].doc, Chunk: x.chunks[c].chunk, Title: x.chunks[c].title, Words: s.words[c], Sentences: list, Written: x.written(c)}
		if s.vector {
			h.Score, h.Probe = x.chunkScore(s, c)
		} else {
			h.Score = s.words[c] + list[0].Score
		}
		hits = append(hits, h)
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.rank(), a.rank()), cmp.Compare(a.Chunk.ID, b.Chunk.ID))
	})
	return hits[:min(limit, len(hits))]
}

// chanceIndex is an index of made up documents with variants, with vectors or without.
func chanceIndex(t *testing.T, seed uint64, vectors bool) *Index {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	m := Material{DocumentOf: map[string]string{}, Wording: Wording{Lexicon: Lexicon{Version: "1"}}}
	for d := range 4 {
		var b strings.Builder
		fmt.Fprintf(&b, "%s第%d号\n\n", chanceText(r, 2), d)
		for range 12 {
			for range 1 + r.IntN(4) {
				b.WriteString(chanceText(r, 2+r.IntN(6)) + "。")
			}
			b.WriteByte('\n')
		}
		doc := mustRead(t, fmt.Sprint(d), []byte(b.String()))
		m.Documents = append(m.Documents, doc)
		for i := range 4 * variantsOf(doc) {
			c := doc.Chunks[r.IntN(len(doc.Chunks))]
			v := Variant{ID: fmt.Sprint(d, "-", i), Text: chanceText(r, 3), Negative: i%4 == 0, Anchor: Anchor{Section: c.Section, Facts: []string{wordsOfTests[r.IntN(len(wordsOfTests))]}}}
			m.Variants = append(m.Variants, v)
			m.DocumentOf[v.ID] = doc.ID
		}
	}
	if vectors {
		m = withVectors(t, m)
	}
	return build(t, m)
}

// variantsOf is how many variants a document needs at least to be none of the bare ones.
func variantsOf(d Document) int {
	n := 0
	for _, c := range d.Chunks {
		n += len(c.Sentences)
	}
	return n
}

func TestRankLooksOnlyWhereItMust(t *testing.T) {
	for _, vectors := range []bool{true, false} {
		asked, probed := 0, 0
		for seed := range uint64(8) {
			x := chanceIndex(t, seed, vectors)
			r := rand.New(rand.NewPCG(seed, 2))
			for i := range 25 {
				text := chanceText(r, 1+r.IntN(4))
				read := x.Read(text)
				s := read.scores
				if vectors {
					q, err := (&hashEmbedder{}).EmbedQuery(t.Context(), text)
					if err != nil {
						t.Fatal(err)
					}
					near, variants := 1+r.IntN(6), 1+r.IntN(6) // few, so that words decide too
					sent, pos := x.sentVec.look(q, near), x.posVec.look(q, variants)
					x.spread(&s, sent[:min(near, len(sent))], pos[:min(variants, len(pos))])
					s.probe = func(t int) float64 { return x.probe.of(q, t) }
					if i%5 == 0 {
						s.sentWords = nil
					}
				}
				for _, limit := range []int{1, 3, 5, 1000} {
					got, want := x.rank([]view{{&s, 1}}, limit, "", 0), slowRank(x, &s, limit)
					if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
						t.Fatalf("seed %d, %q, at most %d: got %v, want %v", seed, text, limit, brief(got), brief(want))
					}
					asked += len(want)
					for _, h := range got {
						if h.Probe != 0 {
							probed++
						}
					}
				}
				read.giveBack()
			}
		}
		if vectors && probed < 500 {
			t.Errorf("the probe spoke of %d hits only", probed)
		}
		if asked < 1000 {
			t.Errorf("vectors %v: only %d hits were compared", vectors, asked)
		}
	}
}

func brief(hits []Hit) (out []string) {
	for _, h := range hits {
		out = append(out, fmt.Sprintf("%s %.6f (%d)", h.Chunk.ID, h.Score, len(h.Sentences)))
	}
	return out
}

// Two paragraphs alike have the same score: the lower ID goes first, whichever was added first.
func TestRankOrdersEqualsByID(t *testing.T) {
	page := "甲\n\n" + strings.Repeat("新增学位二百个。\n", 6)
	x := build(t, Material{Documents: []Document{mustRead(t, "a", []byte(page)), mustRead(t, "b", []byte(page))}, Wording: Wording{Lexicon: Lexicon{Version: "1"}}})
	r, err := x.Search(t.Context(), Query{Text: "新增学位", Hits: 4})
	if err != nil || len(r.Hits) != 4 {
		t.Fatalf("got %d hits, %v", len(r.Hits), err)
	}
	var all []string
	for _, ref := range x.chunks {
		if strings.Contains(ref.chunk.Text, "新增学位") {
			all = append(all, ref.chunk.ID)
		}
	}
	slices.Sort(all)
	for i, h := range r.Hits {
		if h.Chunk.ID != all[i] {
			t.Errorf("hit %d: got %s, want %s", i, h.Chunk.ID, all[i])
		}
	}
}
