package rag

import (
	"slices"
	"strings"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/prompts"
)

// A question to a table names a row and a column: 柳营小学电话. corpus finds the row (SentenceScore.Row); the column is the one whose head the question
// says, or that holds the kind of thing which is asked for. Where neither tells, the row is told as a whole.
const (
	headWeight = .15 // share of the head that the question says
	nameMalus  = .15 // the cell only names the row
	headSaid   = .6  // from here on a head is said
	rowRunes   = 160 // of a row told as a whole
	mostOfKind = 4   // cells that hold the kind of thing asked for, where no head is said
	shortHead  = 2   // runes of the shortest head that can be said
)

// headHeld is the share of the head of a cell that a question says: its longest stretch in common. Of heads with parts (保教费（小班、中班）) the part that
// is said most counts.
func headHeld(question, head string) float64 {
	best := 0.
	for _, part := range headParts(head) {
		n := utf8.RuneCountInString(part)
		if n < shortHead {
			continue
		}
		if common := longestCommon(question, part); common >= shortHead {
			best = max(best, float64(common)/float64(n))
		}
	}
	return best
}

func headParts(head string) []string {
	return strings.FieldsFunc(head, func(r rune) bool { return strings.ContainsRune("（）()、，/", r) })
}

// longestCommon is how many runes the longest stretch has that both texts hold.
func longestCommon(a, b string) int {
	rs := []rune(b)
	best := 0
	for i := range rs {
		for j := i + best + 1; j <= len(rs) && strings.Contains(a, string(rs[i:j])); j++ {
			best = j - i
		}
	}
	return best
}

// rowScore is what the column of a cell adds to its score.
func rowScore(question string, s corpus.Source) float64 {
	if s.Chunk.Row == nil {
		return 0
	}
	head, _ := s.Chunk.Cell(s.Sentence)
	held := headHeld(question, head)
	if at := slices.Index(s.Chunk.Row.Names, s.Sentence); at == 0 || at > 0 && held < headSaid {
		return headWeight*held - nameMalus
	}
	return headWeight * held
}

// rowQuotes are the cells that answer, where the best sentence is one; nil: it is none. met says of cells whether they hold the kind of thing that is
// asked for.
func rowQuotes(question string, asksKind bool, met func(corpus.Source) bool, hits []corpus.Hit) []corpus.Source {
	best := hits[0].Sentences[0]
	row := best.Chunk
	if row.Row == nil {
		return nil
	}
	quotes := cellsOf(question, asksKind, met, hits[0])
	for _, h := range hits[1:] { // rows that are named as well
		if len(quotes) < bareQuotes && h.Chunk.Row != nil && h.Document == hits[0].Document && h.Chunk.Row.Table == row.Row.Table && namesBoth(question, row, h.Chunk) {
			quotes = append(quotes, cellsOf(question, asksKind, met, h)...)
		}
	}
	return quotes
}

// namesBoth reports that a question names the other row by something that this one does not hold, and the other way round.
func namesBoth(question string, a, b *corpus.Chunk) bool {
	names := func(c, other *corpus.Chunk) bool {
		for _, n := range c.Row.Names {
			_, v := c.Cell(n)
			for p := range pairs(v) {
				if strings.Contains(question, p) && !strings.Contains(other.Text, p) {
					return true
				}
			}
		}
		return false
	}
	return names(a, b) && names(b, a)
}

// cellsOf are the cells of a row that are asked for: those whose heads the question says; else the one that holds the kind of thing asked for; else all.
func cellsOf(question string, asksKind bool, met func(corpus.Source) bool, h corpus.Hit) []corpus.Source {
	best := h.Sentences[0]
	said := saidCells(question, h)
	if len(said) > 0 {
		if !slices.ContainsFunc(said, func(s corpus.Source) bool { return s.Sentence == best.Sentence }) && asksKind && met(best.Source) {
			said = append(said, best.Source)
		}
		return said[:min(bareQuotes, len(said))]
	}
	if asksKind && met(best.Source) && slices.Index(best.Chunk.Row.Names, best.Sentence) != 0 {
		head, _ := best.Chunk.Cell(best.Sentence)
		least := headHeld(question, head)
		kind := otherCells(h, true, func(s corpus.Source) bool {
			head, _ := s.Chunk.Cell(s.Sentence)
			return headHeld(question, head) >= least && met(s)
		})
		if len(kind) <= mostOfKind {
			return kind
		}
		return []corpus.Source{best.Source}
	}
	var all []corpus.Source
	runes := 0
	for _, s := range otherCells(h, false, func(corpus.Source) bool { return true }) {
		if runes += utf8.RuneCountInString(s.Text); runes > rowRunes && len(all) > 0 {
			break
		}
		all = append(all, s)
	}
	return all
}

