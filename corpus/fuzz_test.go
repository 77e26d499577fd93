package corpus

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"
)

// seedTexts are the official page, its paragraphs, and small texts of every kind.
func seedTexts(f *testing.F) []string {
	f.Helper()
	out := []string{string(officialPage(f)), savedPage(f),
		"# 题\n\n- 甲\n- 乙\n\n| 一 | 二 |\n|---|---|\n| 三 | 四 |\n", "题\n\n一、甲\n1.乙\n2.丙\n", "<p>（甲。“乙！》", "首" + strings.Repeat("\n", 2000) + "页", "\xff\xfe-N", "e\u200d\u0301\u2028\x00"}
	for _, c := range official(f).Chunks {
		out = append(out, c.Text)
	}
	if len(out) < 40 {
		f.Fatalf("only %d seeds", len(out))
	}
	return out
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`<body><h1>收费</h1><p>表1 标准（单位：元/月）</p><table><tr><th rowspan="2">园</th><th colspan=2>保教费</th></tr><tr><th>小班</th><th>大班</th></tr><tr><td rowspan=3>公办</td><td>680</td><td>同左</td></tr></table></body>`))
	f.Add([]byte("# 计划\n\n表1 计划（人）\n\n| 序号 | 学校 | 计划 |\n|---|---|---|\n| 1 | 甲小学；乙小学。 | 270 |\n| | 合计 | 同上 |\n\n某局\n2024年5月10日\n"))
	for _, s := range seedTexts(f) {
		f.Add([]byte(s))
		if b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s)); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Read("x", data)
		var bad *ReadError
		if err != nil {
			if !errors.As(err, &bad) {
				t.Fatalf("error %v is no *ReadError", err)
			}
			return
		}
		checkDocument(t, d)
		if again := mustRead(t, "x", data); again.Version != d.Version || chunkIDs(again) != chunkIDs(d) {
			t.Errorf("reading twice gave another version or other chunks")
		}
		if d.Meta.Format == "text" || d.Meta.Format == "portal" && !strings.Contains(string(data), "<") {
			plain, err := decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := solid(d.Text), solid(tidy(plain)); got != want {
				t.Errorf("text was lost:\ngot  %q\nwant %q", got, want)
			}
		}
	})
}

func FuzzSentences(f *testing.F) {
	for _, s := range seedTexts(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.TrimSpace(tidy(strings.ToValidUTF8(text, ""))) // all that is ever cut
		for _, spans := range [][]Span{sentences(text), fields(text), cut(text)} {
			checkCover(t, text, spans)
			blank := 0
			for _, s := range spans {
				if strings.TrimSpace(text[s.Start:s.End]) == "" {
					blank++
				}
			}
			if blank > 0 && strings.TrimSpace(text) != "" {
				t.Errorf("%d blank spans in %q", blank, text)
			}
		}
	})
}

func FuzzTerms(f *testing.F) {
	for _, s := range seedTexts(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := terms(text)
		want := map[rune]int{}
		for _, r := range strings.ToLower(norm.NFKC.String(text)) {
			if han(r) {
				want[r]++
			}
		}
		letters := maps.Clone(want)
		pairs, singles := 0, 0
		for _, tm := range got {
			switch {
			case tm&wordBit != 0:
			case tm&pairBit != 0:
				pairs++
				a, b := rune(tm&^pairBit>>21), rune(tm&(1<<21-1))
				if want[a] == 0 || want[b] == 0 {
					t.Errorf("pair %c%c is not in the text", a, b)
				}
			default:
				singles++
				letters[rune(tm)]--
			}
		}
		for r, n := range letters {
			if n > 0 {
				t.Errorf("%d of character %c have no term", n, r)
			}
		}
		if pairs > max(0, singles-1) {
			t.Errorf("%d pairs of %d characters", pairs, singles)
		}
	})
}
