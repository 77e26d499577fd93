package rag

import "testing"

func TestEchoes(t *testing.T) {
	for _, c := range []struct {
		question, sentence string
		want               bool
	}{
		{"推广使用能耗平台，是为了建设哪类学校", "钟楼区要推广使用能耗平台。", true},
		{"能耗平台推广到几所学校", "钟楼区要推广使用能耗平台13所。", false}, // it says a number more
		{"能耗平台是什么", "钟楼区要推广使用能耗平台。", false},
		{"什么", "。", false},
	} {
		if got := echoed(c.question, c.sentence) >= echoShare; got != c.want {
			t.Errorf("%s / %s: got %v", c.question, c.sentence, got)
		}
	}
}
