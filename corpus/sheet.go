package corpus

import (
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// Bounds of a workbook, beside those of an archive.
const (
	maxSheets       = 50
	maxSheetRows    = 5000 // of one sheet
	maxSheetColumns = 50
	maxSharedTexts  = 500_000
)

// Parts of a workbook (ECMA-376 part 1, SpreadsheetML).
const (
	workbookPart   = "xl/workbook.xml"
	firstSheetPart = "xl/worksheets/sheet1.xml"
)

// A Sheet is one sheet of an XLSX workbook as text. Rows[i] ends with its last cell that has text; rows without cells are left out.
type Sheet struct {
	Name   string
	Hidden bool
	Rows   [][]string
	Unseen string // text of hidden rows and columns, which is not in Rows

	numbers []int  // of Rows in the sheet, from 1
	merged  []area // cells that are one
}

// An area is cells from one row and column to another, both included: rows from 1, columns from 0.
type area struct{ top, left, bottom, right int }

// Sheets reads a workbook within SECURITY.md's bounds. Formulas are not computed: what the program that wrote the file kept as their value
// counts. Errors are in Chinese for who brought the file. The standard library is enough for cells of text; excelize (LIBRARIES.md) would
// bring 8 modules.
func Sheets(data []byte) ([]Sheet, error) {
	a, err := openArchive(data)
	if err != nil {
		return nil, err
	}
	return readSheets(a)
}

func readSheets(a *archive) ([]Sheet, error) {
	list, err := readWorkbook(a)
	if err != nil {
		return nil, err
	}
	b := &workbook{}
	if err := a.walk("xl/sharedStrings.xml", b.sharedText); err != nil {
		return nil, err
	}
	if err := a.walk("xl/styles.xml", b.style); err != nil {
		return nil, err
	}
	var out []Sheet
	for _, s := range list {
		r := &sheetReader{workbook: b, Sheet: Sheet{Name: s.name, Hidden: s.hidden}, hiddenColumns: map[int]bool{}}
		if err := a.walk(s.part, r.token); err != nil {
			return nil, err
		}
		r.Unseen = r.unseen.String()
		out = append(out, r.Sheet)
	}
	return out, nil
}

type sheetEntry struct {
	name, part string
	hidden     bool
}

// readWorkbook finds the sheets in their order. A file without a list of them has one.
func readWorkbook(a *archive) ([]sheetEntry, error) {
	if !a.has(workbookPart) {
		if !a.has(firstSheetPart) {
			return nil, errors.New("XLSX文件里没有工作表。")
		}
		return []sheetEntry{{part: firstSheetPart}}, nil
	}
	targets := map[string]string{}
	err := a.walk("xl/_rels/workbook.xml.rels", func(t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" {
			target := value(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = "/xl/" + target
			}
			if len(targets) == maxDefined {
				return errBomb
			}
			targets[value(e, "Id")] = path.Clean(target)[1:]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []sheetEntry
	err = a.walk(workbookPart, func(t xml.Token) error {
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "sheet" {
			return nil
		}
		part := targets[value(e, "id")]
		if !a.has(part) {
			return nil // a chart, or damaged
		}
		if len(out) == maxSheets {
			return fmt.Errorf("工作簿里的工作表超过%d张，请分成几个文件。", maxSheets)
		}
		state := value(e, "state")
		out = append(out, sheetEntry{value(e, "name"), part, state == "hidden" || state == "veryHidden"})
		return nil
	})
	if err == nil && len(out) == 0 {
		err = errors.New("XLSX文件里没有工作表。")
	}
	return out, err
}

// A workbook is what its sheets share. size counts the text of all cells: a short file may repeat a long text.
type workbook struct {
	shared  []string
	formats map[string]string // of numbers, by ID
	looks   []numberLook      // of cells, by style
	inLooks bool
	open    strings.Builder // the shared text that is being read
	phon    bool            // in the reading of a text, which is not its text
	inText  bool
	size    int
}

func (b *workbook) sharedText(t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		switch e.Name.Local {
		case "si":
			b.open.Reset()
		case "rPh":
			b.phon = true
		case "t":
			b.inText = !b.phon
		}
	case xml.CharData:
		if b.inText {
			b.open.Write(e)
		}
	case xml.EndElement:
		switch e.Name.Local {
		case "t":
			b.inText = false
		case "rPh":
			b.phon = false
		case "si":
			if len(b.shared) == maxSharedTexts {
				return errTooMuchText
			}
			b.shared = append(b.shared, b.open.String())
		}
	}
	return nil
}

// A numberLook is how a number is shown.
type numberLook int

const (
	plainNumber numberLook = iota
	dateNumber
	percentNumber
)

func (b *workbook) style(t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		switch e.Name.Local {
		case "numFmt":
			if b.formats == nil {
				b.formats = map[string]string{}
			}
			if len(b.formats) == maxDefined {
				return errBomb
			}
			b.formats[value(e, "numFmtId")] = value(e, "formatCode")
		case "cellXfs":
			b.inLooks = true
		case "xf":
			if len(b.looks) == maxSharedTexts {
				return errBomb
			}
			if b.inLooks {
				b.looks = append(b.looks, b.lookOf(value(e, "numFmtId")))
			}
		}
	case xml.EndElement:
		if e.Name.Local == "cellXfs" {
			b.inLooks = false
		}
	}
	return nil
}

// lookOf knows the built-in formats by number (ECMA-376 part 1, 18.8.30) and others by their letters.
func (b *workbook) lookOf(id string) numberLook {
	n, err := strconv.Atoi(id)
	if err != nil {
		return plainNumber
	}
	if code, own := b.formats[id]; own {
		switch {
		case strings.Contains(code, "%"):
			return percentNumber
		case strings.ContainsAny(strings.ToLower(code), "yd"):
			return dateNumber
		}
		return plainNumber
	}
	switch {
	case n == 9 || n == 10:
		return percentNumber
	case n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 58:
		return dateNumber
	}
	return plainNumber
}

// shown writes a number as people see it, without the traces of binary fractions.
func (b *workbook) shown(text, style string) string {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(v) > 1e15 {
		return text
	}
	look := plainNumber
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(b.looks) {
		look = b.looks[n]
	}
	switch {
	case look == dateNumber && v >= 1 && v < 200_000: // days since 1899-12-30, to the year 2447
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(v)).Format(time.DateOnly)
	case look == percentNumber:
		return rounded(v*100) + "%"
	}
	return rounded(v)
}

