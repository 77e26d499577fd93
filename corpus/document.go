package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// A Document is one published text in one version. It is immutable once read.
type Document struct {
	ID      string // stable over versions: see DocumentID
	Version string // hash of text and metadata: two equal imports have equal versions
	Meta    Meta
	Text    string  // whole text, NFC, lines ended by \n; everything else points into it by byte offsets
	Blocks  []Block // the text from its first to its last byte, in order, without gaps or overlaps
	Chunks  []Chunk // in the order of the text
}

// Meta is what the page says about the document. Empty fields were not given.
type Meta struct {
	Title       string `json:"title"`
	IndexNumber string `json:"index_number"` // 索引号
	Issuer      string `json:"issuer"`       // 发布机构
	FileNumber  string `json:"file_number"`  // 文件编号
	Category    string `json:"category"`     // 组配分类
	Openness    string `json:"openness"`     // 公开方式
	Produced    string `json:"produced"`     // 产生日期, YYYY-MM-DD
	Published   string `json:"published"`    // 发布日期, YYYY-MM-DD
	Validity    string `json:"validity"`     // 废止日期 as the page gives it: a date, 有效, or empty
	Year        int    `json:"year"`         // the year that the document is about, from its title; 0 when it names none
	URL         string `json:"url"`          // where it was published
	Source      string `json:"source"`       // file name, URL or "bundled": where this version came from
	Format      string `json:"format"`       // portal, html, markdown, text, docx, xlsx, pdf, digest
}

// BlockKind says what a Block is.
type BlockKind string

// Kinds of blocks. Blank covers the line ends between blocks.
const (
	Heading    BlockKind = "heading"
	Paragraph  BlockKind = "paragraph"
	Metadata   BlockKind = "metadata"
	Summary    BlockKind = "summary" // the metadata table's abridgement of the opening paragraph: shown, not searched
	Navigation BlockKind = "navigation"
	Footer     BlockKind = "footer"
	Blank      BlockKind = "blank"
)

// A Block is a run of Document.Text: bytes Start to End.
type Block struct {
	Kind       BlockKind
	Level      int // of a heading: 1 is the title
	Start, End int
}

// A Chunk is the unit that is embedded, retrieved and cited. Text == Document.Text[Start:End].
type Chunk struct {
	ID         string // hash of document, text and occurrence: the same text gets the same ID in every import
	DocumentID string
	Kind       BlockKind
	Section    []string // heading path, outermost first; with the lead sentence last where the paragraph has one
	Text       string
	Start, End int
	Lead       bool // Sentences[0] is the lead sentence, and so a heading rather than a statement
	Sentences  []Span
	Row        *Row // of a row of a table; nil: it is none
}

// A Span is a part of Chunk.Text: bytes Start to End.
type Span struct{ Start, End int }

// Sentence returns the text of sentence i without surrounding blanks.
func (c *Chunk) Sentence(i int) string {
	s := c.Sentences[i]
	return strings.TrimSpace(c.Text[s.Start:s.End])
}

// SectionPath joins the heading path as citations show it: "三、具体工作 > (二)... > 持续增加学位资源供给".
func (c *Chunk) SectionPath() string { return strings.Join(c.Section, " > ") }

// DocumentID is the hash of the document's 索引号, else of its URL, else of its file name.
func DocumentID(m Meta) string {
	switch {
	case m.IndexNumber != "":
		return "d" + digest("index\x00" + m.IndexNumber)[:12]
	case m.URL != "":
		return "d" + digest("url\x00" + m.URL)[:12]
	default:
		return "d" + digest("file\x00" + m.Source)[:12]
	}
}

func chunkID(documentID, text string, occurrence int) string {
	return "p" + digest(documentID + "\x00" + text + "\x00" + strconv.Itoa(occurrence))[:12]
}

// TextDigest names a text in the vector table: hex SHA-256 of its bytes.
func TextDigest(text string) string { return digest(text) }

func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}
