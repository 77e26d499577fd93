package corpus

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
)

// A bare document is one that hardly anybody wrote variants for: staff import it and residents ask. Its sentences have vectors of their own kind,
// each with the heading that it stands under, and they are searched apart from those with variants: cosines with sentences are lower than those with
// variants, and a plan with thousands of these would win every question in residents' words.

// Weights of bare sentences.
const (
	bareWords = .003 // of a sentence's BM25 against its cosine; swept with the order of sentences (rag/bare.go)
	bareOfAll = 20   // paragraphs with the most words whose sentences are looked at beside the nearest ones
)

// isBare reports that there are fewer variants of a document than sentences.
func isBare(d *Document, variants int) bool {
	sentences := 0
	for i := range d.Chunks {
		if d.Chunks[i].Kind == Paragraph {
			sentences += len(d.Chunks[i].Sentences)
		}
	}
	return variants < sentences
}

// markBare marks the sentences of bare documents, but for paragraphs that have a variant all the same.
func (x *Index) markBare(m Material) {
	variants := m.writtenFor()
	bare := map[string]bool{}
	for i := range x.documents {
		d := &x.documents[i]
		if bare[d.ID] = isBare(d, variants[d.ID]); bare[d.ID] {
			x.sections = append(x.sections, sectionsOf(d, m.titleOf(d))...)
		}
	}
	for c, ref := range x.chunks {
		if ref.chunk.Kind == Paragraph && bare[ref.doc.ID] && !x.written(c) {
			for t := ref.first; t < ref.first+ref.count; t++ {
				x.targets[t].bare = true
			}
		}
	}
	x.markRows()
}

// HasBare reports that some document is bare.
func (x *Index) HasBare() bool { return len(x.bareOf) > 0 }

func (x *Index) bareChunk(c int) bool {
	return x.chunks[c].count > 0 && x.targets[x.chunks[c].first].bare
}

// inContext is a sentence with the last heading and the list item that it stands under, for its vector: many say little alone (咨询电话：...).
func (d *Document) inContext(c *Chunk, sentence int) string {
	text := c.Told(sentence)
	if text == "" {
		return ""
	}
	if item := d.Item(c, sentence); item != "" {
		text = item + "：" + text
	}
	if c.Row != nil && c.Row.Table != "" {
		return c.Row.Table + "：" + text
	}
	if len(c.Section) == 0 {
		return text
	}
	return c.Section[len(c.Section)-1] + "：" + text
}

// itemName is what stands before the first colon or comma of a list item; what stands in brackets is left out.
var (
	itemName  = regexp.MustCompile(`^\s*(?:\d{1,2}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[）)]|[①-⑳])[\s*]*((?:[^，。；：:*、（(]|[（(][^（）()，。：]*[）)]){2,24})[\s*]*([，：:])`)
	inBracket = regexp.MustCompile(`[（(].*?[）)]`)
)

// rowName is what the other cells say that name a row of a table; empty where the cell is the first of them.
func (c *Chunk) rowName(sentence int) string {
	if len(c.Row.Names) > 0 && sentence == c.Row.Names[0] {
		return ""
	}
	var names []string
	for _, n := range c.Row.Names {
		if n == sentence {
			continue
		}
		_, name := c.Cell(n)
		names = append(names, name)
	}
	return strings.Join(names, "，")
}

// Item is what the list item is about that a sentence stands in but does not name: 2．印染厂宿舍，位于织锦巷。4月8日开工。 says of the second one that it
// is about 印染厂宿舍. A cell of a table is about what the row is. A name before a comma stands elsewhere in the document, too. Empty: there is none.
func (d *Document) Item(c *Chunk, sentence int) string {
	if c.Row != nil {
		return c.rowName(sentence)
	}
	if sentence == 0 || c.Kind != Paragraph {
		return ""
	}
	m := itemName.FindStringSubmatch(c.Sentence(0))
	if m == nil || m[2] == "，" && (strings.ContainsAny(m[1], "0123456789") || strings.Count(d.Text, m[1]) < 2) {
		return ""
	}
	name := inBracket.ReplaceAllString(m[1], "")
	if strings.Contains(c.Sentence(sentence), name) {
		return ""
	}
	return name
}

// renumbered gives neighbours the numbers that stand at theirs.
func renumbered(list []neighbour, numbers []int) []neighbour {
	for i := range list {
		list[i].n = numbers[list[i].n]
	}
	return list
}

