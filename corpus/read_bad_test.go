package corpus

import (
	"archive/zip"
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
)

func TestReadBadInput(t *testing.T) {
	page := officialPage(t)
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(page); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 5000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(1 + random.IntN(255)) // no NUL, which would be too easy
	}
	damaged := bytes.Clone(page)
	damaged[bytes.Index(damaged, []byte("学位"))+1] = 0xff
	_, gbk := inGBK(t, string(page))
	tests := []struct {
		name string
		data []byte
		want string // in the advice
	}{
		{"nothing", nil, "空"},
		{"no bytes", []byte{}, "空"},
		{"blanks", []byte(" \n\t\r\n\u3000 \n"), "空"},
		{"only a byte order mark", []byte("\xef\xbb\xbf"), "空"},
		{"only invisible characters", []byte("\u200b\u200d\n\u2060"), "空"},
		{"a title alone", []byte("# 标题\n"), "正文"},
		{"binary", []byte("\x7fELF\x02\x01\x00\x00\x00text"), "二进制"},
		{"noise", noise, "编码"},
		{"cut inside a character", page[:bytes.Index(page, []byte("学位"))+1], "断"},
		{"cut after two bytes of a character", page[:bytes.Index(page, []byte("学位"))+2], "断"},
		{"UTF-8 with a damaged byte", damaged, "损坏"},
		{"short UTF-8 with a byte missing", []byte("  \xe2\xa2 今日钟楼"), "损坏"}, // valid GB18030, of other characters
		{"UTF-8 without its first byte", page[bytes.Index(page, []byte("学位"))+1:], "损坏"},
		{"GBK cut inside a character", bytes.TrimSpace(gbk)[:len(bytes.TrimSpace(gbk))-1], "编码"},
		{"UTF-16 of odd length", []byte("\xff\xfe\x2d\x4e\x87"), "UTF-16"},
		{"21 MiB", bytes.Repeat([]byte("学"), 21<<20/3), "20 MiB"},
		{"PDF", []byte("%PDF-1.7\n1 0 obj"), "PDF"},
		{"a zip that is named like Word", archive.Bytes(), "正文"},
		{"deep HTML", []byte("<html><body>" + strings.Repeat("<div>", 20000) + "深" + strings.Repeat("</div>", 20000)), "网页"},
		{"HTML without text", []byte("<html><head><title>空</title><script>x</script></head><body><img src=a></body></html>"), "正文"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Read("某文件.txt", tt.data)
			var bad *ReadError
			if !errors.As(err, &bad) {
				t.Fatalf("got %d chunks and error %v, want a *ReadError", len(d.Chunks), err)
			}
			if bad.Source != "某文件.txt" || !strings.HasPrefix(err.Error(), "某文件.txt：") {
				t.Errorf("got %q from source %q", err, bad.Source)
			}
			if !strings.Contains(bad.Advice, tt.want) || strings.Contains(bad.Advice, "\n") || !strings.HasSuffix(bad.Advice, "。") {
				t.Errorf("got advice %q, want one line about %s", bad.Advice, tt.want)
			}
			if strings.IndexFunc(bad.Advice, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 {
				t.Errorf("got advice %q, want Chinese", bad.Advice)
			}
		})
	}
}

func TestReadLargestFile(t *testing.T) {
	page := bytes.Repeat([]byte("一句很长的话没有完，"), MaxFileBytes/30)
	page = append(page, bytes.Repeat([]byte("("), MaxFileBytes-len(page))...)
	if len(page) != MaxFileBytes {
		t.Fatalf("got %d bytes", len(page))
	}
	checkDocument(t, mustRead(t, "a", page))
}

// A file made to keep the splitter busy: marks behind brackets that never close. It must take no longer than any other file.
func TestReadManyOpenBrackets(t *testing.T) {
	checkDocument(t, mustRead(t, "a", []byte(strings.Repeat("(。", 2<<20/4))))
}
