package rag

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenda/corpus"
)

// How many rows are told as a list.
const (
	fewestRows = 2
	mostRows   = 8
	mostTold   = 2   // cells of each
	longTable  = 300 // rows of a table that is not looked through for them
	listAlike  = .5  // likewise, where a list is asked for
	rowAlike   = .98 // of what a question names of the best row: this one is named as well
	leastNamed = .5  // of the best row, unless the question says what the table is about
	saidTable  = .6  // share of a table's caption that the question says
)

// rowList are the rows that a question names alike, where it asks for more than one or does not say which: 科技类的机构有哪些, 公办幼儿园保育费多少. nil: it
// names one, or none.
func (r *run) rowList(f found, x expectation) *Draft {
	best := f.result.Hits[0]
	if len(x.years) > 0 && !strings.Contains(best.Document.Text, x.years[0]) {
		return nil
	}
	if containsAny(f.question, r.set.Terms.AskRows) {
		for _, h := range f.result.Hits {
			if h.Chunk.Row == nil {
				continue
			}
			rows := rowsBeside(h.Document, h.Chunk)
			if alike := r.rowsAlike(f.question, rows, listAlike); len(alike) > 0 && saysKind(f.question, rows) {
				return r.listed(f, h, alike, true, func(h corpus.Hit) []corpus.Source { return saidCells(f.question, h) })
			}
		}
	}
	if best.Chunk.Row == nil {
		return nil
	}
	alike := r.rowsAlike(f.question, rowsBeside(best.Document, best.Chunk), rowAlike)
	if !slices.Contains(alike, best.Chunk) {
		return nil
	}
	return r.listed(f, best, alike, x.kind == "list", func(h corpus.Hit) []corpus.Source {
		cells := saidCells(f.question, h)
		if len(cells) > 0 || x.kind == "" || x.kind == "list" {
			return cells[:min(mostTold, len(cells))]
		}
		cells = otherCells(h, true, func(s corpus.Source) bool { return !r.lacksKind(x, f.question, s) })
		if len(cells) != 1 {
			return nil
		}
		return cells
	})
}

// listed is a line for each row; nil where none has anything to tell that is asked for, unless it is which ones they are.
func (r *run) listed(f found, best corpus.Hit, rows []*corpus.Chunk, which bool, cells func(corpus.Hit) []corpus.Source) *Draft {
	d := &Draft{Outline: true, Intro: r.reply("outline_plain", nil)}
	if t := aboutOf(best.Chunk); t != "" {
		d.Intro = r.introOf(t)
	}
	some := false
	for _, row := range rows {
		h := corpus.Hit{Document: best.Document, Chunk: row}
		for i := range row.Sentences {
			h.Sentences = append(h.Sentences, corpus.SentenceScore{Source: corpus.Source{Document: best.Document, Chunk: row, Sentence: i, Text: row.Told(i)}})
		}
		told := cells(h)
		some = some || len(told) > 0
		d.Statements = append(d.Statements, rowLine(best.Document, row, told))
	}
	if !some && (!which || !saysKind(f.question, rows)) {
		return nil
	}
	return d
}

// rowsAlike are the rows that a question names about as well as the best one; nil where these are one, or very many, or it names none.
func (r *run) rowsAlike(question string, rows []*corpus.Chunk, share float64) []*corpus.Chunk {
	if len(rows) == 0 || len(rows) > longTable {
		return nil
	}
	named := r.index.Named(question, rows)
	most := slices.Max(named)
	if most < leastNamed && headHeld(question, aboutOf(rows[0])) < saidTable && headHeld(question, nameHead(rows[0])) < saidTable {
		return nil
	}
	var alike []*corpus.Chunk
	for i, row := range rows {
		if named[i] >= share*most {
			alike = append(alike, row)
		}
	}
	if len(alike) < fewestRows || len(alike) > mostRows {
		return nil
	}
	return alike
}

// aboutOf is what a table is about: its caption, or the heading above it.
func aboutOf(row *corpus.Chunk) string {
	if row.Row.Table != "" || len(row.Section) == 0 {
		return row.Row.Table
	}
	return row.Section[len(row.Section)-1]
}

func nameHead(row *corpus.Chunk) string {
	head, _ := row.Cell(row.Row.Names[0])
	return head
}

// saysKind reports that a question says what kind of thing the rows of a table are about (幼儿园, 项目).
func saysKind(question string, rows []*corpus.Chunk) bool {
	said := slices.ContainsFunc(rows[0].Row.Names, func(n int) bool {
		head, _ := rows[0].Cell(n)
		return headHeld(question, head) >= saidTable
	})
	return said || longestCommon(question, aboutOf(rows[0])) >= captionSaid ||
		slices.ContainsFunc(endsOf(rows, usualEnd), func(e string) bool { return strings.Contains(question, e) })
}

// rowLine is a row in a list: its name, and some of its cells.
func rowLine(d *corpus.Document, row *corpus.Chunk, cells []corpus.Source) Statement {
	var s Statement
	for _, n := range row.Row.Names {
		_, name := row.Cell(n)
		s.Text += name + "，"
		s.Sources = append(s.Sources, corpus.Source{Document: d, Chunk: row, Sentence: n, Text: row.Told(n)})
	}
	s.Text = strings.TrimSuffix(s.Text, "，")
	mark := "："
	for _, c := range cells {
		if !slices.Contains(row.Row.Names, c.Sentence) { // said already
			s.Text += mark + c.Text
			s.Sources = append(s.Sources, c)
			mark = "；"
		}
	}
	return s
}

