package corpus

import (
	"cmp"
	"slices"
)

// A chunkScored is a paragraph on its way to be a hit.
type chunkScored struct {
	chunk int // index into chunks
	score float64
}

// bestChunks returns the best paragraphs, at most limit, the best first. It looks only at those that can be among them: with vectors, the
// paragraphs of the neighbours, and of all others those with the most words, since nothing else tells them apart.
func (x *Index) bestChunks(s *scores, limit int) []chunkScored {
	top := topChunks{index: x, limit: limit}
	if !s.vector {
		for c := range x.chunks {
			best, found := 0., false
			for i := x.chunks[c].first; i < x.chunks[c].first+x.chunks[c].count; i++ {
				best, found = max(best, s.wordsOf(i)), found || s.found(i)
			}
			if found {
				top.offer(c, s.words[c]+best)
			}
		}
		return top.list
	}
	near := map[int]bool{}
	for t := range s.sentence {
		near[x.targets[t].chunk] = true
	}
	for t := range s.variant {
		near[x.targets[t].chunk] = true
	}
	for c := range near {
		top.offer(c, x.chunkScore(s, c))
	}
	if s.sentWords == nil {
		return top.list
	}
	far := s.fuse(s.floorS, nil, 0)
	for c, words := range s.words {
		if score := far + weightWords*words; words > 0 && top.wants(c, score) && !near[c] && x.anyFound(s, c) {
			top.offer(c, score)
		}
	}
	return top.list
}

// anyFound reports whether a sentence of the paragraph can be shown: words may stand in its headings alone.
func (x *Index) anyFound(s *scores, c int) bool {
	for i := x.chunks[c].first; i < x.chunks[c].first+x.chunks[c].count; i++ {
		if s.found(i) {
			return true
		}
	}
	return false
}

// found reports whether anything speaks for a sentence.
func (s *scores) found(target int) bool {
	_, near := s.sentence[target]
	return near || s.variant[target] != nil || s.wordsOf(target) != 0
}

// wordsOf is the BM25 score of a sentence.
func (s *scores) wordsOf(target int) float64 {
	if s.sentWords == nil {
		return 0
	}
	return s.sentWords(target)
}

// topChunks keeps the best paragraphs in order; between equals the lower ID.
type topChunks struct {
	index *Index
	limit int
	list  []chunkScored
}

func (t *topChunks) compare(a, b chunkScored) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(t.index.chunks[a.chunk].chunk.ID, t.index.chunks[b.chunk].chunk.ID))
}

// wants reports whether a paragraph would be kept.
func (t *topChunks) wants(chunk int, score float64) bool {
	if len(t.list) < t.limit {
		return true
	}
	last := t.list[len(t.list)-1]
	return score >= last.score && t.compare(chunkScored{chunk, score}, last) < 0
}

func (t *topChunks) offer(chunk int, score float64) {
	if !t.wants(chunk, score) {
		return
	}
	c := chunkScored{chunk, score}
	at, _ := slices.BinarySearchFunc(t.list, c, t.compare)
	t.list = slices.Insert(t.list, at, c)
	t.list = t.list[:min(t.limit, len(t.list))]
}
