package staff

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
	"wenda/store"
)

// shows sets the width of the window and whether the dark is preferred.
func (j *journey) shows(width, height int64, scheme string) {
	j.t.Helper()
	j.Do("resize", chromedp.EmulateViewport(width, height))
	j.Media(map[string]string{"prefers-color-scheme": scheme})
}

// send sends a form as the page's own would, and waits for what comes.
func (j *journey) send(path string, form url.Values) {
	j.t.Helper()
	text, _ := json.Marshal(form)
	browsertest.Eval[bool](j, `(() => {
		const f = document.createElement("form");
		f.method = "post"; f.action = `+strconv.Quote(path)+`; f.id = "sent";
		const add = (n, v) => { const i = document.createElement("textarea"); i.name = n; i.value = v; f.append(i); };
		add("csrf", document.querySelector("meta[name=csrf]").content);
		for (const [n, list] of Object.entries(`+string(text)+`)) for (const v of list) add(n, v);
		document.body.append(f); f.submit(); return true })()`)
	j.Until("the answer to "+path, `(document.readyState === "complete" && document.querySelector("#sent") === null && document.querySelector("main") !== null)`)
}

// A look is a page of the console, or a state of one, with real content.
type look struct {
	name  string
	route string // that it is a look of: METHOD PATTERN
	out   bool   // seen by who is not signed in
	reach func(j *journey)
}

// noPages are the GET routes that show no page of their own, and what they are.
var noPages = map[string]string{
	"GET /staff":                   "the first page by another address",
	"GET /staff/assets/{name}":     "a file",
	"GET /staff/oidc":              "goes on to the provider",
	"GET /staff/prompts/export":    "a file",
	"GET /staff/tests/{id}/export": "a file",
	"GET /staff/log/export":        "a file",
	"GET /staff/log/progress":      "a figure for a module",
	"GET /staff/audit.csv":         "a file",
	"GET /staff/backups/{name}":    "a file",
	"GET " + CallbackPath:          "goes on to the page that was asked for; its page has no form and is seen for a moment",
}

