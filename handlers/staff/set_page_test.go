package staff

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"wenda/rag/eval"
	"wenda/store"
)

// A case is changed and taken out by a form, what the form does not show stays; the audit tells both.
func TestEditOneCase(t *testing.T) {
	s := newSite(t)
	lines := `{"id":"a","kind":"追问","question":"多少","history":[{"role":"user","content":"助学金"}],"expect":{"answerable":true,"facts":[["300","三百"],["9月"]],"section":"一","document":"X-1","must_not":["滚"]}}
{"id":"b","kind":"寒暄","question":"谢谢","expect":{"answerable":null,"facts":[],"section":"","must_not":[],"status":["smalltalk","handed_over"]}}
`
	set, err := s.store.KeepTestSet(t.Context(), store.By{Name: "test"}, store.TestSet{Name: "常问", Cases: lines}, "")
	if err != nil {
		t.Fatal(err)
	}
	b, path := s.as("b", store.Edit), "/staff/tests/"+set.ID
	page := b.mustGet(path + "?case=a")
	holds(t, page, "改一题", `value="300|三百；9月"`, `value="滚"`, `value="追问"`, "删除这一题")
	was := strings.SplitAfter(lines, "\n")
	save := form("was", strings.TrimSpace(was[0]), "do", "save", "question", "发多少", "kind", "追问", "answerable", "yes", "facts", "300|三百", "must_not", "", "section", "一")
	holds(t, b.mustPost(path+"/cases", save), "已保存：“发多少”")
	now, _ := s.store.TestSet(t.Context(), set.ID)
	cases, err := eval.Parse("x", []byte(now.Cases))
	if err != nil || len(cases) != 2 {
		t.Fatal(cases, err)
	}
	if c := cases[0]; c.ID != "a" || c.Question != "发多少" || len(c.History) != 1 || c.Expect.Document != "X-1" || len(c.Expect.Facts) != 1 || len(c.Expect.MustNot) != 0 {
		t.Errorf("%+v", c)
	}
	// somebody else was faster: what was written is there, beside what is kept
	save.Set("question", "发几个")
	status, page := b.post(path+"/cases", save)
	if status != 409 || !strings.Contains(page, `value="发几个"`) || !strings.Contains(page, "现在是：“发多少”") {
		t.Fatalf("%d %s", status, mainOf(page))
	}
	save.Set("was", strings.ReplaceAll(regexp.MustCompile(`name="was" value="([^"]*)"`).FindStringSubmatch(page)[1], "&#34;", `"`))
	holds(t, b.mustPost(path+"/cases", save), "已保存：“发几个”")
	// several statuses survive a change of something else
	page = b.mustGet(path + "?case=b")
	holds(t, page, `value="smalltalk;handed_over" selected`)
	b.mustPost(path+"/cases", form("was", strings.TrimSpace(was[1]), "do", "save", "question", "谢谢你", "kind", "寒暄", "answerable", "", "status", "smalltalk;handed_over"))
	now, _ = s.store.TestSet(t.Context(), set.ID)
	if !strings.Contains(now.Cases, `"status":["smalltalk","handed_over"]`) {
		t.Errorf("statuses are lost: %s", now.Cases)
	}
	line := caseLine(now.Cases, "b")
	holds(t, b.mustPost(path+"/cases", form("was", line, "do", "drop", "question", "")), "已删除这一题")
	if now, _ = s.store.TestSet(t.Context(), set.ID); strings.Contains(now.Cases, "谢谢") || !strings.Contains(now.Cases, "发几个") {
		t.Errorf("kept: %s", now.Cases)
	}
	if status, page := b.post(path+"/cases", form("was", line, "do", "save", "question", "又来", "answerable", "no")); status != 409 || !strings.Contains(page, "别人删除了这一题") {
		t.Errorf("a case that is gone: %d", status)
	}
	if status, page := b.post(path+"/cases", form("question", "问", "answerable", "")); status != 400 || !strings.Contains(page, `value="问"`) || !strings.Contains(page, `aria-describedby="wrong"`) {
		t.Errorf("expects nothing: %d %s", status, mainOf(page))
	}
	holds(t, b.mustGet("/staff/audit?what=set."), "改测试集", "“发多少”，应回答，应有“300|三百”", "“谢谢你”")
}

// What is exported as a workbook is imported again as it was.
func TestSetAsWorkbook(t *testing.T) {
	s := newSite(t)
	set := s.gateSet()
	b := s.as("b", store.Edit)
	status, book := b.get("/staff/tests/" + set + "/export?format=xlsx")
	if status != 200 || !strings.HasPrefix(book, "PK") {
		t.Fatalf("%d", status)
	}
	if status, page := b.uploadSet("/staff/tests", "又一份", []byte(book)); status != 200 || !strings.Contains(page, "2题") {
		t.Fatalf("%d %s", status, mainOf(page))
	}
	sets, err := s.store.TestSets(t.Context())
	if err != nil || len(sets) != 2 || sets[0].Cases != strings.ReplaceAll(sets[1].Cases, `"answerable":null`, `"answerable":null`) {
		t.Errorf("%+v, %v", sets, err)
	}
}

// The chart of past runs is of one choice of sets at a time.
func TestHistoryOfSets(t *testing.T) {
	s, _ := benchSite(t)
	b := s.as("b", store.Edit)
	one := s.gateSet()
	two, err := s.store.KeepTestSet(t.Context(), store.By{Name: "test"}, store.TestSet{Name: "另一套", Cases: gateSet}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{one, one, two.ID, two.ID, one} {
		b.finished(b.mustPost("/staff/runs", url.Values{"set": {id}, "wording": {"live"}}))
	}
	page := b.mustGet("/staff/tests")
	holds(t, page, "答对的比例：必考", "/staff/tests?of="+two.ID, "/staff/tests?of=all")
	if n := strings.Count(page, "<circle"); n != 3 {
		t.Errorf("%d runs are drawn, want the 3 of one set", n)
	}
	page = b.mustGet("/staff/tests?of=" + two.ID)
	holds(t, page, "答对的比例：另一套")
	if n := strings.Count(page, "<circle"); n != 2 {
		t.Errorf("%d runs are drawn, want 2", n)
	}
	run := regexp.MustCompile(`/staff/runs/[^"]+`).FindString(page)
	holds(t, b.mustGet(run), "每一题：上线的和这一版（2题）", "95%区间")
}
