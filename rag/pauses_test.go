package rag

import (
	"strings"
	"testing"
)

// What was spoken without a pause is parted before its question, and what was typed is left alone.
func TestWithPauses(t *testing.T) {
	terms := &promptSet(t).Terms
	spoken := "我今年七十三了隔壁王阿姨天天拿个手机买菜我什么都不会女儿在外地没空教有那个教老人用手机的课我想问问今年打算有多少人去学啊"
	want := "我今年七十三了。隔壁王阿姨天天拿个手机买菜我什么都不会女儿在外地没空教有那个教老人用手机的课。我想问问今年打算有多少人去学啊"
	if got := withPauses(terms, spoken); got != want {
		t.Errorf("got %s", got)
	}
	if got := engine(t, nil).clean(spoken); got.Text != want || got.Shown != spoken {
		t.Errorf("cleaned: %+v", got)
	}
	if got := withPauses(terms, "孩子上小班了我想问问要不要查接种证"); strings.Contains(got, "。") {
		t.Errorf("a short question was parted: %s", got)
	}
	again := "孩子的奶奶七十多岁了我想问问社区里今年到底有没有教老人用智能手机的课要不要交钱啊"
	if got, want := withPauses(terms, again), strings.Replace(again, "了我", "了。我", 1); got != want || withPauses(terms, got) != want {
		t.Errorf("got %s, then %s", got, withPauses(terms, got))
	}
	typed := "我今年七十三了，隔壁王阿姨天天拿个手机买菜，我什么都不会，女儿在外地没空教，我想问问今年打算有多少人去学啊"
	if got := withPauses(terms, typed); got != typed {
		t.Errorf("got %s", got)
	}
}
