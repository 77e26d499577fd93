package corpus

import (
	"errors"
	"testing"

	"wenda/corpus/testdoc"
)

// checkRead reads whatever bytes: a document that holds together, or an error that says what is wrong.
func checkRead(t *testing.T, data []byte) {
	t.Helper()
	d, _, err := Inspect("x", data, "2026-11-01")
	var bad *ReadError
	switch {
	case err == nil:
		checkDocument(t, d)
	case !errors.As(err, &bad) || bad.Advice == "":
		t.Errorf("error %v is no *ReadError", err)
	}
}

// FuzzDOCX changes the parts of a document, not the archive around them: flipped bytes of compressed data hardly ever unpack.
func FuzzDOCX(f *testing.F) {
	const list = `<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>`
	for _, body := range []string{
		para(`<w:pStyle w:val="t"/>`, "助学办法") + para(`<w:pStyle w:val="1"/>`, "对象") + para(list, "学生。"),
		`<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/><w:shd w:fill="4472C4"/></w:tcPr>` + para("", "甲") + `</w:tc></w:tr></w:tbl>`,
		`<w:p>` + textRun(`<w:vanish/>`, "藏") + textRun(`<w:color w:val="FFFFFF"/><w:sz w:val="2"/>`, "白") + `<w:del><w:r><w:t>删</w:t></w:r></w:del></w:p>`,
		`</w:p><w:tc></w:tr></w:tbl>`,
	} {
		f.Add(body, testdoc.WordStyles, testdoc.WordNumbers)
	}
	f.Fuzz(func(t *testing.T, body, styles, numbers string) {
		checkRead(t, zipped(t, map[string]string{"word/document.xml": `<w:document><w:body>` + body + `</w:body></w:document>`, "word/styles.xml": styles,
			"word/numbering.xml": numbers}))
	})
}

func FuzzXLSX(f *testing.F) {
	for _, rows := range []string{row("问题", "答案") + row("多少钱", "一千元。"), `<row hidden="1"><c r="B1" t="s" s="1"><v>0</v></c></row>`,
		`<row><c r="A1" s="1"><v>44603.5</v></c><c r="AAAA9"><v>1e300</v></c><c s="3"><v>-0.1</v></c></row>`} {
		f.Add(rows, "<si><t>甲</t><rPh><t>jia</t></rPh></si>", `<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="x"/><xf numFmtId="9"/></cellXfs>`)
	}
	f.Fuzz(func(t *testing.T, rows, shared, styles string) {
		checkRead(t, zipped(t, map[string]string{firstSheetPart: "<worksheet><sheetData>" + rows + "</sheetData></worksheet>",
			"xl/sharedStrings.xml": "<sst>" + shared + "</sst>", "xl/styles.xml": "<styleSheet>" + styles + "</styleSheet>"}))
	})
}

// FuzzArchive changes archives as they are.
func FuzzArchive(f *testing.F) {
	f.Add(docx(f, para("", "甲。")))
	f.Add(xlsx(f, nil, madeSheet{Name: "a", Rows: []string{row("问题", "答案"), row("甲", "乙。")}}))
	f.Add(zipped(f, map[string]string{"../x": "y"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if isArchive(data) {
			checkRead(t, data)
		}
	})
}

// FuzzPDFLines changes what pdftotext writes, which is where our own parsing begins.
func FuzzPDFLines(f *testing.F) {
	f.Add("关于助学的通知\n\n一、对象\n　　全区新建改扩建学校十三所，新增学位两千八百个，其中小学\n完成。\n— 1 —\n\f第二页\n2\n")
	f.Add("\f\f\n1\n\f")
	f.Add("\u0740\n\u302e") // marks that stand in another order once their lines are joined
	f.Fuzz(func(t *testing.T, text string) {
		pages := splitPages([]byte(text))
		m := Meta{Title: "x"}
		lines := pdfLines(pages)
		takeTitle(&m, lines)
		got, want := "", ""
		for _, l := range lines {
			if l.text != tidy(l.text) {
				t.Errorf("%q is not tidy", l.text)
			}
			got += solid(l.text)
		}
		for _, p := range pages {
			want += solid(tidy(p))
		}
		if len(got) > len(want) {
			t.Errorf("%d bytes of text from %d", len(got), len(want))
		}
		if d := split(m, lines); len(d.Chunks) > 0 {
			checkDocument(t, d)
		}
	})
}

// FuzzPDF runs poppler on changed files: slow, but it is what stands between a file and us.
func FuzzPDF(f *testing.F) {
	f.Add(pdf([]string{"关于助学的通知", "资助每人每年一千元。", "white:白"}))
	f.Add([]byte("%PDF-1.7\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if isPDF(data) {
			checkRead(t, data)
		}
	})
}
