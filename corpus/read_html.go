package corpus

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var htmlMark = regexp.MustCompile(`(?i)<(!doctype html|html|head|body|div|table|p|h[1-6]|meta|section|article)[\s>]`)

func looksLikeHTML(text string) bool {
	head := text[:min(len(text), 4096)]
	return htmlMark.MatchString(head) && strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(head, "\ufeff")), "<")
}

const (
	maxHTMLDepth = 512
	// hidden text is how instructions for machines get into a page (SECURITY.md): it is not read.
	hiddenSelector = `script,style,noscript,template,iframe,object,svg,head>*:not(title),[hidden],[aria-hidden=true]`
)

// hiddenStyle is matched against a folded style attribute.
var hiddenStyle = regexp.MustCompile(`(^|;)(display:none|visibility:(hidden|collapse)|(font-size|opacity):0*\.?0+(%|[a-z]+)?)(!important)?(;|$)`)

// readHTML takes the visible text of a saved page, line by line. A page of the portal is read by its metadata table, any other by its
// headings h1 to h6.
func readHTML(meta *Meta, text string) ([]line, error) {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	if err != nil {
		return nil, errors.New("网页解析失败，请重新保存网页。")
	}
	title := strings.TrimSpace(doc.Find("title").First().Text())
	if href, ok := doc.Find(`link[rel="canonical"]`).First().Attr("href"); ok && strings.HasPrefix(href, "http") {
		meta.URL = href
	}
	doc.Find(hiddenSelector).Remove()
	doc.Find("[style]").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return hiddenStyle.MatchString(Fold(s.AttrOr("style", "")))
	}).Remove()
	doc.Find("title").Remove()
	w := htmlWalker{room: MaxFileBytes}
	for _, n := range doc.Nodes {
		w.walk(n, 0)
	}
	w.flush()
	if w.tooDeep {
		return nil, errors.New("网页嵌套太深，可能不是正常的网页。")
	}
	if w.err != nil {
		return nil, w.err
	}
	for i := range w.lines {
		if w.lines[i].cells == nil {
			w.lines[i].text = tidy(w.lines[i].text)
		}
	}
	if portalIndex.MatchString(textOf(w.lines)) {
		return readPortal(meta, w.lines), nil
	}
	meta.Format = "html"
	for i, l := range w.lines {
		if l.kind == Heading && l.level == 1 && meta.Title == "" {
			meta.Title = l.text
		}
		if l.text == "" {
			w.lines[i].kind = ""
		}
	}
	if meta.Title == "" {
		meta.Title = tidy(title)
	}
	return w.lines, nil
}

type htmlWalker struct {
	lines   []line
	open    strings.Builder
	level   int // of the heading that the walker is in, 0 outside
	tooDeep bool
	err     error
	room    int // of tables, see grid
}

func (w *htmlWalker) walk(n *html.Node, depth int) {
	if depth > maxHTMLDepth {
		w.tooDeep = true
		return
	}
	switch {
	case n.Type == html.TextNode:
		w.open.WriteString(strings.NewReplacer("\n", " ", "\r", " ").Replace(n.Data))
		return
	case n.DataAtom == atom.Br:
		w.flush()
		return
	case n.DataAtom == atom.Table && isData(n):
		w.flush()
		w.table(n)
		return
	case n.DataAtom == atom.Td, n.DataAtom == atom.Th:
		w.open.WriteString(" ")
	}
	block, level := blockElement(n)
	outer := w.level
	if block {
		w.flush()
		if level > 0 {
			w.level = level
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c, depth+1)
	}
	if block {
		w.flush()
		w.level = outer
	}
}

// table reads a table of data row by row.
func (w *htmlWalker) table(n *html.Node) {
	var g grid
	rows := goquery.NewDocumentFromNode(n)
	caption := captionAbove(w.lines)
	if own := strings.TrimSpace(rows.Find("caption").First().Text()); own != "" {
		caption = own
		w.lines = append(w.lines, line{text: own})
	}
	rows.Find("tr").Each(func(_ int, tr *goquery.Selection) {
		g.newRow()
		tr.ChildrenFiltered("td,th").Each(func(_ int, cell *goquery.Selection) {
			inner := htmlWalker{}
			for c := cell.Nodes[0].FirstChild; c != nil; c = c.NextSibling {
				inner.walk(c, 0)
			}
			inner.flush()
			g.put(strings.ReplaceAll(textOf(inner.lines), "\n", " "), cell.Is("th"), spanOf(cell, "colspan"), spanOf(cell, "rowspan"))
		})
	})
	lines, err := g.lines(caption, &w.room)
	w.lines, w.err = append(w.lines, lines...), errors.Join(w.err, err)
}

func spanOf(cell *goquery.Selection, attribute string) int {
	n, err := strconv.Atoi(strings.TrimSpace(cell.AttrOr(attribute, "1")))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// longCell is how many bytes a cell of a table of data has at most: pages use tables to place their parts, too.
const longCell = 2000

// isData reports a table that holds data: pages place their parts by tables, too, and the portal's frame names its fields in one.
func isData(n *html.Node) bool {
	t := goquery.NewDocumentFromNode(n)
	wide := false
	if n.FirstChild == nil || t.Find("table table,h1,h2,h3,h4,h5,h6,ul,ol").Length() > 0 || metadataKey.MatchString(t.Text()) && portalIndex.MatchString(t.Text()) {
		return false
	}
	long := t.Find("td,th").FilterFunction(func(_ int, cell *goquery.Selection) bool {
		wide = wide || cell.SiblingsFiltered("td,th").Length() > 0
		return len(cell.Text()) > longCell
	}).Length() > 0
	return wide && !long
}

func (w *htmlWalker) flush() {
	if text := strings.TrimSpace(w.open.String()); text != "" {
		l := line{text: text}
		if w.level > 0 {
			l.kind, l.level = Heading, w.level
		}
		w.lines = append(w.lines, l)
	}
	w.open.Reset()
}

// blockElement reports elements that stand on lines of their own. All others, unknown ones too (<o:p>, <st1:date> of word processors), are
// parts of a line.
func blockElement(n *html.Node) (block bool, headingLevel int) {
	if n.Type != html.ElementNode {
		return n.Type == html.DocumentNode, 0
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true, int(n.Data[1] - '0')
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details, atom.Dialog, atom.Dir,
		atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.Header, atom.Hgroup, atom.Hr, atom.Html,
		atom.Legend, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.Optgroup, atom.Option, atom.P, atom.Pre, atom.Search, atom.Section,
		atom.Summary, atom.Table, atom.Tbody, atom.Textarea, atom.Tfoot, atom.Thead, atom.Tr, atom.Ul:
		return true, 0
	}
	return false, 0
}
