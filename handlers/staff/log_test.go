package staff

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/store"
)

func TestLogPages(t *testing.T) {
	s := newSite(t)
	s.fillLog(300)
	if err := s.store.Feedback(t.Context(), store.Feedback{AnswerID: "a_000004", Verdict: store.Useless, Comment: "<script>alert(3)</script>"}); err != nil {
		t.Fatal(err)
	}
	b := s.as("viewer", store.View)
	page := b.mustGet("/staff/log")
	holds(t, page, "共300条", "更早的记录", "文件没有说明", "上个月")
	seen := len(regexp.MustCompile(`href="/staff/log/a_`).FindAllString(page, -1))
	for next := regexp.MustCompile(`href="(/staff/log\?[^"]*below=\d+)"`); ; {
		m := next.FindStringSubmatch(page)
		if m == nil {
			break
		}
		page = b.mustGet(strings.ReplaceAll(m[1], "&amp;", "&"))
		seen += len(regexp.MustCompile(`href="/staff/log/a_`).FindAllString(page, -1))
	}
	if seen != 300 {
		t.Errorf("%d records over all pages, want 300", seen)
	}
	holds(t, b.mustGet("/staff/log?feedback=useless"), "共1条", "没帮助：&lt;script&gt;alert(3)")
	holds(t, b.mustGet("/staff/log?text="+url.QueryEscape("怎么报名")+"&status=not_stated"), "共25条")
	holds(t, b.mustGet("/staff/log?from=2000-01-01&to=2000-01-02"), "没有符合的记录")
	holds(t, b.mustGet("/staff/log/a_000004"), "&lt;em&gt;候选", "&lt;s&gt;句", "依据强度")
	if status, _ := b.get("/staff/log/a_unknown"); status != 404 {
		t.Errorf("unknown record: %d", status)
	}
	page = b.mustPost("/staff/log/filters", form("name", "差<b>评", "query", "feedback=useless&text="+url.QueryEscape("报名&收费")+"&csrf=x&evil=1"))
	holds(t, page, "差&lt;b&gt;评", `href="/staff/log?feedback=useless&amp;text=`+url.QueryEscape("报名&收费")+`"`)
	if strings.Contains(page, "evil") {
		t.Error("a field that is no filter was kept")
	}
	if page = b.mustPost("/staff/log/filters/delete", form("name", "差<b>评")); strings.Contains(page, `删除“差`) {
		t.Error("the filter is still there")
	}
}

func TestLogExports(t *testing.T) {
	s := newSite(t)
	s.fillLog(1234)
	b := s.as("viewer", store.View)
	status, body := b.get("/staff/log/export?format=csv&ticket=t1")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if status != 200 || err != nil || len(rows) != 1235 || !strings.HasPrefix(body, "\ufeff") {
		t.Fatalf("%d, %d rows, %v", status, len(rows), err)
	}
	for _, r := range rows[1:] {
		for i, cell := range r {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Fatalf("column %s: %q is a formula", rows[0][i], cell)
			}
		}
	}
	if text := rows[1234][4]; !strings.HasPrefix(text, `'=HYPERLINK`) {
		t.Errorf("got %q", text)
	}
	if _, text := b.get("/staff/log/progress?ticket=t1"); !strings.Contains(text, `"all":1234,"done":1234,"ended":true`) {
		t.Errorf("progress: %s", text)
	}
	if status, _ := b.get("/staff/log/progress?ticket=other"); status != 404 {
		t.Errorf("progress of nothing: %d", status)
	}
	_, body = b.get("/staff/log/export?format=xlsx&status=refused")
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := z.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	xml, _ := io.ReadAll(sheet)
	if n := bytes.Count(xml, []byte("<row ")); n != 1+308 || bytes.Contains(xml, []byte("<f>")) {
		t.Errorf("%d rows in the sheet", n)
	}
	_, body = b.get("/staff/log/export?format=jsonl&text=" + url.QueryEscape("校车"))
	lines := strings.Split(strings.TrimSpace(body), "\n")
	var one map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &one); err != nil || one["question"] != "校车几点" || one["status"] == "已回答" {
		t.Errorf("%d lines, %v, %v", len(lines), one, err)
	}
	if status, _ := b.get("/staff/log/export?format=exe"); status != 400 {
		t.Errorf("unknown format: %d", status)
	}
}

// Whatever begins like a formula, in whatever column people write: the files hold it as text.
func TestExportsHoldNoFormulas(t *testing.T) {
	s := newSite(t)
	begins := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", " =1", "\u3000=1", "\n=1", "=cmd|' /C calc'!A0"}
	for i, text := range begins {
		a, logged := madeAnswer(i, s.clock())
		a.Text, logged.Question, logged.Channel = text, text, text
		if err := s.store.PutAnswer(a, logged); err != nil {
			t.Fatal(err)
		}
		if err := s.store.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.store.Feedback(t.Context(), store.Feedback{AnswerID: a.ID, Verdict: store.Useless, Comment: text}); err != nil {
			t.Fatal(err)
		}
		if err := s.store.WriteAudit(t.Context(), store.Change{By: store.By{Name: text, Address: text}, What: text, Object: text, Before: text, After: text, Reason: text}); err != nil {
			t.Fatal(err)
		}
	}
	b := s.as("viewer", store.View)
	evil := func(cell string) bool {
		first := strings.TrimLeft(cell, " \u3000\n")
		return first != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(first)[0])
	}
	for _, path := range []string{"/staff/log/export?format=csv", "/staff/audit.csv"} {
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.mustGet(path), "\ufeff"))).ReadAll()
		if err != nil || len(rows) <= len(begins) {
			t.Fatalf("%s: %d rows, %v", path, len(rows), err)
		}
		quoted := 0
		for _, r := range rows {
			for _, cell := range r {
				if evil(cell) {
					t.Errorf("%s: %q is a formula", path, cell)
				}
				if strings.HasPrefix(cell, "'") {
					quoted++
				}
			}
		}
		if quoted < 3*len(begins) {
			t.Errorf("%s: only %d cells are quoted", path, quoted)
		}
	}
	sheets, err := corpus.Sheets([]byte(b.mustGet("/staff/log/export?format=xlsx")))
	if err != nil || len(sheets) != 1 || len(sheets[0].Rows) != len(begins)+1 {
		t.Fatalf("%d sheets, %v", len(sheets), err)
	}
	for _, r := range sheets[0].Rows {
		for _, cell := range r {
			if evil(cell) {
				t.Errorf("XLSX: %q is a formula", cell)
			}
		}
	}
}

// Tickets are bounded in number and time.
func TestExportTickets(t *testing.T) {
	var x exports
	now := time.Unix(1e9, 0)
	for i := range maxExports + 50 {
		x.begin(fmt.Sprint("t", i), 1, now)(1, false)
	}
	if len(x.list) != maxExports {
		t.Errorf("%d tickets", len(x.list))
	}
	x.begin("later", 5, now.Add(2*exportMemory))(5, true)
	if s, ok := x.of("later"); !ok || !s.Ended || len(x.list) != 1 {
		t.Errorf("%+v, %v, %d tickets", s, ok, len(x.list))
	}
	if x.begin(strings.Repeat("x", 100), 1, now); len(x.list) != 1 {
		t.Error("a long ticket was kept")
	}
}
