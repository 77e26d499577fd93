package rag

import "wenda/corpus"

// relatedScore is how good a paragraph must be against the best one to offer its questions.
const relatedScore = .72

// related are questions that neighbouring sentences answer: of the same paragraph first, then of paragraphs nearly as good.
func related(res corpus.Result, d Draft) []string {
	said := map[string]bool{}
	for _, s := range d.Statements {
		for _, src := range s.Sources {
			said[src.Text] = true
		}
	}
	var out []string
	for _, h := range res.Hits {
		if h.Score < relatedScore*res.Hits[0].Score {
			break
		}
		for _, s := range h.Sentences {
			if s.Ask != "" && !said[s.Text] && len(out) < 3 {
				said[s.Text] = true
				out = append(out, s.Ask)
			}
		}
	}
	return out
}
