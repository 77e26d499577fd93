package corpus

import "slices"

// Find returns the sentence that an anchor names in the live document with this 索引号, or, for an empty one, with this ID.
func (x *Index) Find(indexNumber, documentID string, a Anchor) (Source, bool) {
	for i := range x.documents {
		d := &x.documents[i]
		if indexNumber != "" && d.Meta.IndexNumber != indexNumber || indexNumber == "" && d.ID != documentID {
			continue
		}
		if p, ok := d.Tie(a); ok {
			c := &d.Chunks[p.Chunk]
			return Source{d, c, p.Sentence, c.Sentence(p.Sentence)}, true
		}
	}
	return Source{}, false
}

// At returns a sentence by its place; ok is false when the index does not hold it any more.
func (x *Index) At(documentID, chunkID string, sentence int) (Source, bool) {
	for _, s := range x.Sentences(documentID, chunkID) {
		if s.Sentence == sentence {
			return s, true
		}
	}
	return Source{}, false
}

// Sentences returns the sentences of a chunk that can be quoted, in order.
func (x *Index) Sentences(documentID, chunkID string) []Source {
	for _, ref := range x.chunks {
		if ref.doc.ID != documentID || ref.chunk.ID != chunkID {
			continue
		}
		out := make([]Source, 0, ref.count)
		for t := ref.first; t < ref.first+ref.count; t++ {
			out = append(out, x.source(t))
		}
		return out
	}
	return nil
}

// Knows reports whether a question names its subject itself: enough of its rare terms stand in the texts, or the thesaurus has them.
func (x *Index) Knows(question string) bool {
	if len(x.analyser.said(Fold(question))) > 0 {
		return true
	}
	n := 0
	for _, t := range terms(x.analyser.topic(question)) {
		if t.rare() && len(x.chunkLex.postings[t]) > 0 {
			n++
		}
	}
	return n >= 2
}

// Within reports that at most one rare term of a question that stands in the texts is missing in the document of a chunk, so that the question may well
// go on there.
func (x *Index) Within(question, chunkID string) bool {
	c, ok := x.chunkNamed(chunkID)
	if !ok {
		return false
	}
	missing := 0
	for _, t := range terms(x.analyser.topic(question)) {
		if found := x.chunkLex.postings[t]; t.rare() && len(found) > 0 &&
			!slices.ContainsFunc(found, func(p posting) bool { return x.chunks[p.doc].doc == x.chunks[c].doc }) {
			missing++
		}
	}
	return missing <= 1
}

// Vocabulary lists the texts that words can be learnt from: of the documents (titles, headings, sentences) and of residents.
func (x *Index) Vocabulary() (documents, variants []string) {
	for i := range x.documents {
		documents = append(documents, x.documents[i].Meta.Title)
	}
	for _, ref := range x.chunks {
		documents = append(documents, ref.chunk.Section...)
	}
	for _, t := range x.targets {
		documents = append(documents, t.text)
	}
	for _, v := range x.positives {
		variants = append(variants, v.Text)
	}
	for _, v := range x.negatives {
		variants = append(variants, v.Text)
	}
	for _, a := range x.asks {
		variants = append(variants, a.text)
	}
	return documents, variants
}

// A Question is a variant that a sentence answers.
type Question struct {
	Text     string
	Says     string // the sentence
	Section  string // where the sentence stands: the heading path of its chunk, as citations show it
	Sentence int    // number of the sentence in the index: variants of one sentence share it
	Shown    bool   // the one of them that is offered to go on with
}

// Questions lists all positive variants, sentence by sentence, in the order of the documents.
func (x *Index) Questions() []Question {
	var out []Question
	for n, t := range x.targets {
		for _, v := range t.variants {
			text := x.positives[v].Text
			out = append(out, Question{text, t.text, x.chunks[t.chunk].chunk.SectionPath(), n, text == t.ask})
		}
	}
	return out
}
