package corpus

import (
	"cmp"
	"slices"
)

// A chunkScored is a paragraph on its way to be a hit.
type chunkScored struct {
	chunk        int // index into chunks
	score, probe float64
}

// rank is what paragraphs are ordered by.
func (c chunkScored) rank() float64 { return c.score + weightProbe*c.probe }

// bestChunks returns the best paragraphs over all phrasings, at most limit, the best first; the chunk favoured gets a bonus. It looks only
// at those that can be among them: with vectors, the paragraphs of the neighbours, and of all others those with the most words, since
// nothing else tells them apart.
func (x *Index) bestChunks(views []view, limit int, favoured string, bonus float64) []chunkScored {
	top := topChunks{index: x, limit: limit}
	total := 0.
	for _, v := range views {
		total += v.weight
	}
	offer := func(c int, score func(s *scores) (float64, float64)) {
		if views[0].vector && x.bareChunk(c) { // see bareHits
			return
		}
		sum, probe := 0., 0.
		for _, v := range views {
			s, p := score(v.scores)
			sum, probe = sum+v.weight*s, probe+v.weight*p
		}
		sum, probe = sum/total, probe/total
		if x.chunks[c].chunk.ID == favoured {
			sum += bonus
		}
		if it := (chunkScored{c, sum, probe}); top.wants(it) && x.anyFound(views, c) {
			top.offer(it)
		}
	}
	if !views[0].vector {
		for c := range x.chunks {
			offer(c, func(s *scores) (float64, float64) {
				best := 0.
				for i := x.chunks[c].first; i < x.chunks[c].first+x.chunks[c].count; i++ {
					best = max(best, s.wordsOf(i))
				}
				return s.words[c] + best, 0
			})
		}
		return top.list
	}
	near := map[int]bool{}
	for _, v := range views {
		for t := range v.sentence {
			near[x.targets[t].chunk] = true
		}
		for t := range v.variant {
			near[x.targets[t].chunk] = true
		}
	}
	for c := range near {
		offer(c, func(s *scores) (float64, float64) { return x.chunkScore(s, c) })
	}
	for _, v := range views {
		if v.sentWords == nil {
			continue
		}
		for c, words := range v.words {
			if words > 0 && !near[c] {
				offer(c, func(s *scores) (float64, float64) { return s.fuse(s.floorS, nil, c), 0 })
				near[c] = len(views) > 1 // not to be offered by the next phrasing again
			}
		}
	}
	return top.list
}

// anyFound reports whether a sentence of the paragraph can be shown: words may stand in its headings alone.
func (x *Index) anyFound(views []view, c int) bool {
	for i := x.chunks[c].first; i < x.chunks[c].first+x.chunks[c].count; i++ {
		for _, v := range views {
			if v.found(i) {
				return true
			}
		}
	}
	return false
}

// found reports whether anything speaks for a sentence.
func (s *scores) found(target int) bool {
	_, near := s.sentence[target]
	return near || s.variant[target] != nil || s.wordsOf(target) != 0
}

// probed is what the probe says of a sentence that the vectors found; of others it says nothing.
func (s *scores) probed(target int) float64 {
	if _, near := s.sentence[target]; !near && s.variant[target] == nil {
		return 0
	}
	return s.probe(target)
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
	return cmp.Or(cmp.Compare(b.rank(), a.rank()), cmp.Compare(t.index.chunks[a.chunk].chunk.ID, t.index.chunks[b.chunk].chunk.ID))
}

// wants reports whether a paragraph would be kept.
func (t *topChunks) wants(c chunkScored) bool {
	return len(t.list) < t.limit || t.compare(c, t.list[len(t.list)-1]) < 0
}

func (t *topChunks) offer(c chunkScored) {
	if !t.wants(c) {
		return
	}
	at, _ := slices.BinarySearchFunc(t.list, c, t.compare)
	t.list = slices.Insert(t.list, at, c)
	t.list = t.list[:min(t.limit, len(t.list))]
}
