package corpus

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// fitRevision changes when the way of fitting changes, so that kept calibrations are made anew.
const fitRevision = "fit-16"

// A Fitted is what an index learnt from its own variants, each asked as if it were not there (leave one out). It can be kept and
// given to a later build of the same index.
type Fitted struct {
	For   string  `json:"for"`   // Manifest.Version that it was made from
	Floor float64 `json:"floor"` // questions with less Result.Strength are about something else
	Head  Head    `json:"head"`  // tells answerable questions from near misses
	Cut   float64 `json:"cut"`   // Result.Answerable below it means near miss

	Talk     Head    `json:"talk"`      // tells questions to the documents from talk
	TalkCut  float64 `json:"talk_cut"`  // Result.Question below it means talk
	Broad    Head    `json:"broad"`     // tells questions that one sentence answers from broad ones
	BroadCut float64 `json:"broad_cut"` // Result.Narrow below it means broad

	// BareUsual and BareMost are the median and a high quantile of the best cosine that questions to documents with variants find in bare ones.
	BareUsual float64 `json:"bare_usual,omitempty"`
	BareMost  float64 `json:"bare_most,omitempty"`

	Kinds map[string]FittedKind `json:"kinds,omitempty"` // by Material.Kinds
}

const (
	// floorShare and cutShare are the shares of its own answerable variants that an index may lose by each threshold.
	floorShare = .02
	cutShare   = .028
	// minFit is how many variants of a kind are needed to calibrate from.
	minFit = 60
	// maxFit bounds the work of fitting; beyond it every n-th variant is used.
	maxFit = 20000
	// Thresholds for an index without enough variants, from the plan's index (wenda eval, 2026-11).
	defaultFloor        = .62
	defaultLexicalFloor = 1.2
)

// fit calibrates the index on its own variants.
func (x *Index) fit(ctx context.Context) error {
	f := Fitted{For: x.Manifest.Version, Cut: -1e9}
	if x.Lexical() {
		f.Floor = defaultLexicalFloor
		if len(x.positives) >= minFit {
			f.Floor = quantile(x.lexicalStrengths(), floorShare)
		}
		x.Fitted = f
		return ctx.Err()
	}
	f.Floor = defaultFloor
	pos, neg := sample(len(x.positives)), sample(len(x.negatives))
	if len(pos) < minFit {
		x.Fitted = f
		return ctx.Err()
	}
	f.BareUsual, f.BareMost = x.bareQuantiles(ctx, pos)
	strengths, examples := x.leaveOneOut(ctx, pos, neg)
	if err := ctx.Err(); err != nil {
		return err
	}
	f.Floor = quantile(strengths, floorShare)
	if len(neg) >= minFit {
		var logits []float64
		f.Head, logits = fitHead(ctx, examples, folds)
		f.Cut = quantile(logits, cutShare)
	}
	talk := x.surround(ctx, examples, x.exampleRaw, nearExamples)
	f.Talk, f.TalkCut = x.fitContrast(ctx, examples, x.exampleTexts(), x.exampleRaw, talk, talkShare)
	f.Kinds = x.fitKinds(ctx, examples, talk)
	f.Broad, f.BroadCut = x.fitContrast(ctx, examples, x.askTexts(), x.askRaw, x.surround(ctx, examples, x.askRaw, 3), broadShare)
	x.Fitted = f
	return ctx.Err()
}

// sample numbers n things, every k-th where there are more than maxFit.
func sample(n int) []int {
	step := n/maxFit + 1
	var out []int
	for i := 0; i < n; i += step {
		out = append(out, i)
	}
	return out
}

