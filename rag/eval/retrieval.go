package eval

import (
	"slices"

	"wenda/corpus"
	"wenda/rag"
)

// A RankRow says for one kind, or "all", where the search put the right paragraph, whatever was answered then.
type RankRow struct {
	Kind          string
	N             int // answerable cases that were searched for
	At1, At3, At5 int // of them, those with the right paragraph among the first 1, 3, 5
	MRR           float64
	Unsearched    int // answerable cases without a search: a fixed reply, an approved answer, 还有呢, or no trace
}

// A DocumentOf says which document a candidate stands in: its index number, else its title; "" when that cannot be told.
type DocumentOf func(rag.Candidate) string

// Retrieval ranks the paragraphs of the traces. Candidates are sentences, the best paragraph's first; sentences of one section count
// as one paragraph. Of several questions in one message the best rank counts. The engine searches for five paragraphs: MRR is of the
// first five. documentOf may be nil where one document is searched.
func Retrieval(verdicts []Verdict, documentOf DocumentOf) []RankRow {
	rows := map[string]*RankRow{}
	var order []string
	for _, v := range verdicts {
		if !v.Case.Expect.answerable() || v.Case.Expect.Section == "" {
			continue
		}
		rank, searched := rankOf(v, documentOf)
		for _, kind := range []string{v.Case.Kind, "all"} {
			r := rows[kind]
			if r == nil {
				r = &RankRow{Kind: kind}
				rows[kind] = r
				order = append(order, kind)
			}
			if !searched {
				r.Unsearched++
				continue
			}
			r.N++
			if rank > 0 {
				r.At1 += one(rank <= 1)
				r.At3 += one(rank <= 3)
				r.At5 += one(rank <= 5)
				r.MRR += 1 / float64(rank)
			}
		}
	}
	var out []RankRow
	for _, kind := range allLast(order) {
		r := *rows[kind]
		if r.N > 0 {
			r.MRR /= float64(r.N)
		}
		out = append(out, r)
	}
	return out
}

// rankOf is the rank of the right paragraph from 1, 0 when it is not among the candidates.
func rankOf(v Verdict, documentOf DocumentOf) (rank int, searched bool) {
	for _, t := range parts(v.Trace) {
		searched = searched || len(t.Candidates) > 0
		if r := rankIn(v.Case.Expect, t.Candidates, documentOf); r > 0 && (rank == 0 || r < rank) {
			rank = r
		}
	}
	return rank, searched
}

func rankIn(e Expect, candidates []rag.Candidate, documentOf DocumentOf) int {
	var seen []string
	for _, c := range candidates {
		document := ""
		if documentOf != nil {
			document = documentOf(c)
		}
		paragraph := document + "\x00" + c.Section
		if documentOf != nil && document == "" {
			paragraph += "\x00" + c.Text // whose it is cannot be told: a paragraph of its own
		}
		if slices.Contains(seen, paragraph) {
			continue
		}
		seen = append(seen, paragraph)
		if e.inSection(c.Section) && (documentOf == nil || e.inDocument(document, document)) {
			return len(seen)
		}
	}
	return 0
}

// parts are the traces of the questions of a message.
func parts(t rag.Trace) []rag.Trace {
	if len(t.Parts) > 0 {
		return t.Parts
	}
	return []rag.Trace{t}
}

// Places finds the documents of candidates by section and sentence. A sentence that stands in several documents under the same
// section is nobody's: who counts it as wrong errs on the safe side.
func Places(documents []corpus.Document) DocumentOf {
	of := map[string]string{}
	for _, d := range documents {
		name := d.Meta.IndexNumber
		if name == "" {
			name = d.Meta.Title
		}
		for i := range d.Chunks {
			c := &d.Chunks[i]
			for s := range c.Sentences {
				key := c.SectionPath() + "\x00" + c.Sentence(s)
				if other, taken := of[key]; taken && other != name {
					name := "" // of both
					of[key] = name
					continue
				}
				of[key] = name
			}
		}
	}
	return func(c rag.Candidate) string { return of[c.Section+"\x00"+c.Text] }
}
