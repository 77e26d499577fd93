package corpus

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plainTerms is what terms must give.
func plainTerms(text string) []term {
	var out []term
	var word []rune
	prev := rune(0)
	flush := func() {
		if len(word) > 0 {
			out = append(out, terms(string(word))...)
			word = nil
		}
	}
	for _, r := range strings.ToLower(norm.NFKC.String(text)) {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			out = append(out, term(r))
			if prev != 0 {
				out = append(out, term(uint64(prev)<<21|uint64(r)|pairBit))
			}
			prev = r
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word = append(word, r)
		default:
			flush()
		}
		prev = 0
	}
	flush()
	return out
}

func TestTermsAndFoldsOfAnyText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	ranges := [][2]rune{{0x20, 0x7e}, {0x4e00, 0x9fff}, {0x3400, 0x4dbf}, {0x20000, 0x20100}, {0xff00, 0xffef}, {0x300, 0x36f}, {0xc0, 0x24f}, {0x200b, 0x2064},
		{0x1100, 0x11ff}, {0xac00, 0xac80}, {0x3040, 0x30ff}, {0x2f00, 0x2fd5}, {0xd800, 0xdfff}, {0xe000, 0xe010}, {0x9fff, 0xa4cf}}
	for i := range 3000 {
		var b strings.Builder
		for range r.IntN(20) {
			in := ranges[r.IntN(len(ranges))]
			b.WriteRune(in[0] + r.Int32N(in[1]-in[0]+1))
			if r.IntN(12) == 0 {
				b.WriteByte(0xe4) // a character cut off
			}
		}
		text := b.String()
		if got, want := terms(text), plainTerms(text); !slices.Equal(got, want) {
			t.Fatalf("%d %q: got terms %x, want %x", i, text, got, want)
		}
		want := strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || Invisible(r) {
				return -1
			}
			return r
		}, strings.ToLower(norm.NFKC.String(text)))
		if got := Fold(text); got != want {
			t.Fatalf("%d %q: got %q folded, want %q", i, text, got, want)
		}
	}
	for r := rune(0x4e00); r <= 0x9fff; r++ {
		if !unicode.Is(unicode.Han, r) || unicode.ToLower(r) != r || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || !commonHan(r) {
			t.Fatalf("%x is no common character", r)
		}
	}
}
