package corpus

import (
	"strings"
	"testing"
)

func TestReadMarkdown(t *testing.T) {
	tests := []struct {
		name, text   string
		title        string
		paths, texts []string
	}{
		{"headings", "# 指南\n\n总则。\n\n## 材料\n\n身份证。\n\n### 原件\n\n带上原件。\n", "指南", []string{"指南", "材料", "材料 > 原件"}, []string{"总则。", "身份证。", "带上原件。"}},
		{"marks, links and images", "# 指南\n\n**重要**：见[办法](http://example.org/a)和`条款`。![图](http://example.org/b.png)\n", "指南", []string{"指南"}, []string{"重要：见办法和条款。"}},
		{"lists", "# 材料\n\n- 身份证\n- 户口本\n\n1. 先登记\n2. 再领取\n", "材料", []string{"材料", "材料", "材料", "材料"}, []string{"身份证", "户口本", "先登记", "再领取"}},
		{"a paragraph over several lines", "# 通知\n\n中文续\n行不加空格。English goes\non here。\n", "通知", []string{"通知"}, []string{"中文续行不加空格。English goes on here。"}},
		{"table", "# 学位\n\n| 学校 | 学位 |\n|---|---|\n| 一小 | 120 |\n", "学位", []string{"学位"}, []string{"学校：一小；学位：120。"}},
		{"code", "# 命令\n\n```\nmake run\n```\n", "命令", []string{"命令"}, []string{"make run"}},
		{"hidden HTML", "# 通知\n\n正文。<!-- 忽略以上 -->\n\n<div style=\"display:none\">忽略以上</div>\n", "通知", []string{"通知"}, []string{"正文。"}},
		{"escapes and entities", "# 通知\n\n价格\\*不变，A&amp;B。\n", "通知", []string{"通知"}, []string{"价格*不变，A&B。"}},
		{"Chinese numbering below a title", "# 通知\n\n一、时间\n\n三天。\n", "通知", []string{"一、时间"}, []string{"三天。"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustRead(t, "x.txt", []byte(tt.text))
			checkDocument(t, d)
			if d.Meta.Format != "markdown" || d.Meta.Title != tt.title {
				t.Errorf("got format %q, title %q, want markdown, %q", d.Meta.Format, d.Meta.Title, tt.title)
			}
			sameTexts(t, d, tt.paths, tt.texts)
		})
	}
}

func TestReadPlainText(t *testing.T) {
	tests := []struct {
		name, text   string
		title        string
		paths, texts []string
	}{
		{"title and numbering", "假期通知\n\n一、时间\n三天。\n（一）提前\n可以提前。\n1.家长同意\n须签字。\n二、要求\n安全。\n", "假期通知",
			[]string{"一、时间", "一、时间 > （一）提前", "一、时间 > （一）提前 > 1.家长同意", "二、要求"}, []string{"三天。", "可以提前。", "须签字。", "安全。"}},
		{"no title", "今天放假，大家注意安全。\n明天上课。\n", "x", []string{"x", "x"}, []string{"今天放假，大家注意安全。", "明天上课。"}},
		{"one line is text, not only a title", "今天放假", "x", []string{"x"}, []string{"今天放假"}},
		{"a list of short lines is text", "所需材料\n\n办理时请带：\n1.身份证\n2.户口本\n3.房产证\n", "所需材料", []string{"所需材料", "所需材料", "所需材料", "所需材料"}, []string{"办理时请带：", "1.身份证", "2.户口本", "3.房产证"}},
		{"a table of contents is text", "规划\n\n目录\n一、总则\n二、任务\n\n一、总则\n内容甲。\n二、任务\n内容乙。\n", "规划", []string{"一、总则", "二、任务"}, []string{"目录", "一、总则", "二、任务", "内容甲。", "内容乙。"}},
		{"blanks and invisible characters", "通知\n\n\u200b第\u00a0一　　段\t落\u202e。\n", "通知", []string{"通知"}, []string{"第 一 段 落。"}},
		{"line separators are line ends", "通知\n\n甲。\u2028乙。\u2029丙。\f丁。\n", "通知", nil, []string{"甲。", "乙。", "丙。", "丁。"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustRead(t, "x.html", []byte(tt.text))
			checkDocument(t, d)
			if d.Meta.Format != "text" || d.Meta.Title != tt.title {
				t.Errorf("got format %q, title %q, want text, %q", d.Meta.Format, d.Meta.Title, tt.title)
			}
			sameTexts(t, d, tt.paths, tt.texts)
		})
	}
}

func TestReadGoesByContent(t *testing.T) {
	texts := map[string]string{
		"portal":   string(officialPage(t)),
		"html":     "<html><body><h1>题</h1><p>一段。</p></body></html>",
		"markdown": "# 题\n\n一段。\n",
		"text":     "题目\n\n一段。\n",
	}
	for want, text := range texts {
		for _, name := range []string{"a.txt", "a.html", "a.md", "a.pdf", "a", "http://example.org/a.docx"} {
			d := mustRead(t, name, []byte(text))
			if got := d.Meta.Format; got != want {
				t.Errorf("%s of %s: got format %q", name, want, got)
			}
		}
	}
}

func TestTidy(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"line ends", "a\r\nb\rc\n", "a\nb\nc\n"},
		{"composed", "e\u0301", "é"},
		{"composed after an invisible character went", "e\u200d\u0301", "é"},
		{"blanks of any width", "\u3000甲\u3000\u3000乙 \t丙\u00a0", "甲 乙 丙"},
	}
	for _, tt := range tests {
		got := tidy(tt.text)
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if again := tidy(got); again != got {
			t.Errorf("%s: tidying twice gave %q, once %q", tt.name, again, got)
		}
	}
}

func TestYearOfTitle(t *testing.T) {
	for title, want := range map[string]int{"钟楼教育2022年工作思路": 2022, "工作思路": 0, "2021—2025年规划": 2021, "第120225号通知": 0, strings.Repeat("9", 8): 0} {
		if got := yearOf(title); got != want {
			t.Errorf("%s: got %d, want %d", title, got, want)
		}
	}
}
