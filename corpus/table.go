package corpus

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Row says that a chunk is a row of a table: its sentences are the cells, each behind the head of its column.
type Row struct {
	Table string `json:"table,omitempty"` // its caption; empty: none
	Names []int  `json:"names,omitempty"` // the sentences that name the row; none: it is one sentence
}

// lines writes a table: a line for each row, which says the head of each column. caption is what stands above it, room how many bytes all tables of a
// file may still take: heads and merged cells are said again in every row. The error is in Chinese, for who brought the file.
func (g *grid) lines(caption string, room *int) ([]line, error) {
	rows := slices.DeleteFunc(slices.Clone(g.rows), blank)
	var out []line
	for len(rows) > 0 {
		text, ok := single(rows[0])
		if !ok {
			break
		}
		out = append(out, line{text: text})
		rows = rows[1:]
	}
	if len(out) > 0 && utf8.RuneCountInString(out[0].text) <= maxHeadingRunes {
		caption = out[0].text
	}
	if len(out) > 1 && tableUnit.MatchString(out[len(out)-1].text) {
		caption += " " + tableUnit.FindString(out[len(out)-1].text)
	}
	if len(rows) == 0 {
		return out, nil
	}
	t := layoutOf(rows, caption)
	group := ""
	for _, row := range rows[t.heads:] {
		l := t.rowLine(row, group)
		if text, ok := single(row); ok {
			l = line{text: text, kind: Paragraph}
			if group = ""; utf8.RuneCountInString(text) <= maxGroupRunes {
				group = text
			}
		}
		if *room -= len(l.text); *room < 0 {
			return nil, errTooMuchText
		}
		if l.text != "" {
			out = append(out, l)
		}
	}
	return out, nil
}

// A rowText writes cells one behind the other: 学校：柳营小学；计划人数：270人。
type rowText struct {
	text  strings.Builder
	cells []Span
}

func (w *rowText) cell(s string) {
	if len(w.cells) > 0 {
		w.text.WriteString("；")
		w.cells[len(w.cells)-1].End = w.text.Len()
	}
	w.cells = append(w.cells, Span{Start: w.text.Len()})
	w.text.WriteString(s)
}

// line ends the row; one that nothing names is one sentence.
func (w *rowText) line(row *Row) line {
	if len(w.cells) == 0 {
		return line{}
	}
	if !strings.HasSuffix(w.text.String(), "。") {
		w.text.WriteString("。")
	}
	w.cells[len(w.cells)-1].End = w.text.Len()
	if row == nil {
		w.cells = []Span{{0, w.text.Len()}}
	}
	return line{text: w.text.String(), kind: Paragraph, row: row, cells: w.cells}
}

// rowLine writes a row below the heading group.
func (t layout) rowLine(row []gridCell, group string) line {
	switch {
	case t.forms:
		return formLine(row)
	case t.heads == 0:
		return plainLine(row)
	}
	w, about := &rowText{}, &Row{Table: strings.TrimSpace(t.caption + " " + group)}
	unit, sums := "", false // of figures in this row; it sums the others up
	for from, to := 0, 0; from < len(row); from = to + 1 {
		for to = from; to+1 < min(len(row), len(t.columns)) && row[to+1].of == row[from].of; {
			to++
		}
		head, value, name := t.head(from, to), row[from].text, slices.Contains(t.names, from) && !sums
		switch {
		case value == "" || rowNumber.MatchString(head) && oneNumber.MatchString(value):
			continue
		case sumOfRows.MatchString(value): // it alone names the row
			about.Names, sums = []int{len(w.cells)}, true
			w.cell(value)
			continue
		case name:
			about.Names = append(about.Names, len(w.cells))
			if m := columnUnit.FindStringSubmatch(value); m != nil {
				unit = m[2]
			}
		}
		of := t.columns[from].unit
		if of == "" && !ownMeasure.MatchString(head) {
			of = unit
		}
		w.cell(pair(head, withUnit(value, of)))
	}
	if t.whole {
		about = nil
	}
	return w.line(about)
}

// formLine writes a row of a form: names and values by turns.
func formLine(row []gridCell) line {
	w := &rowText{}
	texts := differentTexts(row)
	for i := 0; i < len(texts); i += 2 {
		value := ""
		if i+1 < len(texts) {
			value = texts[i+1]
		}
		if s := pair(strings.TrimRight(texts[i], "：: "), value); s != "" {
			w.cell(s)
		}
	}
	return w.line(nil)
}

// plainLine writes a row of a table without heads, as it stands.
func plainLine(row []gridCell) line {
	texts := slices.DeleteFunc(differentTexts(row), func(s string) bool { return s == "" })
	return line{text: strings.Join(texts, " "), kind: Paragraph}
}

// differentTexts are the texts of a row's cells, merged ones once.
func differentTexts(row []gridCell) []string {
	var texts []string
	of := 0
	for _, c := range row {
		if c.of == 0 || c.of != of {
			texts = append(texts, c.text)
		}
		of = c.of
	}
	return texts
}

func pair(name, value string) string {
	switch {
	case name == "":
		return value
	case value == "":
		return name
	}
	return name + "：" + value
}

// head is that of the columns from one to another, which a merged cell covers: 保教费（小班、中班）.
func (t layout) head(from, to int) string {
	var mains, parts []string
	for _, c := range t.columns[from : to+1] {
		if !slices.Contains(mains, c.main) {
			mains = append(mains, c.main)
		}
		if c.part != "" && !slices.Contains(parts, c.part) {
			parts = append(parts, c.part)
		}
	}
	name := strings.Join(slices.DeleteFunc(mains, func(s string) bool { return s == "" }), "、")
	switch {
	case name == "":
		return strings.Join(parts, "、")
	case len(parts) > 0:
		return fmt.Sprintf("%s（%s）", name, strings.Join(parts, "、"))
	}
	return name
}

// withUnit is a figure with the unit that its column or table gives.
func withUnit(text, unit string) string {
	if unit == "" || !figureOnly.MatchString(text) || telephone.MatchString(text) || strings.HasSuffix(text, "%") {
		return text
	}
	return text + unit
}
