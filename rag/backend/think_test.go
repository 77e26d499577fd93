package backend

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func filterAll(pieces ...string) (string, bool) {
	var f thinkFilter
	var out strings.Builder
	for _, piece := range pieces {
		text, ok := f.add(piece)
		if !ok {
			return "", false
		}
		out.WriteString(text)
	}
	out.WriteString(f.rest())
	return out.String(), true
}

func TestThinkFilter(t *testing.T) {
	for _, row := range []struct {
		name, in, want string
		ok             bool
	}{
		{"plain", "全年新增学位。", "全年新增学位。", true},
		{"in front", "<think>我想</think>\n\n全年", "全年", true},
		{"in the middle", "全年<think>我想</think>新增", "全年新增", true},
		{"twice", "<think>一</think>全年<think>二</think>新增", "全年新增", true},
		{"empty", "<think></think>好", "好", true},
		{"nested", "<think>a<think>b</think>好", "好", true},
		{"open to the end", "好<think>我想", "好", true},
		{"an opening mark alone", "<think>", "", true},
		{"half a mark", "好<thi", "好<thi", true},
		{"other tags", "<b>好</b><thinker>", "<b>好</b><thinker>", true},
		{"a closing mark first", "\n</think>好", "好", true},
		{"closed without opening", "我想</think>好", "", false},
		{"half a mark before reasoning without an end", "好<thi<think>我想", "好<thi", true},
		{"half a mark before reasoning", "好<thi<think>想</think>s>", "好<this>", true},
		{"a mark around reasoning", "好<thi<think>想</think>nk>再想</think>", "好", true},
		{"a closing mark around reasoning", "好</thi<think>想</think>nk>", "", false},
		{"closed twice", "<think>想</think>好</think>", "", false},
	} {
		got, ok := filterAll(row.in)
		if got != row.want || ok != row.ok {
			t.Errorf("%s: got %q, %v, want %q, %v", row.name, got, ok, row.want, row.ok)
		}
	}
}

// Any cut of a stream gives the same text, and no text of a reasoning part is in it.
func FuzzThinkFilter(f *testing.F) {
	seeds := []string{"全年<think>我想</think>新增", "<think></think>", "</think>", "a<<think>>b</think>", "好<thi", " \n<think>x</think> y", "x</think>y", "\u0085全年", "好</thi<think>x</think>nk>"}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed, uint64(0b1011011))
	}
	f.Fuzz(func(t *testing.T, text string, cuts uint64) {
		var pieces []string
		from := 0
		for i := range len(text) {
			if i > 0 && cuts>>(i%64)&1 == 1 {
				pieces = append(pieces, text[from:i])
				from = i
			}
		}
		pieces = append(pieces, text[from:])
		whole, wholeOK := filterAll(text)
		got, ok := filterAll(pieces...)
		if got != whole || ok != wholeOK {
			t.Fatalf("%q in pieces %q: %q, %v, whole: %q, %v", text, pieces, got, ok, whole, wholeOK)
		}
		if ok && strings.Contains(got, thinkClose) {
			t.Fatalf("%q: a mark in %q", text, got)
		}
		if utf8.RuneCountInString(got) > utf8.RuneCountInString(text) {
			t.Fatalf("%q grew to %q", text, got)
		}
	})
}
