package plan_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// copiedRunes in a row, after everything but letters, digits and underscores is dropped, count as copied from the official page.
const copiedRunes = 26

// TestNothingIsCopied reads every text file of the repository. The official page is not ours to publish: facts are, sentences are not.
func TestNothingIsCopied(t *testing.T) {
	page := words(officialText(t))
	grams := map[string]bool{}
	for i := 0; i+copiedRunes <= len(page); i++ {
		grams[string(page[i:i+copiedRunes])] = true
	}
	if len(grams) < 5000 {
		t.Fatalf("only %d rows in the official page", len(grams))
	}
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			switch {
			case e.Name() == ".git" || e.Name() == "node_modules":
				return filepath.SkipDir
			case rel == "models" || rel == "bin" || rel == "data" || rel == ".cache": // as .gitignore names them
				return filepath.SkipDir
			}
			return nil
		}
		if !e.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			if os.IsNotExist(err) { // another test's temporary file
				return nil
			}
			return err
		}
		if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
			return nil
		}
		files++
		for _, row := range copied(words(string(b)), grams) {
			t.Errorf("%s: %s", rel, row)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("only %d files read", files)
	}
}

// copied lists the rows of text that stand in the page, each at its full length.
func copied(text []rune, grams map[string]bool) []string {
	var out []string
	for i := 0; i+copiedRunes <= len(text); i++ {
		if !grams[string(text[i:i+copiedRunes])] {
			continue
		}
		end := i + copiedRunes
		for end < len(text) && grams[string(text[end-copiedRunes+1:end+1])] {
			end++
		}
		out = append(out, string(text[i:end]))
		i = end - 1
	}
	return out
}

func words(s string) []rune {
	return []rune(strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, s))
}
