package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"wenda/rag"
	"wenda/store"
)

func TestAskBadInput(t *testing.T) {
	w := newWorld(t, func(c *Config, _ *Deps) { c.LimitsOff = true })
	long := strings.Repeat("学", 501)
	turns := strings.TrimSuffix(strings.Repeat(`{"role":"user","content":"x"},`, 1000), ",")
	someTurns := strings.TrimSuffix(strings.Repeat(`{"role":"user","content":"x"},`, 41), ",")
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
		says   string // part of the message
	}{
		"no body":             {"", 400, "json_invalid", "空"},
		"blanks":              {" \n ", 400, "json_invalid", "空"},
		"not JSON":            {"question=x", 400, "json_invalid", ""},
		"cut off":             {`{"question":"x`, 400, "json_invalid", ""},
		"trailing comma":      {`{"question":"x",}`, 400, "json_invalid", ""},
		"trailing JSON":       {`{"question":"x"}{"question":"y"}`, 400, "json_invalid", "多余"},
		"trailing text":       {`{"question":"x"} y`, 400, "json_invalid", "多余"},
		"a list":              {`["x"]`, 400, "json_invalid", "对象"},
		"a string":            {`"x"`, 400, "json_invalid", "对象"},
		"null":                {`null`, 400, "json_invalid", "对象"},
		"raw control":         {"{\"question\":\"a\x01b\"}", 400, "json_invalid", ""},
		"invalid UTF-8":       {"{\"question\":\"\xff\xfe\"}", 400, "json_invalid", "UTF-8"},
		"invalid UTF-8 key":   {"{\"question\xff\":\"x\"}", 400, "json_invalid", "UTF-8"},
		"question a number":   {`{"question":1}`, 400, "field_invalid", "question"},
		"question a list":     {`{"question":["x"]}`, 400, "field_invalid", "question"},
		"question an object":  {`{"question":{}}`, 400, "field_invalid", "question"},
		"question true":       {`{"question":true}`, 400, "field_invalid", "question"},
		"history a string":    {`{"question":"x","history":"y"}`, 400, "field_invalid", "history"},
		"history of strings":  {`{"question":"x","history":["y"]}`, 400, "field_invalid", "history[0]"},
		"content a number":    {`{"question":"x","history":[{"role":"user","content":3}]}`, 400, "field_invalid", "history[0].content"},
		"unknown in a turn":   {`{"question":"x","history":[{"role":"user","content":"y","name":"z"}]}`, 400, "field_invalid", "history[0].name"},
		"unknown field":       {`{"question":"x","model":"y"}`, 400, "field_invalid", "model"},
		"differently cased":   {`{"Question":"x"}`, 400, "field_invalid", "Question"},
		"twice":               {`{"question":"x","question":"y"}`, 400, "field_invalid", "两次"},
		"script":              {`{"question":"x","script":"latn"}`, 400, "field_invalid", "script"},
		"no question":         {`{}`, 400, "question_empty", "输入"},
		"null question":       {`{"question":null}`, 400, "question_empty", ""},
		"empty":               {`{"question":""}`, 400, "question_empty", ""},
		"only blanks":         {`{"question":" \t\n　"}`, 400, "question_empty", ""},
		"only invisible":      {`{"question":"\u200b\u202e\u2060"}`, 400, "question_empty", ""},
		"NUL":                 {`{"question":"新增\u0000学位"}`, 400, "question_invalid", ""},
		"escape":              {`{"question":"新增\u001b[2J学位"}`, 400, "question_invalid", ""},
		"501 runes":           {`{"question":"` + long + `"}`, 400, "question_too_long", "500"},
		"1000 turns":          {`{"question":"x","history":[` + turns + `]}`, 413, "body_too_large", ""},
		"41 turns":            {`{"question":"x","history":[` + someTurns + `]}`, 400, "history_invalid", "40"},
		"system turn":         {`{"question":"x","history":[{"role":"system","content":"y"}]}`, 400, "history_invalid", "role"},
		"null turn":           {`{"question":"x","history":[null]}`, 400, "history_invalid", "role"},
		"20 KiB":              {`{"question":"` + strings.Repeat("x", 20<<10) + `"}`, 413, "body_too_large", ""},
		"20 KiB of blanks":    {strings.Repeat(" ", 20<<10), 413, "body_too_large", ""},
		"deep":                {strings.Repeat(`{"history":[`, 1000), 400, "field_invalid", ""},
		"key fills the reply": {`{"` + strings.Repeat("k", 5000) + `":1}`, 400, "field_invalid", "…"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := w.post("/api/v1/ask", c.body, "Accept", "text/event-stream") // errors are JSON whatever was asked for
			got := wantError(t, rec, c.status, c.code)
			if !strings.Contains(got.Message, c.says) {
				t.Errorf("message %q does not say %q", got.Message, c.says)
			}
		})
	}
}

