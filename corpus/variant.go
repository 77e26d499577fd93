package corpus

import "strings"

// Origin says who made a variant.
type Origin string

// Origins of variants. A newer binary replaces only bundled ones that nobody edited.
const (
	Bundled  Origin = "bundled"
	Staff    Origin = "staff"
	Accepted Origin = "accepted" // proposed by a model, accepted by staff
)

// A Variant is another way residents ask for what a sentence says. A negative one asks what the text there does not say.
type Variant struct {
	ID       string // hash of document, text and sign
	Text     string
	Negative bool
	Lacks    string // of a negative one: the kind of thing that is missing (date, place, list, ...); see prompts, not_stated
	Origin   Origin
	Anchor   Anchor
	Model    string // of an accepted one: who proposed it
	Accepted string // likewise: when it was accepted (RFC 3339, UTC)
}

// An Anchor finds the sentence that a variant belongs to, in any version of a document.
type Anchor struct {
	Section []string // heading path
	Facts   []string // strings that the sentence holds
	Say     string   // the sentence in the version that the variant was written for: settles ties
}

// A Place is a sentence of a document: indexes into Document.Chunks and Chunk.Sentences.
type Place struct{ Chunk, Sentence int }

// VariantID names a variant of a document.
func VariantID(documentID, text string, negative bool) string {
	sign := "+"
	if negative {
		sign = "-"
	}
	return "v" + digest(documentID + sign + Fold(text))[:12]
}

// Tie finds the sentence that a belongs to: under the same heading, the one that holds most of its facts; between equals the one
// most like a.Say. ok is false when the document has no such heading or no sentence there holds any fact.
func (d *Document) Tie(a Anchor) (p Place, ok bool) { return newTier(d).tie(a) }

// A tier ties many anchors to one document, whose texts it folds once. It is not for several goroutines.
type tier struct {
	*Document
	keys   []string   // of chunks; see sectionKey
	folded [][]string // sentences of chunks, nil until they are needed
}

func newTier(d *Document) *tier {
	t := &tier{Document: d, keys: make([]string, len(d.Chunks)), folded: make([][]string, len(d.Chunks))}
	for ci := range d.Chunks {
		t.keys[ci] = sectionKey(d.Chunks[ci].Section)
	}
	return t
}

func (t *tier) tie(a Anchor) (p Place, ok bool) {
	best, likeness := 0, -1.0
	want, say := sectionKey(a.Section), Fold(a.Say)
	facts := make([]string, len(a.Facts))
	for i, f := range a.Facts {
		facts[i] = Fold(f)
	}
	for ci := range t.Chunks {
		c := &t.Chunks[ci]
		if c.Kind == Summary || t.keys[ci] != want {
			continue
		}
		for si, text := range t.sentences(ci) {
			if c.Lead && si == 0 && len(c.Sentences) > 1 {
				continue
			}
			n := 0
			for _, f := range facts {
				if strings.Contains(text, f) {
					n++
				}
			}
			if n == 0 || n < best {
				continue
			}
			l := overlap(text, say)
			if n > best || l > likeness {
				best, likeness, p, ok = n, l, Place{ci, si}, true
			}
		}
	}
	return p, ok
}

// sentences returns the folded sentences of a chunk.
func (t *tier) sentences(chunk int) []string {
	if t.folded[chunk] == nil {
		c := &t.Chunks[chunk]
		t.folded[chunk] = make([]string, len(c.Sentences))
		for i := range c.Sentences {
			t.folded[chunk][i] = Fold(c.Sentence(i))
		}
	}
	return t.folded[chunk]
}

// sectionKey compares heading paths by their innermost heading, which the digest and the official page spell alike.
func sectionKey(section []string) string {
	if len(section) == 0 {
		return ""
	}
	return Fold(strings.TrimRight(section[len(section)-1], "。.:："))
}

// overlap is the share of b's pairs of characters that occur in a (0 to 1).
func overlap(a, b string) float64 {
	rb := []rune(b)
	if len(rb) < 2 {
		return 0
	}
	n := 0
	for i := 0; i+2 <= len(rb); i++ {
		if strings.Contains(a, string(rb[i:i+2])) {
			n++
		}
	}
	return float64(n) / float64(len(rb)-1)
}

// TieAll ties many anchors at once: places[i] belongs to anchors[i], nil where there is no sentence for it.
func (d *Document) TieAll(anchors []Anchor) (places []*Place) {
	t := newTier(d)
	places = make([]*Place, len(anchors))
	for i, a := range anchors {
		if p, ok := t.tie(a); ok {
			places[i] = &p
		}
	}
	return places
}
