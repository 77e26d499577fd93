package corpus

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A grid is a table as a reader finds it. A merged cell stands in every place that it covers, so that each row says all that it means.
type grid struct {
	rows  [][]gridCell
	below []gridCell // of the row to come: cells that reach down into it
	cells int        // made so far
}

type gridCell struct {
	text string
	head bool // the file says that it is a head
	of   int  // number of the cell, from 1: places of a merged cell share it; 0: no cell
	down int  // rows that it still covers below
}

// newRow begins a row.
func (g *grid) newRow() {
	g.rows = append(g.rows, slices.Clone(g.below))
	for i := range g.below {
		if g.below[i].down--; g.below[i].down < 0 {
			g.below[i] = gridCell{}
		}
	}
}

// put adds a cell to the row at the first free place.
func (g *grid) put(text string, head bool, across, down int) {
	if len(g.rows) == 0 {
		g.newRow()
	}
	row := &g.rows[len(g.rows)-1]
	at := slices.IndexFunc(*row, func(c gridCell) bool { return c.of == 0 })
	if at < 0 {
		at = len(*row)
	}
	if at >= maxTableColumns { // no table that people read is as wide
		last := &(*row)[maxTableColumns-1]
		last.text = strings.TrimSpace(last.text + " " + oneLine(text))
		return
	}
	g.cells++
	c := gridCell{oneLine(text), head, g.cells, min(down, maxSheetRows) - 1}
	for i := at; i < at+max(1, min(across, maxTableColumns-at)); i++ {
		if i >= len(*row) {
			*row = append(*row, gridCell{})
		} else if (*row)[i].of != 0 {
			break
		}
		(*row)[i] = c
		if c.down > 0 {
			for len(g.below) <= i {
				g.below = append(g.below, gridCell{})
			}
			g.below[i] = gridCell{c.text, head, c.of, c.down - 1}
		}
	}
}

// putBelow is put for a cell that goes on with the one above it, as word processors write them.
func (g *grid) putBelow(text string, head bool, across int, merged bool) {
	if len(g.rows) == 0 {
		g.newRow()
	}
	at := len(g.rows[len(g.rows)-1])
	g.put(text, head, across, 1)
	if n := len(g.rows); merged && n > 1 && oneLine(text) == "" {
		row := g.rows[n-1]
		for i := at; i < len(row) && i < len(g.rows[n-2]); i++ {
			row[i] = g.rows[n-2][i]
		}
	}
}

// single is the text of a row that is one cell, however wide; what is empty beside it does not count.
func single(row []gridCell) (string, bool) {
	text, of := "", 0
	for _, c := range row {
		if c.text != "" && c.of != of {
			if of != 0 {
				return "", false
			}
			text, of = c.text, c.of
		}
	}
	return text, of != 0
}

func blank(row []gridCell) bool {
	return !slices.ContainsFunc(row, func(c gridCell) bool { return c.text != "" })
}

// captionAbove is the last line where it is the caption of the table that follows: 表1 各校招生计划表.
func captionAbove(lines []line) string {
	unit := ""
	for i := len(lines) - 1; i >= 0; i-- {
		if text := strings.TrimSpace(lines[i].text); text != "" {
			if unit == "" && tableUnit.FindString(text) == text {
				unit = " " + text
				continue
			}
			name := strings.TrimRight(tableUnit.ReplaceAllString(text, ""), "：:")
			fields := strings.ContainsAny(name, "：:") // 制表单位：区教育局
			if utf8.RuneCountInString(text) <= maxHeadingRunes && lines[i].row == nil && lines[i].kind != Heading && !fields && !strings.ContainsAny(lastRune(text), "。；！？") {
				return strings.TrimRight(text, "：:") + unit
			}
			break
		}
	}
	return strings.TrimSpace(unit)
}

func textOf(lines []line) string {
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	return strings.Join(texts, "\n")
}

func linesFrom(text string) []line {
	var out []line
	for _, t := range strings.Split(text, "\n") {
		out = append(out, line{text: t})
	}
	return out
}

// isCaption reports a paragraph that is the caption of the table below it.
func (d *Document) isCaption(chunk int) bool {
	if chunk+1 >= len(d.Chunks) {
		return false
	}
	c, row := &d.Chunks[chunk], d.Chunks[chunk+1].Row
	return c.Row == nil && row != nil && row.Table != "" && len(c.Sentences) == 1 && strings.HasPrefix(tableNumber.ReplaceAllString(c.Text, ""), row.Table)
}
