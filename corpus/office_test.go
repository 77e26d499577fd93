package corpus

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Files made to hurt: a clear error, and no more memory than the bounds say.
func TestHostileOfficeFiles(t *testing.T) {
	document := func(text string) []byte { return zipped(t, map[string]string{"word/document.xml": text}) }
	many := map[string]string{}
	for i := range maxParts + 1 {
		many[fmt.Sprint("word/", i)] = "x"
	}
	// The directory says 10 bytes, the part has 30 MB.
	var lying bytes.Buffer
	z := zip.NewWriter(&lying)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat([]byte("<w:p></w:p>"), 3_000_000)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	lied := lying.Bytes()
	size := bytes.LastIndex(lied, []byte("PK\x01\x02")) + 24
	copy(lied[size:], []byte{10, 0, 0, 0})
	locked := docx(t, para("", "甲。"))
	for at := 0; ; {
		next := bytes.Index(locked[at:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		at += next + 8
		locked[at] |= 1
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"only the mark":          {[]byte("PK\x03\x04 nothing"), "打不开"},
		"cut off":                {docx(t, para("", "甲。"))[:700], "打不开"},
		"an archive":             {zipped(t, map[string]string{"a.txt": "x"}), "压缩文件"},
		"an archive inside":      {zipped(t, map[string]string{"a.docx": string(docx(t, para("", "甲。")))}), "压缩文件"},
		"an empty archive":       {zipped(t, nil), "压缩文件"},
		"a presentation":         {zipped(t, map[string]string{"ppt/presentation.xml": "<p/>"}), "演示文稿"},
		"old Word":               {append([]byte(oldOffice), make([]byte, 512)...), "旧版"},
		"too many parts":         {zipped(t, many), "1001个部件"},
		"path traversal":         {zipped(t, map[string]string{"word/document.xml": "<a/>", "../../etc/passwd": "x"}), "名称"},
		"an absolute path":       {zipped(t, map[string]string{"word/document.xml": "<a/>", "/etc/passwd": "x"}), "名称"},
		"with backslashes":       {zipped(t, map[string]string{"word/document.xml": "<a/>", `..\x`: "x"}), "名称"},
		"the same name twice":    {zipped(t, map[string]string{"word/document.xml": "<a/>", `word\document.xml`: "<b/>"}), "名称"},
		"a password":             {locked, "密码"},
		"declared to be large":   {zipped(t, map[string]string{"word/document.xml": "<a/>", "word/big": strings.Repeat("0", maxUnpacked)}), "太大"},
		"a ratio above 100":      {document("<a>" + strings.Repeat("<b/>", 2<<20) + "</a>"), "太大"},
		"a lie about the size":   {lied, ""},
		"one tag of 2 MiB":       {document(`<w:p a="` + incompressible(2<<20) + `"/>`), "太大"},
		"empty paragraphs":       {document("<a>" + noisy("<w:p/>", 9_000_000) + "</a>"), "太大"},
		"empty styles":           {zipped(t, map[string]string{"word/document.xml": "<a/>", "word/styles.xml": "<a>" + counted(`<style styleId="%d"/>`, maxDefined+1) + "</a>"}), "太大"},
		"empty lists":            {zipped(t, map[string]string{"word/document.xml": "<a/>", "word/numbering.xml": "<a>" + counted(`<abstractNum abstractNumId="%d"/>`, maxDefined+2) + "</a>"}), "太大"},
		"deep":                   {document(strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65)), "太深"},
		"entities":               {document(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`), "声明"},
		"an unknown entity":      {document(`<a>&b;</a>`), "损坏"},
		"an external file":       {document(`<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`), "声明"},
		"tags that do not close": {document("<w:document><w:body>"), "损坏"},
		"tags that cross":        {document("<a><b></a></b>"), "损坏"},
		"other encodings":        {document(`<?xml version="1.0" encoding="GBK"?><a/>`), "损坏"},
		"no text":                {docx(t, ""), "正文"},
		"only hidden text":       {docx(t, `<w:p>`+textRun("<w:vanish/>", "甲。")+`</w:p>`), "正文"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Read("x.docx", tt.data)
			var bad *ReadError
			if !errors.As(err, &bad) || !strings.Contains(bad.Advice, tt.want) || !strings.HasSuffix(bad.Advice, "。") {
				t.Errorf("got %q, %v, want %s", d.Text, err, tt.want)
			}
		})
	}
	deepest := strings.Repeat("<a>", 63) + "<t></t>" + strings.Repeat("</a>", 63)
	if _, err := Read("x", document(deepest)); err == nil || !strings.Contains(err.Error(), "正文") {
		t.Errorf("64 levels: %v", err)
	}
}

// incompressible is text that does not shrink much.
func incompressible(n int) string {
	var b strings.Builder
	x := uint64(1)
	for b.Len() < n {
		x = x*6364136223846793005 + 1442695040888963407
		fmt.Fprintf(&b, "%016x", x)
	}
	return b.String()
}

// noisy repeats a text to n bytes, with noise between that keeps it from shrinking too much.
func noisy(text string, n int) string {
	noise := incompressible(n / 50)
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(text)
		if i%50 == 0 {
			b.WriteString(noise[i/10 : i/10+5])
		}
	}
	return b.String()
}

func counted(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
