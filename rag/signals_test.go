package rag

import (
	"strings"
	"testing"
)

func TestSignalsAreAlwaysAsMany(t *testing.T) {
	s := Signals(&promptSet(t).Terms)
	want := len(s("")(""))
	if want < 40 {
		t.Fatalf("got %d signals", want)
	}
	for _, q := range []string{"今年新增多少学位", "高中2023年几所？", strings.Repeat("学", MaxRunes)} {
		for _, text := range []string{"", "新增学位1500个。", strings.Repeat("1", 400)} {
			got := s(q)(text)
			if len(got) != want {
				t.Errorf("%q beside %q: got %d signals, want %d", q, text, len(got), want)
			}
			for i, v := range got {
				if !(v >= 0 && v <= 2) {
					t.Errorf("%q beside %q: signal %d is %v", q, text, i, v)
				}
			}
		}
	}
}
