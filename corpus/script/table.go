package script

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed tables.txt.gz
var tables []byte

// New builds a Converter from the embedded tables. It panics when they are broken, which only a bad build can cause.
func New() *Converter {
	c, err := read(tables)
	if err != nil {
		panic(fmt.Sprintf("corpus/script: embedded tables: %v: run scripts/opencc-tables.go again", err))
	}
	return c
}

// A table converts one way.
type table struct {
	chars   []rune            // of the block from firstHan on; 0 where nothing changes
	other   map[rune]rune     // characters outside the block
	moved   map[rune]bool     // characters that only phrases change (甲胄)
	phrases map[pair][]phrase // by their first two runes, longest first
}

// firstHan and lastHan bound the block that is looked up without hashing: CJK extension A and the unified ideographs.
const (
	firstHan = 0x3400
	lastHan  = 0x9fff
)

type pair [2]rune

type phrase struct{ from, to []rune }

func (t *table) char(r rune) rune {
	if r < firstHan {
		return r
	}
	if r <= lastHan {
		if to := t.chars[r-firstHan]; to != 0 {
			return to
		}
		return r
	}
	if to, ok := t.other[r]; ok {
		return to
	}
	return r
}

func (t *table) convert(text string) string {
	if !t.changes(text) {
		return text
	}
	in := []rune(text)
	out := make([]rune, 0, len(in))
	for i := 0; i < len(in); {
		if p := t.phrase(in[i:]); p != nil {
			out = append(out, p...)
			i += len(p)
			continue
		}
		out = append(out, t.char(in[i]))
		i++
	}
	return string(out)
}

// changes reports whether any character may change; most questions hold none, and come back without a copy.
func (t *table) changes(text string) bool {
	for _, r := range text {
		if r >= firstHan && (t.char(r) != r || t.moved[r]) {
			return true
		}
	}
	return false
}

// phrase gives what the longest phrase at the front becomes.
func (t *table) phrase(in []rune) []rune {
	if len(in) < 2 || in[0] < firstHan {
		return nil
	}
	for _, p := range t.phrases[pair{in[0], in[1]}] {
		if len(p.from) <= len(in) && slices.Equal(p.from, in[:len(p.from)]) {
			return p.to
		}
	}
	return nil
}

func read(packed []byte) (*Converter, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	c := &Converter{}
	byName := map[string]*table{"st": &c.traditional, "ts": &c.simple}
	for _, t := range byName {
		*t = table{chars: make([]rune, lastHan-firstHan+1), other: map[rune]rune{}, moved: map[rune]bool{}, phrases: map[pair][]phrase{}}
	}
	single := map[string]string{} // the lines with one text
	sc := bufio.NewScanner(z)
	sc.Scan() // the notice
	for sc.Scan() {
		name, text, ok := strings.Cut(sc.Text(), "\t")
		if !ok {
			return nil, fmt.Errorf("no tab in %.40q", sc.Text())
		}
		t := byName[name]
		if t == nil {
			single[name] = text
			if from, ok := strings.CutSuffix(name, "-to"); ok && byName[from] != nil {
				if err := byName[from].setChars(single[from+"-from"], text); err != nil {
					return nil, err
				}
			}
			continue
		}
		from, to, _ := strings.Cut(text, "\t")
		if err := t.addPhrase([]rune(from), []rune(to)); err != nil {
			return nil, err
		}
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	for _, t := range byName {
		for _, list := range t.phrases {
			slices.SortFunc(list, func(a, b phrase) int { return len(b.from) - len(a.from) })
		}
	}
	c.onlyTraditional, c.onlySimple = set(single["traditional"]), set(single["simplified"])
	if len(c.onlyTraditional) == 0 || len(c.onlySimple) == 0 || len(c.simple.phrases) == 0 || len(c.traditional.phrases) == 0 {
		return nil, fmt.Errorf("a table is empty")
	}
	return c, nil
}

func (t *table) setChars(from, to string) error {
	f, v := []rune(from), []rune(to)
	if len(f) == 0 || len(f) != len(v) {
		return fmt.Errorf("%d characters become %d", len(f), len(v))
	}
	for i, r := range f {
		if r >= firstHan && r <= lastHan {
			t.chars[r-firstHan] = v[i]
		} else {
			t.other[r] = v[i]
		}
	}
	return nil
}

// addPhrase comes after setChars: a phrase without a text of its own converts as its characters do.
func (t *table) addPhrase(from, to []rune) error {
	if len(to) == 0 {
		to = make([]rune, len(from))
		for i, r := range from {
			to[i] = t.char(r)
		}
	}
	if len(from) < 2 || len(from) != len(to) {
		return fmt.Errorf("phrase %q becomes %q", string(from), string(to))
	}
	for i, r := range from {
		if to[i] != r && t.char(r) == r {
			t.moved[r] = true
		}
	}
	key := pair{from[0], from[1]}
	t.phrases[key] = append(t.phrases[key], phrase{from, to})
	return nil
}

func set(text string) map[rune]bool {
	m := map[rune]bool{}
	for _, r := range text {
		m[r] = true
	}
	return m
}
