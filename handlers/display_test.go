package handlers

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"image/png"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"wenda/handlers/limit"
	"wenda/handlers/web"
)

func cookie(value string) []string { return []string{"Cookie", displayCookie + "=" + value} }

// Every page in traditional characters, by phrases, server side: title, interface, answer, document, suggestions.
func TestTraditionalPages(t *testing.T) {
	d := readDocument(t, "words.md", "# 发展干部的头发办法\n\n## 一、发展\n\n干部理头发要走三公里。\n")
	w := newWorld(t, nil)
	w.shelf.index = buildIndex(t, w.document, d)
	a := w.sampleAnswer(t)
	a.ID, a.Text, a.Trace.Asked = "a_hant", "干部的头发，发展三公里。[1]", "头发几公里"
	w.answers.put(a)
	for path, want := range map[string][]string{
		"/":                         {"智能問答", "社區書屋", "長者模式", "《發展幹部的頭髮辦法》", `lang="zh-Hant"`},
		"/doc/" + d.ID:              {"發展幹部的頭髮辦法", "幹部理頭髮要走三公里。", "在文中查找", "下載全文"},
		"/a/a_hant":                 {"<title>頭髮幾公里", "幹部的頭髮，發展三公里。", "河灣區2024年社區閱讀工作方案", "這個回答有用嗎"},
		"/about":                    {"關於本助手", "發佈日期"},
		"/nothing":                  {"沒有這個地址"},
		"/doc/" + d.ID + "?find=頭髮": {"段寫到“頭髮”", "<ol class=\"results\">"},
	} {
		body := w.get(path, cookie("hant.auto.normal.off")...).Body.String()
		for _, s := range want {
			if !strings.Contains(body, s) {
				t.Errorf("%s lacks %s", path, s)
			}
		}
		doc := page(t, w.get(path, cookie("hant.auto.normal.off")...), w.get(path).Code)
		doc.Find("[lang=zh-Hans]").Remove()
		if got := doc.Text(); strings.ContainsAny(got, "发问这说长") {
			t.Errorf("%s still has simplified characters: %s", path, strings.Join(strings.Fields(got), " "))
		}
	}
	body := w.get("/", cookie("hant.auto.normal.off")...).Body.String()
	if !strings.Contains(body, "&#31616;&#20307;</button>") {
		t.Error("the way back is not written in its own characters")
	}
	if body := w.get("/?script=hant").Body.String(); !strings.Contains(body, "智能問答") {
		t.Error("?script=hant does nothing")
	}
	if body := w.get("/?script=%22%3E").Body.String(); !strings.Contains(body, `lang="zh-CN"`) {
		t.Error("a bad script is taken")
	}
}

// What programs get is converted when our page asks for it, and only then.
func TestTraditionalAPI(t *testing.T) {
	w := newWorld(t, nil)
	rec := w.post("/api/v1/ask", `{"question":"几个书屋"}`, "Accept-Language", "zh-Hant")
	a := decodeAnswer(t, rec.Body)
	if a.Text != "全年力爭新建社區書屋9個，改造舊書屋14個。[1]" || a.Citations[0].Title != "河灣區2024年社區閱讀工作方案" || a.Citations[0].URL != w.sampleAnswer(t).Citations[0].URL {
		t.Errorf("got %+v", a)
	}
	rec = w.post("/api/v1/ask", `{"question":"几个书屋"}`, "Accept-Language", "zh-Hant", "Accept", mediaNDJSON)
	if got := rec.Body.String(); !strings.Contains(got, "正在查找文件") || !strings.Contains(got, "改造舊書屋14個") || strings.Contains(got, "书屋") {
		t.Errorf("stream %s", got)
	}
	if got := w.post("/api/v1/ask", `{"question":" "}`, "Accept-Language", "zh-Hant").Body.String(); !strings.Contains(got, "還沒有寫問題") {
		t.Errorf("error %s", got)
	}
	for _, list := range []string{"", "zh-TW", "zh-Hant,en;q=0.5", "zh-CN"} {
		if got := decodeAnswer(t, w.post("/api/v1/ask", `{"question":"几个书屋"}`, "Accept-Language", list).Body); got.Text != w.sampleAnswer(t).Text {
			t.Errorf("%q gets %s", list, got.Text)
		}
	}
	a = w.sampleAnswer(t)
	a.ID, a.Text = "a_hant", "改造舊書屋14個。"
	w.answers.put(a)
	if got := decodeAnswer(t, w.get("/api/v1/answers/a_hant", "Accept-Language", "zh-Hans").Body); got.Text != "改造旧书屋14个。" {
		t.Errorf("back in simplified characters: %s", got.Text)
	}
	if got := w.get("/api/v1/suggestions?q="+url.QueryEscape("社區書屋"), "Accept-Language", "zh-Hant").Body.String(); !strings.Contains(got, "今年新建幾個社區書屋") {
		t.Errorf("suggestions %s", got)
	}
}

