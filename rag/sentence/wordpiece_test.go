package sentence

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sugarme/tokenizer/pretrained"
)

// modelsDir is where the tests find the model. It must be there: a test of a model that is skipped without it proves nothing.
func modelsDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WENDA_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "models")
	}
	if _, err := checkAll(dir); err != nil {
		t.Fatalf("the tests need the sentence model (set WENDA_MODELS or run `make model`): %v", err)
	}
	return dir
}

func readWordpiece(t testing.TB) *wordpiece {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(modelsDir(t), tokenizerFile))
	if err != nil {
		t.Fatal(err)
	}
	words, err := parseWordpiece(raw)
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// The ids in testdata/tokens.jsonl come from Hugging Face's tokenizers 0.23.3 over the same tokenizer.json with "lowercase": true
// and without added tokens, cut to 512.
func TestEncodeLikeHuggingFace(t *testing.T) {
	words := readWordpiece(t)
	f, err := os.Open(filepath.Join("testdata", "tokens.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c struct {
			Text string  `json:"text"`
			IDs  []int64 `json:"ids"`
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if got := words.encode(c.Text); !slices.Equal(got, c.IDs) {
			t.Errorf("encode(%q):\n got %v\nwant %v", c.Text, got, c.IDs)
		}
		n++
	}
	if err := lines.Err(); err != nil || n < 100 {
		t.Fatalf("read %d cases, want at least 100: %v", n, err)
	}
}

// The same ids as github.com/sugarme/tokenizer, which reads the tokenizer.json itself, on text that is cleaned before. WENDA_TEXTS
// names a file with one more text a line. Left out: CJK extension A, which sugarme takes for letters (its range table is not sorted), and
// special tokens in brackets, which it takes for tokens.
func TestEncodeLikeSugarme(t *testing.T) {
	words := readWordpiece(t)
	reference, err := pretrained.FromFile(filepath.Join(modelsDir(t), tokenizerFile))
	if err != nil {
		t.Fatal(err)
	}
	texts := randomTexts(words, 3000)
	if more := os.Getenv("WENDA_TEXTS"); more != "" {
		raw, err := os.ReadFile(more)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, strings.Split(string(raw), "\n")...)
	}
	compared, panics := 0, 0
	for _, text := range texts {
		var clean strings.Builder
		for r := range cleaned(text) {
			clean.WriteRune(r)
		}
		if strings.ContainsFunc(clean.String(), func(r rune) bool { return 0x3400 <= r && r <= 0x4dbf }) {
			continue
		}
		want, ok := func() (ids []int64, ok bool) {
			defer func() { ok = recover() == nil }() // it panics on some texts
			e, err := reference.EncodeSingle(clean.String(), true)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range e.Ids {
				ids = append(ids, int64(id))
			}
			if len(ids) > maxTokens {
				ids = append(ids[:maxTokens-1], words.sep)
			}
			return ids, true
		}()
		if !ok {
			panics++
			continue
		}
		compared++
		if got := words.encode(text); !slices.Equal(got, want) {
			t.Fatalf("encode(%q):\n got %v\nwant %v", text, got, want)
		}
	}
	t.Logf("%d texts equal; sugarme/tokenizer panicked on %d more", compared, panics)
	if compared < len(texts)*9/10 {
		t.Errorf("compared %d of %d texts", compared, len(texts))
	}
}

// randomTexts mixes pieces of the vocabulary with runes of many scripts, always the same ones.
func randomTexts(words *wordpiece, n int) []string {
	var pieces []string
	for _, vocab := range []map[string]int64{words.first, words.rest} {
		for piece := range vocab {
			if !strings.HasPrefix(piece, "[") { // special tokens are text for us and tokens for the reference
				pieces = append(pieces, piece)
			}
		}
	}
	slices.Sort(pieces)
	blocks := [][2]rune{{0x20, 0x5a}, {0x5c, 0x7e}, {0x4e00, 0x9fff}, {0x4e00, 0x9fff}, {0x3000, 0x303f}, {0xff00, 0xffef}, {0xa0, 0x52f},
		{0x3040, 0x30ff}, {0x2000, 0x27bf}, {0, 0x1f}, {0xac00, 0xd7a3}, {0x300, 0x36f}, {0x1f300, 0x1f6ff}, {0xf900, 0xfaff},
		{0x80, 0x9f}, {0x20000, 0x2ffff}}
	rnd := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, n)
	for i := range texts {
		var b strings.Builder
		for range 1 + rnd.IntN(25) {
			if rnd.IntN(2) == 0 {
				b.WriteString(pieces[rnd.IntN(len(pieces))])
				continue
			}
			block := blocks[rnd.IntN(len(blocks))]
			for range 1 + rnd.IntN(4) {
				b.WriteRune(block[0] + rnd.Int32N(block[1]-block[0]+1))
			}
		}
		texts[i] = b.String()
	}
	return texts
}

