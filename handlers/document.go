package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"wenda/corpus"
	"wenda/rag"
)

// documentView is what document.html reads.
type documentView struct {
	frame
	Rows     []row
	Original string // where it was published, http or https only
	Plan     int    // year of a plan, 0 for anything else
	Digest   bool   // our own words, not the official page
	Old      bool   // not the version that answers use now
	Live     bool   // there is one that they use
	ID       string
	Version  string
	Contents []blockView   // headings
	Parts    [][]blockView // the text, in parts that a browser may leave out while they are not in view
	Long     bool          // it may
	Cited    *citedView

	Find      string // looked for in the text
	Found     []found
	FoundMore bool
}

// found is a paragraph that has the words looked for.
type found struct{ ID, Text string }

type row struct{ Name, Value string }

// A blockView is a block of the text.
type blockView struct {
	Kind    corpus.BlockKind
	Level   int    // of a heading on the page: 2 to 6
	ID      string // of a heading
	Text    string // of a heading; of the frame's parts, what they are
	Open    bool   // of the frame's parts: the cited sentence is in it
	Chunks  []chunkView
	IsFrame bool // shown subdued
}

type chunkView struct {
	ID        string
	Sentences []sentenceView
}

type sentenceView struct {
	N      int
	Text   string
	Lead   bool
	Marked bool
}

// A citedView leads from one citation of an answer to the next.
type citedView struct {
	AnswerID       string
	N, Of          int
	Previous, Next string
}

// document is GET /doc/:id. v is a version (the live one without), p and s the cited chunk and sentence, cite the answer that cites it.
func (s *Server) document(c echo.Context) error {
	d, live, err := s.findDocument(c, c.Param("id"), c.QueryParam("v"))
	if err != nil {
		return err
	}
	chunk, sentence := c.QueryParam("p"), -1
	if n, err := strconv.Atoi(c.QueryParam("s")); err == nil {
		sentence = n
	}
	v := viewDocument(d, chunk, sentence)
	v.frame = s.frame(c, d.Meta.Title)
	v.Description = d.Meta.Title + "，" + d.Meta.Issuer + "，" + d.Meta.Published
	v.Find = brief(strings.TrimSpace(c.QueryParam("find")))
	if utf8.ValidString(v.Find) && v.Find != "" {
		v.Found, v.FoundMore = findIn(d, s.deps.Script.ToSimplified(v.Find), s.deps.Script.ToSimplified)
	}
	v.Hidden = v.Bare || c.Request().URL.RawQuery != ""
	v.Live, v.Old = live != nil, live == nil || live.Version != d.Version
	if id := c.QueryParam("cite"); id != "" {
		if a, err := s.findAnswer(c.Request().Context(), id); err == nil { // a page without them, where the answer has expired
			v.Cited = viewCited(a, d.ID, chunk, sentence)
			if v.Bare {
				v.Cited.stayBare()
			}
		}
	}
	return s.page(c, http.StatusOK, "document", v)
}

// findDocument returns the version asked for, and the live one, nil when the document was withdrawn. Old versions come from the
// store, and that is limited.
func (s *Server) findDocument(c echo.Context, id, version string) (*corpus.Document, *corpus.Document, error) {
	x := s.deps.Documents.Current()
	if x == nil {
		return nil, nil, problemNotReady
	}
	live := x.Document(id)
	if live != nil && (version == "" || version == live.Version) {
		return live, live, nil
	}
	if version == "" {
		return nil, nil, problemNoDocument
	}
	if err := s.admit(c); err != nil {
		return nil, nil, err
	}
	d, err := s.deps.Documents.DocumentVersion(c.Request().Context(), id, version)
	if err != nil {
		return nil, nil, notFound(err, problemNoDocument)
	}
	return &d, live, nil
}

func viewDocument(d *corpus.Document, chunk string, sentence int) documentView {
	v := documentView{ID: d.ID, Version: d.Version, Rows: rows(d.Meta), Digest: d.Meta.Format == "digest"}
	if rag.IsPlan(d.Meta) {
		v.Plan = d.Meta.Year
	}
	if u, err := url.Parse(d.Meta.URL); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		v.Original = d.Meta.URL
	}
	next := 0 // chunks stand in the order of the text
	for i, b := range d.Blocks {
		view := blockView{Kind: b.Kind, Text: frameName(b.Kind)}
		view.IsFrame = view.Text != ""
		if b.Kind == corpus.Heading {
			view.Text = strings.TrimSpace(d.Text[b.Start:b.End])
			if b.Level <= 1 && corpus.Fold(view.Text) == corpus.Fold(d.Meta.Title) {
				continue // the page's own heading
			}
			view.Level, view.ID = min(max(b.Level, 2), 6), "h"+strconv.Itoa(i)
			v.Contents = append(v.Contents, view)
		}
		for ; next < len(d.Chunks) && d.Chunks[next].Start < b.End; next++ {
			cv := viewChunk(&d.Chunks[next], chunk, sentence)
			view.Open = view.Open || cv.ID == chunk
			view.Chunks = append(view.Chunks, cv)
		}
		if view.Kind == corpus.Heading || len(view.Chunks) > 0 {
			last := len(v.Parts) - 1
			if last < 0 || len(v.Parts[last]) >= partBlocks {
				v.Parts = append(v.Parts, nil)
				last++
			}
			v.Parts[last] = append(v.Parts[last], view)
		}
	}
	v.Long = len(v.Parts) > longParts
	return v
}

