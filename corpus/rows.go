package corpus

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A question to a table names a row, by one of its cells, and a column. What names a row is what few rows of its table hold: 柳营 of twenty schools,
// and not 小学. The rows of bare documents are looked up by such terms, since their sentences are all alike to the sentence model.

// Weights of a row.
const (
	rowWeight   = .08 // of what a question names of a row, up to rowMost, in the score of its cells
	rowMost     = 2.5
	inName      = 1.3 // of a term in the name of a row
	wholeName   = .5  // where the question says the whole name
	rowLookedUp = .5  // from here on a row is looked at beside the nearest sentences,
	rowsOfAll   = 20  // the first ones
)

// rows are those of all tables of bare documents.
type rows struct {
	table []int32            // of each chunk, from 1; 0: it is no row
	size  []int              // of each table
	holds map[term][]rowTerm // chunks whose values hold a term, ascending; without those of heads, captions and headings
}

// A rowTerm is a term of a row, which stands in its name, or in another cell.
type rowTerm struct {
	chunk int32
	name  bool
}

// markRows numbers the tables and notes what their rows hold.
func (x *Index) markRows() {
	x.rows = rows{table: make([]int32, len(x.chunks)), size: []int{0}, holds: map[term][]rowTerm{}}
	for c, ref := range x.chunks {
		if ref.chunk.Row == nil || !x.bareChunk(c) {
			continue
		}
		before := c > 0 && x.rows.table[c-1] > 0 && x.chunks[c-1].doc == ref.doc && x.chunks[c-1].chunk.Row.Table == ref.chunk.Row.Table &&
			slices.Equal(x.chunks[c-1].chunk.Section, ref.chunk.Section)
		if !before {
			x.rows.size = append(x.rows.size, 0)
		}
		t := len(x.rows.size) - 1
		x.rows.table[c] = int32(t)
		x.rows.size[t]++
		heads, values := ref.chunk.Cells()
		name := termSet(ref.chunk.rowName(-1))
		of := termSet(strings.Join(heads, " ") + " " + ref.title + " " + ref.chunk.Row.Table + " " + strings.Join(ref.chunk.Section, " "))
		for t := range termSet(strings.Join(values, " ")) {
			if t.rare() && !of[t] {
				x.rows.holds[t] = append(x.rows.holds[t], rowTerm{int32(c), name[t]})
			}
		}
	}
}

// Cells are the heads and the values of a row of a table; a head may be empty.
func (c *Chunk) Cells() (heads, values []string) {
	for i := range c.Sentences {
		head, value := c.Cell(i)
		heads, values = append(heads, head), append(values, value)
	}
	return heads, values
}

// Cell is a sentence of a row as the head of its column and its value.
func (c *Chunk) Cell(sentence int) (head, value string) {
	text := c.Told(sentence)
	head, value, ok := strings.Cut(text, "：")
	if !ok {
		return "", text
	}
	return head, value
}

// named is how much a question names of each row: the sum, over its terms, of how rare these are in the table and in all documents, from 0 to 1 each.
// Rows of which it names nothing are left out.
func (x *Index) named(question string) map[int]float64 {
	if len(x.rows.holds) == 0 {
		return nil
	}
	out := map[int]float64{}
	for t := range termSet(question) {
		list := x.rows.holds[t]
		if len(list) == 0 {
			continue
		}
		of := map[int32]int{}
		for _, h := range list {
			of[x.rows.table[h.chunk]]++
		}
		anywhere := x.chunkLex.idf(t) / x.chunkLex.maxIDF()
		for _, h := range list {
			table := x.rows.table[h.chunk]
			n := float64(x.rows.size[table] + 1)
			weight := anywhere * math.Log(n/float64(of[table])) / math.Log(n)
			if h.name {
				weight *= inName
			}
			out[int(h.chunk)] += weight
		}
	}
	for c := range out {
		if x.chunks[c].chunk.SaysName(question) {
			out[c] += wholeName
		}
	}
	return out
}

// Named is how much a question names of each of these rows (SentenceScore.Row).
func (x *Index) Named(question string, rows []*Chunk) []float64 {
	at := make(map[*Chunk]int, len(rows))
	for i, row := range rows {
		at[row] = i
	}
	out := make([]float64, len(rows))
	for c, v := range x.named(x.analyser.topic(question)) {
		if i, ok := at[x.chunks[c].chunk]; ok {
			out[i] = v
		}
	}
	return out
}

// SaysName reports that a text says one of the cells that name a row, but for what stands in brackets there.
func (c *Chunk) SaysName(text string) bool {
	return slices.ContainsFunc(c.Row.Names, func(n int) bool {
		_, name := c.Cell(n)
		name = inBracket.ReplaceAllString(name, "")
		return utf8.RuneCountInString(name) > 1 && strings.Contains(text, name)
	})
}

// lookedUp are the rows that a question names best.
func lookedUp(named map[int]float64) []int {
	var list []neighbour
	for c, v := range named {
		if v >= rowLookedUp {
			list = append(list, neighbour{c, v})
		}
	}
	slices.SortFunc(list, func(a, b neighbour) int { return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.n, b.n)) })
	out := make([]int, 0, rowsOfAll)
	for _, n := range list[:min(rowsOfAll, len(list))] {
		out = append(out, n.n)
	}
	return out
}
