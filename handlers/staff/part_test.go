package staff

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"wenda/corpus"
	"wenda/store"
)

var partLink = regexp.MustCompile(`<a href="([^"]+)">后面的段落</a>`)

// Every paragraph of a long document, and of what a new file would change in it, is on one of the parts, once.
func TestLongDocumentInParts(t *testing.T) {
	l := newLibrarySite(t)
	b := l.as("fabu", store.Publish)
	const n = 2*partSize + 7
	text := func(mark string) string {
		var out strings.Builder
		out.WriteString("标题：长文件\n\n长文件\n\n一、正文\n\n")
		for i := range n {
			fmt.Fprintf(&out, "这是第%d段%s，说明一件事情。\n\n", i, mark)
		}
		return out.String()
	}
	if _, err := l.library.Import(t.Context(), "long.txt", []byte(text("旧")), nil); err != nil {
		t.Fatal(err)
	}
	d, err := corpus.Read("long.txt", []byte(text("旧")))
	if err != nil {
		t.Fatal(err)
	}
	walk := func(path string, marks ...string) {
		t.Helper()
		seen := map[string]int{}
		pages := 0
		for path != "" {
			page := b.mustGet(path)
			pages++
			for _, mark := range marks {
				for _, m := range regexp.MustCompile(mark).FindAllString(page, -1) {
					seen[m]++
				}
			}
			path = ""
			for _, m := range partLink.FindAllStringSubmatch(page, -1) {
				if strings.HasSuffix(m[1], "#from") { // of the paragraphs, not of the changes
					path = html.UnescapeString(m[1])
				}
			}
		}
		if pages < 3 {
			t.Errorf("%d pages", pages)
		}
		for i := range n {
			for _, mark := range marks {
				want := strings.Replace(strings.Trim(mark, `<>`), `\d+`, fmt.Sprint(i), 1)
				found := 0
				for m, times := range seen {
					if strings.Contains(m, want) {
						found += times
					}
				}
				if found != 1 {
					t.Fatalf("%s is shown %d times", want, found)
				}
			}
		}
	}
	walk("/staff/knowledge/"+d.ID, `第\d+段旧`)
	if _, page := b.upload(map[string][]byte{"long.txt": []byte(text("新"))}); !strings.Contains(page, "第1到300段，共") {
		t.Fatal(mainOf(page))
	}
	files, err := l.store.StagedFiles(t.Context())
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	walk(fmt.Sprintf("/staff/staged/%d", files[0].N), `<br>这是第\d+段新`)
	changed := map[string]bool{}
	for from := 0; from < 2*n+partSize; from += partSize {
		for _, m := range regexp.MustCompile(`<(?:ins|del)>这是(第\d+段[新旧])`).FindAllStringSubmatch(b.mustGet(fmt.Sprintf("/staff/staged/%d?changed=%d", files[0].N, from)), -1) {
			changed[m[1]] = true
		}
	}
	if len(changed) != 2*n {
		t.Errorf("%d changes shown, want %d", len(changed), 2*n)
	}
	for _, odd := range []string{"-1", "x", "999999"} {
		if page := b.mustGet("/staff/knowledge/" + d.ID + "?from=" + odd); !strings.Contains(page, "这是第0段旧") {
			t.Errorf("from=%s does not begin at the beginning", odd)
		}
	}
}