func TestAskAccepts(t *testing.T) {
	for name, body := range map[string]string{
		"short":      `{"question":"今年新建几个书屋"}`,
		"500 runes":  `{"question":"` + strings.Repeat("学", 500) + `"}`,
		"40 turns":   `{"question":"x","history":[` + strings.TrimSuffix(strings.Repeat(`{"role":"user","content":"x"},`, 40), ",") + `]}`,
		"nulls":      `{"question":"x","history":null,"conversation_id":null,"script":null}`,
		"line break": `{"question":"一\n二\t三"}`,
		"escaped":    `{"question":"\u4f60\u597d\ud83d\ude00"}`,
		"hant":       ` {"question":"x","script":"hant"} ` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			rec := w.post("/api/v1/ask", body)
			if rec.Code != 200 {
				t.Fatalf("got %d %s, want 200", rec.Code, rec.Body)
			}
			if a := decodeAnswer(t, rec.Body); a.Status != rag.Answered || a.RequestID != rec.Header().Get("X-Request-ID") {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestAskContentType(t *testing.T) {
	w := newWorld(t, nil)
	for kind, want := range map[string]int{
		"": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415, "application/xml": 415, "application/json; charset=gbk": 415,
		"nonsense;;": 415, "application/json": 200, "Application/JSON; charset=UTF-8": 200,
	} {
		if rec := w.do("POST", "/api/v1/ask", kind, `{"question":"x"}`); rec.Code != want {
			t.Errorf("%q: got %d, want %d", kind, rec.Code, want)
		}
	}
}

func TestAskPassesOn(t *testing.T) {
	var got rag.Question
	w := newWorld(t, func(_ *Config, d *Deps) {
		d.Asker = askFunc(func(_ context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
			got = q
			if emit != nil {
				t.Error("JSON needs no events")
			}
			return rag.Answer{ID: "a_2"}, nil
		})
	})
	rec := w.post("/api/v1/ask", `{"question":"那明年呢","conversation_id":"c_9","history":[{"role":"assistant","content":"好"}],"script":"hant"}`,
		"X-Request-ID", "caller-0001", "Origin", "http://example.com")
	if got.Text != "那明年呢" || got.ConversationID != "c_9" || len(got.History) != 1 || got.Script != "hant" || got.Channel != "portal" || got.RequestID != "caller-0001" {
		t.Errorf("got %+v", got)
	}
	for _, want := range []string{`"citations":[]`, `"related":[]`, `"handoff":null`, `"request_id":"caller-0001"`} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("no %s in %s", want, rec.Body)
		}
	}
	w.post("/api/v1/ask", `{"question":"x"}`, "Origin", "http://elsewhere.example")
	if got.Channel != "api" {
		t.Errorf("channel of another origin: got %s, want api", got.Channel)
	}
}

func TestErrorsBecomeStatuses(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"conversation": {fmt.Errorf("understand: %w", rag.ErrConversation), 404, "conversation_unknown"},
		"too long":     {rag.ErrTooLong, 400, "question_too_long"},
		"machine":      {errors.New("read /var/lib/secret: no such file"), 500, "internal"},
		"its deadline": {fmt.Errorf("model: %w", context.DeadlineExceeded), 504, "timeout"},
		"busy":         {fmt.Errorf("log: %w", store.ErrBusy), 503, "busy"},
		"disk full":    {fmt.Errorf("log: %w", store.ErrFull), 507, "storage_full"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(_ *Config, d *Deps) {
				d.Asker = askFunc(func(context.Context, rag.Question, func(rag.Event)) (rag.Answer, error) { return rag.Answer{}, c.err })
			})
			rec := w.post("/api/v1/ask", `{"question":"一个秘密的问题"}`)
			wantError(t, rec, c.status, c.code)
			if strings.Contains(rec.Body.String(), "secret") || strings.Contains(rec.Body.String(), "no such") {
				t.Errorf("the public sees the cause: %s", rec.Body)
			}
			if c.status >= 503 && c.status != 504 && rec.Header().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			if !strings.Contains(w.log.String(), c.code) || strings.Contains(w.log.String(), "秘密的问题") {
				t.Errorf("log: %s", w.log)
			}
		})
	}
}