func rounded(v float64) string {
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	if err != nil {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}

type sheetReader struct {
	*workbook
	Sheet
	row           []string
	rowHidden     bool
	hiddenColumns map[int]bool
	unseen        strings.Builder

	cells     int // of the row so far
	at        int // column of the cell
	kind      string
	look      string
	cell      strings.Builder
	reading   bool // in <v> or in <t> of an inline text
	inReading bool
	rows      int
	number    int // of the row in the sheet
}

func (r *sheetReader) token(t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		return r.start(e)
	case xml.CharData:
		if r.reading {
			r.cell.Write(e)
		}
	case xml.EndElement:
		switch e.Name.Local {
		case "v", "t":
			r.reading = false
		case "rPh":
			r.inReading = false
		case "c":
			return r.endCell()
		case "row":
			if len(r.row) > 0 {
				r.Rows, r.numbers = append(r.Rows, r.row), append(r.numbers, r.number)
			}
			r.row = nil
		}
	}
	return nil
}

func (r *sheetReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "col":
		first, err1 := strconv.Atoi(value(e, "min"))
		last, err2 := strconv.Atoi(value(e, "max"))
		if on(value(e, "hidden")) && err1 == nil && err2 == nil {
			for i := max(1, first); i <= min(last, maxSheetColumns); i++ {
				r.hiddenColumns[i-1] = true
			}
		}
	case "row":
		if r.rows++; r.rows > maxSheetRows {
			return fmt.Errorf("表格超过%d行，请分成几个文件。", maxSheetRows)
		}
		r.rowHidden, r.cells = on(value(e, "hidden")), 0
		if r.number++; value(e, "r") != "" {
			r.number, _ = strconv.Atoi(value(e, "r")) // nought where it is no number
		}
	case "mergeCell":
		first, last, ok := strings.Cut(value(e, "ref"), ":")
		if ok && len(r.merged) < maxDefined {
			r.merged = append(r.merged, area{rowOf(first), columnOf(first, 0), rowOf(last), min(columnOf(last, 0), maxSheetColumns-1)})
		}
	case "c":
		r.at, r.kind, r.look = columnOf(value(e, "r"), r.cells), value(e, "t"), value(e, "s")
		r.cells++
		r.cell.Reset()
	case "rPh":
		r.inReading = true
	case "v", "t":
		r.reading = !r.inReading
	}
	return nil
}

func on(v string) bool { return v == "1" || v == "true" }

func (r *sheetReader) endCell() error {
	text := r.cell.String()
	switch r.kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 0 || n >= len(r.shared) {
			return nil
		}
		text = r.shared[n]
	case "b":
		text = map[string]string{"1": "是", "0": "否"}[text]
	case "e": // #DIV/0! is no text
		return nil
	case "", "n":
		text = r.shown(text, r.look)
	}
	if text = strings.TrimSpace(text); text == "" || r.at >= maxSheetColumns {
		return nil
	}
	if r.size += len(text); r.size > MaxFileBytes {
		return errTooMuchText
	}
	if r.rowHidden || r.hiddenColumns[r.at] {
		r.unseen.WriteString(text + "\n")
		return nil
	}
	for len(r.row) <= r.at {
		r.row = append(r.row, "")
	}
	r.row[r.at] = text
	return nil
}

// columnOf reads a cell's place (BC12), counted from 0; i where there is none.
func columnOf(ref string, i int) int {
	n, letters := 0, 0
	for _, r := range ref {
		if r < 'A' || r > 'Z' || letters == 3 {
			break
		}
		n, letters = n*26+int(r-'A')+1, letters+1
	}
	if letters == 0 {
		return i
	}
	return n - 1
}

// rowOf reads a cell's row (BC12), counted from 1; 0 where there is none.
func rowOf(ref string) int {
	n, err := strconv.Atoi(strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if err != nil {
		return 0
	}
	return n
}
