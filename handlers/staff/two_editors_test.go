package staff

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wenda/store"
)

// Two editors on one thing (issue 7): whoever comes second sees what the first one did beside what they wrote, and can keep both. Prompts,
// curated answers and test sets have their tests beside the others of their pages.

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// formOf reads the hidden fields of the form on a page that posts to path, as a browser sends them.
func formOf(t *testing.T, page, path string) url.Values {
	t.Helper()
	at := strings.Index(page, `action="`+path+`"`)
	if at < 0 {
		t.Fatalf("no form to %s in %s", path, mainOf(page))
	}
	text, _, _ := strings.Cut(page[at:], "</form>")
	out := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(text, -1) {
		out.Add(m[1], htmlText(m[2]))
	}
	return out
}

func changed(f url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range f {
		out[k] = slices.Clone(v)
	}
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

// clash sends a form that comes second, and wants the page that shows both.
func (b *browser) clash(path string, f url.Values, texts ...string) string {
	b.t.Helper()
	status, page := b.post(path, f)
	if status != 409 {
		b.t.Errorf("%s: %d, want 409", path, status)
	}
	holds(b.t, page, append(texts, "autofocus")...)
	return page
}

func TestTwoEditorsOfOneDocumentsMetadata(t *testing.T) {
	l := newLibrarySite(t)
	a, b := l.as("jia", store.Publish), l.as("yi", store.Publish)
	path := "/staff/knowledge/" + l.documentID()
	seen := formOf(t, a.mustGet(path), path+"/meta")
	first := changed(seen, "title", "校车（甲）", "issuer", "教育局", "published", "2026-01-05", "validity", "有效", "file_number", "1号")
	a.mustPost(path+"/meta", first)
	second := changed(seen, "title", "校车（乙）", "issuer", "测试区教育局", "published", "2026-02-02", "validity", "有效", "file_number", "")
	page := b.clash(path+"/meta", second, "有的地方两边都改了", ">校车（甲）</td>", ">校车（乙）</td>", `name="title" required maxlength="200" value="校车（乙）"`,
		`value="教育局"`, `value="1号"`, `value="2026-02-02"`)
	merged := changed(formOf(t, page, path+"/meta"), "title", "校车（甲乙）", "issuer", "教育局", "published", "2026-02-02", "validity", "有效", "file_number", "1号")
	holds(t, b.mustPost(path+"/meta", merged), "信息已改")
	d := l.documents()["校车（甲乙）"]
	if d.Meta.Issuer != "教育局" || d.Meta.Published != "2026-02-02" || d.Meta.FileNumber != "1号" {
		t.Errorf("got %+v", d.Meta)
	}
	// what is written wrongly comes back as it was written
	status, page := b.post(path+"/meta", changed(merged, "title", "写了很久的标题", "published", "明天"))
	if holds(t, page, "日期要写成", `value="写了很久的标题"`, "autofocus"); status != 422 {
		t.Errorf("a day that is none: %d", status)
	}
}

func TestTwoEditorsOfWhatWasRead(t *testing.T) {
	l := newLibrarySite(t)
	a, b := l.as("jia", store.Edit), l.as("yi", store.Publish)
	_, page := a.upload(map[string][]byte{"n.md": []byte("# 开学通知\n\n学校九月一日开学，请家长按时送孩子到校。\n")})
	staged := regexp.MustCompile(`action="(/staff/staged/\d+)/meta"`).FindStringSubmatch(page)[1]
	seen := formOf(t, page, staged+"/meta")
	publish := formOf(t, b.mustGet(staged), staged+"/publish")
	a.mustPost(staged+"/meta", changed(seen, "title", "开学通知", "issuer", "甲学校", "validity", ""))
	if status, _ := b.post(staged+"/publish", publish); status != 409 {
		t.Errorf("published what nobody saw: %d", status)
	}
	page = b.clash(staged+"/meta", changed(seen, "title", "秋季开学通知", "issuer", "", "validity", ""), "两边改的地方不同", `value="甲学校"`, `value="秋季开学通知"`)
	b.mustPost(staged+"/meta", changed(formOf(t, page, staged+"/meta"), "title", "秋季开学通知", "issuer", "甲学校", "validity", ""))
	b.mustPost(staged+"/publish", formOf(t, b.mustGet(staged), staged+"/publish"))
	if d := l.documents()["秋季开学通知"]; d.Meta.Issuer != "甲学校" {
		t.Errorf("got %+v", d.Meta)
	}
}

func TestTwoChooseWhatStandsInItsPlace(t *testing.T) {
	l := newLibrarySite(t)
	path := "/staff/knowledge/" + l.documentID()
	for _, name := range []string{"甲", "乙"} {
		if _, err := l.library.Import(t.Context(), name+".md", []byte("# 新安排"+name+"\n\n校车改为八点发车，大家周知，请按新的时间到站等候。"+name+"\n"), nil); err != nil {
			t.Fatal(err)
		}
	}
	d := l.documents()
	a, b := l.as("jia", store.Publish), l.as("yi", store.Publish)
	seen := formOf(t, a.mustGet(path), path+"/supersede")
	a.mustPost(path+"/supersede", changed(seen, "other", d["新安排甲"].ID))
	page := b.clash(path+"/supersede", changed(seen, "other", d["新安排乙"].ID), "由《新安排甲》代替", "您选的是“由《新安排乙》代替”", `value="`+d["新安排乙"].ID+`" selected`)
	holds(t, b.mustPost(path+"/supersede", changed(formOf(t, page, path+"/supersede"), "other", d["新安排乙"].ID)), "已由《新安排乙》代替")
}

// Variants: both editors' are there; and when the sentence went away meanwhile, what was written finds another one.
func TestTwoEditorsOfOneChunksVariants(t *testing.T) {
	l := newLibrarySite(t)
	a, b := l.as("jia", store.Publish), l.as("yi", store.Publish)
	d := l.library.Current().Documents()[0]
	path, chunk := "/staff/knowledge/"+d.ID, ""
	for i := range d.Chunks {
		if strings.Contains(d.Chunks[i].Text, "七点十分") {
			chunk = d.Chunks[i].ID
		}
	}
	a.mustPost(path+"/variants", form("p", chunk, "sentence", "0", "texts", "班车几点开", "negative", "no"))
	holds(t, b.mustPost(path+"/variants", form("p", chunk, "sentence", "0", "texts", "早上几点坐车", "negative", "no")), "班车几点开", "早上几点坐车")

	if _, err := l.library.Import(t.Context(), "bus.txt", []byte(strings.Replace(busPage, "七点十分", "七点二十分", 1)), nil); err != nil {
		t.Fatal(err)
	}
	if status, _ := b.post(path+"/variants", form("p", chunk, "sentence", "x", "texts", "早班车是几点", "negative", "no")); status != 400 {
		t.Errorf("no sentence: %d", status)
	}
	page := b.clash(path+"/variants", form("p", chunk, "sentence", "0", "texts", "早班车是几点\n<b>头班</b>", "negative", "yes", "lacks", "date"), "换了版本", "早班车是几点\n&lt;b&gt;头班",
		"校车在工作日早上七点二十分从东站发车。", "没有说明时间")
	place := regexp.MustCompile(`value="([^"]+)" required> <span>校车在工作日早上七点二十分`).FindStringSubmatch(page)[1]
	holds(t, b.mustPost(path+"/variants", changed(formOf(t, page, path+"/variants"), "place", place, "texts", "早班车是几点", "negative", "yes")), "已加1个问法", "早班车是几点（时间）")
	h, err := l.store.Document(t.Context(), d.ID)
	if err != nil || len(h.Variants) != 3 {
		t.Errorf("%d variants, %v", len(h.Variants), err)
	}
}

// Both rename a set, and the second one's name is not lost.
func TestTwoNamesOfOneSet(t *testing.T) {
	s := newSite(t)
	a, b := s.as("jia", store.Edit), s.as("yi", store.Edit)
	set, err := s.store.KeepTestSet(t.Context(), store.By{Name: "x"}, store.TestSet{Name: "原来的名称"}, "")
	if err != nil {
		t.Fatal(err)
	}
	path := "/staff/tests/" + set.ID
	seen := changed(formOf(t, a.mustGet(path), path), "text", "", "base", "")
	a.mustPost(path, changed(seen, "name", "甲的名称"))
	page := b.clash(path, changed(seen, "name", "乙的名称"), "别人起的名称是“甲的名称”", `value="乙的名称"`)
	b.mustPost(path, changed(formOf(t, page, path), "text", "", "base", "", "name", "乙的名称"))
	if set, err = s.store.TestSet(t.Context(), set.ID); err != nil || set.Name != "乙的名称" {
		t.Errorf("%q, %v", set.Name, err)
	}
}

func TestTwoAdministratorsOfOneAccount(t *testing.T) {
	p := newVouching(t)
	s := newSite(t, func(c *Config, _ *Deps) { c.OIDC = &OIDC{Issuer: p.issuer, ClientID: oidcClient} })
	a, b := s.as("jia", store.Admin), s.as("yi", store.Admin)
	who := s.account("王五", store.View)
	path := "/staff/accounts/" + who.ID
	page := a.mustGet("/staff/accounts")
	role, subject, off, reset := formOf(t, page, path+"/role"), formOf(t, page, path+"/subject"), formOf(t, page, path+"/disabled"), formOf(t, page, path+"/reset")
	a.mustPost(path+"/role", changed(role, "role", "publish"))
	page = b.clash(path+"/role", changed(role, "role", "edit"), "别人刚改过“王五”：现在是角色“发布”", "把角色改成编辑", "还没有做", "仍然把角色改成编辑")
	b.clash(path+"/subject", changed(subject, "subject", "u-77"), "把统一登录编号改成 u-77")
	b.clash(path+"/disabled", off, "“停用”还没有做")
	b.clash(path+"/reset", reset, "“重置密码”还没有做")
	if now, err := s.store.Account(t.Context(), "王五"); err != nil || now.Role != store.Publish || now.Disabled || now.Subject != "" || now.Password == "" {
		t.Errorf("%+v, %v", now, err)
	}
	holds(t, b.mustPost(path+"/role", formOf(t, page, path+"/role")), "现在的角色是“编辑”")
	if now, err := s.store.Account(t.Context(), "王五"); err != nil || now.Role != store.Edit {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestTwoAtOneSwitch(t *testing.T) {
	s := newSite(t, func(_ *Config, d *Deps) {
		d.Running = &fixed{state: State{Channels: []Channel{{Name: "portal", Log: "portal"}}}}
	})
	a, b := s.as("jia", store.Admin), s.as("yi", store.Admin)
	const path = "/staff/channels/switch"
	seen := formOf(t, a.mustGet("/staff/channels"), path)
	a.mustPost(path, changed(seen, "reason", "政策更新"))
	page := b.clash(path, changed(seen, "reason", "<b>答错了</b>"), "现在是停用，jia", "政策更新", "您要做的是停用，理由：&lt;b&gt;答错了", "两条理由都留")
	holds(t, b.mustPost(path, changed(formOf(t, page, path), "reason", "政策更新；<b>答错了</b>")), "已停用", "政策更新；&lt;b&gt;答错了")
	off, err := s.store.SwitchedOff(t.Context())
	if err != nil || len(off) != 1 || off[0].Reason != "政策更新；<b>答错了</b>" || off[0].Who != "jia" {
		t.Fatalf("%+v, %v", off, err)
	}
	// somebody lets it on again, and it goes off for another reason: who still sees the first one does not let it on by that
	old := formOf(t, b.mustGet("/staff/channels"), path)
	a.mustPost(path, old)
	s.wait(time.Minute)
	a.mustPost(path, changed(formOf(t, a.mustGet("/staff/channels"), path), "reason", "又出错"))
	page = b.clash(path, old, "又出错", "您要做的是恢复", "仍然恢复")
	b.mustPost(path, formOf(t, page, path))
	if off, err = s.store.SwitchedOff(t.Context()); err != nil || len(off) != 0 {
		t.Errorf("%+v, %v", off, err)
	}
	a.mustPost(path, changed(formOf(t, a.mustGet("/staff/channels"), path), "reason", "一"))
	page = b.clash(path, changed(seen, "reason", "二"), "两条理由都留")
	if err := s.store.SwitchReason(t.Context(), store.By{Name: "bing"}, "portal", "一", "三"); err != nil {
		t.Fatal(err)
	}
	b.clash(path, changed(formOf(t, page, path), "reason", "一；二"), "理由：三", "理由：一；二")
}

func TestTwoAtTheSettingsOfPublishing(t *testing.T) {
	s := newSite(t)
	a, b := s.as("jia", store.Admin), s.as("yi", store.Admin)
	const path = "/staff/publishing"
	seen := formOf(t, a.mustGet(path), path)
	two := bundledPrefix + bundledSets[1]
	first := changed(seen, "margin", "2")
	first["set"] = []string{bundledPrefix + bundledSets[0], two}
	a.mustPost(path, first)
	second := changed(seen, "margin", "0", "second", "yes", "reason", "要两个人")
	second["set"] = []string{bundledPrefix + bundledSets[0]}
	page := b.clash(path, second, "两边改的地方不同", `value="2" required`, `name="second" value="yes" checked`, `value="要两个人"`, `value="`+two+`" checked`)
	if p, err := PublishingOf(t.Context(), s.store); err != nil || p.Margin != 2 || p.SecondPerson {
		t.Errorf("%+v, %v", p, err)
	}
	merged := changed(formOf(t, page, path), "margin", "2", "second", "yes")
	merged["set"] = first["set"]
	b.mustPost(path, merged)
	if p, err := PublishingOf(t.Context(), s.store); err != nil || p.Margin != 2 || !p.SecondPerson || len(p.Sets) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestMergeOfFields(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	merged, m := mergeFields(names, []string{"1", "1", "1", "1"}, []string{"1", "2", "1", "2", ""}, []string{"1", "1", "3", "2", "x"})
	if strings.Join(merged, ",") != "1,2,3,2,x" || !m.Clean || len(m.Fields) != 4 {
		t.Errorf("got %q, %+v", merged, m)
	}
	if merged, m = mergeFields(names[:1], []string{"1"}, []string{"2"}, []string{"3"}); merged[0] != "3" || m.Clean {
		t.Errorf("got %q, %+v", merged, m)
	}
	if got := strings.Join(mergeLists([]string{"a", "b", "c"}, []string{"a", "c", "d"}, []string{"b", "c", "e"}), ""); got != "cde" {
		t.Errorf("got %q, want cde", got)
	}
}