func TestPanicIsAnError(t *testing.T) {
	w := newWorld(t, func(_ *Config, d *Deps) {
		d.Asker = askFunc(func(context.Context, rag.Question, func(rag.Event)) (rag.Answer, error) { panic("boom at engine.go") })
		d.Suggestions = panicking{}
	})
	rec := w.post("/api/v1/ask", `{"question":"x"}`)
	wantError(t, rec, 500, "internal")
	wantError(t, w.get("/api/v1/suggestions"), 500, "internal")
	if page := w.get("/"); page.Code != 500 || !strings.Contains(page.Body.String(), "请求编号") || strings.Contains(page.Body.String(), "goroutine") {
		t.Errorf("page: %d %s", page.Code, page.Body)
	}
	if strings.Contains(rec.Body.String(), "boom") || !strings.Contains(w.log.String(), "boom at engine.go") || !strings.Contains(w.log.String(), "goroutine") {
		t.Errorf("reply %s, log %s", rec.Body, w.log)
	}
}

type panicking struct{}

func (panicking) Suggestions() []Suggestion            { panic("boom") }
func (panicking) Suggest(_ string, _ int) []Suggestion { panic("boom") }

func TestAskLife(t *testing.T) {
	w := newWorld(t, func(c *Config, d *Deps) {
		c.AskLife = 20 * time.Millisecond
		d.Asker = askFunc(func(ctx context.Context, _ rag.Question, _ func(rag.Event)) (rag.Answer, error) {
			<-ctx.Done()
			return rag.Answer{}, fmt.Errorf("model: %w", ctx.Err())
		})
	})
	wantError(t, w.post("/api/v1/ask", `{"question":"x"}`), 504, "timeout")
}

func TestStreamFormat(t *testing.T) {
	for accept, want := range map[string]string{
		"": "", "*/*": "", "text/html": "", "application/json": "", "text/event-stream": mediaSSE, "application/x-ndjson": mediaNDJSON,
		"text/event-stream, application/json": mediaSSE, "application/json, text/event-stream": "",
		"application/json;q=0.5, application/x-ndjson;q=0.9": mediaNDJSON, "text/event-stream;q=0": "", "TEXT/EVENT-STREAM": mediaSSE,
		"text/event-stream;q=x": "",
	} {
		got, ok := streamFormat([]string{accept})
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", accept, got, want)
		}
	}
}

func TestRoutesThatAreNot(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/api/v1/ask", 405, "method_not_allowed"},
		{"PUT", "/api/v1/ask", 405, "method_not_allowed"},
		{"DELETE", "/api/v1/answers/a_1", 405, "method_not_allowed"},
		{"GET", "/api/v2/ask", 404, "not_found"},
		{"GET", "/api", 404, "not_found"},
		{"GET", "/api/", 404, "not_found"},
		{"GET", "/api/v1/answers/a_unknown", 404, "answer_unknown"},
		{"GET", "/api/v1/answers/" + strings.Repeat("a", 200), 404, "answer_unknown"},
		{"GET", "/api/v1/answers/..%2f..%2fetc", 404, "answer_unknown"},
		{"GET", "/api/v1/answers/%00", 404, "answer_unknown"},
		{"POST", "/metrics", 405, "method_not_allowed"},
	} {
		rec := w.do(c.method, c.path, "", "")
		wantError(t, rec, c.status, c.code)
		if c.status == 405 && rec.Header().Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
	}
	for _, path := range []string{"/nothing", "/doc/", "/doc/dunknown", "/a/a_unknown", "/assets/style.css", "/favicon.ico", "/doc/%2e%2e%2fetc%2fpasswd"} {
		rec := w.get(path)
		if rec.Code != 404 || !strings.Contains(rec.Header().Get("Content-Type"), "text/html") || !strings.Contains(rec.Body.String(), "回到首页") {
			t.Errorf("%s: got %d %s", path, rec.Code, rec.Body)
		}
	}
	if rec := w.do("DELETE", "/", "", ""); rec.Code != 405 || !strings.Contains(rec.Body.String(), "<html") {
		t.Errorf("DELETE /: got %d", rec.Code)
	}
}