// A part holds at most partBlocks blocks; from more than longParts of them on a document is long, and browsers lay out only what they show.
const (
	partBlocks = 20
	longParts  = 10
)

// mostFound is how many paragraphs a search lists.
const mostFound = 50

// findIn lists the paragraphs that have the words, both written in simplified characters and without regard to case and width.
func findIn(d *corpus.Document, words string, simplified func(string) string) (list []found, more bool) {
	words = corpus.Fold(words)
	if words == "" {
		return nil, false
	}
	for i := range d.Chunks {
		text := d.Chunks[i].Text
		if !strings.Contains(corpus.Fold(simplified(text)), words) {
			continue
		}
		if len(list) == mostFound {
			return list, true
		}
		list = append(list, found{d.Chunks[i].ID, brief(strings.TrimSpace(text))})
	}
	return list, false
}

// documentText is GET /doc/:id/text: the text as it was imported, for keeping.
func (s *Server) documentText(c echo.Context) error {
	d, _, err := s.findDocument(c, c.Param("id"), c.QueryParam("v"))
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, "attachment; filename*=UTF-8''"+url.PathEscape(d.Meta.Title)+".txt")
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return s.packed(c, http.StatusOK, echo.MIMETextPlainCharsetUTF8, []byte(d.Text))
}

func viewChunk(c *corpus.Chunk, chunk string, sentence int) chunkView {
	v := chunkView{ID: c.ID}
	if c.Row != nil && c.ID == chunk { // cited as a whole
		v.Sentences = []sentenceView{{Text: c.Text, Marked: sentence == 0}}
		return v
	}
	for i, s := range c.Sentences {
		v.Sentences = append(v.Sentences, sentenceView{N: i, Text: c.Text[s.Start:s.End], Lead: c.Lead && i == 0 && len(c.Sentences) > 1,
			Marked: c.ID == chunk && i == sentence})
	}
	return v
}

// frameName names the parts around the body, which are shown subdued; it is empty for the body.
func frameName(k corpus.BlockKind) string {
	switch k {
	case corpus.Metadata:
		return "信息公开栏原文"
	case corpus.Summary:
		return "内容概述（公开栏中的摘要）"
	case corpus.Navigation:
		return "网页导航"
	case corpus.Footer:
		return "网页页脚"
	}
	return ""
}

// rows is the metadata table. A page of the portal has an 索引号, and then shows empty fields as the portal does.
func rows(m corpus.Meta) []row {
	var out []row
	add := func(name, value, empty string) {
		if value == "" && m.IndexNumber != "" {
			value = empty
		}
		if value != "" {
			out = append(out, row{name, value})
		}
	}
	add("信息名称", m.Title, "")
	add("索引号", m.IndexNumber, "")
	add("发布机构", m.Issuer, "")
	add("文件编号", m.FileNumber, "无")
	add("组配分类", m.Category, "")
	add("公开方式", m.Openness, "")
	add("产生日期", m.Produced, "未注明")
	add("发布日期", m.Published, "未注明")
	add("废止日期", m.Validity, "未注明")
	return out
}

// viewCited finds the citation that is shown among those of the answer. Without a match the first citation is next.
func viewCited(a rag.Answer, documentID, chunk string, sentence int) *citedView {
	v := &citedView{AnswerID: a.ID, Of: len(a.Citations)}
	at := -1
	for i, c := range a.Citations {
		u, err := url.Parse(c.URL)
		if err == nil && c.DocumentID == documentID && u.Fragment == chunk && u.Query().Get("s") == strconv.Itoa(sentence) {
			at, v.N = i, c.N
			break
		}
	}
	if at > 0 {
		v.Previous = citationHref(a.Citations[at-1], a.ID)
	}
	if at+1 < len(a.Citations) {
		v.Next = citationHref(a.Citations[at+1], a.ID)
	}
	return v
}

// stayBare keeps the way to other citations in the frame beside the answer.
func (v *citedView) stayBare() {
	for _, to := range []*string{&v.Previous, &v.Next} {
		if u, err := url.Parse(*to); err == nil && *to != "" {
			q := u.Query()
			q.Set("bare", "1")
			u.RawQuery = q.Encode()
			*to = u.String()
		}
	}
}
