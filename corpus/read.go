package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// MaxFileBytes is the largest file that is read (SECURITY.md).
const MaxFileBytes = 20 << 20

// ReadError says in Chinese what is wrong with a file and what to do.
type ReadError struct {
	Source string
	Advice string
}

func (e *ReadError) Error() string { return e.Source + "：" + e.Advice }

// Read makes a Document of a file's bytes. The format is found by content, never by the name; source (a file name or URL) only names
// the document where the text gives no 索引号 and no title. Errors are *ReadError. A PDF is read by a child process (see readPDF), which may
// take a few seconds.
func Read(source string, data []byte) (Document, error) {
	d, _, err := read(source, data)
	return d, err
}

// A reading is what a reader finds in a file beside its metadata.
type reading struct {
	lines  []line
	raw    string    // the file as text, of formats that are text
	hidden string    // what the file holds and does not show
	notes  []Warning // what only the reader can see
}

func read(source string, data []byte) (Document, reading, error) {
	bad := func(advice string) (Document, reading, error) {
		return Document{}, reading{}, &ReadError{source, advice}
	}
	if len(data) > MaxFileBytes {
		return bad(fmt.Sprintf("文件有%.1f MiB，超过20 MiB的上限。请拆分后再导入。", float64(len(data))/(1<<20)))
	}
	meta := Meta{Source: source}
	var r reading
	var err error
	switch {
	case isPDF(data):
		r, err = readPDF(&meta, data)
	case isArchive(data):
		r, err = readOffice(&meta, data)
	case bytes.HasPrefix(data, oldOffice):
		err = errors.New("这是旧版的Word、Excel文件（.doc、.xls），或者有密码的文件。请打开后另存为.docx或.xlsx（不设密码）再导入。")
	default:
		r, err = readPlain(&meta, data)
	}
	if err != nil {
		return bad(err.Error())
	}
	if meta.Title == "" {
		meta.Title = titleFromSource(source)
	}
	if meta.Format != "portal" && meta.Format != "digest" {
		readSignature(&meta, r.lines)
	}
	if meta.Year == 0 {
		meta.Year = yearOf(meta.Title)
	}
	d := split(meta, r.lines)
	if len(d.Chunks) == 0 {
		return bad("没有找到正文段落，请检查文件内容。")
	}
	return d, r, nil
}

// readPlain reads the formats that are text.
func readPlain(meta *Meta, data []byte) (reading, error) {
	text, err := decode(data)
	if err != nil {
		return reading{}, err
	}
	plain := tidy(text)
	if strings.TrimSpace(plain) == "" {
		return reading{}, errors.New("文件是空的，没有可导入的文字。")
	}
	r := reading{raw: text}
	switch {
	case looksLikeHTML(text):
		r.lines, err = readHTML(meta, text)
	case portalIndex.MatchString(plain):
		r.lines = readPortal(meta, linesFrom(plain))
	case looksLikeMarkdown(plain):
		r.lines, err = readMarkdown(meta, plain)
	default:
		r.lines = readText(meta, plain)
	}
	return r, err
}

// decode finds the character encoding: UTF-8, UTF-16 with a byte order mark, or GB18030 (which includes GBK and GB2312).
func decode(data []byte) (string, error) {
	switch {
	case len(data) == 0:
		return "", errors.New("文件是空的，没有可导入的文字。")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
			return "", errors.New("UTF-16编码有错误，文件可能不完整。请重新保存为UTF-8文本。")
		}
		return string(out), nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(data, 0) >= 0 {
		return "", errors.New("这是二进制文件，不是文字。可以导入的是网页（HTML）、Word（.docx）、PDF、Excel（.xlsx）、Markdown和纯文本。")
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	if cut := truncatedUTF8(data); cut > 0 {
		return "", errors.New("文件在一个汉字中间断了，可能没有传完整。请重新下载或复制后再导入。")
	}
	if damagedUTF8(data) { // GB18030 would make other characters of it, without an error
		return "", errors.New("文件里有损坏的字节，可能没有传完整。请重新下载或复制后再导入。")
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) || controlShare(out) > 0.01 {
		return "", errors.New("认不出文字编码，或文件已损坏。请保存为UTF-8编码的文本再导入。")
	}
	return string(out), nil
}

// truncatedUTF8 returns how many bytes of an unfinished last character stand at the end of otherwise valid UTF-8 with Chinese in it.
func truncatedUTF8(data []byte) int {
	for n := 1; n <= 3 && n < len(data); n++ {
		head := data[:len(data)-n]
		if utf8.Valid(head) && !utf8.FullRune(data[len(data)-n:]) && bytes.IndexFunc(head, han) >= 0 {
			return n
		}
	}
	return 0
}

// damagedUTF8 reports invalid UTF-8 with more whole Chinese characters in it than bad bytes. In GBK text the bad bytes are the many.
func damagedUTF8(data []byte) bool {
	whole, bad := 0, 0
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n >= 3:
			whole++
		}
		data = data[n:]
	}
	return whole > bad
}

func controlShare(b []byte) float64 {
	n := 0
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' {
			n++
		}
	}
	return float64(n) / float64(len(b)+1)
}

var titleYear = regexp.MustCompile(`(?:^|\D)(20\d\d)(?:\D|$)`)

func yearOf(title string) int {
	if m := titleYear.FindStringSubmatch(title); m != nil {
		y := 0
		fmt.Sscanf(m[1], "%d", &y)
		return y
	}
	return 0
}

func titleFromSource(source string) string {
	s := source
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	if i := strings.LastIndexByte(s, '.'); i > 0 {
		s = s[:i]
	}
	return s
}
