package corpus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Query is one self-contained, cleaned question.
type Query struct {
	Text   string
	Read   *Reading  // of Text by the same index, made while the vector was; nil: Search reads
	Vector []float32 // nil: search by words alone
	Hits   int       // how many paragraphs at most; 0 means 5
	Leans  []Lean    // what it leans on; only the first one may have a Chunk
}

// A Source is a sentence with the places that it stands in. Document and Chunk belong to the index and are not to be changed.
type Source struct {
	Document *Document
	Chunk    *Chunk
	Sentence int
	Text     string
}

// A Hit is a chunk with its scores for one query. Higher scores are better; they compare within one result only. Hits and their sentences
// are in the order of Score + Probe.
type Hit struct {
	Document  *Document
	Chunk     *Chunk
	Title     string // of the document, as words are looked for in it: in simplified characters
	Score     float64
	Probe     float64         // what the probe says of its sentence that it likes best, see SentenceScore
	Words     float64         // BM25 of the paragraph
	Sentences []SentenceScore // best first, at least one
	Written   bool            // variants were written for the paragraph, so that Result.Answerable can judge questions about it
}

// A SentenceScore is one sentence of a hit.
type SentenceScore struct {
	Source
	Score   float64
	Probe   float64  // how much the question sounds like those that the sentence answers: about 1 for its variants, 0 without any
	Cosine  float64  // with the sentence; 0 when it was not among the nearest
	Variant float64  // cosine with its nearest variant
	Asked   string   // that variant
	Facts   []string // what that variant asks for, as strings of the sentence; not to be changed
	Words   float64  // BM25
	Ask     string   // a question that the sentence answers, to go on with; may be empty
	Near    float64  // of a bare document: how near it stands to the answer before, see nearness
	Told    bool     // the answer before quoted it, see Lean
	Row     float64  // how much the question names of the row of a table that the sentence is a cell of
	target  int
}

// A Result is what a search found out about a question.
type Result struct {
	Hits       []Hit
	Bare       bool               // Hits are paragraphs of bare documents: nothing but themselves tells what they answer
	Theirs     bool               // with Bare: it is for them to refuse, if neither answers
	Beside     *Result            // with Bare: what was found in documents with variants
	Sections   []SectionHit       // the nearest ones of bare documents, the nearest first
	Leaned     bool               // a follow-up found its answer where the answer before came from: judged as put together
	Outline    *OutlineHit        // nearest outline, nil without vectors or when nothing is near
	Strength   float64            // how well the best paragraph fits; compare with Fitted.Floor
	Answerable float64            // logit of the head: above Fitted.Cut the question looks answerable; 0 in a lexical index
	Narrow     float64            // logit: below Fitted.BroadCut the question is a broad one; 0 in a lexical index
	Question   float64            // logit: below Fitted.TalkCut the message asks nothing of the documents; 0 in a lexical index
	Kinds      map[string]float64 // by Material.Kinds: logit above its cut, from 0 on the message is likely of that kind
	Examples   []Example          // nearest examples of questions of no document, the nearest first; nil without vectors
	Negative   *NearMiss          // nearest negative variant
	Positive   float64            // cosine of the nearest positive variant
	outlines   []neighbour        // the nearest questions of outlines
	Coverage   float64            // share of the question's weight of rare terms that stands in the best sentence (0 to 1)
	Took       Took
}

// Took is how long the steps of one search took.
type Took struct{ Words, Vectors, Rank time.Duration }

// A NearMiss is the nearest negative variant.
type NearMiss struct {
	Text, Lacks string
	Cosine      float64
	Source      // the sentence beside which it was asked
}

// How many neighbours are asked for. A sentence or variant beyond them counts as the last of them.
const (
	nearSentences = 48
	nearVariants  = 64
	nearNegatives = 12
	nearAsks      = 24
)

