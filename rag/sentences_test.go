package rag

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseSaying(t *testing.T) {
	for _, c := range []struct {
		name, raw, text string
		refs            []int
	}{
		{"plain", "新增学位1500个。[1]", "新增学位1500个。", []int{1}},
		{"before the end mark", "新增学位1500个[1]。", "新增学位1500个。", []int{1}},
		{"black brackets", "新增学位1500个【2】。", "新增学位1500个。", []int{2}},
		{"round brackets", "新增学位1500个（3）。", "新增学位1500个。", []int{3}},
		{"full-width", "新增学位１５００个。［１］", "新增学位1500个。", []int{1}},
		{"several", "新增学位1500个。[1,2]", "新增学位1500个。", []int{1, 2}},
		{"several, Chinese comma", "新增学位1500个。【1，3】", "新增学位1500个。", []int{1, 3}},
		{"several, enumerated", "新增学位1500个。【1、3】", "新增学位1500个。", []int{1, 3}},
		{"a range", "新增学位1500个。[1-3]", "新增学位1500个。", []int{1, 2, 3}},
		{"in a row", "新增学位1500个。[1][2] [3]", "新增学位1500个。", []int{1, 2, 3}},
		{"blanks", "新增学位1500个。 [ 1 , 2 ] ", "新增学位1500个。", []int{1, 2}},
		{"with a word", "新增学位1500个。[资料1][来源2]", "新增学位1500个。", []int{1, 2}},
		{"two places", "学校6所[1]，学位1500个[2]。", "学校6所，学位1500个。", []int{1, 2}},
		{"twice the same", "学校6所[1]，学位1500个[1]。", "学校6所，学位1500个。", []int{1}},
		{"no mark", "新增学位1500个。", "新增学位1500个。", nil},
		{"a year in brackets is none", "工作计划（2022）。[1]", "工作计划（2022）。", []int{1}},
		{"list number", "1. 新增学位1500个。[1]", "新增学位1500个。", []int{1}},
		{"list number, Chinese", "一、新增学位1500个。[1]", "新增学位1500个。", []int{1}},
		{"list number, brackets", "（2）新增学位1500个。[1]", "新增学位1500个。", []int{1}},
		{"bullet", "- 新增学位1500个。[1]", "新增学位1500个。", []int{1}},
		{"a decimal is no list number", "1.5万个学位。[1]", "1.5万个学位。", []int{1}},
		{"zero-width", "新增\u200b学位\u202e1500个。[1]", "新增学位1500个。", []int{1}},
	} {
		got := parseSaying(c.raw)
		if got.text != c.text || !slices.Equal(got.refs, c.refs) {
			t.Errorf("%s: parseSaying(%q) = %q %v, want %q %v", c.name, c.raw, got.text, got.refs, c.text, c.refs)
		}
	}
	s := parseSaying("学校6所[1]，学位1500个[2]，以文件为准。")
	want := []segment{{"学校6所", []int{1}}, {"，学位1500个", []int{2}}, {"，以文件为准。", []int{1, 2}}}
	if !reflect.DeepEqual(s.segments, want) {
		t.Errorf("got segments %+v, want %+v", s.segments, want)
	}
}

var cutSeeds = []string{
	"新增学位1500个。[1]新建学校6所[2]。\n还有一句", "有。】[1]", "甲！？”[1] [2]\n乙。（", "一。[资料1，资料2]二。【3、4】", "[1]。。。[2]", "全文没有句号", "\n\n。\n[1]",
	strings.Repeat("长", 700), "甲。[1", "甲。[12345]乙", "a.b!c?d", "甲。 　 乙。\u200b[1]", "\xff甲。\xe5", "", strings.Repeat("。", 500) + "[1]", "甲。" + strings.Repeat(" ", 900),
}

// FuzzCutter: any cut of the stream gives the same sentences, and joined they are the text.
func FuzzCutter(f *testing.F) {
	if len(cutSeeds) == 0 {
		f.Fatal("no seeds")
	}
	for i, s := range cutSeeds {
		f.Add(s, uint8(i), uint8(3*i))
	}
	f.Fuzz(func(t *testing.T, text string, a, b uint8) {
		if len(text) > 2000 { // pieces of one byte take their time
			return
		}
		var whole cutter
		want := append(whole.add(text), whole.end()...)
		if got := strings.Join(want, ""); got != text {
			t.Fatalf("joined %q, want %q", got, text)
		}
		for _, s := range want {
			if n := utf8.RuneCountInString(s); s == "" || n > maxSaidRunes && !strings.ContainsAny(s, "。！？!?[【［〔（( ") {
				t.Errorf("a sentence of %d runes: %q", n, s)
			}
		}
		for _, size := range []int{1, 2, 3, int(a)%7 + 1, int(b)%50 + 1} {
			var c cutter
			var got []string
			for rest := text; rest != ""; {
				n := min(size, len(rest))
				got = append(got, c.add(rest[:n])...)
				rest = rest[n:]
			}
			got = append(got, c.end()...)
			if !slices.Equal(got, want) {
				t.Fatalf("in pieces of %d bytes %q, whole %q", size, got, want)
			}
		}
		for _, s := range want {
			parsed := parseSaying(s)
			if !utf8.ValidString(s) {
				continue
			}
			for _, n := range parsed.refs {
				if n < 0 || n > 99 {
					t.Errorf("%q cites %d", s, n)
				}
			}
		}
	})
}
