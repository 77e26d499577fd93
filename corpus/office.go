package corpus

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of office files, which are ZIP archives of XML (SECURITY.md, import of files). Archives inside archives are never opened.
const (
	maxUnpacked = 100 << 20 // bytes of all parts
	maxRatio    = 100       // of a part, unpacked to packed
	smallPart   = 1024      // packed bytes that a part is taken to have at least: tiny ones shrink more
	maxParts    = 1000
	maxXMLDepth = 64
	maxPieces   = 500_000 // paragraphs, cells and line ends of a document: each takes some memory, however short it is in the file
	maxDefined  = 10_000  // styles, lists, relations of a file, likewise
	maxXMLToken = 1 << 20 // bytes of one tag or run of text; the decoder holds it whole, and 13 times as much of a tag full of attributes
)

var errBomb = errors.New("文件解开后太大，可能是有意做成的，不能导入。")

// An archive is a ZIP file whose parts are read within the bounds. It is not for several goroutines.
type archive struct {
	parts map[string]*zip.File
	left  int64 // bytes that may still be unpacked
}

// openArchive checks what the directory of the file declares. Errors are in Chinese for who brought the file.
func openArchive(data []byte) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, errors.New("文件打不开，可能没有传完整，或者不是Word、Excel文件。请重新保存后再导入。")
	}
	if len(z.File) > maxParts {
		return nil, fmt.Errorf("文件里有%d个部件，超过%d个的上限，不能导入。", len(z.File), maxParts)
	}
	a := &archive{parts: map[string]*zip.File{}, left: maxUnpacked}
	var declared uint64
	for _, f := range z.File {
		if declared += f.UncompressedSize64; f.UncompressedSize64 > maxUnpacked || declared > maxUnpacked {
			return nil, errBomb
		}
		if f.Flags&1 != 0 {
			return nil, errors.New("文件有密码，不能导入。请去掉密码，另存后再导入。")
		}
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../") || strings.Contains(name, ":") || a.parts[name] != nil {
			return nil, errors.New("文件里的部件名称不正常，不能导入。")
		}
		a.parts[name] = f
	}
	return a, nil
}

func (a *archive) has(name string) bool { return a.parts[name] != nil }

// walk gives every XML token of a part to f. A part that is not there has none. Tokens are only valid during the call.
func (a *archive) walk(name string, f func(xml.Token) error) error {
	part := a.parts[name]
	if part == nil {
		return nil
	}
	r, err := part.Open()
	if err != nil {
		return errDamaged
	}
	defer r.Close()
	most := min(a.left, maxRatio*int64(max(part.CompressedSize64, smallPart)))
	bounded := &boundedReader{from: r, left: most}
	defer func() { a.left -= most - bounded.left }()
	return walkXML(bounded, f)
}

var errDamaged = errors.New("文件内容不完整或已损坏。请重新保存后再导入。")

// A boundedReader ends with errBomb where an archive unpacks to more than it may, whatever its directory says.
type boundedReader struct {
	from io.Reader
	left int64
}

// Read implements io.Reader.
func (b *boundedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		b.left = 0
		return 0, errBomb
	}
	return n, err
}

// A tokenMeter ends where one token takes too many bytes. It remembers that something was too much: the decoder may make a syntax error of it.
type tokenMeter struct {
	from io.Reader
	n    int
	bomb bool
}

// Read implements io.Reader.
func (m *tokenMeter) Read(p []byte) (int, error) {
	if m.n > maxXMLToken {
		m.bomb = true
		return 0, errBomb
	}
	n, err := m.from.Read(p)
	m.n += n
	m.bomb = m.bomb || errors.Is(err, errBomb)
	return n, err
}

// walkXML reads XML to its end. Declarations (<!DOCTYPE, with entities) have no place in office files and end it.
func walkXML(r io.Reader, f func(xml.Token) error) error {
	meter := &tokenMeter{from: r}
	d := xml.NewDecoder(meter)
	var open []string // names of the elements
	for {
		token, err := d.RawToken()
		meter.n = 0
		switch {
		case errors.Is(err, io.EOF) && len(open) == 0:
			return nil
		case err != nil && meter.bomb:
			return errBomb
		case err != nil:
			return errDamaged
		}
		switch e := token.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != e.Name.Local {
				return errDamaged
			}
			open = open[:len(open)-1]
		case xml.Directive:
			return errors.New("文件里有不该有的声明，不能导入。")
		}
		if len(open) > maxXMLDepth {
			return errors.New("文件的结构太深，不能导入。")
		}
		if err := f(token); err != nil {
			return err
		}
	}
}

// attribute is the value of an attribute by its local name; ok is false without one.
func attribute(e xml.StartElement, name string) (value string, ok bool) {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

func value(e xml.StartElement, name string) string {
	v, _ := attribute(e, name)
	return v
}
