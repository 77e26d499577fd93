package staff

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wenda/rag/eval"
	"wenda/store"
)

// uploadSet sends a test set as a file.
func (b *browser) uploadSet(path, name string, data []byte) (int, string) {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("csrf", csrfOf(b.cookie("wenda-sid")))
	_ = w.WriteField("name", name)
	f, _ := w.CreateFormFile("file", "x")
	_, _ = f.Write(data)
	_ = w.Close()
	r, _ := http.NewRequest(http.MethodPost, b.url+path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(r)
}

// workbook makes an XLSX file of inline texts, and one shared text for the cells that begin with s:.
func workbook(t *testing.T, rows [][]string) []byte {
	t.Helper()
	var sheet, shared strings.Builder
	sheet.WriteString(`<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	shared.WriteString(`<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
	n := 0
	for r, row := range rows {
		fmt.Fprintf(&sheet, `<row r="%d">`, r+1)
		for c, cell := range row {
			if cell == "" {
				continue
			}
			ref := fmt.Sprintf("%c%d", 'A'+c, r+1)
			if text, is := strings.CutPrefix(cell, "s:"); is {
				fmt.Fprintf(&sheet, `<c r="%s" t="s"><v>%d</v></c>`, ref, n)
				fmt.Fprintf(&shared, `<si><r><t>%s</t></r></si>`, text)
				n++
				continue
			}
			fmt.Fprintf(&sheet, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, cell)
		}
		sheet.WriteString(`</row>`)
	}
	sheet.WriteString(`</sheetData></worksheet>`)
	shared.WriteString(`</sst>`)
	return zipped(t, map[string]string{"xl/worksheets/sheet1.xml": sheet.String(), "xl/sharedStrings.xml": shared.String()})
}

func zipped(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestImportOfWorkbook(t *testing.T) {
	s := newSite(t)
	b := s.as("b", store.Edit)
	book := workbook(t, [][]string{{"编号", "类别", "s:问题", "应回答", "应有内容", "", "不应出现"},
		{"c1", "", "s:发多少助学金", "是", "300名|三百名；9月30日", "", "滚"}, {"", "别处", "常州市呢", "否"}, {"", "", ""}})
	if status, page := b.uploadSet("/staff/tests", "表格", book); status != 200 || !strings.Contains(page, "2题") {
		t.Fatalf("%d %s", status, mainOf(page))
	}
	sets, err := s.store.TestSets(t.Context())
	if err != nil || len(sets) != 1 {
		t.Fatal(sets, err)
	}
	cases, err := eval.Parse("x", []byte(sets[0].Cases))
	if err != nil || len(cases) != 2 {
		t.Fatal(cases, err)
	}
	c := cases[0]
	if c.ID != "c1" || c.Kind != "自编" || c.Question != "发多少助学金" || !*c.Expect.Answerable || fmt.Sprint(c.Expect.Facts) != "[[300名 三百名] [9月30日]]" || fmt.Sprint(c.Expect.MustNot) != "[滚]" {
		t.Errorf("%+v", c)
	}
	if c := cases[1]; c.ID != "x3" || c.Kind != "别处" || *c.Expect.Answerable {
		t.Errorf("%+v", c)
	}
	if status, page := b.uploadSet("/staff/tests", "表格", book); status != 409 || !strings.Contains(page, "已经有了") {
		t.Errorf("the same name: %d", status)
	}
}

// Files that are broken, or made to hurt: a clear error, nothing kept.
func TestHostileTestSets(t *testing.T) {
	s := newSite(t)
	b := s.as("b", store.Edit)
	deep := strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)
	for name, data := range map[string][]byte{
		"no zip":     []byte("PK\x03\x04 nothing"),
		"no sheet":   zipped(t, map[string]string{"x": "y"}),
		"bomb":       zipped(t, map[string]string{"xl/worksheets/sheet1.xml": strings.Repeat(" ", 5<<20)}),
		"deep":       zipped(t, map[string]string{"xl/worksheets/sheet1.xml": deep}),
		"entities":   zipped(t, map[string]string{"xl/worksheets/sheet1.xml": `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`}),
		"cut off":    zipped(t, map[string]string{"xl/worksheets/sheet1.xml": "<worksheet><sheetData>"}),
		"no heading": workbook(t, [][]string{{"a"}, {"b"}}),
		"no expect":  workbook(t, [][]string{{"问题"}, {"b"}}),
		"no json":    []byte("hello"),
		"same id":    []byte(`{"id":"a","kind":"k","question":"q","expect":{"answerable":true}}` + "\n" + `{"id":"a","kind":"k","question":"q","expect":{"answerable":true}}`),
	} {
		if status, page := b.uploadSet("/staff/tests", name, data); status != 400 || !strings.Contains(page, "文件没有导入") {
			t.Errorf("%s: %d %s", name, status, mainOf(page))
		}
	}
	if _, page := b.uploadSet("/staff/tests", "deep", zipped(t, map[string]string{"xl/worksheets/sheet1.xml": deep})); !strings.Contains(page, "太深") {
		t.Error("depth is not what was refused")
	}
	if sets, _ := s.store.TestSets(t.Context()); len(sets) != 0 {
		t.Errorf("%d sets kept", len(sets))
	}
}

func TestTwoEditorsOfOneSet(t *testing.T) {
	s := newSite(t)
	id := s.gateSet()
	one, two := s.as("one", store.Edit), s.as("two", store.Edit)
	one.mustPost("/staff/tests/"+id+"/cases", url.Values{"question": {"加的一题"}, "answerable": {"no"}})
	mine := strings.Replace(gateSet, "谢谢", "谢谢你", 1)
	form := url.Values{"version": {"1"}, "base": {gateSet}, "text": {mine}, "name": {"必考"}}
	status, page := two.post("/staff/tests/"+id, form)
	if status != 409 || !strings.Contains(page, "谢谢你") || !strings.Contains(page, "加的一题") || !strings.Contains(page, "已经合在一起") {
		t.Fatalf("%d %s", status, mainOf(page))
	}
	if t1, _ := s.store.TestSet(t.Context(), id); strings.Contains(t1.Cases, "谢谢你") {
		t.Error("kept over the other's change")
	}
}

// A question with its judgement becomes a case that says so.
func TestTrialBecomesACase(t *testing.T) {
	s, _ := benchSite(t)
	b := s.as("b", store.Edit)
	for judgement, want := range map[string]string{
		"right": `"expect":{"answerable":true,"facts":[["300名"]],"section":"一、助学","must_not":[]}`,
		"wrong": `"expect":{"answerable":true,"facts":[],"section":"","must_not":["为300名学生发放助学金。"]}`,
		"never": `"expect":{"answerable":false,"facts":[],"section":"","must_not":[]}`,
	} {
		b.mustPost("/staff/trial/case", url.Values{"judgement": {judgement}, "question": {"为多少名学生发放助学金"}, "answer": {"为300名学生发放助学金。[1]"},
			"status": {"answered"}, "answered": {"yes"}, "section": {"一、助学"}})
		sets, err := s.store.TestSets(t.Context())
		if err != nil || len(sets) != 1 || !strings.Contains(sets[0].Cases, want) {
			t.Errorf("%s: %+v, %v", judgement, sets, err)
		}
	}
	if status, _ := b.post("/staff/trial/case", url.Values{"judgement": {"right"}, "question": {"问"}, "status": {"no such"}}); status != 400 {
		t.Errorf("an unknown status: %d", status)
	}
}

// A conversation is asked in order, each question on what came before; mistakes in the form are told.
func TestTrialConversationAndList(t *testing.T) {
	s, _ := benchSite(t)
	b := s.as("b", store.View)
	page := b.mustPost("/staff/trial", url.Values{"q": {"为多少名学生发放助学金\n申请在什么时候前提交"}, "mode": {"talk"}, "on0": {"yes"}, "on1": {"yes"}, "setting1": {"words"}})
	if n := strings.Count(page, "300名学生"); n < 2 || !strings.Contains(page, "9月30日") {
		t.Errorf("%s", mainOf(page))
	}
	for name, form := range map[string]url.Values{"none": {"q": {" "}, "on0": {"1"}}, "no column": {"q": {"x"}}, "too many": {"q": {strings.Repeat("问\n", 31)}, "mode": {"list"}, "on0": {"1"}},
		"too long": {"q": {strings.Repeat("问", 501)}, "on0": {"1"}}} {
		if status, _ := b.post("/staff/trial", form); status != 400 {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// What staff write comes out as text, on pages and in files.
func TestHostileTexts(t *testing.T) {
	s := newSite(t)
	hostile := `<script>alert(1)</script>`
	for _, object := range []string{"=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", hostile} {
		if err := s.store.WriteAudit(t.Context(), store.Change{By: store.By{Name: "=cmd"}, What: "set.add", Object: object}); err != nil {
			t.Fatal(err)
		}
	}
	b := s.as("b", store.View)
	if page := b.mustGet("/staff/audit"); strings.Contains(page, hostile) || !strings.Contains(page, "&lt;script&gt;") {
		t.Error("markup came through")
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.mustGet("/staff/audit.csv"), "\uFEFF"))).ReadAll()
	if err != nil || len(rows) < 9 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t＝", []rune(cell)[0]) {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
}

// unzipped are the parts of an archive with others beside them.
func unzipped(t *testing.T, data []byte, more map[string]string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		more[f.Name] = string(text)
	}
	return more
}