func TestFeedback(t *testing.T) {
	w := newWorld(t, func(c *Config, _ *Deps) { c.LimitsOff = true })
	const path = "/api/v1/answers/a_1/feedback"
	for name, c := range map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"no verdict":      {path, `{}`, 400, "field_invalid"},
		"another verdict": {path, `{"verdict":"great"}`, 400, "field_invalid"},
		"another reason":  {path, `{"verdict":"useless","reason":"ugly"}`, 400, "field_invalid"},
		"long comment":    {path, `{"verdict":"useless","comment":"` + strings.Repeat("长", 501) + `"}`, 400, "field_invalid"},
		"unknown field":   {path, `{"verdict":"useful","stars":5}`, 400, "field_invalid"},
		"unknown answer":  {"/api/v1/answers/a_none/feedback", `{"verdict":"useful"}`, 404, "answer_unknown"},
		"impossible ID":   {"/api/v1/answers/a%20b/feedback", `{"verdict":"useful"}`, 404, "answer_unknown"},
		"large":           {path, `{"comment":"` + strings.Repeat("x", 17<<10) + `"}`, 413, "body_too_large"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, w.post(c.path, c.body), c.status, c.code) })
	}
	if n := len(w.answers.given()); n != 0 {
		t.Fatalf("%d were kept", n)
	}
	rec := w.post(path, `{"verdict":"useless","reason":"not_answered","comment":"`+strings.Repeat("长", 500)+`"}`)
	if got := w.answers.given(); rec.Code != 200 || len(got) != 1 || got[0].Reason != "not_answered" || got[0].AnswerID != "a_1" {
		t.Errorf("got %d, kept %+v", rec.Code, got)
	}
	w.answers.err = fmt.Errorf("write: %w", store.ErrFull)
	wantError(t, w.post(path, `{"verdict":"useful"}`), 507, "storage_full")
}

func TestCommentsAreMasked(t *testing.T) {
	w := newWorld(t, func(_ *Config, d *Deps) {
		d.Mask = func(s string) string { return strings.ReplaceAll(s, "13800000000", "[已隐去]") }
	})
	w.post("/api/v1/answers/a_1/feedback", `{"verdict":"useless","comment":"打13800000000找我"}`)
	w.form("/a/a_1/feedback", url.Values{"verdict": {"useless"}, "comment": {"打13800000000找我"}})
	got := w.answers.given()
	if len(got) != 2 || got[0].Comment != "打[已隐去]找我" || got[1].Comment != got[0].Comment {
		t.Errorf("kept %+v", got)
	}
}

func FuzzDecodeStrict(f *testing.F) {
	for _, s := range []string{`{"question":"x"}`, `{"question":"\ud800","history":[{"role":"user","content":"y"}]}`, `{"question":"a","question":"b"}`,
		`{"QUESTION":"x"}`, `[]`, `{"history":[null,{}]}`, "{\"question\":\"\xff\"}", `{"question":"x"} {}`, `{"history":[[]]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var strict, loose askRequest
		if decodeStrict(data, &strict) != nil {
			return
		}
		if err := json.Unmarshal(data, &loose); err != nil {
			t.Fatalf("accepted %q, which encoding/json refuses: %v", data, err)
		}
		if fmt.Sprint(strict) != fmt.Sprint(loose) {
			t.Fatalf("%q: got %+v, encoding/json has %+v", data, strict, loose)
		}
	})
}
