package corpus

// An Outline answers broad questions by points, each from a place of its own.
type Outline struct {
	ID     string
	Topic  string
	Asks   []string // broad questions that it answers
	Points []Point  // none: the sentences of the paragraph that Section names
	Anchor Anchor   // of an outline without points: the paragraph
	Origin Origin
}

// A Point is one line of an outline, tied to the sentence that says so.
type Point struct {
	Text   string
	Anchor Anchor
}

// OutlineID names an outline of a document.
func OutlineID(documentID, topic string, section []string) string {
	return "o" + digest(documentID + "\x00" + topic + "\x00" + sectionKey(section))[:12]
}

type boundOutline struct {
	Outline
	points []boundPoint
}

type boundPoint struct {
	Point
	target int
}

type outlineAsk struct {
	text    string
	outline int
}

// An OutlineHit is an outline found for a question.
type OutlineHit struct {
	Topic  string
	Ask    string  // its question that is nearest
	Cosine float64 // 1 is the same question
	Points []OutlinePoint
}

// An OutlinePoint is a line with the sentence that it rests on.
type OutlinePoint struct {
	Text string // empty: quote the sentence
	Source
}

func (x *Index) bindOutline(o Outline, documentID string, find func(string, Anchor) (int, bool)) {
	b := boundOutline{Outline: o}
	if len(o.Points) == 0 {
		d := x.byID[documentID]
		if d == nil {
			return
		}
		want := sectionKey(o.Anchor.Section)
		for i, t := range x.targets {
			ref := x.chunks[t.chunk]
			if ref.doc.ID == documentID && sectionKey(ref.chunk.Section) == want {
				b.points = append(b.points, boundPoint{target: i})
			}
		}
	}
	for _, p := range o.Points {
		if i, ok := find(documentID, p.Anchor); ok {
			b.points = append(b.points, boundPoint{p, i})
		} else {
			x.Manifest.Untied++
		}
	}
	if len(b.points) == 0 {
		return
	}
	for _, a := range o.Asks {
		x.asks = append(x.asks, outlineAsk{a, len(x.outlines)})
	}
	x.outlines = append(x.outlines, b)
}

func (x *Index) outlineHit(n int, cosine float64) OutlineHit {
	a := x.asks[n]
	o := x.outlines[a.outline]
	h := OutlineHit{Topic: o.Topic, Ask: a.text, Cosine: cosine}
	for _, p := range o.points {
		h.Points = append(h.Points, OutlinePoint{p.Text, x.source(p.target)})
	}
	return h
}

// Weights of an outline's score: its nearest question, its second nearest, by how much the third is nearer than any other, and whether its
// points stand in the paragraphs that were found for the question. The third was worth .818 -> .851 of the broad questions of the tuning
// sets, agreement at .06 instead of .12 another .013 (2026-11-26); the share of the question's rare terms in the outline was worth nothing.
const (
	askFirst  = .7
	askSecond = .3
	askThird  = .5
	agreement = .06
	// writtenMargin is by how much a paragraph's own list must be better than an outline whose points somebody chose.
	writtenMargin = .03
)

// hitShares are how much the first three paragraphs count for agreement.
var hitShares = [...]float64{.5, .3, .2}

// bestOutline takes the outline that fits best: near in its questions, and with points where the search found paragraphs.
func (x *Index) bestOutline(asks []neighbour, hits []Hit) *OutlineHit {
	if len(asks) == 0 {
		return nil
	}
	byOutline := map[int][]neighbour{}
	var order []int
	for _, a := range asks {
		n := x.asks[a.n].outline
		if byOutline[n] == nil {
			order = append(order, n)
		}
		byOutline[n] = append(byOutline[n], a)
	}
	floor := asks[len(asks)-1].cosine
	best, top := -1, 0.
	for _, n := range order {
		near := byOutline[n]
		second := floor
		if len(near) > 1 {
			second = near[1].cosine
		}
		score := askFirst*near[0].cosine + askSecond*second
		if len(near) > 2 {
			score += askThird * (near[2].cosine - floor)
		}
		for i, h := range hits[:min(len(hitShares), len(hits))] {
			for _, p := range x.outlines[n].points {
				if x.chunks[x.targets[p.target].chunk].chunk.ID == h.Chunk.ID {
					score += agreement * hitShares[i]
					break
				}
			}
		}
		if len(x.outlines[n].Points) == 0 {
			score -= writtenMargin
		}
		if best < 0 || score > top {
			best, top = n, score
		}
	}
	h := x.outlineHit(byOutline[best][0].n, byOutline[best][0].cosine)
	return &h
}