func TestSettings(t *testing.T) {
	w := newWorld(t, nil)
	for value, want := range map[string]string{"hant": "hant.auto.normal.off", "dark": "hans.dark.normal.off", "huge": "hans.auto.huge.off", "on": "hans.auto.normal.on", "nonsense": "hans.auto.normal.off"} {
		rec := w.form("/settings", url.Values{"set": {value}, "return": {"/about?x=1"}})
		c := rec.Result().Cookies()
		if rec.Code != 303 || rec.Header().Get("Location") != "/about?x=1" || len(c) != 1 || c[0].Name != displayCookie || c[0].Value != want || !c[0].HttpOnly || c[0].Path != "/" {
			t.Errorf("%s: %d to %s, cookies %v", value, rec.Code, rec.Header().Get("Location"), c)
		}
	}
	// one setting keeps the others
	rec := w.do("POST", "/settings", "application/x-www-form-urlencoded", "set=large", cookie("hant.dark.normal.on")...)
	if got := rec.Result().Cookies()[0].Value; got != "hant.dark.large.on" {
		t.Errorf("after large: %s", got)
	}
	for _, to := range []string{"https://evil.example/", "//evil.example", "///evil.example", `/\evil.example`, "javascript:alert(1)", "", "a", "/\r\nX: y"} {
		if got := w.form("/settings", url.Values{"set": {"dark"}, "return": {to}}).Header().Get("Location"); got != "/" {
			t.Errorf("%q leads to %s", to, got)
		}
	}
	if got := w.form("/settings", url.Values{"set": {"hans"}, "return": {"/widget?script=hant&x=1"}}).Header().Get("Location"); got != "/widget?x=1" {
		t.Errorf("the address would win over what was chosen: %s", got)
	}
	doc := page(t, w.get("/settings", cookie("hant.contrast.huge.on")...), 200)
	html := doc.Find("html")
	if html.AttrOr("data-theme", "") != "contrast" || html.AttrOr("data-size", "") != "huge" || html.AttrOr("data-elder", "") != "on" {
		t.Error("the cookie is not read")
	}
	if got := doc.Find("main button[aria-pressed=true]").Length(); got != 4 {
		t.Errorf("%d choices are shown as chosen, want 4", got)
	}
	page(t, w.get("/", cookie("<script>.\x00.hant")...), 200)
	if got := w.get("/"); len(got.Result().Cookies()) != 0 {
		t.Error("a visitor gets a cookie without asking for one")
	}
	// changing the display on an answer must not ask again
	if got := page(t, w.get("/?q=x"), 200).Find("form.tools input[name=return]").AttrOr("value", ""); got != "/a/a_1?c=c_1" {
		t.Errorf("from an answer the display leads back to %s", got)
	}
}

