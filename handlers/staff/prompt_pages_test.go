package staff

import (
	"bytes"
	"encoding/json"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"wenda/prompts"
	"wenda/store"
)

const replies = "/staff/prompts/replies.yaml"

func defaultText(t *testing.T, name string) string {
	t.Helper()
	b, err := prompts.Default(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	areaText = regexp.MustCompile(`(?s)<textarea id="text"[^>]*>(.*?)</textarea>`)
	baseOf   = regexp.MustCompile(`name="base" value="(\d+)"`)
	takes    = regexp.MustCompile(`name="(take-[^"]+)" value="(\d+)"( disabled)?`)
)

func editorText(t *testing.T, page string) string {
	t.Helper()
	m := areaText.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no editor in %s", mainOf(page))
	}
	return html.UnescapeString(m[1])
}

func edited(base int, text, comment string) url.Values {
	return url.Values{"base": {strconv.Itoa(base)}, "text": {text}, "comment": {comment}}
}

// publishAll publishes every draft that may be, and returns the page of the run at its end.
func (b *browser) publishAll() (status int, page string) {
	b.t.Helper()
	page = b.mustGet("/staff/prompts/publish")
	base := baseOf.FindStringSubmatch(page)
	if base == nil {
		b.t.Fatalf("nothing to publish: %s", mainOf(page))
	}
	form := url.Values{"base": {base[1]}, "comment": {"发布说明"}}
	for _, m := range takes.FindAllStringSubmatch(page, -1) {
		if m[3] == "" {
			form.Set(m[1], m[2])
		}
	}
	status, page = b.post("/staff/prompts/publish", form)
	if status != http.StatusOK {
		return status, page
	}
	return status, b.finished(page)
}

var runPath = regexp.MustCompile(`/staff/runs/(t_[0-9a-f]+)`)

// finished waits for the run of this page to end.
func (b *browser) finished(page string) string {
	b.t.Helper()
	m := runPath.FindString(page)
	if m == "" {
		return page // at its end already
	}
	for end := time.Now().Add(20 * time.Second); strings.Contains(page, "http-equiv=\"refresh\""); {
		if time.Now().After(end) {
			b.t.Fatalf("never ended: %s", mainOf(page))
		}
		time.Sleep(10 * time.Millisecond)
		page = b.mustGet(m)
	}
	return page
}

// noGate lets everything pass.
func (s *site) publishing(p Publishing) {
	s.t.Helper()
	if err := s.store.ChangeSetting(s.t.Context(), store.By{Name: "test"}, "publishing", p, ""); err != nil {
		s.t.Fatal(err)
	}
}

func TestDraftPublishRollback(t *testing.T) {
	s, _ := benchSite(t)
	s.publishing(Publishing{})
	editor, publisher := s.as("editor", store.Edit), s.as("publisher", store.Publish)
	old := defaultText(t, "replies.yaml")
	if got := editorText(t, editor.mustGet(replies)); got != old {
		t.Error("the editor does not begin with the text of the program")
	}
	changed := strings.Replace(old, "不客气！", "不用谢！", 1)
	page := editor.mustPost(replies, edited(0, changed, "更亲切"))
	for _, want := range []string{"第1版", "更亲切", "editor", "<mark>用谢</mark>", "<mark>客气</mark>"} {
		if !strings.Contains(page, want) {
			t.Errorf("after saving: no %s", want)
		}
	}
	if _, live, _ := s.store.PromptOverride("replies.yaml"); live {
		t.Fatal("a draft is live")
	}
	if status, page := publisher.publishAll(); status != 200 || !strings.Contains(page, `id="published"`) {
		t.Fatalf("publish: %d %s", status, mainOf(page))
	}
	if text, live, err := s.store.PromptOverride("replies.yaml"); !live || string(text) != changed || err != nil {
		t.Fatalf("live: %v, %v", live, err)
	}
	home := publisher.mustGet("/staff/")
	if !strings.Contains(home, "现在是第1次发布") || !strings.Contains(home, "退回程序自带的文字") {
		t.Errorf("first page: %s", mainOf(home))
	}
	page = publisher.mustPost("/staff/prompts/rollback", url.Values{"base": {"1"}, "to": {"0"}})
	if !strings.Contains(page, "已退回程序自带的文字") {
		t.Errorf("roll back: %s", mainOf(page))
	}
	if _, live, _ := s.store.PromptOverride("replies.yaml"); live {
		t.Error("not rolled back")
	}
	if status, _ := publisher.post("/staff/prompts/rollback", url.Values{"base": {"1"}, "to": {"0"}}); status != 409 {
		t.Errorf("rolled back from a release that is not live: %d", status)
	}
	changes, err := s.store.Changes(t.Context(), store.ChangeFilter{What: "prompt."})
	if err != nil || len(changes) != 3 {
		t.Fatalf("audit: %+v, %v", changes, err)
	}
	if c := changes[1]; c.What != "prompt.publish" || c.By.Name != "publisher" || c.Before != "内置" || c.After != "replies.yaml v1" || c.Reason != "发布说明" {
		t.Errorf("audit of publishing: %+v", c)
	}
}

