package corpus

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readDOCX reads a document of Word or WPS (ECMA-376 part 1, WordprocessingML): headings by style or outline level, paragraphs, the numbers of
// lists as they are printed, tables row by row (see grid). Hidden text is not read and is told of: deleted and moved text is nobody's any more.
func readDOCX(meta *Meta, a *archive) (reading, error) {
	meta.Format = "docx"
	styles, err := readWordStyles(a)
	if err != nil {
		return reading{}, err
	}
	numbers, err := readNumbering(a)
	if err != nil {
		return reading{}, err
	}
	w := &wordReader{styles: styles, numbers: numbers, room: MaxFileBytes}
	if err := a.walk("word/document.xml", w.token); err != nil {
		return reading{}, err
	}
	if w.err != nil {
		return reading{}, w.err
	}
	out := reading{hidden: w.hidden.String()}
	if portalIndex.MatchString(textOf(w.lines)) {
		out.lines = readPortal(meta, w.lines)
		return out, nil
	}
	out.lines = w.lines
	wordHeadings(meta, out.lines)
	return out, nil
}

// titleLevel marks lines in the style of a title until wordHeadings gives the levels.
const titleLevel = -1

// longHeading is the longest text that is taken for a heading because its style says so, in runes: people style whole paragraphs.
const longHeading = 80

// wordHeadings turns levels of Word into ours, where 1 is the title of the document. Word's first level is the title only where it stands
// alone and first.
func wordHeadings(meta *Meta, lines []line) {
	title, first, tops := -1, -1, 0
	for i, l := range lines {
		if l.text == "" {
			continue
		}
		if first < 0 {
			first = i
		}
		if l.kind == Heading && utf8.RuneCountInString(l.text) > longHeading {
			lines[i].kind, lines[i].level = "", 0
			continue
		}
		if l.level == titleLevel && title < 0 {
			title = i
		}
		if l.kind == Heading && l.level == 1 {
			tops++
		}
	}
	down := 1
	if title < 0 && first >= 0 && tops == 1 && lines[first].kind == Heading && lines[first].level == 1 {
		title, down = first, 0
	}
	for i, l := range lines {
		switch {
		case i == title:
			meta.Title, lines[i].level = l.text, 1
		case l.kind == Heading && l.level == titleLevel:
			lines[i].level = 2
		case l.kind == Heading:
			lines[i].level = min(6, l.level+down)
		}
	}
	if title < 0 {
		takeTitle(meta, lines)
	}
}

// A wordReader goes through the body of a document, one token at a time.
type wordReader struct {
	styles  map[string]wordStyle
	numbers *numbering

	path       []string // local names of the open elements
	skip       int      // depth of the element whose content is left out; 0: none
	paragraphs []*wordParagraph
	tables     []*wordTable
	lines      []line
	hidden     strings.Builder
	err        error
	room       int // of tables, see grid
	size       int // bytes of text so far
	pieces     int
}

type wordParagraph struct {
	text   strings.Builder
	style  string
	level  int // of the outline, from 1; 0: by style
	listed listed
	look   look // of the paragraph
	run    look
}

// A look is what decides whether text can be seen.
type look struct{ vanish, white, tiny, shaded bool }

func (l look) seen() bool { return !l.vanish && !l.tiny && (!l.white || l.shaded) }

type wordTable struct {
	grid   grid
	cell   strings.Builder
	across int  // columns of the cell
	shaded bool // the cell
	merged bool // the cell goes on with the one above
	head   bool // the row stands at the top of each page
}

// leftOut are elements whose text is not part of the document: what was deleted or moved away, the second form of a drawing, readings above
// characters.
var leftOut = map[string]bool{"del": true, "moveFrom": true, "Fallback": true, "rt": true, "instrText": true, "delText": true}

func (w *wordReader) token(t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		w.path = append(w.path, e.Name.Local)
		if w.skip == 0 && leftOut[e.Name.Local] {
			w.skip = len(w.path)
		}
		if w.skip == 0 {
			w.start(e)
		}
		switch e.Name.Local {
		case "p", "tc", "br", "cr":
			if w.pieces++; w.pieces > maxPieces {
				return errBomb
			}
		}
	case xml.EndElement:
		if w.skip == 0 {
			w.end(e.Name.Local)
		}
		if w.skip == len(w.path) {
			w.skip = 0
		}
		w.path = w.path[:len(w.path)-1]
	case xml.CharData:
		if w.skip == 0 && len(w.path) > 0 && w.path[len(w.path)-1] == "t" {
			return w.say(string(e))
		}
	}
	return nil
}

// within reports that an element with this name is open.
func (w *wordReader) within(name string) bool {
	for i := len(w.path) - 1; i >= 0 && w.path[i] != "p"; i-- {
		if w.path[i] == name {
			return true
		}
	}
	return false
}

