package corpus

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Limits of splitting, in runes. Sentences are embedded, not chunks, so a chunk is bounded by what a reader takes in at a glance; the plan's longest
// paragraph has 346.
const (
	maxChunkRunes   = 800
	maxHeadingRunes = 45
	maxLeadRunes    = 22
)

// A line is what the readers hand over: one line of the text and what the reader knows of it.
type line struct {
	text  string
	kind  BlockKind // "" lets the splitter decide between heading and paragraph
	level int       // of a heading known by the reader (HTML, Markdown): 1 to 6
	row   *Row      // of a row of a table
	cells []Span    // its sentences in text, where marks do not tell
}

// split makes a Document of lines: text, blocks, sections, chunks.
func split(meta Meta, lines []line) Document {
	d := Document{ID: DocumentID(meta), Meta: meta}
	lines = classify(meta, lines)
	leads := leadParagraphs(lines)

	var text strings.Builder
	var path []heading
	seen := map[string]int{}
	gap := 0 // start of blank text not yet in a block
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		if l.text == "" {
			text.WriteByte('\n')
			continue
		}
		if text.Len() > gap {
			d.Blocks = append(d.Blocks, Block{Kind: Blank, Start: gap, End: text.Len()})
		}
		start := text.Len()
		text.WriteString(l.text)
		if joined(l.kind) { // runs of such lines are one block
			for next := nextText(lines, i); next > 0 && lines[next].kind == l.kind; next = nextText(lines, i) {
				for ; i < next; i++ {
					text.WriteByte('\n')
				}
				text.WriteString(lines[i].text)
			}
		}
		end := text.Len()
		gap = end
		text.WriteByte('\n')
		d.Blocks = append(d.Blocks, Block{Kind: l.kind, Level: l.level, Start: start, End: end})
		if l.kind == Heading {
			path = enter(path, heading{l.level, trimHeading(asksHere.ReplaceAllString(l.text, ""))})
			continue
		}
		section := sectionOf(meta, l.kind, path)
		lead := leads[i]
		if lead {
			section = append(section, trimHeading(firstSentence(l.text)))
		}
		for n, span := range cut(text.String()[start:end]) {
			body := text.String()[start+span.Start : start+span.End]
			c := Chunk{DocumentID: d.ID, Kind: l.kind, Section: section, Text: body, Start: start + span.Start, End: start + span.End, Lead: lead && n == 0}
			c.Sentences = sentences(body)
			if joined(l.kind) {
				c.Sentences = fields(body)
			}
			if l.cells != nil && len(body) == len(l.text) {
				c.Row, c.Sentences = l.row, l.cells
			}
			c.ID = chunkID(d.ID, body, seen[body])
			seen[body]++
			d.Chunks = append(d.Chunks, c)
		}
	}
	d.Text = text.String()
	if len(d.Text) > gap {
		d.Blocks = append(d.Blocks, Block{Kind: Blank, Start: gap, End: len(d.Text)})
	}
	d.Version = versionOf(d.Text, meta)
	return d
}

func (m Meta) key() string {
	return strings.Join([]string{m.Title, m.IndexNumber, m.Issuer, m.FileNumber, m.Category, m.Openness, m.Produced, m.Published, m.Validity, m.URL}, "\x00")
}

// joined kinds are one block and chunk over several lines; the lines are their sentences.
func joined(k BlockKind) bool { return k == Metadata || k == Navigation || k == Footer }

// nextText is the index of the first line with text after i, 0 when there is none.
func nextText(lines []line, i int) int {
	for j := i + 1; j < len(lines); j++ {
		if lines[j].text != "" {
			return j
		}
	}
	return 0
}

type heading struct {
	level int
	text  string
}

func enter(path []heading, h heading) []heading {
	for len(path) > 0 && path[len(path)-1].level >= h.level {
		path = path[:len(path)-1]
	}
	return append(path, h)
}

// Sections of the parts around the body, in the words that the console and citations use.
const (
	metadataSection   = "信息公开栏"
	navigationSection = "网站导航"
	footerSection     = "页脚"
)

func sectionOf(meta Meta, kind BlockKind, path []heading) []string {
	switch kind {
	case Metadata, Summary:
		return []string{metadataSection}
	case Navigation:
		return []string{navigationSection}
	case Footer:
		return []string{footerSection}
	}
	section := make([]string, 0, len(path)+1)
	for _, h := range path {
		if h.level > 1 || h.text != trimHeading(meta.Title) {
			section = append(section, h.text)
		}
	}
	if len(section) == 0 && meta.Title != "" {
		section = append(section, meta.Title)
	}
	return section
}

var (
	chapterHeading = regexp.MustCompile(`^第[一二三四五六七八九十百\d]+[章节编部]`)
	level2Heading  = regexp.MustCompile(`^[一二三四五六七八九十]{1,3}[、.．]`)
	level3Heading  = regexp.MustCompile(`^[（(][一二三四五六七八九十]{1,3}[)）]`)
	level4Heading  = regexp.MustCompile(`^\d{1,2}[、.．]\D`)
)

