package staff

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"wenda/rag/eval"
)

// Bounds of a workbook (SECURITY.md, import of files).
const (
	maxUnpacked    = 100 << 20 // bytes of all parts
	maxRatio       = 100       // of a part, unpacked to packed
	maxParts       = 1000
	maxXMLDepth    = 64
	maxSheetRows   = 5000
	maxSheetColumn = 50
)

// readSheet reads the cells of the first sheet of an XLSX workbook as text. Formulas are not computed: what the program that wrote the
// file kept as their value counts. The standard library is enough for one sheet of text; excelize (LIBRARIES.md) would bring 8 modules.
func readSheet(data []byte) ([][]string, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, errors.New("不是能读的XLSX文件，请另存为“Excel 工作簿（.xlsx）”")
	}
	if len(z.File) > maxParts {
		return nil, errors.New("XLSX文件里的部件太多")
	}
	var left int64 = maxUnpacked
	part := func(name string) ([]byte, error) {
		for _, f := range z.File {
			if f.Name != name {
				continue
			}
			r, err := f.Open()
			if err != nil {
				return nil, err
			}
			defer r.Close()
			most := min(left, maxRatio*int64(max(f.CompressedSize64, 1024)))
			b, err := io.ReadAll(io.LimitReader(r, most+1))
			if int64(len(b)) > most {
				return nil, errors.New("XLSX文件解开后太大")
			}
			left -= int64(len(b))
			return b, err
		}
		return nil, nil
	}
	var texts struct {
		Items []struct {
			Text string   `xml:"t"`
			Runs []string `xml:"r>t"`
		} `xml:"si"`
	}
	if err := readXML(part, "xl/sharedStrings.xml", &texts, true); err != nil {
		return nil, err
	}
	var sheet struct {
		Rows []struct {
			Cells []struct {
				Ref    string `xml:"r,attr"`
				Type   string `xml:"t,attr"`
				Value  string `xml:"v"`
				Inline struct {
					Text string   `xml:"t"`
					Runs []string `xml:"r>t"`
				} `xml:"is"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
	}
	if err := readXML(part, "xl/worksheets/sheet1.xml", &sheet, false); err != nil {
		return nil, err
	}
	if len(sheet.Rows) > maxSheetRows {
		return nil, fmt.Errorf("表格有%d行，最多%d行，请分成几个文件", len(sheet.Rows), maxSheetRows)
	}
	var out [][]string
	for _, r := range sheet.Rows {
		var row []string
		for i, c := range r.Cells {
			at := columnOf(c.Ref, i)
			if at >= maxSheetColumn {
				continue
			}
			for len(row) <= at {
				row = append(row, "")
			}
			switch c.Type {
			case "s":
				n := 0
				if _, err := fmt.Sscan(c.Value, &n); err == nil && n >= 0 && n < len(texts.Items) {
					row[at] = texts.Items[n].Text + strings.Join(texts.Items[n].Runs, "")
				}
			case "inlineStr":
				row[at] = c.Inline.Text + strings.Join(c.Inline.Runs, "")
			default:
				row[at] = c.Value
			}
			row[at] = strings.TrimSpace(row[at])
		}
		out = append(out, row)
	}
	return out, nil
}

func readXML(part func(string) ([]byte, error), name string, into any, optional bool) error {
	b, err := part(name)
	if err != nil {
		return err
	}
	if b == nil {
		if optional {
			return nil
		}
		return errors.New("XLSX文件里没有工作表")
	}
	depth := 0
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.New("XLSX文件的内容不完整")
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.Directive:
			return errors.New("XLSX文件里有不该有的声明")
		}
		if depth > maxXMLDepth {
			return errors.New("XLSX文件的结构太深")
		}
	}
	if err := xml.Unmarshal(b, into); err != nil {
		return errors.New("XLSX文件的内容不完整")
	}
	return nil
}

// columnOf reads a cell's place (BC12), counted from 0; i where there is none.
func columnOf(ref string, i int) int {
	n, letters := 0, 0
	for _, r := range ref {
		if r < 'A' || r > 'Z' || letters == 3 {
			break
		}
		n, letters = n*26+int(r-'A')+1, letters+1
	}
	if letters == 0 {
		return i
	}
	return n - 1
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