// leaveOneOut asks every variant as a question that the index has not seen: the strengths of the answerable ones, and an example
// of each for the head.
func (x *Index) leaveOneOut(ctx context.Context, pos, neg []int) (strengths []float64, examples []example) {
	strengths = make([]float64, len(pos))
	examples = make([]example, len(pos)+len(neg))
	asked := make([]indexedVariant, 0, len(examples))
	raw := make([][]float32, 0, len(examples))
	for _, n := range pos {
		asked, raw = append(asked, x.positives[n]), append(raw, x.posRaw[n])
	}
	for _, n := range neg {
		asked, raw = append(asked, x.negatives[n]), append(raw, x.negRaw[n])
	}
	near, away := neighbourhoods(ctx, raw, len(pos))
	parallel(ctx, len(asked), func(i int) {
		v := asked[i]
		is := ownNegative
		if i < len(pos) {
			is = ownPositive
		}
		features := x.features(headFeatures(cosines(near[i]), cosines(away[i])), x.beside(v.Text), v.target, is)
		examples[i] = example{raw[i], features, v.Text, i < len(pos)}
		if i >= len(pos) {
			return
		}
		for n := range near[i] { // from the sample's numbers to the index's
			near[i][n].n = pos[near[i][n].n]
		}
		q := x.analyser.query(v.Text)
		s := scores{words: x.chunkLex.score(q), mostWords: x.chunkLex.most(q)}
		sentences := x.sentVec.look(raw[i], nearSentences)
		x.spread(&s, renumbered(sentences[:min(nearSentences, len(sentences))], x.sentOf), near[i])
		s.probe = x.probe.without(raw[i], v.target)
		if hits := x.rank([]view{{&s, 1}}, 1, "", 0); len(hits) > 0 {
			strengths[i] = hits[0].Score
		}
	})
	return strengths, examples
}

// tileRows is how many vectors of each side are multiplied with each other before the next ones are touched: two tiles of 512 dimensions
// fit into a core's cache. Without tiles 10,400 variants took 24 s of 48 for the products alone, memory being the limit (2026-11).
const tileRows = 64

// nearestAll finds for every query its k nearest of all; self says that the queries are all themselves from number offset on, so that
// none finds itself.
func nearestAll(ctx context.Context, queries, all [][]float32, k, offset int, self bool) [][]neighbour {
	out := make([][]neighbour, len(queries))
	parallel(ctx, (len(queries)+tileRows-1)/tileRows, func(tile int) {
		from, to := tile*tileRows, min((tile+1)*tileRows, len(queries))
		for start := 0; start < len(all); start += tileRows {
			end := min(start+tileRows, len(all))
			for i := from; i < to; i++ {
				for j := start; j < end; j++ {
					if self && i == j+offset {
						continue
					}
					out[i] = keepNearest(out[i], neighbour{j, dot(queries[i], all[j])}, k)
				}
			}
		}
	})
	return out
}

// nearestBoth finds for every vector of each side its nearest of the other one. Every product is computed once.
func nearestBoth(ctx context.Context, a, b [][]float32, ofA, ofB int) (forA, forB [][]neighbour) {
	forA, forB = make([][]neighbour, len(a)), make([][]neighbour, len(b))
	locks := make([]sync.Mutex, (len(b)+tileRows-1)/tileRows) // of the lists of a tile of b
	parallel(ctx, (len(a)+tileRows-1)/tileRows, func(tile int) {
		var products [tileRows][tileRows]float64
		from, to := tile*tileRows, min((tile+1)*tileRows, len(a))
		for t := range locks {
			start, end := t*tileRows, min((t+1)*tileRows, len(b))
			for i := from; i < to; i++ {
				for j := start; j < end; j++ {
					products[i-from][j-start] = dot(a[i], b[j])
					forA[i] = keepNearest(forA[i], neighbour{j, products[i-from][j-start]}, ofA)
				}
			}
			locks[t].Lock()
			for j := start; j < end; j++ {
				for i := from; i < to; i++ {
					forB[j] = keepNearest(forB[j], neighbour{i, products[i-from][j-start]}, ofB)
				}
			}
			locks[t].Unlock()
		}
	})
	return forA, forB
}

