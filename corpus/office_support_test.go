package corpus

import (
	"fmt"
	"strings"

	"wenda/corpus/testdoc"
)

// The files that the tests read are made by testdoc; these are its names as the tests here say them.
var (
	zipped  = testdoc.Zip
	docx    = testdoc.Word
	para    = testdoc.Para
	textRun = testdoc.Run
	xlsx    = testdoc.Workbook
	row     = testdoc.Row
	pdf     = testdoc.PDF
)

type madeSheet = testdoc.Sheet

// outline writes headings and chunks of a document: level and text, section and text.
func outline(d Document) string {
	var b strings.Builder
	for _, k := range d.Blocks {
		if k.Kind == Heading {
			fmt.Fprintf(&b, "%d %s\n", k.Level, d.Text[k.Start:k.End])
		}
	}
	for _, c := range d.Chunks {
		fmt.Fprintf(&b, "%s | %s\n", c.SectionPath(), c.Text)
	}
	return b.String()
}

// codes are the codes of warnings, those that quarantine with a !.
func codes(list []Warning) string {
	var out []string
	for _, w := range list {
		c := w.Code
		if w.Quarantine {
			c += "!"
		}
		out = append(out, c)
	}
	return strings.Join(out, " ")
}