func (x *Index) spreadBare(s *scores, q []float32, near []neighbour) {
	s.bare = make(map[int]float64, len(near))
	for _, n := range near {
		s.bare[n.n] = n.cosine
	}
	s.bareCosine = func(t int) float64 {
		cosine, near := s.bare[t]
		if n, known := slices.BinarySearch(x.bareOf, t); !near && known {
			return float64(Dot(q, x.bareVec.all[n]))
		}
		return cosine
	}
}

// bareScore is how well a sentence of a bare document fits.
func (s *scores) bareScore(t int) float64 {
	if s.bareCosine == nil { // a phrasing without a vector
		return bareWords * s.wordsOf(t)
	}
	return s.bareCosine(t) + bareWords*s.wordsOf(t)
}

// bareHits are the paragraphs of bare documents for a question, at most limit, the best first; their scores are those of their best sentences.
func (x *Index) bareHits(views []view, limit int, favoured string, bonus float64) []Hit {
	if len(x.bareOf) == 0 || !views[0].vector {
		return nil
	}
	chunks := map[int]bool{}
	total := 0.
	for _, v := range views {
		for _, c := range lookedUp(v.rows) {
			chunks[c] = true
		}
	}
	for _, v := range views {
		total += v.weight
		for t := range v.bare {
			chunks[x.targets[t].chunk] = true
		}
		var most []neighbour
		for c, words := range v.words {
			if words > 0 && x.bareChunk(c) {
				most = keepNearest(most, neighbour{c, words}, bareOfAll)
			}
		}
		for _, n := range most {
			chunks[n.n] = true
		}
	}
	before, leans := x.bareNamed(favoured)
	hits := make([]Hit, 0, len(chunks))
	for c := range chunks {
		ref := x.chunks[c]
		h := Hit{Document: ref.doc, Chunk: ref.chunk, Title: ref.title, Words: views[0].words[c]}
		for t := ref.first; t < ref.first+ref.count; t++ {
			s := SentenceScore{Source: x.source(t), Cosine: views[0].bareCosine(t), Words: views[0].wordsOf(t), target: t}
			for _, v := range views {
				s.Score += v.weight / total * (v.bareScore(t) + rowWeight*min(rowMost, v.rows[c]))
				s.Row = max(s.Row, v.rows[c])
			}
			if leans {
				s.Near = nearness(x.chunks[before], ref)
				s.Score += bonus * s.Near
			}
			if last := views[len(views)-1]; leans && last.bareCosine != nil && (last.weight >= 1 || c == before) { // that is what was meant
				s.Cosine += (last.bareCosine(t) - s.Cosine) * leanShare
			}
			h.Sentences = append(h.Sentences, s)
		}
		sortSentences(h.Sentences)
		h.Score = h.Sentences[0].Score
		hits = append(hits, h)
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Chunk.ID, b.Chunk.ID))
	})
	return hits[:min(limit, len(hits))]
}

// What parts questions to bare documents from others: two logistic regressions. The first, of answerable questions alone, tells which documents are
// tried first: 3,808 to the plan beside 262 bare documents (256 of CMRC 2018, six made-up ones of a district's offices), the same beside six documents
// of an education bureau, half of them tables, and 1,310 to these documents (2026-11-28). Three of 1,000 to the plan try the others first, .91 of those
// to the bureau's documents do (.72 by the second alone), .92 to the offices', .996 to CMRC's; of 1,521 to 400 documents of DRCD, which were not in it,
// .993. The second, with near misses to the plan among them, tells whose it is to refuse when neither answers.
const (
	tryNear     = 30.6 // of the best cosine, with a sentence or a section, above Fitted.BareMost
	tryElse     = 12.8 // of the cosine of the nearest variant
	tryAnswered = .97  // of the head's margin, at most maxMargin each way
	tryNamed    = 1.7  // of what it names of a row of a table, see named
	tryWords    = 8.2  // of the best paragraph's words more than the best other's, as a share of what any text could have
	tryOffset   = 7.7

	bareNear     = 34.8
	bareElse     = 30.4
	bareAnswered = .09
	bareOffset   = 20
	bareBefore   = 3 // the answer before came from a bare document, in both,
	bareOnly     = 8 // and this question says nothing without the one before
	maxMargin    = 6
)

