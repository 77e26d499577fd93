package handlers

import (
	"context"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wenda/rag"
)

func page(t *testing.T, rec *httptest.ResponseRecorder, status int) *goquery.Document {
	t.Helper()
	if rec.Code != status || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
		t.Fatalf("got %d %s, want %d and HTML", rec.Code, rec.Header().Get("Content-Type"), status)
	}
	doc, err := goquery.NewDocumentFromReader(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	doc.Find("template").Remove()
	return doc
}

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func (w *world) form(path string, values url.Values) *httptest.ResponseRecorder {
	return w.do("POST", path, "application/x-www-form-urlencoded", values.Encode())
}

func TestHomePage(t *testing.T) {
	w := newWorld(t, nil)
	doc := page(t, w.get("/"), 200)
	if got, _ := doc.Find("html").Attr("lang"); got != "zh-CN" {
		t.Errorf("lang %q", got)
	}
	if got := text(doc.Find(".lead")); !strings.Contains(got, "《河湾区2024年社区阅读工作方案》") {
		t.Errorf("lead %q names no document", got)
	}
	if got := doc.Find("#start a").Length(); got != 2 {
		t.Errorf("%d suggestions, want 2", got)
	}
	if href, _ := doc.Find("#start a").First().Attr("href"); !sameQuery(href, "今年新建几个社区书屋") {
		t.Errorf("suggestion leads to %s", href)
	}
	if doc.Find("form#ask textarea[name=q]").Length() != 1 || doc.Find("details.about").Length() != 1 {
		t.Error("no form, or no word on what it can do")
	}
}

func sameQuery(href, want string) bool {
	u, err := url.Parse(href)
	return err == nil && u.Query().Get("q") == want
}

func TestAnswerWithoutScripts(t *testing.T) {
	w := newWorld(t, nil)
	for name, rec := range map[string]*httptest.ResponseRecorder{
		"link": w.get("/?q=" + url.QueryEscape("今年新建几个书屋")),
		"form": w.form("/", url.Values{"q": {"  今年新建几个书屋\r\n"}}),
	} {
		t.Run(name, func(t *testing.T) {
			doc := page(t, rec, 200)
			if got := text(doc.Find(".question")); got != "今年新建几个书屋" {
				t.Errorf("question %q", got)
			}
			if got := text(doc.Find(".text")); got != "全年力争新建社区书屋9个，改造旧书屋14个。[1]" {
				t.Errorf("answer %q", got)
			}
			ref, _ := doc.Find(".text a.ref").Attr("href")
			card := doc.Find(ref)
			if card.Length() != 1 {
				t.Fatalf("[1] leads to %q, which is not there", ref)
			}
			for _, want := range []string{"河湾区2024年社区阅读工作方案", "一、工作目标", "2024-03-05", "文化局", "全年力争新建社区书屋9个"} {
				if !strings.Contains(text(card), want) {
					t.Errorf("card %q lacks %s", text(card), want)
				}
			}
			if got := text(doc.Find(".notice")); got != "这是2024年的计划。" {
				t.Errorf("notice %q", got)
			}
			if got, _ := doc.Find("form#ask input[name=conversation_id]").Attr("value"); got != "c_1" {
				t.Errorf("the follow-up has conversation %q", got)
			}
			if href, _ := doc.Find(".related a").Attr("href"); !sameQuery(href, "书屋几点关门") || !strings.Contains(href, "c=c_1") {
				t.Errorf("related leads to %s", href)
			}
			if doc.Find("form.feedback button[name=verdict]").Length() != 3 || doc.Find("#start").Length() != 0 {
				t.Error("feedback is missing, or suggestions are still there")
			}
		})
	}
}