// Search finds the paragraphs for a question. An empty result is no error.
func (x *Index) Search(ctx context.Context, q Query) (Result, error) {
	if q.Hits == 0 {
		q.Hits = 5
	}
	lap := laps()
	var r Result
	if q.Read == nil {
		q.Read = x.Read(q.Text)
	}
	defer func() { q.Read.giveBack() }()
	took := Took{Words: lap()}
	near, err := x.gather(ctx, q.Read, q.Vector, &r)
	if err != nil {
		return Result{}, err
	}
	views := []view{{scores: &q.Read.scores, weight: 1}}
	judged := asked{q.Read, q.Vector, near}
	favoured, bonus := "", 0.
	joined := make([]Result, len(q.Leans))
	leans := make([]asked, len(q.Leans))
	for i, l := range q.Leans {
		read := x.Read(l.Text)
		defer func() { read.giveBack() }()
		near, err := x.gather(ctx, read, l.Vector, &joined[i])
		if err != nil {
			return Result{}, err
		}
		leans[i] = asked{read, l.Vector, near}
		views = append(views, view{&read.scores, l.Weight})
		if i == 0 {
			favoured, bonus = l.Chunk, l.Bonus
		}
	}
	took.Vectors = r.Took.Vectors
	lap()
	hits := x.rank(views, q.Hits, favoured, bonus)
	for i := range hits {
		if len(q.Leans) > 0 && hits[i].Chunk.ID == favoured {
			lost := hits[i].lower(q.Leans[0].Told, q.Leans[0].Malus)
			if q.Leans[0].Weight < 1 { // one that cannot stand alone asks about the same paragraph
				hits[i].Score -= lost
				slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.rank(), a.rank()) })
			}
			break
		}
	}
	if favoured != "" && (q.Leans[0].Weight >= 1 || len(hits) > 0 && hits[0].Chunk.ID == favoured) {
		r = joined[0]
		r.Leaned = true
		judged = leans[0]
	}
	if favoured == "" && len(q.Leans) > 0 && q.Leans[0].Weight > 1 { // it says little without what it leans on, and looks broad for that
		r.outlines, r.Narrow = joined[0].outlines, joined[0].Narrow
	}
	r.Hits = hits
	r.Outline = x.bestOutline(r.outlines, r.Hits)
	if len(r.Hits) > 0 {
		if judged.near != nil {
			r.Answerable = x.judge(judged, r.Hits[0])
			if favoured != "" { // put together or alone: one of them reads oddly, and the head doubts what reads oddly
				other := asked{q.Read, q.Vector, near}
				if !r.Leaned {
					other = leans[0]
				}
				r.Answerable = max(r.Answerable, x.judge(other, r.Hits[0]))
			}
		}
		r.Strength = r.Hits[0].Score
		r.Coverage = x.coverage(judged.read, r.Hits)
	}
	bare := x.bareHits(views, q.Hits, favoured, bonus)
	if tried, theirs := x.bareWins(r, views, bare, favoured); tried {
		written := r
		r.Beside = &written
		if len(q.Leans) > 0 {
			bare = lowered(bare, q.Leans[0])
			r.Leaned = favoured != "" && (q.Leans[0].Weight >= 1 || bare[0].Chunk.ID == favoured)
			if c, ok := x.bareNamed(favoured); ok && r.Leaned { // a guide's next question is not answered by another guide
				r.Sections = slices.DeleteFunc(r.Sections, func(s SectionHit) bool { return s.Document != x.chunks[c].doc })
			}
		}
		r.Hits, r.Bare, r.Theirs, r.Outline = bare, true, theirs, nil
		r.Strength = x.Fitted.Floor + bare[0].Score - x.Fitted.bareUsual()
		r.Coverage = x.coverage(judged.read, bare)
	}
	if x.Lexical() || q.Vector == nil {
		r.Strength = x.lexicalStrength(q.Read.scores.words)
	}
	took.Rank = lap()
	r.Took = took
	return r, nil
}

// An asked is a phrasing that the head judges; near are the head's features of its neighbourhood, nil without vectors.
type asked struct {
	read   *Reading
	vector []float32
	near   []float64
}

// judge is the head's logit of a question beside the best sentence of a hit.
func (x *Index) judge(a asked, best Hit) float64 {
	e := example{vector: a.vector, near: x.features(a.near, a.read.beside, best.Sentences[0].target, noVariant)}
	return x.Fitted.Head.logit(e, a.read.grams[headAnswerable])
}

// A view is one phrasing of a question with what its signals say.
type view struct {
	*scores
	weight float64
}