// looks are all pages and states of the console.
func looks(l *librarySite, bench *testBench) []look {
	admin := l.as("王敏", store.Admin)
	first := func(page, pattern string) string {
		l.t.Helper()
		m := regexp.MustCompile(`href="(` + pattern + `)"`).FindStringSubmatch(admin.mustGet(page))
		if m == nil {
			l.t.Fatalf("%s has no link to %s", page, pattern)
		}
		return strings.ReplaceAll(m[1], "&amp;", "&")
	}
	at := func(name, pattern, path string) look {
		return look{name, "GET " + pattern, false, func(j *journey) { j.Open(path) }}
	}
	document := "/staff/knowledge/" + l.documentID()
	set := first("/staff/tests", `/staff/tests/s_[^"]+`)
	replies := "/staff/prompts/replies.yaml"
	var gate, done string
	runs, err := l.store.Runs(l.t.Context(), 10)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, r := range runs {
		if r.Purpose == store.RunGate && r.Summary.Blocked != "" {
			gate = "/staff/runs/" + r.ID
		} else if r.Purpose == store.RunTest {
			done = "/staff/runs/" + r.ID
		}
	}
	cases, err := l.store.TestSets(l.t.Context())
	if err != nil || len(cases) == 0 {
		l.t.Fatal(cases, err)
	}
	link := store.Account{Name: "新来的" + newToken()[:6], Role: store.View}
	token := OneTimeLink(&link, l.clock().Add(time.Hour))
	if _, err := l.store.AddAccount(l.t.Context(), store.By{Name: "test"}, link); err != nil {
		l.t.Fatal(err)
	}
	open := func(j *journey) { // what is folded up is looked at as well
		browsertest.Eval[bool](j, `(document.querySelectorAll("details").forEach((d) => { d.open = true }), true)`)
	}
	return []look{
		at("home", "/staff/{$}", "/staff/"),
		at("prompts", "/staff/prompts", "/staff/prompts"),
		at("prompt", "/staff/prompts/{name}", replies),
		at("prompt version", "/staff/prompts/{name}/versions/{n}", replies+"/versions/1"),
		at("publish", "/staff/prompts/publish", "/staff/prompts/publish"),
		at("publishing", "/staff/publishing", "/staff/publishing"),
		{"prompt with mistakes", "POST /staff/prompts/{name}", false, func(j *journey) {
			j.Open(replies)
			j.send(replies, edited(2, strings.Replace(defaultText(l.t, "replies.yaml"), "不客气！", "不客气{{who}}！", 1), "错的"))
		}},
		{"merge", "POST /staff/prompts/{name}", false, func(j *journey) {
			j.Open(replies)
			j.send(replies, edited(0, strings.Replace(defaultText(l.t, "replies.yaml"), "不客气！", "别客气！", 1), "晚了"))
			j.says("两边都改了")
		}},
		at("trial", "/staff/trial", "/staff/trial"),
		{"trial answered", "POST /staff/trial", false, func(j *journey) {
			j.Open("/staff/trial")
			j.send("/staff/trial", url.Values{"q": {"谢谢\n为多少名学生发放助学金"}, "mode": {"list"}, "on0": {"yes"}, "on1": {"yes"}, "wording1": {"drafts"}, "on2": {"yes"}, "setting2": {"words"}})
			j.says("文字不同")
			open(j)
		}},
		{"trial refused", "POST /staff/trial", false, func(j *journey) {
			j.Open("/staff/trial")
			j.send("/staff/trial", url.Values{"q": {"校车几点"}})
			j.says("至少勾选一列")
		}},
		at("tests", "/staff/tests", "/staff/tests"),
		{"tests refused", "POST /staff/runs", false, func(j *journey) {
			j.Open("/staff/tests")
			j.send("/staff/runs", url.Values{})
			j.says("没有选测试集")
		}},
		at("set", "/staff/tests/{id}", set),
		at("case", "/staff/tests/{id}", set+"?case=b"),
		at("bundled set", "/staff/tests/{id}", "/staff/tests/bundled:tune4"),
		{"case refused", "POST /staff/tests/{id}/cases", false, func(j *journey) {
			j.Open(set)
			j.send(set+"/cases", form("question", "问", "answerable", ""))
			j.says("请选应不应该回答")
		}},
		{"set merged", "POST /staff/tests/{id}", false, func(j *journey) {
			j.Open(set)
			j.send(set, form("version", "0", "base", gateSet, "text", strings.Replace(cases[0].Cases, "谢谢", "谢谢你", 1), "name", "必考"))
			j.says("您写的没有丢")
		}},
		{"run", "GET /staff/runs/{id}", false, func(j *journey) { j.Open(done); open(j) }},
		{"gate blocked", "GET /staff/runs/{id}", false, func(j *journey) { j.Open(gate); open(j) }},
		{"run under way", "POST /staff/runs", false, func(j *journey) {
			bench.slowly(time.Minute)
			j.Open("/staff/tests")
			j.send("/staff/runs", form("set", strings.TrimPrefix(set, "/staff/tests/"), "wording", "live"))
			j.says("页面每秒自动更新")
		}},
		{"run cancelled", "POST /staff/runs/{id}/cancel", false, func(j *journey) {
			j.send(browsertest.Eval[string](j, `location.pathname`)+"/cancel", url.Values{})
			bench.slowly(0)
			j.says("已取消")
		}},
		at("log", "/staff/log", "/staff/log"),
		at("log filtered", "/staff/log", "/staff/log?feedback=useless&from=2020-01-01"),
		at("log empty", "/staff/log", "/staff/log?text="+url.QueryEscape("没有这样的话")),
		{"record", "GET /staff/log/{id}", false, func(j *journey) {
			j.Open(first("/staff/log?text="+url.QueryEscape("校车收费"), `/staff/log/a_[^"]+`))
			open(j)
		}},
		at("curated", "/staff/curated", "/staff/curated"),
		at("curated new", "/staff/curated/new", first(first("/staff/gaps", `/staff/gaps/[0-9a-f]+`), `/staff/curated/new\?[^"]+`)),
		at("curated entry", "/staff/curated/{id}", "/staff/curated/cur_looks"),
		{"curated checked", "POST /staff/curated/{id}", false, func(j *journey) {
			j.Open("/staff/curated/new")
			f := curatedEntry("校车早上几点发车", "校车在工作日早上七点十分从东站发车。", l.documentID())
			f.Set("do", "check")
			j.send("/staff/curated/cur_other", f)
			j.says("检查结果")
		}},
		{"curated refused", "POST /staff/curated/{id}", false, func(j *journey) {
			j.Open("/staff/curated/new")
			j.send("/staff/curated/cur_other", form("asks", "问", "do", "save"))
			j.says("还不能保存")
		}},
		at("gaps", "/staff/gaps", "/staff/gaps"),
		at("gap", "/staff/gaps/{key}", first("/staff/gaps", `/staff/gaps/[0-9a-f]+`)),
		{"gap refused", "POST /staff/gaps/{key}/close", false, func(j *journey) {
			gap := first("/staff/gaps", `/staff/gaps/[0-9a-f]+`)
			j.Open(gap)
			j.send(gap+"/close", form("how", "note"))
			j.says("请写上转给谁")
		}},
		at("knowledge", "/staff/knowledge", "/staff/knowledge"),
		{"quarantined", "GET /staff/staged/{n}", false, func(j *journey) { j.Open("/staff/staged/1") }},
		{"replacement", "GET /staff/staged/{n}", false, func(j *journey) { j.Open("/staff/staged/2") }},
		{"document", "GET /staff/knowledge/{id}", false, func(j *journey) { j.Open(document); open(j) }},
		{"chunk", "GET /staff/knowledge/{id}/chunk", false, func(j *journey) {
			j.Open(document)
			j.Open(first(document, `/staff/knowledge/[^"]+/chunk\?p=[^"]+`))
			open(j)
		}},
		{"chunk proposed", "POST /staff/knowledge/{id}/propose", false, func(j *journey) {
			chunk, sentence := l.feePlace(l.t)
			j.Open(document)
			j.send(document+"/drafts", form("p", chunk, "sentence", sentence, "model", "deepseek-chat", "pick", "0", "text0", "校车一学期多少钱"))
			j.says("存为草稿")
			j.send(document+"/propose", form("p", chunk, "sentence", sentence, "texts", "校车费多少"))
			j.says("模型拟的问法")
		}},
		{"places", "POST /staff/knowledge/{id}/variants", false, func(j *journey) {
			j.Open(document)
			j.send(document+"/variants", form("p", "gone", "sentence", "0", "texts", "校车几点开", "negative", "no"))
			j.says("另选一句")
		}},
		{"document merged", "POST /staff/knowledge/{id}/meta", false, func(j *journey) {
			j.Open(document)
			j.send(document+"/meta", url.Values{"was": {"old"}, "title": {"校车通知"}, "issuer": {"钟楼区教育局"}, "had": {"校车", "", "", "", "", ""}})
			j.says("您写的还没有保存")
		}},
		{"document refused", "POST /staff/knowledge/{id}/meta", false, func(j *journey) {
			j.Open(document)
			j.send(document+"/meta", form("was", "old", "title", ""))
			j.says("没有保存：标题不能为空")
		}},
		{"publishing merged", "POST /staff/publishing", false, func(j *journey) {
			j.Open("/staff/publishing")
			j.send("/staff/publishing", form("margin", "5", "reason", "放宽一点", "was", `{"sets":[],"margin":1}`))
			j.says("您写的还没有保存")
		}},
		{"curated merged", "POST /staff/curated/{id}", false, func(j *journey) {
			j.Open("/staff/curated/cur_looks")
			f := curatedEntry("校车几点发车", "校车在工作日早上七点十分从东站发车。", l.documentID())
			f.Set("owner", "学生科")
			j.send("/staff/curated/cur_looks", f)
			j.says("您写的还没有保存")
		}},
		{"account beside", "POST /staff/accounts/{id}/role", false, func(j *journey) {
			j.Open("/staff/accounts")
			a, err := l.store.Account(l.t.Context(), "一个等着设密码的人")
			if err != nil {
				l.t.Fatal(err)
			}
			j.send("/staff/accounts/"+a.ID+"/role", form("role", "edit", "version", "0"))
			j.says("还没有做")
		}},
		{"switch beside", "POST /staff/channels/switch", false, func(j *journey) {
			j.Open("/staff/channels")
			j.send("/staff/channels/switch", form("name", "api", "to", "off", "reason", "升级", "seen", "on"))
			j.says("还没有做")
		}},
		at("embedder", "/staff/channels/embedder", "/staff/channels/embedder"),
		{"embedder under way", "POST /staff/channels/embedder", false, func(j *journey) {
			j.Open("/staff/channels/embedder")
			j.send("/staff/channels/embedder", form("to", "qwen=text-embedding-v4", "reason", "换一家更准的"))
			j.says("旧的索引照常回答")
		}},
		{"embedder called off", "POST /staff/channels/embedder/cancel", false, func(j *journey) {
			j.send("/staff/channels/embedder/cancel", form())
			j.says("上一次更换已取消")
		}},
		{"dashboard", "GET /staff/dashboard", false, func(j *journey) { j.Open("/staff/dashboard"); open(j) }},
		at("dashboard empty", "/staff/dashboard", "/staff/dashboard?from=2001-01-01&to=2001-01-31"),
		at("channels", "/staff/channels", "/staff/channels"),
		at("accounts", "/staff/accounts", "/staff/accounts"),
		{"account refused", "POST /staff/accounts", false, func(j *journey) {
			j.Open("/staff/accounts")
			j.send("/staff/accounts", form("name", "有 空格", "role", "view"))
			j.says("不要有空格")
		}},
		{"account made", "POST /staff/accounts", false, func(j *journey) {
			j.Open("/staff/accounts")
			j.send("/staff/accounts", form("name", "新"+newToken()[:6], "role", "view"))
			j.says("一次性链接")
		}},
		at("audit", "/staff/audit", "/staff/audit"),
		at("me", "/staff/me", "/staff/me"),
		{"me refused", "POST /staff/me/password", false, func(j *journey) {
			j.Open("/staff/me")
			j.send("/staff/me/password", form("password", "short", "again", "short"))
			j.says("密码至少")
		}},
		at("second factor", "/staff/me/totp", "/staff/me/totp"),
		at("not found", "/staff/tests/{id}", "/staff/tests/none"),
		{"flash", "POST /staff/log/filters", false, func(j *journey) {
			j.Open("/staff/log")
			j.send("/staff/log/filters", form("name", "没帮助的", "query", "feedback=useless"))
			j.See("#flash")
		}},
		{"sign-in", "GET /staff/sign-in", true, func(j *journey) { j.Open("/staff/sign-in") }},
		{"sign-in refused", "POST /staff/sign-in", true, func(j *journey) {
			j.Open("/staff/sign-in")
			j.send("/staff/sign-in", form("name", "谁"+newToken()[:4], "password", "x"))
			j.says("不对")
		}},
		{"welcome", "GET /staff/welcome", true, func(j *journey) { j.Open("/staff/welcome?t=" + token) }},
		{"welcome refused", "POST /staff/welcome", true, func(j *journey) {
			j.Open("/staff/welcome?t=" + token)
			j.send("/staff/welcome", form("t", token, "password", "a", "again", "b"))
			j.says("不一样")
		}},
	}
}

