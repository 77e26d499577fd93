package plan_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"wenda/corpus"
	"wenda/corpus/plan"
)

// officialText reads the portal's page from the shared folder beside the repository. A test that cannot have it fails.
func officialText(tb testing.TB) string {
	tb.Helper()
	shared := os.Getenv("WENDA_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(shared, "seeds", "zhonglou-education-plan-2022.txt"))
	if err != nil {
		tb.Fatalf("the official page is needed (put shared beside the repository or set WENDA_SHARED): %v", err)
	}
	return string(b)
}

func read(tb testing.TB, text string) corpus.Document {
	tb.Helper()
	d, err := corpus.Read("bundled", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func load(tb testing.TB) plan.Plan {
	tb.Helper()
	p, err := plan.Load()
	if err != nil {
		tb.Fatal(err)
	}
	if len(p.Paragraphs) < 40 || len(p.Outlines) == 0 || len(p.Page.Metadata) == 0 {
		tb.Fatalf("only %d paragraphs, %d outlines, %d fields", len(p.Paragraphs), len(p.Outlines), len(p.Page.Metadata))
	}
	return p
}

// plain is how texts are compared here: NFKC without blanks.
func plain(s string) string { return strings.Join(strings.Fields(norm.NFKC.String(s)), "") }

// matches lists the different matches of group 1 in text.
func matches(re *regexp.Regexp, text string) []string {
	seen := map[string]bool{}
	var out []string
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			out = append(out, m[1])
		}
	}
	return out
}