// rowsBeside are the rows of the table that a row stands in, in their order, without one that sums them up.
func rowsBeside(d *corpus.Document, row *corpus.Chunk) []*corpus.Chunk {
	at := slices.IndexFunc(d.Chunks, func(c corpus.Chunk) bool { return c.ID == row.ID })
	same := func(i int) bool {
		return i >= 0 && i < len(d.Chunks) && d.Chunks[i].Row != nil && d.Chunks[i].Row.Table == row.Row.Table && slices.Equal(d.Chunks[i].Section, row.Section)
	}
	for same(at - 1) {
		at--
	}
	var list []*corpus.Chunk
	for ; same(at); at++ {
		if c := &d.Chunks[at]; len(c.Row.Names) > 0 {
			if head, _ := c.Cell(c.Row.Names[0]); head != "" {
				list = append(list, c)
			}
		}
	}
	return list
}

// sharedEnd is how many of ten rows have names that end alike, for that end to be a kind of thing (小学, 幼儿园).
const (
	sharedEnd   = 2
	usualEnd    = 6 // likewise, for all rows to be of that kind
	captionSaid = 4 // runes of the caption that the question says at a stretch
	endRunes    = 4 // the longest such end
	wholeNames  = 4 // runes of a name that stands for one thing
	nameShare   = .5
	nameBefore  = 3 // runes of a name before it
)

// otherRow reports that a question names a thing of the kind that the rows of a table are about, and that this one is another: 红太阳幼儿园, of which a
// list of all kindergartens says nothing.
func otherRow(question string, s corpus.Source, hits []corpus.Hit) bool {
	if s.Chunk.Row == nil {
		return false
	}
	for _, h := range hits {
		if !s.Chunk.SaysName(question) && h.Chunk.Row != nil && namesThing(question, h, s.Chunk.Text) {
			return true
		}
	}
	if lacksCode(question, s.Chunk.Text) {
		return true
	}
	rows := rowsBeside(s.Document, s.Chunk)
	if len(rows) > longTable {
		return false
	}
	end := ""
	for _, e := range endsOf(rows, sharedEnd) {
		if strings.Contains(question, e) && len(e) > len(end) {
			end = e
		}
	}
	if end == "" {
		return false
	}
	before, _, _ := strings.Cut(question, end)
	rest := []rune(before)
	from := len(rest)
	for from > 0 && len(rest)-from < nameBefore && unicode.Is(unicode.Han, rest[from-1]) && !strings.ContainsRune(namesNothing, rest[from-1]) {
		from--
	}
	name := pairs(string(rest[from:]))
	if len(name) == 0 {
		return false
	}
	held := 0
	have := pairs(s.Chunk.Text + " " + s.Chunk.Row.Table + " " + s.Chunk.SectionPath())
	for p := range name {
		if have[p] {
			held++
		}
	}
	return float64(held) < nameShare*float64(len(name))
}

// namesThing reports that a question says the whole name of another row, of a thing as its table has more (青枫中学, and not 高中学费), and that a text
// does not.
func namesThing(question string, row corpus.Hit, text string) bool {
	for _, n := range row.Chunk.Row.Names {
		_, name := row.Chunk.Cell(n)
		name, _, _ = strings.Cut(name, "（")
		if utf8.RuneCountInString(name) < wholeNames || !strings.Contains(question, name) || strings.Contains(text, name) {
			continue
		}
		rows := rowsBeside(row.Document, row.Chunk)
		if len(rows) <= longTable && slices.ContainsFunc(endsOf(rows, sharedEnd), func(e string) bool { return strings.HasSuffix(name, e) }) {
			return true
		}
	}
	return false
}

// codes are long numbers that name something (岗位24016); no years.
var codes = regexp.MustCompile(`(\d{4,})(年?)`)

func lacksCode(question, text string) bool {
	return slices.ContainsFunc(codes.FindAllStringSubmatch(question, -1), func(m []string) bool { return m[2] == "" && !strings.Contains(text, m[1]) })
}

// namesNothing are characters that stand before a kind of thing and are no part of its name.
const namesNothing = "的是在去上读到个家所们和跟与或从要想问找哪这那我你他她吗呢啊请下近给送进报看有让就考"

// endsOf are the ends that the names of many rows share.
func endsOf(rows []*corpus.Chunk, tenths int) []string {
	count := map[string]int{}
	for _, row := range rows {
		for _, n := range row.Row.Names {
			_, name := row.Cell(n)
			name, _, _ = strings.Cut(name, "（")
			rs := []rune(name)
			for n := 2; n <= min(endRunes, len(rs)-1); n++ {
				count[string(rs[len(rs)-n:])]++
			}
		}
	}
	var ends []string
	for _, e := range slices.Sorted(maps.Keys(count)) {
		if count[e] > 1 && 10*count[e] >= tenths*len(rows) {
			ends = append(ends, e)
		}
	}
	return ends
}