// classify decides what each line without a kind is. Level 1 is the title; 一、 is 2, (一) is 3, 1. is 4.
func classify(meta Meta, lines []line) []line {
	out := make([]line, len(lines))
	for i, l := range lines {
		out[i] = l
		if l.kind != "" || l.text == "" {
			continue
		}
		out[i].kind = Paragraph
		n := utf8.RuneCountInString(l.text)
		if n > maxHeadingRunes || strings.ContainsAny(lastRune(l.text), "。；;！？!?，,、") {
			continue
		}
		level := numberedLevel(l.text)
		if meta.Title != "" && Fold(l.text) == Fold(meta.Title) {
			level = 1
		}
		if level > 0 {
			out[i].kind, out[i].level = Heading, level
		}
	}
	questions(out)
	return withoutEmptySections(lines, out)
}

// Questions and answers as offices publish them (问：……？ 答：……).
var (
	asksHere    = regexp.MustCompile(`^\s*(?:问题?|[Qq])\s*[一二三四五六七八九十\d]{0,3}\s*[:：]\s*`)
	answersHere = regexp.MustCompile(`^\s*(?:答案?|[Aa])\s*[一二三四五六七八九十\d]{0,3}\s*[:：]`)
)

// Told is a sentence as it is quoted: without the mark of an answer (答：); a cell of a table without the mark behind it.
func (c *Chunk) Told(sentence int) string {
	if c.Row != nil {
		return strings.TrimRight(c.Sentence(sentence), "；。")
	}
	return strings.TrimPrefix(strings.TrimPrefix(c.Sentence(sentence), "答："), "答:")
}

// questionLevel is that of a question as a heading: below all others.
const questionLevel = 7

// questions makes headings of the questions that an answer follows.
func questions(lines []line) {
	for i, l := range lines {
		if l.kind != Paragraph && l.kind != Heading || !asksHere.MatchString(l.text) {
			continue
		}
		if next := nextText(lines, i); next > 0 && answersHere.MatchString(lines[next].text) {
			lines[i].kind, lines[i].level = Heading, questionLevel
		}
	}
}

func numberedLevel(text string) int {
	switch {
	case chapterHeading.MatchString(text), level2Heading.MatchString(text):
		return 2
	case level3Heading.MatchString(text):
		return 3
	case level4Heading.MatchString(text):
		return 4
	}
	return 0
}

// withoutEmptySections makes paragraphs of numbered lines with nothing below them: they are a list or a table of contents, and its text
// must be found. Headings that the reader knew stay.
func withoutEmptySections(known, lines []line) []line {
	out := append([]line(nil), lines...)
	for i, l := range lines {
		if l.kind != Heading || known[i].kind == Heading || l.level == 1 {
			continue
		}
		next := nextText(lines, i)
		if next == 0 || lines[next].kind == Footer || (lines[next].kind == Heading && lines[next].level <= l.level) {
			out[i].kind, out[i].level = Paragraph, 0
		}
	}
	return out
}

// leadParagraphs finds paragraphs that open with a short sentence used as a heading (增强美育熏陶。...). One alone proves nothing: a
// section must have at least two, and more paragraphs with than without.
func leadParagraphs(lines []line) map[int]bool {
	leads := map[int]bool{}
	var with, all []int
	flush := func() {
		if len(with) >= 2 && 2*len(with) > len(all) {
			for _, i := range with {
				leads[i] = true
			}
		}
		with, all = nil, nil
	}
	for i, l := range lines {
		switch {
		case l.kind == Heading:
			flush()
		case l.kind == Paragraph && l.text != "":
			all = append(all, i)
			if isLead(l.text) {
				with = append(with, i)
			}
		}
	}
	flush()
	return leads
}

func isLead(text string) bool {
	first := firstSentence(text)
	n := utf8.RuneCountInString(first)
	return strings.HasSuffix(first, "。") && n >= 4 && n <= maxLeadRunes && len(first) < len(text) &&
		!strings.ContainsAny(first, "0123456789,，、：:") && !level4Heading.MatchString(text)
}

func firstSentence(text string) string {
	s := sentences(text)
	if len(s) == 0 {
		return ""
	}
	return strings.TrimSpace(text[s[0].Start:s[0].End])
}

func trimHeading(s string) string { return strings.TrimRight(strings.TrimSpace(s), "。.:： ") }

func lastRune(s string) string {
	r, _ := utf8.DecodeLastRuneInString(s)
	return string(r)
}

// cut divides a paragraph longer than maxChunkRunes at sentence ends. The spans cover the text without gaps, and none is blank.
func cut(text string) []Span {
	if utf8.RuneCountInString(text) <= maxChunkRunes {
		return []Span{{0, len(text)}}
	}
	var out []Span
	start, runes := 0, 0
	end := func(at int) {
		if strings.TrimSpace(text[start:at]) != "" {
			out = append(out, Span{start, at})
			start, runes = at, 0
		}
	}
	for _, s := range sentences(text) {
		n := utf8.RuneCountInString(text[s.Start:s.End])
		if runes+n > maxChunkRunes {
			end(s.Start)
		}
		for at := s.Start; n > maxChunkRunes; n -= maxChunkRunes { // one endless sentence: cut by runes
			at = runeOffset(text, at, maxChunkRunes)
			end(at)
		}
		runes += n
	}
	if len(out) > 0 && strings.TrimSpace(text[start:]) == "" {
		out[len(out)-1].End = len(text)
		return out
	}
	return append(out, Span{start, len(text)})
}

func runeOffset(s string, from, n int) int {
	for i := range s[from:] {
		if n == 0 {
			return from + i
		}
		n--
	}
	return len(s)
}