func TestCompression(t *testing.T) {
	w := newWorld(t, nil)
	plain := w.get("/")
	rec := w.get("/", "Accept-Encoding", "br, gzip")
	if rec.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(rec.Header().Get("Vary"), "Accept-Encoding") && len(rec.Header().Values("Vary")) < 2 {
		t.Fatalf("headers %v", rec.Header())
	}
	if got := unpack(t, rec.Body.Bytes()); len(got) != plain.Body.Len() || rec.Body.Len() >= plain.Body.Len() {
		t.Errorf("%d bytes, unpacked %d, plain %d", rec.Body.Len(), len(got), plain.Body.Len())
	}
	style, err := w.pages.URL("style.css")
	if err != nil {
		t.Fatal(err)
	}
	asset := w.get(style, "Accept-Encoding", "gzip")
	if asset.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(string(unpack(t, asset.Body.Bytes())), "TOKENS") || !strings.Contains(asset.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("style sheet: %v", asset.Header())
	}
	for _, refuses := range []string{"", "br", "gzip;q=0", "identity"} {
		if got := w.get("/", "Accept-Encoding", refuses).Header().Get("Content-Encoding"); got != "" {
			t.Errorf("%q gets %s", refuses, got)
		}
	}
	if got := w.post("/api/v1/ask", `{"question":"x"}`, "Accept-Encoding", "gzip", "Accept", mediaSSE).Header().Get("Content-Encoding"); got != "" {
		t.Errorf("a stream is packed by %s", got)
	}
}