// bareWins reports that a question is rather one to bare documents than to those with variants, and that it is, if neither answers.
func (x *Index) bareWins(r Result, views []view, bare []Hit, favoured string) (tried, theirs bool) {
	if len(bare) == 0 {
		return false, false
	}
	if len(r.Hits) == 0 || x.posVec == nil || len(x.positives) == 0 {
		return true, true
	}
	best := 0.
	for _, v := range views {
		for _, cosine := range v.bare {
			best = max(best, cosine)
		}
	}
	if len(r.Sections) > 0 {
		best = max(best, r.Sections[0].Cosine)
	}
	near, margin := best-x.Fitted.bareMost(), max(-maxMargin, min(maxMargin, r.Answerable-x.Fitted.Cut))
	logit := bareOffset + bareNear*near - bareElse*r.Positive - bareAnswered*margin
	try := tryOffset + tryNear*near - tryElse*r.Positive - tryAnswered*margin + tryWords*(mostWords(bare)-mostWords(r.Hits))/max(views[0].mostWords, 1e-9)
	named := 0.
	for _, h := range bare {
		named = max(named, h.Sentences[0].Row)
	}
	try += tryNamed * min(rowMost, named)
	if favoured != "" {
		before := float64(bareBefore)
		if views[len(views)-1].weight >= 1 {
			before = bareOnly
		}
		if _, ok := x.bareNamed(favoured); ok {
			logit += before
			try += before
		}
	}
	return try > 0 || logit > 0, logit > 0
}

func mostWords(hits []Hit) float64 {
	most := 0.
	for _, h := range hits {
		most = max(most, h.Words)
	}
	return most
}

// chunkNamed is the number of a chunk.
func (x *Index) chunkNamed(id string) (int, bool) {
	if id == "" {
		return 0, false
	}
	c := slices.IndexFunc(x.chunks, func(ref chunkRef) bool { return ref.chunk.ID == id })
	return c, c >= 0
}

// bareNamed is the number of a chunk of a bare document.
func (x *Index) bareNamed(id string) (int, bool) {
	c, ok := x.chunkNamed(id)
	return c, ok && x.bareChunk(c)
}

// IsBare reports that a chunk belongs to a bare document.
func (x *Index) IsBare(chunkID string) bool {
	_, ok := x.bareNamed(chunkID)
	return ok
}

// Shares of the bonus for the paragraph that the answer before came from, for others of its section and of its document, and of the cosine that the
// phrasing put together with the question before counts.
const (
	sharesSection  = .7
	sharesDocument = .4
	leanShare      = .5
)

// nearness is how much of its bonus a chunk shares with another one.
func nearness(a, b chunkRef) float64 {
	switch {
	case a.chunk == b.chunk:
		return 1
	case a.doc != b.doc:
		return 0
	case slices.Equal(a.chunk.Section, b.chunk.Section):
		return sharesSection
	}
	return sharesDocument
}

// lowered takes off what was told before, as for other paragraphs.
func lowered(hits []Hit, l Lean) []Hit {
	for i := range hits {
		if hits[i].Chunk.ID == l.Chunk {
			hits[i].lower(l.Told, l.Malus)
			hits[i].Score = hits[i].Sentences[0].Score
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits
}

// Where there are no variants to measure by, the plan's beside CMRC's documents.
const (
	defaultBareUsual = .55
	defaultBareMost  = .62
)

func (f *Fitted) bareUsual() float64 { return cmp.Or(f.BareUsual, defaultBareUsual) }
func (f *Fitted) bareMost() float64  { return cmp.Or(f.BareMost, defaultBareMost) }

// bareSample is how many variants are asked of the bare documents to see what other questions find there.
const (
	bareSample = 500
	bareMost   = .95
)

// bareQuantiles are those of the best cosines that variants find in bare documents.
func (x *Index) bareQuantiles(ctx context.Context, variants []int) (usual, most float64) {
	if len(x.bareOf) == 0 {
		return 0, 0
	}
	step := len(variants)/bareSample + 1
	best := make([]float64, (len(variants)+step-1)/step)
	parallel(ctx, len(best), func(i int) { best[i] = x.bareVec.look(x.posRaw[variants[i*step]], 1)[0].cosine })
	return quantile(best, .5), quantile(best, bareMost)
}
