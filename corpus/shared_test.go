package corpus

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// officialPage reads the portal's page from the shared folder beside the repository. It is never part of it, and a test that cannot have it fails.
func officialPage(tb testing.TB) []byte {
	tb.Helper()
	shared := os.Getenv("WENDA_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(shared, "seeds", "zhonglou-education-plan-2022.txt"))
	if err != nil {
		tb.Fatalf("the official page is needed (put shared beside the repository or set WENDA_SHARED): %v", err)
	}
	return b
}

func mustRead(tb testing.TB, source string, data []byte) Document {
	tb.Helper()
	d, err := Read(source, data)
	if err != nil {
		tb.Fatalf("read %s: %v", source, err)
	}
	return d
}

func official(tb testing.TB) Document {
	tb.Helper()
	return mustRead(tb, "plan.txt", officialPage(tb))
}

// golden compares got with a file of testdata, or writes it under -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update rewrites it)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// solid drops all blanks.
func solid(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// checkDocument holds for every document that Read returns.
func checkDocument(tb testing.TB, d Document) {
	tb.Helper()
	if len(d.Chunks) == 0 || len(d.Blocks) == 0 {
		tb.Fatalf("document has %d chunks and %d blocks", len(d.Chunks), len(d.Blocks))
	}
	if !norm.NFC.IsNormalString(d.Text) {
		tb.Errorf("text is not NFC")
	}
	at := 0
	inChunks := make([]bool, len(d.Text)+1)
	ids := map[string]bool{}
	for i := range d.Chunks {
		c := &d.Chunks[i]
		if c.Start < 0 || c.End > len(d.Text) || d.Text[c.Start:c.End] != c.Text {
			tb.Fatalf("chunk %d: text is not Text[%d:%d]", i, c.Start, c.End)
		}
		checkCover(tb, c.Text, c.Sentences)
		if c.DocumentID != d.ID || ids[c.ID] || c.ID == "" || len(c.Section) == 0 || strings.TrimSpace(c.Text) == "" {
			tb.Errorf("chunk %d %+v: document, ID, section or text is wrong", i, *c)
		}
		ids[c.ID] = true
		for b := c.Start; b < c.End; b++ {
			if inChunks[b] {
				tb.Fatalf("chunk %d overlaps another one at byte %d", i, b)
			}
			inChunks[b] = true
		}
	}
	for i, b := range d.Blocks {
		if b.Start != at || b.End <= b.Start {
			tb.Fatalf("block %d spans %d to %d, want a start at %d", i, b.Start, b.End, at)
		}
		at = b.End
		text := d.Text[b.Start:b.End]
		if blank := strings.TrimSpace(text) == ""; blank != (b.Kind == Blank) {
			tb.Errorf("block %d %q has kind %s", i, text, b.Kind)
		}
		if b.Kind == Blank || b.Kind == Heading {
			continue
		}
		for k := b.Start; k < b.End; k++ {
			if !inChunks[k] {
				tb.Fatalf("block %d (%s): byte %d is in no chunk", i, b.Kind, k)
			}
		}
	}
	if at != len(d.Text) {
		tb.Errorf("blocks end at %d of %d", at, len(d.Text))
	}
}

// checkCover wants spans that cover text without gaps or overlaps, at the boundaries of characters.
func checkCover(tb testing.TB, text string, spans []Span) {
	tb.Helper()
	if len(spans) == 0 {
		tb.Fatalf("no spans in %q", text)
	}
	at := 0
	for _, s := range spans {
		if s.Start != at || s.End < s.Start || s.End > len(text) {
			tb.Fatalf("span %v of %q: want a start at %d", s, text, at)
		}
		if s.End < len(text) && text[s.End]&0xc0 == 0x80 {
			tb.Fatalf("span %v of %q ends inside a character", s, text)
		}
		at = s.End
	}
	if at != len(text) {
		tb.Fatalf("spans of %q end at %d of %d", text, at, len(text))
	}
}
