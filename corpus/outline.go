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

// writtenMargin is how much nearer a paragraph's own list must be than an outline whose points somebody chose.
const writtenMargin = .06

// bestOutline takes the nearest outline; one whose points were chosen goes before a paragraph's list that is hardly nearer.
func (x *Index) bestOutline(asks []neighbour) *OutlineHit {
	if len(asks) == 0 {
		return nil
	}
	best := asks[0]
	if written := func(n neighbour) bool { return len(x.outlines[x.asks[n.n].outline].Points) > 0 }; !written(best) {
		for _, a := range asks[1:] {
			if written(a) && a.cosine >= best.cosine-writtenMargin {
				best = a
				break
			}
		}
	}
	h := x.outlineHit(best.n, best.cosine)
	return &h
}
