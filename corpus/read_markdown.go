package corpus

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	gtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

var markdownMark = regexp.MustCompile(`(?m)^(#{1,6} \S|[-*+] \S.*\n[-*+] \S|\|.+\|\s*\n\|[-: |]+\|)`)

func looksLikeMarkdown(text string) bool { return markdownMark.MatchString(text) }

// readMarkdown takes headings and the text of blocks; marks of emphasis, links' addresses, images and raw HTML are left out.
func readMarkdown(meta *Meta, text string) ([]line, error) {
	meta.Format = "markdown"
	src := []byte(text)
	root := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(gtext.NewReader(src))
	var lines []line
	room := MaxFileBytes // of tables
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch b := n.(type) {
		case *ast.Heading:
			t := tidy(inlineText(b, src))
			if b.Level == 1 && meta.Title == "" {
				meta.Title = t
			}
			if t != "" {
				lines = append(lines, line{text: t, kind: Heading, level: b.Level})
			}
			return ast.WalkSkipChildren, nil
		case *ast.Paragraph, *ast.TextBlock:
			for _, t := range strings.Split(inlineText(n, src), "\n") {
				lines = append(lines, line{text: tidy(t)})
			}
			return ast.WalkSkipChildren, nil
		case *table.Table:
			var g grid
			for row := n.FirstChild(); row != nil; row = row.NextSibling() {
				g.newRow()
				for c := row.FirstChild(); c != nil; c = c.NextSibling() {
					g.put(inlineText(c, src), row.Kind() == table.KindTableHeader, 1, 1)
				}
			}
			rows, err := g.lines(captionAbove(lines), &room)
			if err != nil {
				return ast.WalkStop, err
			}
			lines = append(lines, rows...)
			return ast.WalkSkipChildren, nil
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := 0; i < n.Lines().Len(); i++ {
				seg := n.Lines().At(i)
				lines = append(lines, line{text: tidy(string(seg.Value(src))), kind: Paragraph})
			}
			return ast.WalkSkipChildren, nil
		case *ast.HTMLBlock:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return nil, err
	}
	for i := range lines {
		if lines[i].cells != nil { // its cells are places in its text
			continue
		}
		lines[i].text = strings.TrimSpace(strings.ReplaceAll(lines[i].text, "\n", " "))
		if lines[i].text == "" {
			lines[i].kind = ""
		}
	}
	return lines, nil
}

func inlineText(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) { // the callback returns no error
		if !entering {
			return ast.WalkContinue, nil
		}
		switch t := c.(type) {
		case *ast.Text:
			value := t.Segment.Value(src)
			if !t.IsRaw() {
				value = []byte(html.UnescapeString(string(util.UnescapePunctuations(value))))
			}
			b.Write(value)
			switch {
			case t.HardLineBreak():
				b.WriteByte('\n')
			case t.SoftLineBreak() && !wideAt(value, src[t.Segment.Stop:]):
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(t.Value)
		case *ast.AutoLink:
			b.Write(t.Label(src))
		case *ast.Image, *ast.RawHTML:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// wideAt reports a Chinese character on either side of a line end: no blank belongs there.
func wideAt(before, after []byte) bool {
	const firstWide = '\u2e80' // CJK radicals; everything Chinese stands above
	a, _ := utf8.DecodeLastRune(before)
	b, _ := utf8.DecodeRune(bytes.TrimLeft(after, "\n "))
	return a >= firstWide || b >= firstWide
}
