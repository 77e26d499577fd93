package export

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits of a sheet (ECMA-376; Excel's specifications and limits).
const (
	maxSheetRows = 1 << 20
	maxCellUnits = 32767 // UTF-16 code units
)

// The fixed parts of a workbook with one sheet (ECMA-376-1, 12.3): inline strings need no table of strings, and the first row is frozen.
var workbookParts = []struct{ name, text string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
}

const (
	sheetStart = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`
	sheetEnd   = `</sheetData></worksheet>`
)

type xlsxWriter struct {
	zip     *zip.Writer
	sheet   *bufio.Writer
	columns int
	rows    int
	row     bytes.Buffer // of the row being written; used again
}

func newXLSX(w io.Writer, columns []Column) (*xlsxWriter, error) {
	x := &xlsxWriter{zip: zip.NewWriter(w), columns: len(columns)}
	for _, p := range workbookParts {
		part, err := x.zip.Create(p.name)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(part, xml.Header+p.text); err != nil {
			return nil, err
		}
	}
	sheet, err := x.zip.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return nil, err
	}
	x.sheet = bufio.NewWriter(sheet)
	if _, err := x.sheet.WriteString(xml.Header + sheetStart); err != nil {
		return nil, err
	}
	titles := make([]any, len(columns))
	for i, c := range columns {
		titles[i] = c.Title
	}
	return x, x.Row(titles...)
}

// Row implements Writer. A sheet holds 1,048,576 rows; one more is an error.
func (x *xlsxWriter) Row(values ...any) error {
	if len(values) != x.columns {
		return fmt.Errorf("export: %d values for %d columns", len(values), x.columns)
	}
	if x.rows++; x.rows > maxSheetRows {
		return fmt.Errorf("export: a sheet holds at most %d rows: export a shorter time, or CSV", maxSheetRows)
	}
	b, number := &x.row, strconv.Itoa(x.rows)
	b.Reset()
	b.WriteString(`<row r="` + number + `">`)
	for i, v := range values {
		text, figure, err := cell(v)
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		b.WriteString(`<c r="`)
		b.WriteString(columnName(i))
		b.WriteString(number)
		if figure {
			b.WriteString(`"><v>`)
			b.WriteString(text)
			b.WriteString(`</v></c>`)
			continue
		}
		b.WriteString(`" t="inlineStr"><is><t xml:space="preserve">`)
		if err := xml.EscapeText(b, []byte(cellText(text))); err != nil {
			return err
		}
		b.WriteString(`</t></is></c>`)
	}
	b.WriteString("</row>")
	_, err := x.sheet.Write(b.Bytes())
	return err
}

// Close implements Writer.
func (x *xlsxWriter) Close() error {
	if _, err := x.sheet.WriteString(sheetEnd); err != nil {
		return err
	}
	if err := x.sheet.Flush(); err != nil {
		return err
	}
	return x.zip.Close()
}

// cellText is a defused text that fits into a cell.
func cellText(s string) string {
	s = Defused(strings.ToValidUTF8(s, "\ufffd"))
	units := 0
	for i, r := range s {
		if units++; r >= 0x10000 {
			units++
		}
		if units > maxCellUnits {
			return s[:i]
		}
	}
	return s
}

// columnName is A to Z, AA ...
func columnName(i int) string {
	name := string(rune('A' + i%26))
	if i >= 26 {
		name = columnName(i/26-1) + name
	}
	return name
}