// gather adds to what was read of a phrasing what its vector says; near are the head's features of its neighbourhood, nil without vectors.
func (x *Index) gather(ctx context.Context, read *Reading, vector []float32, r *Result) (near []float64, err error) {
	if vector == nil || x.Lexical() {
		read.scoreSentences(x)
		return nil, nil
	}
	lap := laps()
	near, err = x.searchVectors(ctx, vector, read, r)
	r.Took.Vectors = lap()
	if err != nil {
		return nil, fmt.Errorf("search vectors: %w", err)
	}
	return near, nil
}

// scores gathers what each signal says, by target.
type scores struct {
	words      []float64                // by chunk
	mostWords  float64                  // more than any text could have
	sentWords  func(target int) float64 // nil: words find nothing
	sentence   map[int]float64
	variant    map[int][]neighbour // positives near the question, best first, by target
	bare       map[int]float64     // cosines with sentences of bare documents
	bareCosine func(target int) float64
	rows       map[int]float64 // see named
	floorS     float64
	floorV     float64
	vector     bool
	probe      func(target int) float64 // nil without vectors
}

// searchVectors gathers what the vectors say; it returns the head's features of the question's neighbourhood.
func (x *Index) searchVectors(ctx context.Context, q []float32, read *Reading, r *Result) ([]float64, error) {
	var sent, bare, sections, pos, neg, asks, talk []neighbour
	searches := []struct { // in an order that gives two cores the same to do
		in interface {
			nearest(ctx context.Context, q []float32, k int) ([]neighbour, error)
		}
		k     int
		found *[]neighbour
	}{{x.posVec, nearVariants, &pos}, {x.sentVec, nearSentences, &sent}, {x.bareVec, nearSentences, &bare}, {x.secVec, nearSections, &sections}, {x.askVec, nearAsks, &asks}, {x.negVec, nearNegatives, &neg},
		{x.exampleVec, nearExamples, &talk}}
	errs := make([]error, len(searches))
	parallel(ctx, len(searches), func(i int) { *searches[i].found, errs[i] = searches[i].in.nearest(ctx, q, searches[i].k) })
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return nil, err
	}
	x.spread(&read.scores, renumbered(sent, x.sentOf), pos)
	x.spreadBare(&read.scores, q, renumbered(bare, x.bareOf))
	r.Sections = x.sectionHits(sections)
	read.scores.probe = func(t int) float64 { return x.probe.of(q, t) }
	if len(pos) > 0 {
		r.Positive = pos[0].cosine
	}
	if len(neg) > 0 {
		n := x.negatives[neg[0].n]
		r.Negative = &NearMiss{n.Text, n.Lacks, neg[0].cosine, x.source(n.target)}
	}
	r.outlines = asks
	r.Examples = x.examplesOf(talk)
	r.Question = x.Fitted.Talk.logit(example{vector: q, near: contrastFeatures(cosines(talk), cosines(pos), cosines(neg))}, read.grams[headTalk])
	r.Kinds = x.kindsOf(q, read.grams, talk, pos, neg)
	r.Narrow = x.Fitted.Broad.logit(example{vector: q, near: contrastFeatures(cosines(asks), cosines(pos), cosines(neg))}, read.grams[headBroad])
	return headFeatures(cosines(pos), cosines(neg)), nil
}

// spread sorts the neighbours under the sentences that they belong to.
func (x *Index) spread(s *scores, sent, pos []neighbour) {
	s.vector = true
	s.sentence = make(map[int]float64, len(sent))
	s.variant = map[int][]neighbour{}
	for _, n := range sent {
		s.sentence[n.n] = n.cosine
		s.floorS = n.cosine
	}
	for _, n := range pos {
		t := x.positives[n.n].target
		s.variant[t] = append(s.variant[t], n)
		s.floorV = n.cosine
	}
	if len(pos) < nearVariants { // there are no more: what has none is no nearer than the last sentence
		s.floorV = min(s.floorV, s.floorS)
	}
}

func (x *Index) source(t int) Source {
	ref := x.chunks[x.targets[t].chunk]
	return Source{ref.doc, ref.chunk, x.targets[t].sentence, x.targets[t].text}
}

func cosines(list []neighbour) []float64 {
	out := make([]float64, len(list))
	for i, n := range list {
		out[i] = n.cosine
	}
	return out
}
