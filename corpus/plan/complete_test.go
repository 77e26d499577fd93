package plan_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"wenda/corpus"
)

// The digest must be complete: what a resident can be told from the official page can be told from it.

func TestDigestHasEveryHeading(t *testing.T) {
	digest := read(t, load(t).Text())
	want, got := headings(read(t, officialText(t))), headings(digest)
	if len(want) < 30 {
		t.Fatalf("only %d headings on the official page", len(want))
	}
	have := strings.Join(got, "\n") + "\n"
	for _, h := range want {
		if !strings.Contains(have, h+"\n") {
			t.Errorf("missing: %s", h)
		}
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("the order of headings differs:\ngot  %s\nwant %s", strings.Join(got, " | "), strings.Join(want, " | "))
	}
}

// headings lists headings and lead sentences in the order of the text.
func headings(d corpus.Document) []string {
	var out []string
	last := ""
	for _, c := range d.Chunks {
		for i, h := range c.Section {
			if path := strings.Join(c.Section[:i+1], " > "); !strings.HasPrefix(last+" > ", path+" > ") {
				out = append(out, plain(h))
			}
		}
		last = c.SectionPath()
	}
	return out
}

var (
	// figures with what they count: 13所, 9-10个, 100%, 3-15岁, 2.0版, 80后, 0519-88890809
	figure = regexp.MustCompile(`([0-9A-Za-z/]*\d[\d.\-/+%]*[^\d,，。；;、:：()（）“”\s|•]?)`)
	// figures in words: 十九大, 第六轮, 三十年, 两个, 八部门, 首批
	wordFigure = regexp.MustCompile(`((?:第[一二三四五六七八九十]+|[一二两三四五六七八九十百]{1,3})(?:大|届|轮|年|个|次|部门|中全会|学科)|首[轮批])`)
	quoted     = regexp.MustCompile(`“([^“”]+)”`)
	titled     = regexp.MustCompile(`[《〈]([^《》〈〉]+)[》〉]`)
	listNumber = regexp.MustCompile(`(?m)^\d{1,2}\.`)
)

func TestDigestHasEveryFigureAndName(t *testing.T) {
	official := officialText(t)
	digest := plain(load(t).Text())
	page := listNumber.ReplaceAllString(norm.NFKC.String(official), "") // with its blanks: across them nothing is a neighbour
	for _, tt := range []struct {
		name  string
		re    *regexp.Regexp
		least int
	}{
		{"figure", figure, 40},
		{"figure in words", wordFigure, 10},
		{"quoted name", quoted, 60},
		{"title", titled, 4},
	} {
		list := matches(tt.re, page)
		if len(list) < tt.least {
			t.Fatalf("%s: only %d on the official page: %q", tt.name, len(list), list)
		}
		for _, want := range list {
			if !strings.Contains(digest, plain(want)) {
				t.Errorf("%s missing: %s", tt.name, want)
			}
		}
		t.Logf("%s: %d checked", tt.name, len(list))
	}
}

func TestDigestHasMetadataFooterAndNavigation(t *testing.T) {
	p := load(t)
	official := read(t, officialText(t))
	digest := read(t, p.Text())
	got, want := digest.Meta, official.Meta
	got.Source, want.Source = "", ""
	if got != want {
		t.Errorf("metadata:\ngot  %+v\nwant %+v", got, want)
	}
	if got := digest.ID; got != official.ID {
		t.Errorf("got document %s, want %s: the official page would not replace the digest", got, official.ID)
	}
	text := plain(p.Text())
	checked := 0
	for _, c := range official.Chunks {
		if c.Kind != corpus.Footer && c.Kind != corpus.Navigation && c.Kind != corpus.Metadata {
			continue
		}
		for i := range c.Sentences {
			for _, part := range frameParts.Split(c.Sentence(i), -1) {
				if part = plain(part); part != "" {
					checked++
					if !strings.Contains(text, part) {
						t.Errorf("missing: %s", part)
					}
				}
			}
		}
	}
	if checked < 30 {
		t.Fatalf("only %d parts of the frame", checked)
	}
	if empty := p.Page.Metadata[4]; empty.Name != "文件编号" || empty.Value != "" {
		t.Errorf("got %+v, want an empty 文件编号", empty)
	}
}

var frameParts = regexp.MustCompile(`[\s|•]+|[:：]`)
