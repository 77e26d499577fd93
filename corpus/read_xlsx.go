package corpus

import (
	"slices"
	"strings"
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
	for _, s := range shown {
		if len(shown) > 1 && len(s.Rows) > 0 && oneLine(s.Name) != "" {
			out.lines = append(out.lines, line{oneLine(s.Name), Heading, 2})
		}
		out.lines = append(out.lines, rowLines(s.Rows)...)
	}
	return out, nil
}

// oneLine is a text of a cell as a line.
func oneLine(s string) string { return strings.TrimSpace(strings.ReplaceAll(tidy(s), "\n", " ")) }

func rowLines(rows [][]string) []line {
	if len(rows) == 0 {
		return nil
	}
	question, answer := columnNamed(rows[0], questionColumns), columnNamed(rows[0], answerColumns)
	if question < 0 || answer < 0 {
		return tableLines(rows)
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
			out = append(out, line{q, Heading, 3})
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
	return out
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

// tableLines writes each row as a sentence: 学校：实验小学；学位：200。 A table of one column has no heads.
func tableLines(rows [][]string) []line {
	width := 0
	for _, r := range rows {
		width = max(width, len(r))
	}
	var out []line
	if width < 2 || len(rows) < 2 {
		for _, r := range rows {
			out = append(out, paragraphs(strings.Join(r, " "))...)
		}
		return out
	}
	for _, r := range rows[1:] {
		var cells []string
		for i, v := range r {
			if v = oneLine(v); v != "" {
				cells = append(cells, named(rows[0], i)+v)
			}
		}
		if len(cells) > 0 {
			out = append(out, line{text: strings.Join(cells, "；") + "。", kind: Paragraph})
		}
	}
	return out
}

// named is what stands before a value: the name of its column.
func named(head []string, i int) string {
	if i < len(head) {
		if h := oneLine(head[i]); h != "" {
			return h + "："
		}
	}
	return ""
}