func TestEncodeCutsAt512(t *testing.T) {
	words := readWordpiece(t)
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"below", strings.Repeat("学", 509), 511},
		{"exact", strings.Repeat("学", 510), 512},
		{"above", strings.Repeat("学", 511), 512},
		{"far above", strings.Repeat("学位", 500_000), 512},
		{"cut inside a word", strings.Repeat("学", 509) + "unbelievably", 512},
	} {
		got := words.encode(c.text)
		if len(got) != c.want || got[0] != words.cls || got[len(got)-1] != words.sep {
			t.Errorf("%s: got %d ids, first %d, last %d; want %d, %d, %d", c.name, len(got), got[0], got[len(got)-1], c.want, words.cls, words.sep)
		}
	}
}

func TestEncodeIgnoresMarksAndCase(t *testing.T) {
	words := readWordpiece(t)
	want := words.encode("ai 补课班怎么管")
	for _, text := range []string{"AI 补课班怎么管", "ai\u3000补课班\u200b怎么管", "\ufeffai\t补课\u202e班怎么管\u0000", "ai 补课班怎么管\xff\xfe", "ái 补课班怎么管"} {
		if got := words.encode(text); !slices.Equal(got, want) {
			t.Errorf("encode(%q): got %v, want %v", text, got, want)
		}
	}
}

func TestParseWordpieceRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"not JSON":        `{"model":`,
		"empty":           ``,
		"another model":   `{"model":{"type":"BPE","vocab":{"a":1}}}`,
		"no special":      `{"model":{"type":"WordPiece","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"a":1}}}`,
		"vocab of floats": `{"model":{"type":"WordPiece","vocab":{"a":1.5}}}`,
	} {
		if _, err := parseWordpiece([]byte(raw)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// Any bytes give ids inside the vocabulary, framed, at most 512, without special tokens inside; and cleaning twice equals once.
func FuzzEncode(f *testing.F) {
	words := readWordpiece(f)
	for _, seed := range []string{"", "补课班怎么管", "AI课 Café", "\u009d", "\u29f2(t)\u8f4e\u0010", "[SEP][CLS]##", "\xff\xc0\x80", "a\u0301\u0327\u200d",
		strings.Repeat("a\u0301", 300), "\u302e\u200b\u302a", "\U000e0041\U0001f468\u200d"} {
		f.Add(seed)
	}
	size := int64(len(words.first) + len(words.rest))
	f.Fuzz(func(t *testing.T, text string) {
		ids := words.encode(text)
		if n := len(ids); n < 2 || n > maxTokens || ids[0] != words.cls || ids[n-1] != words.sep {
			t.Fatalf("encode(%q): got %d ids %v", text, n, ids)
		}
		for _, id := range ids[1 : len(ids)-1] {
			if id <= 0 || id >= size || id == words.cls || id == words.sep {
				t.Fatalf("encode(%q): id %d inside", text, id)
			}
		}
		once := slices.Collect(cleaned(text))
		if twice := slices.Collect(cleaned(string(once))); !slices.Equal(once, twice) {
			t.Fatalf("cleaned(%q): got %q, then %q", text, string(once), string(twice))
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	words := readWordpiece(b)
	for name, text := range map[string]string{"question": "今年钟楼区小学一年级新生报名需要带什么材料？", "300": strings.Repeat("加强校外培训机构治理，", 27)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				words.encode(text)
			}
		})
	}
}