// neighbourhoods finds for every vector the nearest others among the first split ones and among the rest. The product of two vectors is
// computed once for both.
func neighbourhoods(ctx context.Context, all [][]float32, split int) (first, rest [][]neighbour) {
	first, rest = make([][]neighbour, len(all)), make([][]neighbour, len(all))
	keep := func(of, other int, cosine float64) {
		switch {
		case of == other:
		case other < split:
			first[of] = keepNearest(first[of], neighbour{other, cosine}, nearVariants)
		default:
			rest[of] = keepNearest(rest[of], neighbour{other - split, cosine}, nearNegatives)
		}
	}
	tiles := (len(all) + tileRows - 1) / tileRows
	locks := make([]sync.Mutex, tiles) // of the lists of a tile's vectors
	parallel(ctx, tiles, func(a int) {
		var products [tileRows][tileRows]float64
		for b := a; b < tiles; b++ {
			from, to := a*tileRows, min((a+1)*tileRows, len(all))
			start, end := b*tileRows, min((b+1)*tileRows, len(all))
			for i := from; i < to; i++ {
				for j := start; j < end; j++ {
					products[i-from][j-start] = dot(all[i], all[j])
				}
			}
			locks[a].Lock()
			for i := from; i < to; i++ {
				for j := start; j < end; j++ {
					keep(i, j, products[i-from][j-start])
				}
			}
			locks[a].Unlock()
			if a == b {
				continue
			}
			locks[b].Lock()
			for j := start; j < end; j++ {
				for i := from; i < to; i++ {
					keep(j, i, products[i-from][j-start])
				}
			}
			locks[b].Unlock()
		}
	})
	return first, rest
}

// keepNearest puts n into a list of the k nearest, the best first; between equals the lower number.
func keepNearest(list []neighbour, n neighbour, k int) []neighbour {
	if len(list) == k && n.cosine < list[k-1].cosine {
		return list
	}
	at, _ := slices.BinarySearchFunc(list, n, func(a, b neighbour) int { return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.n, b.n)) })
	if at == k {
		return list
	}
	if len(list) < k {
		list = append(list, neighbour{})
	}
	copy(list[at+1:], list[at:])
	list[at] = n
	return list
}

// lexicalStrengths asks every positive variant without its own words.
func (x *Index) lexicalStrengths() []float64 {
	pos := sample(len(x.positives))
	out := make([]float64, len(pos))
	parallel(context.Background(), len(pos), func(i int) {
		v := x.positives[pos[i]]
		q := x.analyser.query(v.Text)
		words := x.askLex.score(q)
		own := map[term]float32{}
		for _, t := range terms(v.Text) {
			own[t] += variantWordWeight
		}
		c := x.targets[v.target].chunk
		words[c] = x.askLex.scoreWithout(q, int32(c), own)
		out[i] = x.lexicalStrength(words)
	})
	return out
}

// scoreWithout is the score of one text as if it did not hold own.
func (l *lexical) scoreWithout(query map[term]float64, doc int32, own map[term]float32) float64 {
	sum := 0.
	for t, w := range query {
		i, ok := slices.BinarySearchFunc(l.postings[t], doc, func(p posting, d int32) int { return cmp.Compare(p.doc, d) })
		if !ok {
			continue
		}
		tf := float64(l.postings[t][i].tf - own[t])
		if tf > 1e-6 {
			sum += w * t.weight() * l.idf(t) * tf * (1 + bm25K1) / (tf + float64(l.norm[doc]))
		}
	}
	return sum
}

// nearestOf is an exact scan without chromem, for fitting only: it can leave one out (skip; -1 leaves none).
func nearestOf(q []float32, all [][]float32, skip, k int) []neighbour {
	var out []neighbour
	for i, v := range all {
		if i != skip {
			out = keepNearest(out, neighbour{i, dot(q, v)}, k)
		}
	}
	return out
}

// quantile returns the value below which the share of values lies; it sorts values.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(share*float64(len(values))), len(values)-1)]
}

// parallel calls f(0) to f(n-1) on all cores and waits; it stops early when ctx ends.
func parallel(ctx context.Context, n int, f func(int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(n, runtime.NumCPU()) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
