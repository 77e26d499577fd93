package corpus

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var (
	pageNumber = regexp.MustCompile(`^[-—–－·\s]*(第\s*)?\d{1,4}(\s*页)?(\s*[/／]\s*\d{1,4})?[-—–－·\s]*$`)
	listMark   = regexp.MustCompile(`^([•●■◆▪○\-—]|[(（]?\d{1,3}[)）.、．]|[①-⑳]|第[一二三四五六七八九十百]+[条章节])`)
)

// fullLine is how much of the usual width a line has whose paragraph goes on in the next: justified Chinese lines end within a character
// or two of the margin, the last line of a paragraph anywhere.
const fullLine = .9

// pdfLines puts the lines of pages together to paragraphs. Page numbers are left out.
func pdfLines(pages []string) []line {
	var texts [][]string
	var widths []int
	for _, p := range pages {
		raw := strings.Split(strings.Trim(tidy(p), "\n"), "\n")
		if pageNumber.MatchString(raw[len(raw)-1]) {
			raw = raw[:len(raw)-1]
		}
		if len(raw) > 0 && pageNumber.MatchString(raw[0]) {
			raw = raw[1:]
		}
		texts = append(texts, raw)
		for _, t := range raw {
			if t != "" {
				widths = append(widths, columns(t))
			}
		}
	}
	if len(widths) == 0 {
		return nil
	}
	slices.Sort(widths)
	full := int(fullLine * float64(widths[len(widths)*9/10]))
	var out []line
	last := "" // the line before, empty where a paragraph cannot go on
	for _, page := range texts {
		for _, t := range page {
			switch {
			case t == "":
				last = ""
				continue
			case last != "" && columns(last) >= full && !endsSentence(last) && !listMark.MatchString(t) && numberedLevel(t) == 0:
				out[len(out)-1].text = joinedLines(out[len(out)-1].text, t)
			default:
				out = append(out, line{text: t})
			}
			last = t
		}
	}
	return out
}

// plainRadicals replaces the radicals that many fonts of PDF files give for common characters (⼀ for 一): they look alike and are not found.
func plainRadicals(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\u2f00' && r <= '\u2fd5' {
			r, _ = utf8.DecodeRuneInString(norm.NFKC.String(string(r)))
		}
		return r
	}, s)
}

// columns is the width of a text: Chinese characters take two, others one.
func columns(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= '\u2e80' {
			n++
		}
	}
	return n
}

func endsSentence(s string) bool { return strings.ContainsAny(lastRune(s), "。！？；：!?;:") }

// joinedLines puts a blank between Latin words only. What two lines parted may compose, or stand in another order.
func joinedLines(a, b string) string {
	if wideAt([]byte(a), []byte(b)) {
		return norm.NFC.String(a + b)
	}
	return a + " " + b
}

var (
	pdfFont = regexp.MustCompile(`<fontspec id="(\d+)" size="(-?\d+)"[^>]* color="(#[0-9a-fA-F]{6})"`)
	pdfText = regexp.MustCompile(`(?s)<text [^>]*font="(\d+)"[^>]*>(.*?)</text>`)
	pdfTag  = regexp.MustCompile(`<[^>]*>`)
)

// tinyPDF is the size of text that nobody can read, in points.
const tinyPDF = 2

// hiddenInPDF is the text that is white or tiny. White on a dark ground counts too: the program does not tell what lies behind.
func hiddenInPDF(file string) (string, error) {
	out, err := poppler("pdftohtml", "-xml", "-i", "-stdout", file)
	if err != nil {
		return "", err
	}
	unseen := map[string]bool{}
	for _, m := range pdfFont.FindAllSubmatch(out, -1) {
		size, err := strconv.Atoi(string(m[2]))
		unseen[string(m[1])] = strings.EqualFold(string(m[3]), "#ffffff") || err == nil && size <= tinyPDF
	}
	var b strings.Builder
	for _, m := range pdfText.FindAllSubmatch(out, -1) {
		if unseen[string(m[1])] {
			b.WriteString(plainRadicals(html.UnescapeString(pdfTag.ReplaceAllString(string(m[2]), ""))) + "\n")
		}
	}
	return b.String(), nil
}
