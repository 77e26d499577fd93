package staff

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"wenda/rag"
	"wenda/store"
)

var citeBox = regexp.MustCompile(`name="cite" value="([^"]*)"( checked)?> <span>([^<]*)`)

// citing finds the value of the box beside a sentence.
func citing(t *testing.T, page, sentence string) string {
	t.Helper()
	for _, m := range citeBox.FindAllStringSubmatch(page, -1) {
		if strings.Contains(m[3], sentence) {
			return htmlText(m[1])
		}
	}
	t.Fatalf("no box for %q in\n%s", sentence, mainOf(page))
	return ""
}

func htmlText(s string) string {
	return strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#39;", "'").Replace(s)
}

func (l *librarySite) newCurated(b *browser, ask, answer, sentence string) (path string, f url.Values) {
	l.t.Helper()
	page := b.mustGet("/staff/curated/new?ask=" + url.QueryEscape(ask))
	path = regexp.MustCompile(`action="(/staff/curated/s-[0-9a-f]+)"`).FindStringSubmatch(page)[1]
	return path, form("asks", ask+"\n校车什么时候开", "answer", answer, "owner", "李", "review", "2030-01-01", "base", "0", "cite", citing(l.t, page, sentence))
}

func TestCuratedAnswerGoesLive(t *testing.T) {
	l := newLibrarySite(t)
	b := l.as("wang", store.Publish)
	if a := l.ask("校车何时出发呢", "portal"); a.Mode == rag.Curated {
		t.Fatal("curated already")
	}
	path, f := l.newCurated(b, "校车何时出发", "校车七点十分从东站发车。", "七点十分")
	f.Set("do", "check")
	holds(t, b.mustPost(path, f), "审定回答，通过核对", "会盖住现在的回答", "没有句子模型")
	f.Set("do", "publish")
	holds(t, b.mustPost(path, f), "已审定，一秒内生效", "使用中")
	for _, q := range []string{"校车何时出发呢？", "校车什么时候开"} {
		if a := l.ask(q, "portal"); a.Mode != rag.Curated || !strings.HasPrefix(a.Text, "校车七点十分从东站发车。") || len(a.Citations) != 1 {
			t.Errorf("%s: %s %q", q, a.Mode, a.Text)
		}
	}
	for _, days := range [][2]string{{"2999-01-01", ""}, {"", "2001-01-01"}} { // approved, but not for today
		e, err := l.store.CuratedEntry(t.Context(), strings.TrimPrefix(path, "/staff/curated/"))
		if err != nil {
			t.Fatal(err)
		}
		f.Set("base", strconv.Itoa(e.Newest.Version))
		f.Set("valid_from", days[0])
		f.Set("valid_until", days[1])
		b.mustPost(path, f)
		if a := l.ask("校车何时出发呢", "portal"); a.Mode == rag.Curated {
			t.Errorf("valid from %q until %q, and it answers today", days[0], days[1])
		}
	}
	// what is not in the source does not get in
	f.Set("answer", "校车每学期收费390元。")
	f.Set("base", "3")
	holds(t, b.mustPost(path, f), "还不能保存", "不会用这个回答")
	if e, err := l.store.CuratedEntry(t.Context(), strings.TrimPrefix(path, "/staff/curated/")); err != nil || e.Newest.Version != 3 {
		t.Errorf("%+v, %v", e, err)
	}
	holds(t, b.mustPost(path+"/retire", form("reason", "改用文件")), "已停用")
	if a := l.ask("校车何时出发呢", "portal"); a.Mode == rag.Curated {
		t.Error("retired and still answering")
	}
}

func TestCuratedApproval(t *testing.T) {
	l := newLibrarySite(t)
	editor, publisher := l.as("bian", store.Edit), l.as("fabu", store.Publish)
	path, f := l.newCurated(editor, "校车何时出发", "校车七点十分从东站发车。", "七点十分")
	f.Set("do", "publish")
	if status, _ := editor.post(path, f); status != 403 {
		t.Errorf("an editor published: %d", status)
	}
	f.Set("do", "save")
	holds(t, editor.mustPost(path, f), "等待审定")
	holds(t, editor.mustGet("/staff/curated"), "待审定")
	if a := l.ask("校车何时出发", "portal"); a.Mode == rag.Curated {
		t.Error("a draft answers")
	}
	if err := l.store.ChangeSetting(t.Context(), store.By{Name: "admin"}, "publishing", map[string]any{"second_person": true}, ""); err != nil {
		t.Fatal(err)
	}
	f.Set("base", "1")
	holds(t, publisher.mustPost(path, f), "等待审定") // its author is now the publisher
	if status, body := publisher.post(path+"/approve", form("version", "2")); status != 403 || !strings.Contains(body, "另一个人") {
		t.Errorf("approved by the author: %d", status)
	}
	holds(t, l.as("fabu2", store.Publish).mustPost(path+"/approve", form("version", "2")), "已审定")
	if a := l.ask("校车何时出发", "portal"); a.Mode != rag.Curated {
		t.Error("approved and not answering")
	}
}