func TestDraftWithMistakes(t *testing.T) {
	s, _ := benchSite(t)
	s.publishing(Publishing{})
	b := s.as("b", store.Publish)
	bad := strings.Replace(defaultText(t, "replies.yaml"), "不客气！", "不客气{{who}}！", 1)
	status, page := b.post(replies, edited(0, bad, ""))
	if status != 422 || !strings.Contains(page, "第6行（thanks）：不认识的占位符 {{who}}") || editorText(t, page) != bad {
		t.Errorf("%d: %s", status, mainOf(page)[:400])
	}
	if versions, _ := s.store.PromptVersions(t.Context(), ""); len(versions) != 0 {
		t.Fatal("kept")
	}
	form := edited(0, bad, "")
	form.Set("force", "yes")
	b.mustPost(replies, form)
	if status, page := b.publishAll(); status != 422 || !strings.Contains(page, "不认识的占位符") {
		t.Errorf("published: %d", status)
	}
	status, reply := b.post(replies+"/check", url.Values{"text": {bad}})
	var got struct{ Problems []textProblem }
	if err := json.Unmarshal([]byte(reply), &got); err != nil || status != 200 || len(got.Problems) == 0 || got.Problems[0].Line != 6 {
		t.Errorf("check: %d %s", status, reply)
	}
	if _, reply := b.post(replies+"/check", url.Values{"text": {defaultText(t, "replies.yaml")}}); strings.TrimSpace(reply) != `{"problems":[]}` {
		t.Errorf("check of the right text: %s", reply)
	}
}

// Two people edit one text: the second one sees both changes, put together, and nothing of either is lost.
func TestTwoEditors(t *testing.T) {
	s, _ := benchSite(t)
	one, two := s.as("one", store.Edit), s.as("two", store.Edit)
	old := defaultText(t, "replies.yaml")
	one.mustPost(replies, edited(0, strings.Replace(old, "不客气！", "不用谢！", 1), "一"))
	mine := strings.Replace(old, "再见，祝您一切顺利！", "再见，慢走！", 1)
	status, page := two.post(replies, edited(0, mine, "二"))
	if status != 409 || !strings.Contains(page, "one在") || !strings.Contains(page, "已经合在一起") {
		t.Fatalf("%d: %s", status, mainOf(page))
	}
	text := editorText(t, page)
	if !strings.Contains(text, "不用谢！") || !strings.Contains(text, "再见，慢走！") {
		t.Error("a change is lost")
	}
	if base := baseOf.FindStringSubmatch(page)[1]; base != "1" {
		t.Errorf("base %s", base)
	}
	two.mustPost(replies, edited(1, text, "二"))
	status, page = one.post(replies, edited(1, strings.Replace(text, "再见，慢走！", "再会！", 1), "三"))
	if status != 409 { // version 2 is there now
		t.Errorf("a third change: %d", status)
	}
	if text := editorText(t, page); !strings.Contains(text, "再会！") {
		t.Errorf("a change over the other's is lost: %s", page)
	}
	status, page = two.post(replies, edited(0, strings.Replace(old, "不客气！", "别客气！", 1), "四"))
	if status != 409 || !strings.Contains(page, "两边都改了") || !strings.Contains(editorText(t, page), "别客气！") || !strings.Contains(editorText(t, page), "不用谢！") {
		t.Errorf("both in one place: %d %s", status, mainOf(page)[:300])
	}
}

const gateSet = `{"id":"a","kind":"直接","question":"为多少名学生发放助学金","expect":{"answerable":true,"facts":[["300"]],"section":"","must_not":[]}}
{"id":"b","kind":"寒暄","question":"谢谢","expect":{"answerable":null,"facts":[],"section":"","must_not":["滚"],"status":["smalltalk"]}}
`