// otherCells are those of a row that do not name it, as far as they fit; with names, also those but the first that do (校长 beside 学校).
func otherCells(h corpus.Hit, names bool, fits func(corpus.Source) bool) []corpus.Source {
	var list []corpus.Source
	for _, s := range inReadingOrder(h) {
		if at := slices.Index(s.Chunk.Row.Names, s.Sentence); (at < 0 || names && at > 0) && fits(s) {
			list = append(list, s)
		}
	}
	return list
}

// saidCells are the cells of a row whose heads a question says.
func saidCells(question string, h corpus.Hit) []corpus.Source {
	return otherCells(h, true, func(s corpus.Source) bool {
		head, _ := s.Chunk.Cell(s.Sentence)
		return headHeld(question, head) >= headSaid
	})
}

func inReadingOrder(h corpus.Hit) []corpus.Source {
	var list []corpus.Source
	for _, s := range h.Sentences {
		list = append(list, s.Source)
	}
	slices.SortFunc(list, func(a, b corpus.Source) int { return a.Sentence - b.Sentence })
	return list
}

// oneRow joins statements that quote cells of one row: its name is said once.
func oneRow(list []Statement) []Statement {
	var out []Statement
	for _, s := range list {
		if n := len(out); n > 0 && len(s.Sources) == 1 && s.Sources[0].Chunk.Row != nil && len(out[n-1].Sources) > 0 && out[n-1].Sources[0].Chunk == s.Sources[0].Chunk {
			out[n-1].Text = strings.TrimRight(out[n-1].Text, "。；") + "；" + s.Text
			out[n-1].Sources = append(out[n-1].Sources, s.Sources...)
			continue
		}
		out = append(out, s)
	}
	return out
}

// lacksKind reports that a sentence does not hold the kind of thing that is asked for. A cell tells no way to go about something, unless its head says so.
func (r *run) lacksKind(x expectation, question string, s corpus.Source) bool {
	if s.Chunk.Row != nil && x.kind == "procedure" {
		head, _ := s.Chunk.Cell(s.Sentence)
		return headHeld(question, head) < headSaid
	}
	_, unmet := x.unmet(&r.set.Terms, question, []string{toldText(&r.set.Terms, s)}, s.Document)
	return unmet
}

// toldText is a sentence as far as it says what is asked for: a cell with the name of its row.
func toldText(t *prompts.Terms, s corpus.Source) string {
	if s.Chunk.Row == nil {
		return s.Text
	}
	text := s.Document.Item(s.Chunk, s.Sentence) + "，" + s.Text
	if head, value := s.Chunk.Cell(s.Sentence); containsAny(head, t.MoneyHeads) && !strings.Contains(value, "元") && strings.ContainsAny(value, "0123456789") {
		text += "元"
	} else if counted, ok := strings.CutSuffix(head, "数"); ok { // 计划班数：6个
		_, noun := utf8.DecodeLastRuneInString(counted)
		text += "，" + value + counted[len(counted)-noun:]
	}
	return text
}

func toldTexts(t *prompts.Terms, list []corpus.Source) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = toldText(t, s)
	}
	return out
}

// ofRows reports a section that is a table.
func ofRows(s *corpus.SectionHit) bool {
	rows := 0
	for _, c := range s.Chunks {
		if c.Row != nil {
			rows++
		}
	}
	return 2*rows > len(s.Chunks)
}
