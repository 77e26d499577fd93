package rag

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"

	"wenda/corpus"
)

// secrets are what a model was told and must not tell: the canary and every run of leakRunes letters of our instructions.
type secrets struct {
	canary string
	grams  map[string]bool
}

// leakRunes is how many letters in a row, blanks and marks aside, are a leak (SECURITY.md).
const leakRunes = 8

// newCanary is a mark that nobody can guess.
func newCanary() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// secretsOf knows instructions; what the passages say as well is no secret.
func secretsOf(canary string, instructions []string, passages []passage) secrets {
	s := secrets{canary: canary, grams: map[string]bool{}}
	open := ""
	for _, p := range passages {
		open += letters(p.text) + "\n" + letters(p.head) + "\n"
	}
	for _, text := range instructions {
		rs := []rune(letters(text))
		for i := 0; i+leakRunes <= len(rs); i++ {
			if g := string(rs[i : i+leakRunes]); !strings.Contains(open, g) {
				s.grams[g] = true
			}
		}
	}
	return s
}

// coded finds what may be text in base64.
var coded = regexp.MustCompile(`[A-Za-z0-9+/_-]{12,}`)

// leaked names what of the secrets a sentence holds, alone or together with the end of what was said before it, also in base64.
func (s secrets) leaked(before, text string) string {
	tail := []rune(before)
	tail = tail[max(0, len(tail)-max(leakRunes, len(s.canary))+1):]
	if v := s.in(string(tail) + letters(text)); v != "" {
		return v
	}
	bare := strings.Join(strings.Fields(text), "")
	for _, c := range coded.FindAllString(bare, -1) {
		for cut := range min(4, len(c)) { // it may begin in the middle of a group
			for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				part := c[cut:]
				plain, err := e.DecodeString(part[:len(part)-len(part)%4])
				if err == nil {
					if v := s.in(letters(strings.ToValidUTF8(string(plain), ""))); v != "" {
						return "base64 " + v
					}
				}
			}
		}
	}
	return ""
}

func (s secrets) in(text string) string {
	if s.canary != "" && strings.Contains(text, corpus.Fold(s.canary)) {
		return "canary"
	}
	rs := []rune(text)
	for i := 0; i+leakRunes <= len(rs); i++ {
		if g := string(rs[i : i+leakRunes]); s.grams[g] {
			return g
		}
	}
	return ""
}
