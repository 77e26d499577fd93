package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	sentenceEnds = "。！？；!?;\n"
	closers      = "”’」』）)》】\""
)

// Sentences cuts text at 。！？； and line ends; closing quotes and brackets stay with their sentence. The spans cover the text
// without gaps, so that joining them gives the text.
func sentences(text string) []Span {
	var out []Span
	start, depth := 0, 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		switch r {
		case '（', '(', '《', '“':
			depth++
		case '）', ')', '》', '”':
			depth = max(0, depth-1)
		case '\n':
			depth = 0
		}
		if !strings.ContainsRune(sentenceEnds, r) || (depth > 0 && depth < 3 && closesSoon(text[i:])) {
			continue
		}
		for i < len(text) {
			r, n := utf8.DecodeRuneInString(text[i:])
			if !strings.ContainsRune(closers, r) && !strings.ContainsRune(sentenceEnds, r) && r != ' ' {
				break
			}
			i += n
		}
		out = append(out, Span{start, i})
		start, depth = i, 0
	}
	if strings.TrimSpace(text[start:]) != "" || len(out) == 0 {
		return append(out, Span{start, len(text)})
	}
	out[len(out)-1].End = len(text)
	return out
}

// maxAside is how many characters after a mark its bracket or quote may close.
const maxAside = 40

// closesSoon reports whether a bracket or quote that is open here closes within the same stretch of text: then the mark inside it
// ends no sentence.
func closesSoon(rest string) bool {
	n := 0
	for _, r := range rest {
		switch r {
		case '）', ')', '》', '”':
			return true
		case '（', '(', '《', '“', '\n':
			return false
		}
		if n++; n > maxAside { // never the whole rest: a file of opening brackets would take for ever
			return false
		}
	}
	return false
}

// metadataKey finds the names of the portal's metadata table and footer, which stand several in a line (文件编号: 发布机构:教育局).
var metadataKey = regexp.MustCompile(`(信息名称|索\s*引\s*号|组配分类|公开方式|文件编号|发布机构|产生日期|发布日期|废止日期|内容概述|主办单位|承办单位|联系地址|邮政编码|电子邮箱|联系电话|网站标识码)\s*[:：]`)

// fields cuts a block of the page's frame at its line ends and before every name of the table. The spans cover the text without gaps.
func fields(text string) []Span {
	starts := []int{}
	for i := range text {
		if i > 0 && text[i-1] == '\n' {
			starts = append(starts, i)
		}
	}
	for _, m := range metadataKey.FindAllStringIndex(text, -1) {
		starts = append(starts, m[0])
	}
	slices.Sort(starts)
	var out []Span
	start := 0
	for _, at := range starts {
		if at > start && strings.TrimSpace(text[start:at]) != "" {
			out = append(out, Span{start, at})
			start = at
		}
	}
	return append(out, Span{start, len(text)})
}