func unpack(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSuggestWhileTyping(t *testing.T) {
	w := newWorld(t, nil)
	list := func(q string) []Suggestion {
		t.Helper()
		var got suggestionsReply
		if err := json.Unmarshal(w.get("/api/v1/suggestions?q="+url.QueryEscape(q)).Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Suggestions == nil {
			t.Errorf("%q: null", q)
		}
		return got.Suggestions
	}
	if got := list(" 社区书屋 "); len(got) != 1 || got[0].Question != "今年新建几个社区书屋" {
		t.Errorf("got %v", got)
	}
	if got := list("社區書屋"); len(got) != 1 {
		t.Errorf("traditional: %v", got)
	}
	for _, q := range []string{"", " ", strings.Repeat("社", 61), "\xff"} {
		if got := list(q); len(got) != 0 {
			t.Errorf("%q: %v", q, got)
		}
	}
	// typing is limited, apart from asking
	now := time.Now()
	w.cfg.LimitsOff = false
	w.typing = limit.NewRate(5*w.cfg.RatePerMinute, 3*w.cfg.RateBurst, w.cfg.RateAddresses, func() time.Time { return now })
	for i := range 3 * w.cfg.RateBurst {
		if rec := w.get("/api/v1/suggestions?q=x"); rec.Code != 200 {
			t.Fatalf("suggestion %d: %d", i+1, rec.Code)
		}
	}
	rec := w.get("/api/v1/suggestions?q=x")
	wantError(t, rec, 429, "rate_limited")
	if rec.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if rec := w.post("/api/v1/ask", `{"question":"x"}`); rec.Code != 200 {
		t.Errorf("typing ate up the right to ask: %d", rec.Code)
	}
}

func TestDocumentTextAndSearch(t *testing.T) {
	w := newWorld(t, nil)
	rec := w.get("/doc/" + w.document.ID + "/text")
	if rec.Body.String() != w.document.Text || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/plain") {
		t.Error("the text is not what was imported")
	}
	if got := rec.Header().Get("Content-Disposition"); got != "attachment; filename*=UTF-8''"+url.PathEscape(w.document.Meta.Title)+".txt" {
		t.Errorf("file name %s", got)
	}
	page(t, w.get("/doc/none/text"), 404)
	doc := page(t, w.get("/doc/"+w.document.ID+"?find="+url.QueryEscape("读书节")), 200)
	hits := doc.Find(".results a")
	if hits.Length() != 1 || !strings.Contains(hits.Text(), "读书节") || doc.Find(hits.AttrOr("href", "#none")).Length() != 1 {
		t.Errorf("found %q", hits.Text())
	}
	if got := text(page(t, w.get("/doc/"+w.document.ID+"?find=zzz"), 200).Find("#found")); got != "没有找到“zzz”。" {
		t.Errorf("nothing found: %q", got)
	}
	bare := page(t, w.get("/doc/"+w.document.ID+"?bare=1&cite=a_1&s=0"), 200)
	if bare.Find("header.site, footer.site").Length() != 0 || !strings.Contains(bare.Find("a[rel=next]").AttrOr("href", ""), "bare=1") {
		t.Errorf("beside an answer: next leads to %s", bare.Find("a[rel=next]").AttrOr("href", ""))
	}
}

func TestPlainPages(t *testing.T) {
	w := newWorld(t, nil)
	for path, want := range map[string]string{"/about": "河湾区2024年社区阅读工作方案", "/privacy": displayCookie, "/accessibility": "axe-core", "/widget": "想了解什么", "/widget/demo": "演示"} {
		if got := text(page(t, w.get(path), 200).Find("main")); !strings.Contains(got, want) {
			t.Errorf("%s does not say %s", path, want)
		}
	}
	if w.get("/style").Code != 404 {
		t.Error("the style page is there outside development")
	}
	for _, path := range web.IconPaths() {
		img, err := png.Decode(w.get(path).Body)
		if err != nil || !strings.Contains(path, "-"+strconv.Itoa(img.Bounds().Dx())+".") {
			t.Errorf("%s: %v", path, err)
		}
	}
	var m struct{ Icons []struct{ Src string } }
	if err := json.Unmarshal(w.get("/manifest.webmanifest").Body.Bytes(), &m); err != nil || len(m.Icons) == 0 {
		t.Fatalf("manifest: %v", err)
	}
	for _, i := range m.Icons {
		if w.get(i.Src).Code != 200 {
			t.Errorf("the manifest names %s", i.Src)
		}
	}
	robots := w.get("/robots.txt").Body.String()
	for _, hidden := range []string{"/a/", "/api/", "/staff/"} {
		if !strings.Contains(robots, "Disallow: "+hidden+"\n") {
			t.Errorf("robots may read %s", hidden)
		}
	}
	home, shared := page(t, w.get("/"), 200), page(t, w.get("/a/a_1"), 200)
	if home.Find("meta[property='og:title']").Length() != 1 || home.Find("meta[name=robots]").Length() != 0 {
		t.Error("the first page has no social data, or is hidden from search engines")
	}
	if shared.Find("meta[name=robots][content=noindex]").Length() != 1 || shared.Find("meta[property='og:title']").Length() != 0 {
		t.Error("an answer is not hidden from search engines")
	}
	if rec := w.get("/widget.js"); !strings.Contains(rec.Body.String(), "currentScript") || rec.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Error("widget.js")
	}
}

// The figures that the about page gives are those of docs/evaluation.md.
func TestFiguresAreThoseOfTheEvaluation(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "docs", "evaluation.md"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := web.LastFigures()
	if err != nil {
		t.Fatal(err)
	}
	var row []string
	for _, line := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(line, "| holdout2 内置的摘编 |") {
			for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
				row = append(row, strings.TrimSpace(cell))
			}
		}
	}
	if len(row) != 11 {
		t.Fatalf("the table of docs/evaluation.md has changed: %v", row)
	}
	if got, want := []string{f.Right, f.NearRefused, f.Attacks, f.WronglyRefused}, []string{row[1], row[7], row[8], row[9]}; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("figures.json has %v, docs/evaluation.md %v", got, want)
	}
	if !strings.Contains(string(b), f.Date+"。") || !strings.Contains(string(b), f.Sets) {
		t.Errorf("docs/evaluation.md has no evaluation of %s with %s", f.Date, f.Sets)
	}
	for share, want := range map[string]string{".923": "92.3%", ".034": "3.4%", "1": "1"} {
		if got := web.Percent(share); got != want {
			t.Errorf("%s is written %s, want %s", share, got, want)
		}
	}
}