func (w *wordReader) paragraph() *wordParagraph {
	if len(w.paragraphs) == 0 {
		return nil
	}
	return w.paragraphs[len(w.paragraphs)-1]
}

func (w *wordReader) table() *wordTable {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[len(w.tables)-1]
}

func (w *wordReader) start(e xml.StartElement) {
	switch e.Name.Local {
	case "tbl":
		w.tables = append(w.tables, &wordTable{})
	case "tc":
		if t := w.table(); t != nil {
			t.cell.Reset()
			t.shaded, t.merged, t.across = false, false, 1
		}
	case "tr":
		if t := w.table(); t != nil {
			t.head = false
			t.grid.newRow()
		}
	case "tblHeader":
		if t := w.table(); t != nil {
			t.head = value(e, "val") == "" || on(value(e, "val"))
		}
	case "gridSpan":
		if t := w.table(); t != nil {
			t.across, _ = strconv.Atoi(value(e, "val")) // nought where it is no number
		}
	case "vMerge":
		if t := w.table(); t != nil {
			t.merged = value(e, "val") != "restart"
		}
	case "p":
		w.paragraphs = append(w.paragraphs, &wordParagraph{})
	}
	p := w.paragraph()
	if t := w.table(); t != nil && e.Name.Local == "shd" && w.within("tcPr") {
		t.shaded = shade(e)
		return
	}
	if p == nil {
		return
	}
	switch e.Name.Local {
	case "pStyle":
		p.style = value(e, "val")
		s := w.styles[p.style]
		p.look, p.listed = s.look, s.listed
	case "outlineLvl":
		if n, err := strconv.Atoi(value(e, "val")); err == nil && n >= 0 && n < 9 {
			p.level = n + 1
		}
	case "numId":
		p.listed.id = value(e, "val")
	case "ilvl":
		p.listed.level, _ = strconv.Atoi(value(e, "val")) // nought where it is no number
	case "r":
		p.run = p.look
		if t := w.table(); t != nil && t.shaded {
			p.run.shaded = true
		}
	case "tab", "ptab":
		if w.within("r") {
			p.text.WriteByte(' ')
		}
	case "br", "cr":
		p.text.WriteByte('\n')
	case "noBreakHyphen":
		p.text.WriteByte('-')
	case "rStyle":
		p.run = p.run.with(w.styles[value(e, "val")].look)
	case "shd":
		if w.within("rPr") && w.within("r") {
			p.run.shaded = p.run.shaded || shade(e)
		} else if w.within("pPr") && !w.within("rPr") {
			p.look.shaded = p.look.shaded || shade(e)
		}
	default:
		if w.within("rPr") && w.within("r") {
			p.run.set(e)
		}
	}
}

func (w *wordReader) say(text string) error {
	if w.size += len(text); w.size > MaxFileBytes {
		return errTooMuchText
	}
	p := w.paragraph()
	switch {
	case p == nil:
	case p.run.seen():
		p.text.WriteString(text)
	default:
		w.hidden.WriteString(text)
	}
	return nil
}

var errTooMuchText = fmt.Errorf("文件里的文字超过%d MiB，请拆分后再导入。", MaxFileBytes>>20)

func (w *wordReader) end(name string) {
	switch name {
	case "p":
		p := w.paragraph()
		if p == nil {
			return
		}
		w.paragraphs = w.paragraphs[:len(w.paragraphs)-1]
		w.put(p)
	case "tc":
		if t := w.table(); t != nil {
			t.grid.putBelow(t.cell.String(), t.head, t.across, t.merged)
		}
	case "tbl":
		if t := w.table(); t != nil {
			w.tables = w.tables[:len(w.tables)-1]
			w.putTable(t)
		}
	}
}

// put adds a paragraph: to the cell that it stands in, or as lines.
func (w *wordReader) put(p *wordParagraph) {
	text := p.text.String()
	if strings.TrimSpace(text) != "" {
		text = w.numbers.label(p.listed) + text
	}
	if t := w.table(); t != nil {
		t.cell.WriteString(" " + strings.ReplaceAll(text, "\n", " "))
		return
	}
	s := w.styles[p.style]
	level := s.level
	if p.level > 0 {
		level = p.level
	}
	for _, part := range strings.Split(text, "\n") {
		l := line{text: tidy(part)}
		l.text = strings.ReplaceAll(l.text, "\n", " ")
		if l.text != "" && level != 0 {
			l.kind, l.level = Heading, level
		}
		w.lines = append(w.lines, l)
	}
}

// putTable adds a table: as lines, or to the cell of the table around it.
func (w *wordReader) putTable(t *wordTable) {
	lines, err := t.grid.lines(captionAbove(w.lines), &w.room)
	if outer := w.table(); outer != nil {
		outer.cell.WriteString(" " + strings.ReplaceAll(textOf(lines), "\n", " "))
	} else {
		w.lines = append(w.lines, lines...)
	}
	w.err = errors.Join(w.err, err)
}
