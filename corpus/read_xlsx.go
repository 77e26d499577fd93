package corpus

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Names of the columns of questions and answers, folded.
var (
	questionColumns = []string{"问题", "问", "标准问题", "常见问题", "提问", "咨询内容", "question"}
	answerColumns   = []string{"答案", "答", "回答", "答复", "标准答案", "解答", "回复", "答复内容", "answer"}
)

// readXLSX reads a workbook: rows of questions and answers, where the first row names such columns, as a heading with its paragraph; any
// other table as a paragraph a row, which names its columns. Hidden sheets, rows and columns are not read and are told of.
func readXLSX(meta *Meta, a *archive) (reading, error) {
	meta.Format = "xlsx"
	sheets, err := readSheets(a)
	if err != nil {
		return reading{}, err
	}
	var out reading
	var shown []Sheet
	for _, s := range sheets {
		out.hidden += s.Unseen
		if !s.Hidden {
			shown = append(shown, s)
			continue
		}
		for _, row := range s.Rows {
			out.hidden += strings.Join(row, " ") + "\n"
		}
	}
	room := MaxFileBytes // of all tables
	for _, s := range shown {
		if len(shown) > 1 && len(s.Rows) > 0 && oneLine(s.Name) != "" {
			out.lines = append(out.lines, line{text: oneLine(s.Name), kind: Heading, level: 2})
		}
		lines, err := rowLines(s, &room)
		if err != nil {
			return reading{}, err
		}
		if title := titleRow(lines); meta.Title == "" && title != "" && (len(shown) == 1 || !strings.ContainsFunc(titleFromSource(meta.Source), han)) {
			meta.Title = title
		}
		out.lines = append(out.lines, lines...)
	}
	return out, nil
}

// oneLine is a text of a cell as a line.
func oneLine(s string) string { return strings.TrimSpace(strings.ReplaceAll(tidy(s), "\n", " ")) }

func rowLines(s Sheet, room *int) ([]line, error) {
	rows := s.Rows
	if len(rows) == 0 {
		return nil, nil
	}
	question, answer := columnNamed(rows[0], questionColumns), columnNamed(rows[0], answerColumns)
	if question < 0 || answer < 0 {
		return s.grid().lines("", room)
	}
	var out []line
	cell := func(row []string, i int) string {
		if i < len(row) {
			return row[i]
		}
		return ""
	}
	for _, row := range rows[1:] {
		q := oneLine(cell(row, question))
		if q != "" {
			out = append(out, line{text: q, kind: Heading, level: 3})
		}
		out = append(out, paragraphs(cell(row, answer))...)
		var more []string
		for i, v := range row {
			if v = oneLine(v); v != "" && i != question && i != answer {
				more = append(more, named(rows[0], i)+v)
			}
		}
		if len(more) > 0 {
			out = append(out, line{text: strings.Join(more, "；") + "。", kind: Paragraph})
		}
	}
	return out, nil
}

// paragraphs are the lines of a cell.
func paragraphs(text string) (out []line) {
	for _, part := range strings.Split(tidy(text), "\n") {
		if part != "" {
			out = append(out, line{text: part, kind: Paragraph})
		}
	}
	return out
}

func columnNamed(head, names []string) int {
	return slices.IndexFunc(head, func(h string) bool { return slices.Contains(names, Fold(h)) })
}

// titleRow is what stands in one cell above a table.
func titleRow(lines []line) string {
	table := slices.ContainsFunc(lines, func(l line) bool { return l.kind == Paragraph })
	if !table || lines[0].kind != "" || utf8.RuneCountInString(lines[0].text) > maxHeadingRunes {
		return ""
	}
	return lines[0].text
}

// grid is the sheet with its merged cells.
func (s Sheet) grid() *grid {
	cover := map[[2]int]area{} // by the first place of a row that it covers
	width := 0
	for _, row := range s.Rows {
		width = max(width, len(row))
	}
	for _, a := range s.merged {
		for n := max(a.top, 1); n <= min(a.bottom, maxSheetRows) && len(cover) < maxSheetRows*maxSheetColumns; n++ {
			cover[[2]int{n, a.left}] = a
		}
		width = max(width, a.right+1)
	}
	g := &grid{}
	of := map[area]gridCell{}
	for i, row := range s.Rows {
		g.newRow()
		n := s.numbers[i]
		for c := 0; c < width; {
			text := ""
			if c < len(row) {
				text = row[c]
			}
			a, merged := cover[[2]int{n, c}]
			if !merged {
				g.put(text, false, 1, 1)
				c++
				continue
			}
			g.put(text, false, a.right-a.left+1, 1)
			last := g.rows[len(g.rows)-1]
			if first, known := of[a]; known {
				for k := c; k < len(last); k++ {
					last[k] = first
				}
			} else {
				of[a] = last[c]
			}
			c = max(c+1, a.right+1)
		}
	}
	return g
}

func named(head []string, i int) string {
	if i < len(head) {
		if h := oneLine(head[i]); h != "" {
			return h + "："
		}
	}
	return ""
}
