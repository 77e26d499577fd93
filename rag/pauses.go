package rag

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// runOnRunes is from how many runes on a stretch without any mark was spoken rather than typed.
const runOnRunes = 30

var (
	stretch = regexp.MustCompile(`[^，。！？；、：,.!?;:\s]+`)
	// a particle at the end of a sentence, and who or when begins the next one
	pause = regexp.MustCompile(`([了啊呢吧嘛啦呀很])((?:我|你们|她|他|昨天|前天|今天|今年|去年|听说|听讲|现在|女儿|儿子|孙女|孙子|隔壁|邻居|老伴|学校|老师|区里))|(.)(我就?想问|我想打听|我想知道|我想请教)|([^我就也还])(想问问|请问)`)
)

// withPauses parts into sentences what was spoken without a pause (voice input): else all of it would be one sentence, and what it tells could not
// be told from what it asks.
func withPauses(text string) string {
	return stretch.ReplaceAllStringFunc(text, func(s string) string {
		if utf8.RuneCountInString(s) < runOnRunes {
			return s
		}
		return strings.TrimLeft(pause.ReplaceAllString(s, "$1$3$5。$2$4$6"), "。")
	})
}