// A question that is nearly one of another entry is told, without a sentence model too.
func TestNearQuestionsAreTold(t *testing.T) {
	l := newLibrarySite(t)
	b := l.as("wang", store.Publish)
	path, f := l.newCurated(b, "校车何时出发", "校车七点十分从东站发车。", "七点十分")
	f.Set("do", "publish")
	b.mustPost(path, f)
	path, f = l.newCurated(b, "我们校车何时出发", "校车七点十分从东站发车。", "七点十分")
	f.Set("asks", "我们校车何时出发")
	f.Set("do", "check")
	holds(t, b.mustPost(path, f), "很像的问法", "“我们校车何时出发”很像")
	f.Set("asks", "照管员是谁")
	if page := b.mustPost(path, f); strings.Contains(page, "很像的问法") {
		t.Errorf("another question is near: %s", mainOf(page))
	}
}

// Two editors: the second one sees both versions, and nothing is lost.
func TestTwoEditorsOfOneCuratedAnswer(t *testing.T) {
	l := newLibrarySite(t)
	a, b := l.as("jia", store.Edit), l.as("yi", store.Edit)
	path, f := l.newCurated(a, "校车何时出发", "校车七点十分从东站发车。", "七点十分")
	f.Set("do", "save")
	a.mustPost(path, f)
	theirs := form("asks", f.Get("asks"), "answer", "校车七点十分发车。", "owner", "乙", "review", "2030-01-01", "base", "0", "cite", f.Get("cite"), "do", "save")
	theirs.Set("asks", "校车何时出发\n班车几点")
	status, page := b.post(path, theirs)
	if status != 409 {
		t.Errorf("saved over another: %d", status)
	}
	holds(t, page, "您写的还没有保存", "有的地方两边都改了", ">校车七点十分从东站发车。</td>", ">校车七点十分发车。</td>", `name="base" value="1"`,
		"校车何时出发\n校车什么时候开\n班车几点</textarea>", "校车七点十分发车。</textarea>", ">李</td>", `value="乙"`)
	theirs.Set("base", "1")
	holds(t, b.mustPost(path, theirs), "草稿已保存")
	if list, err := l.store.CuratedVersions(t.Context(), strings.TrimPrefix(path, "/staff/curated/")); err != nil || len(list) != 2 {
		t.Errorf("%d versions, %v", len(list), err)
	}
}

func TestCuratedFormIsChecked(t *testing.T) {
	l := newLibrarySite(t)
	b := l.as("wang", store.Publish)
	path, good := l.newCurated(b, "校车何时出发", "校车七点十分从东站发车。", "七点十分")
	for want, spoil := range map[string]func(url.Values){
		"至少写一个问法":    func(f url.Values) { f.Set("asks", " \n ") },
		"没有内容":       func(f url.Values) { f.Set("asks", "？？") },
		"是一样的":       func(f url.Values) { f.Set("asks", "校车几点\n校车几点呀？") },
		"太长，最多200个字": func(f url.Values) { f.Set("asks", strings.Repeat("长", 201)) },
		"回答不能为空":     func(f url.Values) { f.Set("answer", "") },
		"回答太长":       func(f url.Values) { f.Set("answer", strings.Repeat("长", maxAnswer+1)) },
		"至少勾选一句出处":   func(f url.Values) { f.Del("cite") },
		"复核日要写成":     func(f url.Values) { f.Set("review", "明年") },
		"截止日早于生效日":   func(f url.Values) { f.Set("valid_from", "2027-02-01"); f.Set("valid_until", "2027-01-01") },
		"由谁负责":       func(f url.Values) { f.Set("owner", "") },
		"已经在另一条审定回答": func(f url.Values) { f.Set("asks", "五项管理指什么？") },
		"没有通过核对": func(f url.Values) {
			f.Set("cite", `{"IndexNumber":"nobody","Section":["一"],"Facts":["七点十分"]}`)
		},
		"至少勾选一句出处：每句话": func(f url.Values) { f.Set("cite", `<script>alert(1)</script>`) },
	} {
		f := url.Values{}
		for k, v := range good {
			f[k] = append([]string(nil), v...)
		}
		spoil(f)
		f.Set("do", "publish")
		holds(t, b.mustPost(path, f), "还不能保存", want)
	}
	if list, err := l.store.CuratedEntries(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d entries were kept, %v", len(list), err)
	}
	for _, id := range []string{"a b", "%2e%2e%2fx", strings.Repeat("x", 65)} {
		good.Set("do", "save")
		if status, _ := b.post("/staff/curated/"+url.PathEscape(id), good); status != 400 && status != 404 {
			t.Errorf("ID %q: %d", id, status)
		}
	}
}

func TestBundledCuratedCanBeRetired(t *testing.T) {
	l := newLibrarySite(t)
	b := l.as("wang", store.Publish)
	holds(t, b.mustGet("/staff/curated/five-managements"), "五项管理指什么")
	page := b.mustPost("/staff/curated/five-managements/retire", form("reason", "过时"))
	holds(t, page, "恢复已停用的“five-managements”")
	if _, ok := l.live().CuratedFor("五项管理指什么"); ok {
		t.Error("retired and still there")
	}
	b.mustPost("/staff/curated/five-managements/restore", form())
	if _, ok := l.live().CuratedFor("五项管理指什么"); !ok {
		t.Error("not restored")
	}
	if status, _ := b.post("/staff/curated/nobody/retire", form()); status != 404 {
		t.Errorf("unknown entry: %d", status)
	}
}
