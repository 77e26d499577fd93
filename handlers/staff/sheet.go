package staff

import (
	"errors"
	"fmt"
	"strings"

	"wenda/corpus"
	"wenda/rag/eval"
)

// firstSheet reads the cells of the first sheet of a workbook that is shown.
func firstSheet(data []byte) ([][]string, error) {
	sheets, err := corpus.Sheets(data)
	if err != nil {
		return nil, err
	}
	for _, s := range sheets {
		if !s.Hidden {
			return s.Rows, nil
		}
	}
	return nil, errors.New("工作表都隐藏了，请取消隐藏再导入")
}

// sheetColumns are the headings of a sheet of cases.
var sheetColumns = []string{"编号", "类别", "问题", "应回答", "应有内容", "不应出现", "章节", "状态"}

// casesOfSheet reads cases under these headings, in any order; 问题 is needed, and 应回答 or 状态.
func casesOfSheet(rows [][]string) (string, error) {
	if len(rows) < 2 {
		return "", errors.New("表格里没有题目；第一行写列名：" + strings.Join(sheetColumns, "、"))
	}
	at := map[string]int{}
	for i, h := range rows[0] {
		at[h] = i
	}
	if _, ok := at["问题"]; !ok {
		return "", errors.New("第一行没有“问题”这一列；可用的列名：" + strings.Join(sheetColumns, "、"))
	}
	var b strings.Builder
	for n, row := range rows[1:] {
		cell := func(name string) string {
			if i, ok := at[name]; ok && i < len(row) {
				return row[i]
			}
			return ""
		}
		if cell("问题") == "" {
			continue
		}
		c := eval.Case{ID: cell("编号"), Kind: cell("类别"), Question: cell("问题"),
			Expect: expectOf(cell("应回答"), cell("应有内容"), cell("不应出现"), cell("章节"), cell("状态"))}
		if c.ID == "" {
			c.ID = fmt.Sprintf("x%d", n+2)
		}
		if c.Kind == "" {
			c.Kind = "自编"
		}
		b.WriteString(lineOfCase(c))
	}
	return checkedCases(b.String())
}