func (s *site) gateSet() string {
	s.t.Helper()
	set, err := s.store.KeepTestSet(s.t.Context(), store.By{Name: "test"}, store.TestSet{Name: "必考", Cases: gateSet}, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return set.ID
}

// A draft that makes the set of the gate worse is not published; an administrator may, with a reason, and both stand in the audit.
func TestPublishGate(t *testing.T) {
	s, _ := benchSite(t)
	s.publishing(Publishing{Sets: []string{s.gateSet()}})
	b, admin := s.as("b", store.Publish), s.as("admin", store.Admin)
	b.mustPost(replies, edited(0, strings.Replace(defaultText(t, "replies.yaml"), "不客气！", "滚！", 1), "粗话"))
	status, page := b.publishAll()
	if status != 200 || !strings.Contains(page, `id="blocked"`) || !strings.Contains(page, "净变差1题") || !strings.Contains(page, "谢谢") || !strings.Contains(page, "说了不该说的“滚”") {
		t.Fatalf("%d: %s", status, mainOf(page))
	}
	if _, live, _ := s.store.PromptOverride("replies.yaml"); live {
		t.Fatal("what is worse is live")
	}
	runs, err := s.store.Runs(t.Context(), 10)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%+v, %v", runs, err)
	}
	override := "/staff/runs/" + runs[0].ID + "/override"
	if status, _ := b.post(override, url.Values{"reason": {"领导要求马上改"}}); status != 403 {
		t.Errorf("overridden by who may not: %d", status)
	}
	if status, _ := admin.post(override, url.Values{"reason": {"急"}}); status != 400 {
		t.Errorf("overridden without a reason: %d", status)
	}
	admin.mustPost(override, url.Values{"reason": {"领导要求马上改"}})
	if _, live, _ := s.store.PromptOverride("replies.yaml"); !live {
		t.Error("not overridden")
	}
	if status, _ := admin.post(override, url.Values{"reason": {"领导要求马上改"}}); status != 409 {
		t.Errorf("overridden twice: %d", status)
	}
	for what, who := range map[string]string{"gate.blocked": "b", "prompt.override": "admin"} {
		list, err := s.store.Changes(t.Context(), store.ChangeFilter{What: what})
		if err != nil || len(list) != 1 || list[0].By.Name != who {
			t.Errorf("audit of %s: %+v, %v", what, list, err)
		}
	}
	list, _ := s.store.Changes(t.Context(), store.ChangeFilter{What: "prompt.override", Text: "领导要求马上改"})
	if len(list) != 1 {
		t.Error("the reason is not in the audit")
	}
}

func TestPublishGatePasses(t *testing.T) {
	s, bench := benchSite(t)
	s.publishing(Publishing{Sets: []string{s.gateSet()}})
	b := s.as("b", store.Publish)
	b.mustPost(replies, edited(0, strings.Replace(defaultText(t, "replies.yaml"), "不客气！", "不用谢！", 1), ""))
	if _, page := b.publishAll(); !strings.Contains(page, `id="published"`) || !strings.Contains(page, "共2题，答对2题") {
		t.Errorf("%s", mainOf(page))
	}
	if bench.asked != 4 {
		t.Errorf("%d questions asked, want 4: the draft and the live version", bench.asked)
	}
}

// What went live while the gate was asking is not overwritten.
func TestPublishBesideAnother(t *testing.T) {
	s, bench := benchSite(t)
	s.publishing(Publishing{Sets: []string{s.gateSet()}})
	b := s.as("b", store.Publish)
	b.mustPost(replies, edited(0, strings.Replace(defaultText(t, "replies.yaml"), "不客气！", "不用谢！", 1), ""))
	bench.slowly(100 * time.Millisecond)
	page := b.mustGet("/staff/prompts/publish")
	form := url.Values{"base": {"0"}}
	for _, m := range takes.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], m[2])
	}
	_, page = b.post("/staff/prompts/publish", form)
	if _, err := s.store.ReleasePrompts(t.Context(), store.By{Name: "other"}, "prompt.publish", 0, nil, "别的"); err != nil {
		t.Fatal(err)
	}
	if page = b.finished(page); !strings.Contains(page, "别人发布了另一个版本") {
		t.Errorf("%s", mainOf(page))
	}
	if live, _ := s.store.LivePrompts(t.Context()); live.Who != "other" {
		t.Errorf("live is %+v", live)
	}
}

