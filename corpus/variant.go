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
func (d *Document) Tie(a Anchor) (p Place, ok bool) {
	best, likeness := 0, -1.0
	want := sectionKey(a.Section)
	for ci := range d.Chunks {
		c := &d.Chunks[ci]
		if c.Kind == Summary || sectionKey(c.Section) != want {
			continue
		}
		for si := range c.Sentences {
			if c.Lead && si == 0 && len(c.Sentences) > 1 {
				continue
			}
			text := Fold(c.Sentence(si))
			n := 0
			for _, f := range a.Facts {
				if strings.Contains(text, Fold(f)) {
					n++
				}
			}
			if n == 0 || n < best {
				continue
			}
			l := overlap(text, Fold(a.Say))
			if n > best || l > likeness {
				best, likeness, p, ok = n, l, Place{ci, si}, true
			}
		}
	}
	return p, ok
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
