package corpus

import (
	"errors"
	"strings"
	"testing"
)

// made is a grid of rows; a cell may say how far it reaches: "text|across|down", "!text" is marked as a head.
func made(rows ...[]string) *grid {
	g := &grid{}
	for _, row := range rows {
		g.newRow()
		for _, c := range row {
			text, across, down := c, 1, 1
			if parts := strings.Split(c, "|"); len(parts) == 3 {
				text, across, down = parts[0], len(parts[1]), len(parts[2])
			}
			rest, head := strings.CutPrefix(text, "!")
			g.put(rest, head, across, down)
		}
	}
	return g
}

func written(t *testing.T, g *grid, caption string) string {
	t.Helper()
	room := MaxFileBytes
	lines, err := g.lines(caption, &room)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
		if l.row != nil {
			var names []string
			for i, c := range l.cells {
				for _, n := range l.row.Names {
					if n == i {
						names = append(names, strings.TrimRight(l.text[c.Start:c.End], "；。"))
					}
				}
			}
			b.WriteString(" <" + l.row.Table + "; " + strings.Join(names, ", ") + ">")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestTables(t *testing.T) {
	for _, c := range []struct {
		name, caption string
		grid          *grid
		want          string
	}{
		{"heads and names", "表1　各校招生计划表", made([]string{"序号", "学校", "计划（人）", "电话"}, []string{"1", "甲小学", "270", "0591-85520116"}, []string{"2", "乙小学", "80", "—"}),
			"学校：甲小学；计划：270人；电话：0591-85520116。 <各校招生计划表; 学校：甲小学>\n学校：乙小学；计划：80人。 <各校招生计划表; 学校：乙小学>\n"},
		{"merged heads and rows", "收费（单位：元/生·月，另注明的除外）", made(
			[]string{"!性质|x|xx", "!等级|x|xx", "!保教费|xx|x", "!伙食费（元/日）|x|xx", "!人数|x|xx"}, []string{"!小班", "!大班"},
			[]string{"公办|x|xx", "一级", "680", "650", "15", "30"}, []string{"二级", "560|xx|x", "14", "20"}, []string{"民办", "一级", "面议|xx|x", "16", "10"}),
			"性质：公办；等级：一级；保教费（小班）：680元/生·月；保教费（大班）：650元/生·月；伙食费：15元/日；人数：30。 <收费; 性质：公办, 等级：一级>\n" +
				"性质：公办；等级：二级；保教费（小班、大班）：560元/生·月；伙食费：14元/日；人数：20。 <收费; 性质：公办, 等级：二级>\n" +
				"性质：民办；等级：一级；保教费（小班、大班）：面议；伙食费：16元/日；人数：10。 <收费; 性质：民办, 等级：一级>\n"},
		{"title, unit, notes and groups in the table", "", made([]string{"幼儿园一览表|xxx|x"}, []string{"单位：万元|xxx|x"}, []string{"名称", "投资", "电话"}, []string{"一、公办园|xxx|x"},
			[]string{"甲园", "15", "85520116"}, []string{"乙园", "9-12", "85520117"}, []string{"合计", "27", ""}, []string{"注：投资不含设备，设备另列在预算里，由各园自己采购，不在此表。|xxx|x"}),
			"幼儿园一览表\n单位：万元\n一、公办园\n名称：甲园；投资：15万元；电话：85520116。 <幼儿园一览表 一、公办园; 名称：甲园>\n名称：乙园；投资：9-12万元；电话：85520117。 <幼儿园一览表 一、公办园; 名称：乙园>\n" +
				"合计；投资：27万元。 <幼儿园一览表 一、公办园; 合计>\n注：投资不含设备，设备另列在预算里，由各园自己采购，不在此表。\n"},
		{"as above, as on the left", "", made([]string{"项目", "时限", "地点", "备用地点"}, []string{"转学", "5日", "一楼", "同左"}, []string{"休学", "同上", "二楼", "/"}, []string{"复学", "〃", "同上，先到先办", "三楼"}),
			"项目：转学；时限：5日；地点：一楼；备用地点：一楼。 <; 项目：转学>\n项目：休学；时限：5日；地点：二楼。 <; 项目：休学>\n项目：复学；时限：5日；地点：同上，先到先办；备用地点：三楼。 <; 项目：复学>\n"},
		{"a unit in the name of the row", "", made([]string{"项目", "城区", "乡镇", "人数"}, []string{"补助（元/月）", "350", "免租", "7"}, []string{"年限（年）", "3", "5", "8"}),
			"项目：补助（元/月）；城区：350元/月；乡镇：免租；人数：7。 <; 项目：补助（元/月）>\n项目：年限（年）；城区：3年；乡镇：5年；人数：8。 <; 项目：年限（年）>\n"},
		{"words that tell rows apart, too", "", made([]string{"代码", "单位", "学科", "人数"}, []string{"24001", "甲小学", "语文", "2"}, []string{"24002", "乙小学", "数学", "3"}, []string{"24003", "丙小学", "英语", "1"}),
			"代码：24001；单位：甲小学；学科：语文；人数：2。 <; 单位：甲小学, 学科：语文>\n代码：24002；单位：乙小学；学科：数学；人数：3。 <; 单位：乙小学, 学科：数学>\n代码：24003；单位：丙小学；学科：英语；人数：1。 <; 单位：丙小学, 学科：英语>\n"},
		{"a telephone below no head that says so", "名单（单位：元）", made([]string{"学校", "咨询", "收费"}, []string{"甲小学", "85520116", "20"}, []string{"乙小学", "0591-85520117", "30"}),
			"学校：甲小学；咨询：85520116；收费：20元。 <名单; 学校：甲小学>\n学校：乙小学；咨询：0591-85520117；收费：30元。 <名单; 学校：乙小学>\n"},
		{"a calendar", "", made([]string{"日期", "小学", "初中"}, []string{"7月6日—7月7日", "现场审核", "报到"}, []string{"7月10日", "第二次现场审核", "发放通知单"}),
			"日期：7月6日—7月7日；小学：现场审核；初中：报到。 <; 日期：7月6日—7月7日>\n日期：7月10日；小学：第二次现场审核；初中：发放通知单。 <; 日期：7月10日>\n"},
		{"a form", "", made([]string{"办理地点", "建业路56号，一楼大厅"}, []string{"联系电话：", "85501158"}), "办理地点：建业路56号，一楼大厅。\n联系电话：85501158。\n"},
		{"a form of four columns", "", made([]string{"!事项", "转学", "!时限", "5日"}, []string{"!地点", "一楼", "!收费", "不收费"}), "事项：转学；时限：5日。\n地点：一楼；收费：不收费。\n"},
		{"no heads", "", made([]string{"1", "2", "3"}, []string{"4", "5", "6"}), "1 2 3\n4 5 6\n"},
		{"nothing that names a row", "", made([]string{"年份", "人数", "班数"}, []string{"2021", "30", "1"}, []string{"2022", "40", "2"}), "年份：2021；人数：30；班数：1。\n年份：2022；人数：40；班数：2。\n"},
		{"one column", "", made([]string{"第一句。"}, []string{"第二句。"}), "第一句。\n第二句。\n"},
		{"nothing", "", made([]string{"", ""}), ""},
	} {
		if got := written(t, c.grid, c.caption); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// A table that says its heads again and again takes no more room than all of a file may.
func TestTablesHaveNoMoreRoom(t *testing.T) {
	rows := [][]string{{strings.Repeat("长", 30), "乙"}}
	for range 50 {
		rows = append(rows, []string{"甲", "乙"})
	}
	room := 1000
	if _, err := made(rows...).lines("", &room); !errors.Is(err, errTooMuchText) {
		t.Errorf("got %v", err)
	}
	wide := make([]string, 3*maxTableColumns)
	for i := range wide {
		wide[i] = "甲"
	}
	g := made(wide, []string{"乙|" + strings.Repeat("x", 200) + "|x"})
	if n := len(g.rows[0]); n != maxTableColumns || !strings.HasSuffix(g.rows[0][n-1].text, "甲 甲") || len(g.rows[1]) != maxTableColumns {
		t.Errorf("got %d and %d columns", n, len(g.rows[1]))
	}
	long := [][]string{{"学校", "人数"}}
	for i := range maxTableCells {
		long = append(long, []string{strings.Repeat("校", i%20+1), "1"})
	}
	room = MaxFileBytes
	lines, err := made(long...).lines("", &room)
	if err != nil || lines[0].row != nil || len(lines[0].cells) != 1 {
		t.Errorf("a very long table: got %+v, %v", lines[0], err)
	}
}

// Rows are chunks whose sentences are their cells; they keep them in the store.
func TestRowsOfDocuments(t *testing.T) {
	d := mustRead(t, "x.md", []byte("# 招生公告\n\n## 一、计划\n\n表1 招生计划表（单位：人）\n\n| 学校 | 施教区 | 计划 |\n|---|---|---|\n| 甲小学 | 东街、中街、北街全部；西街（单号）。 | 270 |\n| 乙小学 | 南街 | 80 |\n\n备注：以公告为准。\n"))
	checkDocument(t, d)
	var row *Chunk
	for i := range d.Chunks {
		if strings.HasPrefix(d.Chunks[i].Text, "学校：甲小学") {
			row = &d.Chunks[i]
		}
	}
	if row == nil || row.Row == nil || len(row.Sentences) != 3 {
		t.Fatalf("got %+v", row)
	}
	for i, want := range []string{"学校：甲小学", "施教区：东街、中街、北街全部；西街（单号）", "计划：270人"} {
		if got := row.Told(i); got != want {
			t.Errorf("cell %d: got %q, want %q", i, got, want)
		}
	}
	if head, value := row.Cell(1); head != "施教区" || value != "东街、中街、北街全部；西街（单号）" {
		t.Errorf("got %q, %q", head, value)
	}
	if d.Item(row, 0) != "" || d.Item(row, 2) != "甲小学" || d.inContext(row, 2) != "招生计划表：甲小学：计划：270人" {
		t.Errorf("got %q, %q, %q", d.Item(row, 0), d.Item(row, 2), d.inContext(row, 2))
	}
	captions := 0
	for i := range d.Chunks {
		if d.isCaption(i) {
			captions++
		}
	}
	if captions != 1 {
		t.Errorf("got %d captions", captions)
	}
}

func TestTablesOfFiles(t *testing.T) {
	sheet := madeSheet{Rows: []string{`<row r="1"><c r="A1" t="inlineStr"><is><t>幼儿园一览表</t></is></c></row>`,
		`<row r="3"><c r="A3" t="inlineStr"><is><t>性质</t></is></c><c r="B3" t="inlineStr"><is><t>名称</t></is></c><c r="C3" t="inlineStr"><is><t>班数</t></is></c></row>`,
		`<row r="4"><c r="A4" t="inlineStr"><is><t>公办</t></is></c><c r="B4" t="inlineStr"><is><t>甲园</t></is></c><c r="C4"><v>3</v></c></row>`,
		`<row r="5"><c r="B5" t="inlineStr"><is><t>乙园</t></is></c><c r="C5"><v>4</v></c></row>`},
		After: `<mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="A4:A5"/><mergeCell ref="A9"/></mergeCells>`}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"a sheet": {xlsx(t, nil, sheet), "1 幼儿园一览表\n幼儿园一览表 | 性质：公办；名称：甲园；班数：3。\n幼儿园一览表 | 性质：公办；名称：乙园；班数：4。\n"},
		"a page": {[]byte(`<body><h1>收费</h1><table><caption>表1 标准</caption><tr><th rowspan=2>园</th><th colspan="2">保教费</th></tr><tr><th>小班</th><th>大班</th></tr><tr><td>甲园</td><td>6<b>8</b>0元</td><td>650元</td></tr></table>` +
			`<table><tr><td><table><tr><td>内</td><td>表</td></tr><tr><td>甲</td><td>乙</td></tr></table></td><td><p>旁边的一段话。</p></td></tr></table></body>`),
			"1 收费\n收费 | 表1 标准\n收费 | 园：甲园；保教费（小班）：680元；保教费（大班）：650元。\n收费 | 内：甲；表：乙。\n收费 | 旁边的一段话。\n"},
		"Word": {docx(t, para("", "岗位表")+`<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc>`+para("", "单位")+`</w:tc><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>`+para("", "条件")+`</w:tc></w:tr>`+
			`<w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc>`+para("", "")+`</w:tc><w:tc>`+para("", "学历")+`</w:tc><w:tc>`+para("", "专业")+`</w:tc></w:tr>`+
			`<w:tr><w:tc>`+para("", "甲小学")+`</w:tc><w:tc>`+para("", "本科")+`</w:tc><w:tc>`+para("", "数学")+`</w:tc></w:tr></w:tbl>`),
			"1 岗位表\n岗位表 | 单位：甲小学；条件（学历）：本科；条件（专业）：数学。\n"},
		"Word, a cell without a row": {docx(t, para("", "表")+`<w:tbl><w:tc>`+para("", "甲")+`</w:tc></w:tbl>`), "1 表\n表 | 甲\n"},
	} {
		d := mustRead(t, "x.dat", c.data)
		checkDocument(t, d)
		if got := outline(d); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
	}
}

func TestCaptionAbove(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"前一段。\n表1 各校计划表", "表1 各校计划表"}, {"表1 各校计划表\n单位：万元\n", "表1 各校计划表 单位：万元"}, {"前一段。", ""}, {"（单位：元）", "（单位：元）"}, {"", ""},
		{"各校计划如下：", "各校计划如下"}, {"制表单位：区教育局\n单位：元", "单位：元"}, {"收费标准（单位：元/年）", "收费标准（单位：元/年）"},
	} {
		if got := captionAbove(linesFrom(c.lines)); got != c.want {
			t.Errorf("%q: got %q, want %q", c.lines, got, c.want)
		}
	}
}
