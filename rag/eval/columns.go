package eval

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// A table is rows of cells under headings; the first cell of a row names it.
type table struct {
	Caption string
	Head    []string
	Rows    [][]string
	Note    string
}

// columns writes rows under each other for a terminal, where a Chinese character is two wide. The first column is set left, figures
// right. (text/tabwriter counts characters, so that tables with Chinese headings lean.)
func columns(w io.Writer, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-width(cell))
			switch {
			case i == 0:
				b.WriteString(cell + gap)
			default:
				b.WriteString("  " + gap + cell)
			}
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// width is how many columns of a terminal a text takes.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xff60 || r == '…' || r == '“' || r == '”' {
			n++
		}
	}
	return n
}

// percent writes a share; a dash where there is nothing to share.
func percent(k, n int) string {
	if n == 0 {
		return "-"
	}
	return rate(float64(k) / float64(n))
}

func rate(share float64) string { return fmt.Sprintf("%.1f%%", 100*share) }