func TestSecondPerson(t *testing.T) {
	s, _ := benchSite(t)
	s.publishing(Publishing{SecondPerson: true})
	author, other := s.as("author", store.Publish), s.as("other", store.Publish)
	author.mustPost(replies, edited(0, strings.Replace(defaultText(t, "replies.yaml"), "不客气！", "不用谢！", 1), ""))
	form := url.Values{"base": {"0"}, "take-replies.yaml": {"1"}}
	if status, page := author.post("/staff/prompts/publish", form); status != 403 || !strings.Contains(page, "另一位") {
		t.Errorf("the author: %d", status)
	}
	if status, page := other.publishAll(); status != 200 || !strings.Contains(page, `id="published"`) {
		t.Errorf("another one: %d", status)
	}
}

func TestCancelRun(t *testing.T) {
	s, bench := benchSite(t)
	set := s.gateSet()
	b := s.as("b", store.Edit)
	bench.slowly(time.Hour)
	page := b.mustPost("/staff/runs", url.Values{"set": {set}})
	id := runPath.FindStringSubmatch(page)[1]
	waiting := b.mustPost("/staff/runs", url.Values{"set": {set}})
	for _, one := range []string{runPath.FindStringSubmatch(waiting)[1], id} { // one that waits, then the one under way
		b.mustPost("/staff/runs/"+one+"/cancel", url.Values{})
	}
	if page := b.finished(b.mustGet("/staff/runs/" + id)); !strings.Contains(page, "已取消") {
		t.Errorf("%s", mainOf(page))
	}
	if page := b.finished(waiting); !strings.Contains(page, "已取消") {
		t.Errorf("%s", mainOf(page))
	}
	bench.slowly(0)
	page = b.finished(b.mustPost("/staff/runs", url.Values{"set": {set}}))
	if !strings.Contains(page, "共2题，答对2题") {
		t.Errorf("after cancelling: %s", mainOf(page))
	}
}

func TestQueueOfRunsIsBounded(t *testing.T) {
	s, bench := benchSite(t)
	set := s.gateSet()
	b := s.as("b", store.Edit)
	bench.slowly(time.Hour)
	last := 0
	for range maxWaiting + 2 {
		last, _ = b.post("/staff/runs", url.Values{"set": {set}})
	}
	if last != 503 {
		t.Errorf("the one too many: %d", last)
	}
}

func TestExportImport(t *testing.T) {
	s, _ := benchSite(t)
	b := s.as("b", store.Edit)
	data := b.mustGet("/staff/prompts/export")
	var bundle Bundle
	if err := json.Unmarshal([]byte(data), &bundle); err != nil || len(bundle.Files) != len(prompts.Names()) {
		t.Fatalf("%d files, %v", len(bundle.Files), err)
	}
	send := func(data string) (int, string) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		_ = w.WriteField("csrf", csrfOf(b.cookie("wenda-sid")))
		f, _ := w.CreateFormFile("file", "x.json")
		_, _ = f.Write([]byte(data))
		_ = w.Close()
		r, _ := http.NewRequest(http.MethodPost, s.url+"/staff/prompts/import", &body)
		r.Header.Set("Content-Type", w.FormDataContentType())
		return b.do(r)
	}
	if _, page := send(data); !strings.Contains(page, "和现在的一样") {
		t.Errorf("the same again: %s", mainOf(page))
	}
	bundle.Files["replies.yaml"] = strings.Replace(bundle.Files["replies.yaml"], "不客气！", "不用谢！", 1)
	changed, _ := json.Marshal(bundle)
	if _, page := send(string(changed)); !strings.Contains(page, "导入了1份草稿") {
		t.Errorf("one changed: %s", mainOf(page))
	}
	for _, bad := range []string{"", "{", `{"format":"x"}`, `{"format":"wenda-prompts/1","files":{"../x":"y"}}`} {
		if status, _ := send(bad); status != 400 {
			t.Errorf("%q: %d", bad, status)
		}
	}
}

func TestEveryPromptHasATitle(t *testing.T) {
	for _, name := range prompts.Names() {
		if titleOf(name) == name {
			t.Errorf("%s has no title", name)
		}
	}
	if len(promptDocs) != len(prompts.Names()) {
		t.Errorf("%d titles", len(promptDocs))
	}
}