// walk takes every look with a window of this width, signed in as an administrator where it has to be.
func walk(t *testing.T, l *librarySite, list []look, name string, width, height int64, scheme string, then func(j *journey, what string)) {
	t.Helper()
	j := newJourney(l.site, name, true)
	j.within(t)
	j.shows(width, height, scheme)
	if _, err := chromedp.Call(j.Ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil { // as in a window that is in front
		t.Fatal(err)
	}
	for _, out := range []bool{true, false} {
		if !out {
			j.signedIn("王敏", store.Admin)
		}
		for _, k := range list {
			if k.out == out {
				k.reach(j)
				j.ShotOfPage(strings.ReplaceAll(k.name, " ", "-"))
				then(j, fmt.Sprintf("%s at %d in %s", k.name, width, scheme))
			}
		}
	}
}

// Every GET route has a look, or is named as one that shows no page: a new page that nobody looks at fails.
func everyPage(t *testing.T, l *librarySite, list []look) {
	t.Helper()
	routes := l.console.Routes()
	if len(routes) < 20 {
		t.Fatalf("only %d routes", len(routes))
	}
	for _, rt := range routes {
		name := rt.Method + " " + rt.Path
		has := slices.ContainsFunc(list, func(k look) bool { return k.route == name })
		if _, none := noPages[name]; rt.Method == "GET" && has == none {
			t.Errorf("%s: has a look: %v, is no page: %v", name, has, none)
		}
	}
	for _, k := range list {
		if !slices.ContainsFunc(routes, func(rt Route) bool { return rt.Method+" "+rt.Path == k.route }) {
			t.Errorf("look %s is of %s, which is not routed", k.name, k.route)
		}
	}
}
