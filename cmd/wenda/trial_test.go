package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"wenda/prompts"
	"wenda/rag"
	"wenda/rag/backend/scripted"
	"wenda/store"
)

// twoModels is an app by words with two language models, and their vendors.
// patientLimits are for a machine that does much else at once: nothing here asserts how fast a model answers.
var patientLimits = map[string]string{"retry-wait": "1ms", "header": "10m", "first-token": "10m", "gap": "10m", "total": "20m"}

func twoModels(t *testing.T) (*App, *scripted.Server, *scripted.Server) {
	t.Helper()
	first, second := scripted.Start(), scripted.Start()
	t.Cleanup(first.Close)
	t.Cleanup(second.Close)
	a := wordsApp(t, Config{LLM: LLM{Compose: []string{first.URL + "/v1=m1", second.URL + "/v1=m2"}, Limits: patientLimits,
		Price: map[string]string{"other": "1000/2000"}, Embedders: []string{wordsEmbedder}}})
	if err := a.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	first.Answer(echo)
	second.Answer(func(r scripted.Request) scripted.Reply { // one that lies in its second sentence
		m := passageIn.FindStringSubmatch(r.Messages[1].Content)
		return scripted.Chat(m[2], "["+m[1]+"]", "该项工作进展顺利。["+m[1]+"]")
	})
	return a, first, second
}

// A trial of a composed answer gives what residents get, with the same trace but for what only trials tell.
func TestTrialComposesAsProduction(t *testing.T) {
	a, first, _ := twoModels(t)
	trial, err := (&workbench{app: a}).Asker(t.Context(), store.Variant{})
	if err != nil {
		t.Fatal(err)
	}
	same := func(x rag.Answer) rag.Answer {
		x = bare(x)
		for _, tr := range append([]*rag.Trace{&x.Trace}, partsOf(&x.Trace)...) {
			if tr.Model != nil {
				m := *tr.Model
				m.FirstToken, m.Took = 0, 0
				for i := range m.Sent { // each engine has a mark of its own, which is not shown
					if strings.Contains(m.Sent[i].Text, a.LLM.names()[0]) {
						t.Error("the model's name was sent")
					}
				}
				tr.Model = &m
			}
		}
		x.AIGC = nil // names the answer
		return x
	}
	generated := 0
	for _, q := range []string{"今年新增多少学位", "书法节是第几届，13912345678", "怎么办护照", "谢谢"} {
		question := rag.Question{Text: q, Channel: "staff", Detail: true}
		want, err := a.Engine.Ask(t.Context(), question, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := trial.Ask(t.Context(), question, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want.Mode == rag.Generated {
			generated++
		}
		if got, want := same(got), same(want); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ntrial      %+v\nproduction %+v", q, got, want)
		}
	}
	if generated < 2 {
		t.Errorf("only %d were composed", generated)
	}
	for _, r := range first.Requests() {
		if strings.Contains(string(r.Body), "13912345678") {
			t.Errorf("a telephone number was sent: %s", r.Body)
		}
	}
}

func partsOf(t *rag.Trace) (out []*rag.Trace) {
	for i := range t.Parts {
		out = append(out, &t.Parts[i])
	}
	return out
}

// consoleOf serves the console of an app to somebody who is signed in.
func consoleOf(t *testing.T, a *App) (post func(path string, form url.Values) string) {
	t.Helper()
	console, err := a.console()
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(console)
	t.Cleanup(listener.Close)
	server := listener.URL
	account, err := a.Store.AddAccount(t.Context(), store.By{Name: "t"}, store.Account{Name: "li", Role: store.Edit, Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	const token = "0123456789abcdef0123456789abcdef0123456789a"
	if err := a.Store.AddSession(t.Context(), store.HashToken(token), account.ID, "127.0.0.1", time.Now(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil)
	u, _ := url.Parse(server)
	jar.SetCookies(u, []*http.Cookie{{Name: "wenda-sid", Value: token, Path: "/"}})
	c := &http.Client{Jar: jar}
	read := func(r *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	m := regexp.MustCompile(`name="csrf" (?:content|value)="([^"]+)"`).FindStringSubmatch(read(c.Get(server + "/staff/trial")))
	if m == nil {
		t.Fatal("not signed in")
	}
	return func(path string, form url.Values) string {
		t.Helper()
		form.Set("csrf", m[1])
		return read(c.PostForm(server+path, form))
	}
}

// Four variants side by side on the page: live, a draft, another model, another setting. The trace shows what was sent, every sentence with its
// verdict, what was dropped, tokens and cost. With a model that is gone the quoted answer stands there, and why.
func TestTrialSideBySide(t *testing.T) {
	a, first, second := twoModels(t)
	bundled, err := prompts.Default("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(bundled), "你替区政府网站", "你（草稿版）替区政府网站", 1)
	if _, err := a.Store.SaveDraft(t.Context(), store.By{Name: "t"}, "compose.yaml", 0, []byte(text), ""); err != nil {
		t.Fatal(err)
	}
	post := consoleOf(t, a)
	models := a.LLM.names()
	form := url.Values{"q": {"今年新增多少学位，我的手机13912345678"}, "mode": {"one"}, "on0": {"yes"}, "wording0": {"live"}, "on1": {"yes"}, "wording1": {"drafts"},
		"on2": {"yes"}, "model2": {models[1]}, "on3": {"yes"}, "setting3": {"rules"}}
	page := post("/staff/trial", form)
	cells := strings.Split(page, `<article class="panel answer-cell"`)[1:]
	if len(cells) != 4 {
		t.Fatalf("%d columns: %s", len(cells), page)
	}
	for i, want := range [][]string{
		{"现行", "模型组织", "个词元", "发给模型的要求", "发给模型的问题和资料", "你替区政府网站", "●●●●", ">通过<", "检索"},
		{"系统提示词与回答模板第1版", "你（草稿版）替区政府网站", "模型组织"},
		{"模型 " + models[1], "模型组织", "未通过", "该项工作进展顺利", "丢掉的句子", "原文没有这个说法（顺利）"},
		{"不用期望答案的规则", "模型组织"},
	} {
		for _, w := range want {
			if !strings.Contains(cells[i], w) {
				t.Errorf("column %d: no %q", i+1, w)
			}
		}
		if cost := regexp.MustCompile(`，(\d+\.\d+)元`).FindStringSubmatch(cells[i]); cost == nil || cost[1] == "0.0000" {
			t.Errorf("column %d: no cost", i+1)
		}
		if strings.Contains(strings.Split(cells[i], "发给模型")[1], "13912345678") {
			t.Errorf("column %d: what was sent is not masked", i+1)
		}
	}
	if t.Failed() {
		t.Log(cells[2])
	}
	asked := func(s *scripted.Server) int { return len(s.Requests()) }
	if asked(first) != 3 || asked(second) != 1 {
		t.Errorf("the models were asked %d and %d times", asked(first), asked(second))
	}
	if got := a.LLM.Compose.Usage().Channels; got["staff"] == 0 || len(got) != 1 {
		t.Errorf("channels %v", got)
	}

	second.Close()
	page = post("/staff/trial", url.Values{"q": {"今年新增多少学位"}, "mode": {"one"}, "on0": {"yes"}, "model0": {models[1]}})
	for _, want := range []string{"摘自原文", "2800个", "模型没有用上：连不上模型"} {
		if !strings.Contains(page, want) {
			t.Errorf("a model that is gone: no %q", want)
		}
	}
	if len(models) != 2 {
		t.Errorf("models %v", models)
	}
}