func TestAskPageBadInput(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		q      string
		status int
		says   string
	}{
		"empty":    {" ", 400, "还没有写问题"},
		"too long": {strings.Repeat("学", 501), 400, "500字"},
		"invalid":  {"\xff", 400, "乱码"},
		"control":  {"a\x00b", 400, "控制字符"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := page(t, w.form("/", url.Values{"q": {c.q}, "conversation_id": {"c_1"}}), c.status)
			if got := text(doc.Find("#trouble")); !strings.Contains(got, c.says) {
				t.Errorf("says %q", got)
			}
			if got := doc.Find("#q").Text(); name == "too long" && got != c.q {
				t.Errorf("the text is gone: %q", got)
			}
			if got, _ := doc.Find("input[name=conversation_id]").First().Attr("value"); got != "c_1" {
				t.Errorf("the conversation is lost: %q", got)
			}
		})
	}
	page(t, w.do("POST", "/", "application/json", `{"q":"x"}`), 415)
	page(t, w.do("POST", "/", "application/x-www-form-urlencoded", "q="+strings.Repeat("x", 17<<10)), 413)
	page(t, w.do("POST", "/", "application/x-www-form-urlencoded", "q=%zz"), 400)
}

func TestAskPageErrors(t *testing.T) {
	asked := []string{}
	w := newWorld(t, asker(func(_ context.Context, q rag.Question, _ func(rag.Event)) (rag.Answer, error) {
		asked = append(asked, q.ConversationID)
		if q.ConversationID != "" {
			return rag.Answer{}, rag.ErrConversation
		}
		return rag.Answer{ID: "a_5", ConversationID: "c_new", Text: "好。"}, nil
	}))
	doc := page(t, w.form("/", url.Values{"q": {"那明年呢"}, "conversation_id": {"c_old"}}), 200)
	if got := text(doc.Find(".note")); !strings.Contains(got, "过期") || strings.Join(asked, ",") != "c_old," {
		t.Errorf("note %q, asked %q", got, asked)
	}
	w = newWorld(t, asker(func(context.Context, rag.Question, func(rag.Event)) (rag.Answer, error) { panic("boom") }))
	doc = page(t, w.form("/", url.Values{"q": {"一个问题"}}), 500)
	if got := text(doc.Find("#trouble")); !strings.Contains(got, "请求编号") || doc.Find("#q").Text() != "一个问题" {
		t.Errorf("says %q", got)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	const evil = `<img src=x onerror=alert(1)><script>alert(1)</script>"'[link](javascript:alert(1))`
	w := newWorld(t, asker(func(_ context.Context, q rag.Question, _ func(rag.Event)) (rag.Answer, error) {
		return rag.Answer{ID: "a_6", ConversationID: `"><script>`, Status: rag.Answered, Text: evil + "[1][2][99]", Notice: evil, Label: evil, AsOf: evil, Related: []string{evil},
			Handoff: &rag.Handoff{Name: evil, Phone: evil, Hours: evil, Say: evil},
			Citations: []rag.Citation{{N: 1, Title: evil, Section: evil, Quote: evil, Published: evil, Issuer: evil, URL: "javascript:alert(1)"},
				{N: 2, Title: evil, URL: "//evil.example/doc/x"}, {N: 3, Title: evil, URL: "/staff/publish"}}}, nil
	}))
	doc := page(t, w.get("/?c=%22%3E%3Cscript%3E&q="+url.QueryEscape(evil)), 200)
	if n := doc.Find("main img, main script").Length(); n != 0 {
		t.Errorf("%d elements came out of text", n)
	}
	if got := doc.Find(".question").Text(); got != evil {
		t.Errorf("question %q", got)
	}
	if got := doc.Find(".text a").Length(); got != 2 || !strings.Contains(doc.Find(".text").Text(), "[99]") {
		t.Errorf("%d marks, text %q", got, doc.Find(".text").Text())
	}
	doc.Find("main a[href], main form[action]").Each(func(_ int, s *goquery.Selection) {
		for _, name := range []string{"href", "action"} {
			to, ok := s.Attr(name)
			if ok && !strings.HasPrefix(to, "/?") && !strings.HasPrefix(to, "/a/") && !strings.HasPrefix(to, "/doc/") && !strings.HasPrefix(to, "#") &&
				!strings.HasPrefix(to, "tel:") && !slices.Contains([]string{"/", "/about", "/privacy"}, to) {
				t.Errorf("a link leads to %q", to)
			}
		}
	})
	if w.get("/doc/"+url.PathEscape(evil)).Code != 404 || strings.Contains(w.get("/"+url.PathEscape(evil)).Body.String(), "<img src=x") {
		t.Error("hostile path")
	}
}

func TestDocumentPage(t *testing.T) {
	w := newWorld(t, nil)
	a := w.sampleAnswer(t)
	doc := page(t, w.get(strings.Split(citationHref(a.Citations[0], "a_1"), "#")[0]), 200)
	marks := doc.Find("mark")
	if marks.Length() != 1 || strings.TrimSpace(marks.Text()) != a.Citations[0].Quote {
		t.Errorf("marked %q, want %q", marks.Text(), a.Citations[0].Quote)
	}
	if doc.Find("mark").Closest("p").AttrOr("id", "") != strings.Split(a.Citations[0].URL, "#")[1] {
		t.Error("the paragraph has not the chunk's ID")
	}
	if got := text(doc.Find(".meta-table")); !strings.Contains(got, "索引号 000000001/2024-00007") && !strings.Contains(got, "索引号000000001/2024-00007") {
		t.Errorf("metadata %q", got)
	}
	if got := text(doc.Find(".notice")); !strings.Contains(got, "2024年的计划") {
		t.Errorf("banner %q", got)
	}
	if got := text(doc.Find(".steps")); strings.ReplaceAll(got, " ", "") != "上一处出处1/2下一处" {
		t.Errorf("steps %q", got)
	}
	if doc.Find("a[rel=prev]").Length() != 0 {
		t.Error("the first citation has a previous one")
	}
	next, _ := doc.Find("a[rel=next]").Attr("href")
	second := page(t, w.get(strings.Split(next, "#")[0]), 200)
	if !strings.Contains(second.Find("mark").Text(), "藏书不少于3000册") || second.Find("a[rel=prev]").Length() != 1 || second.Find("a[rel=next]").Length() != 0 {
		t.Errorf("next leads to %q", second.Find("mark").Text())
	}
	if got, _ := doc.Find("#back").Attr("href"); got != "/a/a_1" {
		t.Errorf("back leads to %s", got)
	}
	var headings []string
	doc.Find(".body h2, .body h3").Each(func(_ int, s *goquery.Selection) { headings = append(headings, s.Text()) })
	if got := strings.Join(headings, "|"); got != "一、工作目标|二、主要任务|（一）办好社区书屋|（二）组织阅读活动|三、保障措施" {
		t.Errorf("headings %s", got)
	}
	if got := doc.Find("details.frame").Length(); got != 4 {
		t.Errorf("%d parts around the body, want navigation, metadata, summary, footer", got)
	}
	if doc.Find("h1").Length() != 1 || text(doc.Find("h1")) != w.document.Meta.Title {
		t.Errorf("title %q", doc.Find("h1").Text())
	}
}

// Nothing of a document is lost on its page.
func TestDocumentPageHasTheWholeText(t *testing.T) {
	w := newWorld(t, nil)
	doc := page(t, w.get("/doc/"+w.document.ID), 200)
	shown := strings.Join(strings.Fields(doc.Find(".document").Text()), "")
	lines := 0
	for _, line := range strings.Split(w.document.Text, "\n") {
		if line = strings.Join(strings.Fields(line), ""); line == "" {
			continue
		}
		lines++
		if !strings.Contains(shown, line) {
			t.Errorf("the page lacks %q", line)
		}
	}
	if lines < 20 {
		t.Fatalf("only %d lines", lines)
	}
	for _, c := range w.document.Chunks {
		if doc.Find("#"+c.ID).Length() != 1 {
			t.Errorf("chunk %s (%s) is there %d times", c.ID, c.Kind, doc.Find("#"+c.ID).Length())
		}
	}
}

func TestDocumentVersionsAndOddParameters(t *testing.T) {
	w := newWorld(t, nil)
	old := readDocument(t, "plan.txt", strings.ReplaceAll(planText(t), "9个", "8个"))
	gone := readDocument(t, "gone.md", "# 停办的文件\n\n这里有一段话，说明一件事情。\n")
	w.shelf.old = append(w.shelf.old, old, gone)
	if old.ID != w.document.ID || old.Version == w.document.Version {
		t.Fatal("the versions of this test are not versions")
	}
	doc := page(t, w.get("/doc/"+old.ID+"?v="+old.Version), 200)
	if got := text(doc.Find(".document")); !strings.Contains(got, "新建社区书屋8个") || !strings.Contains(got, "较早的版本") {
		t.Errorf("old version: %s", got)
	}
	if href, _ := doc.Find(".document .notice a").Attr("href"); href != "/doc/"+old.ID {
		t.Errorf("the live version is at %s", href)
	}
	doc = page(t, w.get("/doc/"+gone.ID+"?v="+gone.Version), 200)
	if got := text(doc.Find(".document")); !strings.Contains(got, "已经撤下") {
		t.Errorf("withdrawn: %s", got)
	}
	page(t, w.get("/doc/"+gone.ID), 404)
	page(t, w.get("/doc/"+old.ID+"?v=none"), 404)
	for _, q := range []string{"?s=-1", "?s=999999999999999999999", "?s=x&p=y", "?cite=a_none&s=1", "?cite=%00", "?p=%22%3E%3Cscript%3E&s=0"} {
		if doc := page(t, w.get("/doc/"+w.document.ID+q), 200); doc.Find("mark").Length() != 0 {
			t.Errorf("%s marks %q", q, doc.Find("mark").Text())
		}
	}
}

func TestAnswerPage(t *testing.T) {
	w := newWorld(t, nil)
	a := w.sampleAnswer(t)
	a.ID, a.Trace.Asked = "a_7", "新建几个书屋"
	w.answers.put(a)
	doc := page(t, w.get("/a/a_7"), 200)
	if text(doc.Find(".question")) != "新建几个书屋" || !strings.Contains(text(doc.Find("title")), "新建几个书屋") {
		t.Errorf("question %q, title %q", text(doc.Find(".question")), text(doc.Find("title")))
	}
	if html, _ := doc.Html(); strings.Contains(html, "c_1") {
		t.Error("a shared page tells the conversation")
	}
	rec := w.form("/a/a_7/feedback", url.Values{"verdict": {"useless"}, "reason": {"unclear"}, "comment": {"一\r\n二"}, "conversation_id": {"c_1"}})
	if to := rec.Header().Get("Location"); rec.Code != 303 || to != "/a/a_7?feedback=kept&c=c_1#feedback" {
		t.Fatalf("got %d %s", rec.Code, to)
	}
	if got := w.answers.given(); len(got) != 1 || got[0].Comment != "一\n二" || got[0].Verdict != "useless" || got[0].Reason != "unclear" {
		t.Errorf("kept %+v", got)
	}
	doc = page(t, w.get("/a/a_7?feedback=kept&c=c_1"), 200)
	if conv, _ := doc.Find("form#ask input[name=conversation_id]").Attr("value"); !strings.Contains(text(doc.Find(".thanks")), "谢谢") || conv != "c_1" {
		t.Errorf("thanks %q, conversation %q", text(doc.Find(".thanks")), conv)
	}
	page(t, w.form("/a/a_7/feedback", url.Values{"verdict": {"great"}}), 400)
	page(t, w.form("/a/a_none/feedback", url.Values{"verdict": {"useful"}}), 404)
	if to := w.form("/a/a_7/feedback", url.Values{"verdict": {"useful"}, "conversation_id": {"x&y=//evil.example"}}).Header().Get("Location"); to != "/a/a_7?feedback=kept#feedback" {
		t.Errorf("leads to %s", to)
	}
}

func TestEveryStatusAndModeHasWords(t *testing.T) {
	for _, s := range rag.Statuses() {
		text, tone := statusText(s)
		if silent := s == rag.Answered || s == rag.SmallTalk; (text == "") != silent || tone == "" {
			t.Errorf("%s: %q %q", s, text, tone)
		}
	}
}
