package mp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"wenda/handlers/limit"
	"wenda/handlers/wechat/fake"
	"wenda/rag"
)

const day = 24 * time.Hour

func TestLoginErrors(t *testing.T) {
	w := newWorld(t, func(l *Limits, d *Deps) { d.Channels[0].Client.Timeout = 50 * time.Millisecond })
	good := func() string { return w.wechat.Login("o-1") }
	used := good()
	w.do("POST", "/login", "", fmt.Sprintf(`{"code":%q,"channel":"main"}`, used))
	old := good()
	w.pass(6 * time.Minute)
	for _, c := range []struct {
		name, code, channel string
		fault               fake.Fault
		status              int
		want                string
	}{
		{"a code of nobody", "nonsense", "main", fake.Fault{}, 400, "login_code_invalid"},
		{"40029", good(), "main", fake.Fault{Code: 40029}, 400, "login_code_invalid"},
		{"a used code", used, "main", fake.Fault{}, 400, "login_code_invalid"},
		{"an old code", old, "main", fake.Fault{}, 400, "login_code_invalid"},
		{"no code", "", "main", fake.Fault{}, 400, "login_code_invalid"},
		{"a code with blanks", "a b", "main", fake.Fault{}, 400, "login_code_invalid"},
		{"another channel", good(), "other", fake.Fault{}, 404, "channel_unknown"},
		{"45011: too often", good(), "main", fake.Fault{Code: 45011}, 429, "rate_limited"},
		{"-1: busy", good(), "main", fake.Fault{Code: -1}, 503, "wechat_busy"},
		{"40226: a risky user", good(), "main", fake.Fault{Code: 40226}, 403, "login_refused"},
		{"40013: wrong appid", good(), "main", fake.Fault{Code: 40013}, 502, "wechat_settings"},
		{"40125: wrong secret", good(), "main", fake.Fault{Code: 40125}, 502, "wechat_settings"},
		{"a code that nobody knows", good(), "main", fake.Fault{Code: 99999}, 502, "wechat_settings"},
		{"no JSON", good(), "main", fake.Fault{Body: "<html>502</html>", Status: 502, Early: true}, 502, "wechat_unreachable"},
		{"HTML with status 200", good(), "main", fake.Fault{Body: "<html>hello</html>", Early: true}, 502, "wechat_unreachable"},
		{"a reply without openid", good(), "main", fake.Fault{Body: "{}", Early: true}, 502, "wechat_unreachable"},
		{"reset", good(), "main", fake.Fault{Reset: "before"}, 502, "wechat_unreachable"},
		{"time-out", good(), "main", fake.Fault{Hang: "before"}, 504, "wechat_timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			if c.fault.Reset != "" { // a GET is tried again, by net/http, when its connection is not a fresh one
				w.handler.channels["main"].Client.Close()
			}
			if c.fault != (fake.Fault{}) {
				w.wechat.Inject("jscode2session", c.fault)
			}
			body, _ := json.Marshal(map[string]string{"code": c.code, "channel": c.channel})
			res := w.do("POST", "/login", "", string(body))
			w.wantError(res, c.status, c.want)
			if (c.status == 429 || c.status >= 503) && res.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		})
	}
	w.t = t
	if token := w.login("main", "o-1"); token == "" {
		t.Error("login does not work after all that")
	}
}

// Every route with every error that a caller can make.
func TestErrors(t *testing.T) {
	w := newWorld(t, nil)
	token := w.login("main", "o-1")
	mine := w.ask(token, "为多少名学生发放助学金", "").ID
	others := w.ask(w.login("main", "o-2"), "为多少名学生发放助学金", "")
	w.wantError(w.do("POST", "/ask", token, `{"question":"为多少名学生发放助学金","conversation_id":"`+others.ConversationID+`"}`), 404, "conversation_unknown")
	long := `{"question":"` + strings.Repeat("x", 20<<10) + `"}`
	for _, c := range []struct {
		name, method, path, token, body string
		headers                         []string
		status                          int
		code                            string
	}{
		{"no such path", "GET", "/nothing", token, "", nil, 404, "not_found"},
		{"the root", "GET", "", token, "", nil, 404, "not_found"},
		{"a path below", "GET", "/ask/more", token, "", nil, 404, "not_found"},
		{"GET ask", "GET", "/ask", token, "", nil, 405, "method_not_allowed"},
		{"PUT history", "PUT", "/history", token, "", nil, 405, "method_not_allowed"},
		{"no token", "GET", "/history", "", "", nil, 401, "token_invalid"},
		{"a token of nobody", "GET", "/history", "mp_" + strings.Repeat("A", 43), "", nil, 401, "token_invalid"},
		{"a token of another form", "GET", "/history", "x", "", nil, 401, "token_invalid"},
		{"another scheme", "GET", "/history", "", "", []string{"Authorization", "Basic " + token}, 401, "token_invalid"},
		{"a token in the query", "GET", "/history?token=" + token, "", "", nil, 401, "token_invalid"},
		{"no content type", "POST", "/ask", token, `{"question":"x"}`, []string{"Content-Type", "text/plain"}, 415, "content_type"},
		{"GBK", "POST", "/ask", token, `{"question":"x"}`, []string{"Content-Type", "application/json; charset=gbk"}, 415, "content_type"},
		{"no JSON", "POST", "/ask", token, `question`, nil, 400, "json_invalid"},
		{"half of JSON", "POST", "/ask", token, `{"question":"x"`, nil, 400, "json_invalid"},
		{"a list", "POST", "/ask", token, `[]`, nil, 400, "json_invalid"},
		{"two objects", "POST", "/ask", token, `{"question":"x"}{}`, nil, 400, "json_invalid"},
		{"bad UTF-8", "POST", "/ask", token, "{\"question\":\"\xff\"}", nil, 400, "json_invalid"},
		{"an unknown field", "POST", "/ask", token, `{"question":"x","owner":"y"}`, nil, 400, "field_invalid"},
		{"another case", "POST", "/ask", token, `{"Question":"x"}`, nil, 400, "field_invalid"},
		{"a field twice", "POST", "/ask", token, `{"question":"x","question":"y"}`, nil, 400, "field_invalid"},
		{"a number", "POST", "/ask", token, `{"question":1}`, nil, 400, "field_invalid"},
		{"an object", "POST", "/ask", token, `{"question":{}}`, nil, 400, "field_invalid"},
		{"no question", "POST", "/ask", token, `{}`, nil, 400, "question_empty"},
		{"null", "POST", "/ask", token, `{"question":null}`, nil, 400, "question_empty"},
		{"501 characters", "POST", "/ask", token, `{"question":"` + strings.Repeat("学", 501) + `"}`, nil, 400, "question_too_long"},
		{"a control character", "POST", "/ask", token, `{"question":"a\u0007b"}`, nil, 400, "question_invalid"},
		{"an unknown script", "POST", "/ask", token, `{"question":"x","script":"latn"}`, nil, 400, "field_invalid"},
		{"too large", "POST", "/ask", token, long, nil, 413, "body_too_large"},
		{"an engine that fails", "POST", "/ask", token, `{"question":"坏"}`, nil, 500, "internal"},
		{"a panic", "POST", "/ask", token, `{"question":"慌"}`, nil, 500, "internal"},
		{"an unknown answer", "GET", "/answers/a_unknown", token, "", nil, 404, "answer_unknown"},
		{"an ID of another form", "GET", "/answers/a'b", token, "", nil, 404, "answer_unknown"},
		{"somebody else's answer", "GET", "/answers/" + others.ID, token, "", nil, 404, "answer_unknown"},
		{"feedback on somebody else's answer", "POST", "/answers/" + others.ID + "/feedback", token, `{"verdict":"useful"}`, nil, 404, "answer_unknown"},
		{"feedback without verdict", "POST", "/answers/" + mine + "/feedback", token, `{}`, nil, 400, "field_invalid"},
		{"a reason of one's own", "POST", "/answers/" + mine + "/feedback", token, `{"verdict":"useless","reason":"x"}`, nil, 400, "field_invalid"},
		{"a long comment", "POST", "/answers/" + mine + "/feedback", token, `{"verdict":"useless","comment":"` + strings.Repeat("长", 501) + `"}`, nil, 400, "field_invalid"},
		{"history before somebody else's answer", "GET", "/history?before=" + others.ID, token, "", nil, 404, "answer_unknown"},
		{"a page of 51", "GET", "/history?limit=51", token, "", nil, 400, "field_invalid"},
		{"a page of none", "GET", "/history?limit=0", token, "", nil, 400, "field_invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			w.pass(time.Minute) // rates are another test's
			res := w.do(c.method, c.path, c.token, c.body, c.headers...)
			message := w.wantError(res, c.status, c.code)
			if strings.Contains(message+res.body, "/srv") || strings.Contains(res.body, "sesame") {
				t.Errorf("shows what is inside: %s", res.body)
			}
			if c.status == 401 && res.header.Get("WWW-Authenticate") != "Bearer" || c.status == 405 && res.header.Get("Allow") == "" {
				t.Errorf("headers: %v", res.header)
			}
		})
	}
}

func TestTokenLife(t *testing.T) {
	w := newWorld(t, nil)
	token, second := w.login("main", "o-1"), w.login("main", "o-1")
	if token == second {
		t.Fatal("two logins have one token")
	}
	good := func(when, token string, want int) {
		t.Helper()
		if res := w.do("GET", "/suggestions", token, ""); res.status != want {
			t.Errorf("%s: got %d %s, want %d", when, res.status, res.body, want)
		}
	}
	for range 4 {
		w.pass(6 * day)
		good("used within a week", token, 200)
	}
	good("idle for 24 days", second, 401)
	w.pass(6*day + time.Second)
	good("after 30 days", token, 401)
	third, fourth := w.login("main", "o-1"), w.login("main", "o-1")
	if res := w.do("POST", "/logout", third, ""); res.status != 200 {
		t.Errorf("logout: %d %s", res.status, res.body)
	}
	w.wantError(w.do("POST", "/logout", third, ""), 401, "token_invalid")
	w.wantError(w.do("POST", "/ask", third, `{"question":"x"}`), 401, "token_invalid")
	good("the other one after a logout", fourth, 200)
}

func TestKillSwitch(t *testing.T) {
	w := newWorld(t, nil)
	token, second := w.login("main", "o-1"), w.login("second", "o-1")
	w.mu.Lock()
	w.closed["main"] = true
	w.mu.Unlock()
	for _, res := range []reply{w.do("POST", "/login", "", fmt.Sprintf(`{"code":%q,"channel":"main"}`, w.wechat.Login("o-1"))),
		w.do("POST", "/ask", token, `{"question":"x"}`), w.do("GET", "/history", token, "")} {
		w.wantError(res, 503, "channel_closed")
		if res.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if n := w.wechat.Calls("jscode2session"); n != 2 {
		t.Errorf("%d calls of WeChat, want none for a closed channel", n)
	}
	if res := w.do("GET", "/history", second, ""); res.status != 200 {
		t.Errorf("the other channel: %d", res.status)
	}
}

// The same openid in two channels is two owners; a channel that is taken out of the configuration ends its tokens.
func TestChannelsAreApart(t *testing.T) {
	w := newWorld(t, nil)
	main, second := w.login("main", "o-1"), w.login("second", "o-1")
	a := w.ask(main, "为多少名学生发放助学金", "")
	w.wantError(w.do("GET", "/answers/"+a.ID, second, ""), 404, "answer_unknown")
	delete(w.handler.channels, "second")
	w.wantError(w.do("GET", "/history", second, ""), 401, "token_invalid")
}

func TestLimitsOfOwners(t *testing.T) {
	w := newWorld(t, nil)
	token, second := w.login("main", "o-1"), w.login("main", "o-2")
	asked := 0
	for elapsed := time.Duration(0); elapsed < time.Minute; elapsed += time.Second {
		if res := w.do("POST", "/ask", token, `{"question":"谢谢"}`); res.status == 200 {
			asked++
		} else {
			w.wantError(res, 429, "rate_limited")
			if res.header.Get("Retry-After") == "" || !strings.Contains(res.body, "秒") {
				t.Errorf("when to come back: %s", res.body)
			}
		}
		w.pass(time.Second)
	}
	if asked != 15+4 { // 15 a minute, and the burst that was saved up
		t.Errorf("%d questions in a minute", asked)
	}
	for w.do("POST", "/ask", token, `{"question":"谢谢"}`).status == 200 { // what is left
	}
	w.wantError(w.do("POST", "/ask", w.login("main", "o-1"), `{"question":"谢谢"}`), 429, "rate_limited") // another token is the same owner
	if res := w.do("POST", "/ask", second, `{"question":"谢谢"}`); res.status != 200 {
		t.Errorf("another owner: %d", res.status)
	}
	statuses := map[int]int{}
	for range 40 {
		statuses[w.do("GET", "/suggestions", second, "").status]++
	}
	if statuses[200] != 30 || statuses[429] != 10 {
		t.Errorf("everything else: %v, want a burst of 30", statuses)
	}
	l := limit.NewRate(15, 5, 10, w.clock)
	for i := range 100 {
		l.Take(fmt.Sprint(i))
	}
	if l.Clients() != 10 {
		t.Errorf("remembers %d owners, want 10", l.Clients())
	}
}

func TestAnswersAtOnce(t *testing.T) {
	w := newWorld(t, func(l *Limits, d *Deps) { l.Asks, l.AsksOfOwner = 3, 2 })
	first, second := w.login("main", "o-1"), w.login("main", "o-2")
	slow := func(token string) {
		t.Helper()
		res := w.open(context.Background(), "POST", "/ask", token, `{"question":"为多少名学生发放助学金","script":"hans"}`, "Accept", "application/x-ndjson")
		t.Cleanup(func() { res.Body.Close() })
		if res.StatusCode != 200 {
			t.Fatalf("got %d", res.StatusCode)
		}
	}
	slow(first)
	slow(first)
	w.wantError(w.do("POST", "/ask", first, `{"question":"谢谢"}`), 429, "too_many_streams")
	slow(second)
	w.wantError(w.do("POST", "/ask", second, `{"question":"谢谢"}`), 503, "busy")
	close(w.gate)
	for {
		w.pass(time.Minute)
		if w.do("POST", "/ask", first, `{"question":"谢谢"}`).status == 200 {
			break
		}
	}
}

// Logins and questions count against their address, in the Server before this package; what costs nothing does not.
func TestLimitedByAddress(t *testing.T) {
	for path, want := range map[string]bool{"POST /login": true, "POST /ask": true, "GET /answers/a_1": true, "POST /answers/a_1/feedback": true,
		"DELETE /history": true, "GET /history": false, "GET /suggestions": false} {
		method, path, _ := strings.Cut(path, " ")
		r, err := http.NewRequest(method, "http://x"+Prefix+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := Limited(r); got != want {
			t.Errorf("%s %s: got %v", method, path, got)
		}
	}
}

func TestHistory(t *testing.T) {
	w := newWorld(t, nil)
	token, other := w.login("main", "o-1"), w.login("main", "o-2")
	var asked []rag.Answer
	conversation := ""
	for range 5 {
		a := w.ask(token, "为多少名学生发放助学金，我的电话是13812345678", conversation)
		conversation = a.ConversationID
		asked = append(asked, a)
		w.pass(time.Minute)
	}
	w.ask(other, "为多少名学生发放助学金", "")
	var ids []string
	for next := ""; ; {
		res := w.do("GET", "/history?limit=2&before="+next, token, "")
		var page historyReply
		if err := json.Unmarshal([]byte(res.body), &page); err != nil || res.status != 200 || len(page.Items) == 0 || len(page.Items) > 2 {
			t.Fatalf("%d %s", res.status, res.body)
		}
		for _, item := range page.Items {
			ids = append(ids, item.AnswerID)
			if item.ConversationID != conversation || item.Excerpt == "" || strings.Contains(item.Question, "13812345678") {
				t.Errorf("got %+v", item)
			}
			if _, err := time.Parse(time.RFC3339, item.Asked); err != nil {
				t.Error(err)
			}
		}
		if next = page.Next; next == "" {
			break
		}
	}
	var want []string
	for _, a := range slices.Backward(asked) {
		want = append(want, a.ID)
	}
	if !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
	if res := w.do("POST", "/answers/"+ids[0]+"/feedback", token, `{"verdict":"useless","reason":"other","comment":"我的电话是13812345678"}`); res.status != 200 ||
		!strings.Contains(res.body, ids[0]) {
		t.Errorf("feedback: %d %s", res.status, res.body)
	}
	if res := w.do("DELETE", "/history", token, ""); res.status != 200 || !strings.Contains(res.body, `"deleted":5`) {
		t.Errorf("delete: %d %s", res.status, res.body)
	}
	if res := w.do("GET", "/history", token, ""); !strings.HasPrefix(res.body, `{"items":[],"next":""}`) {
		t.Errorf("after deleting: %s", res.body)
	}
	w.wantError(w.do("GET", "/answers/"+ids[0], token, ""), 404, "answer_unknown")
	if res := w.do("GET", "/history", other, ""); strings.Count(res.body, "answer_id") != 1 {
		t.Errorf("the other one's: %s", res.body)
	}
}

// Tokens, openids, the session key and secrets are in no file, log or reply; questions are in no log.
func TestSecretsAtRestAndInLogs(t *testing.T) {
	w := newWorld(t, nil)
	const openid = "oOPENID-0123456789-secret"
	code := w.wechat.Login(openid)
	res := w.do("POST", "/login", "", fmt.Sprintf(`{"code":%q,"channel":"main"}`, code))
	var got loginReply
	if err := json.Unmarshal([]byte(res.body), &got); err != nil {
		t.Fatal(err)
	}
	replies := strings.Replace(res.body, got.Token, "", 1)
	for _, r := range []reply{w.do("POST", "/ask", got.Token, `{"question":"为多少名学生发放助学金，我叫王小明"}`), w.do("GET", "/history", got.Token, ""),
		w.do("POST", "/ask", got.Token, `{"question":"坏"}`), w.do("GET", "/history", got.Token+"x", ""), w.do("POST", "/login", "", `{"code":"`+code+`","channel":"main"}`)} {
		replies += r.body + fmt.Sprint(r.header)
	}
	w.wechat.Inject("jscode2session", fake.Fault{Hang: "before"}, fake.Fault{Reset: "before"})
	w.handler.channels["main"].Client.Timeout = 20 * time.Millisecond
	for range 2 {
		w.do("POST", "/login", "", fmt.Sprintf(`{"code":%q,"channel":"main"}`, w.wechat.Login(openid)))
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file, hashOf(got.Token)) {
		t.Error("the file lacks the hash: this test reads the wrong one")
	}
	log := w.log.String()
	if !strings.Contains(log, "wechat_timeout") && !strings.Contains(log, "jscode2session") {
		t.Error("the log does not tell of the failures")
	}
	for what, text := range map[string]string{"token": got.Token, "token's random part": got.Token[3:], "openid": openid, "AppSecret": appSecret, "code": code} {
		for where, in := range map[string]string{"database": string(file), "log": log, "replies": replies} {
			if strings.Contains(in, text) {
				t.Errorf("the %s is in the %s", what, where)
			}
		}
	}
	if strings.Contains(log, "王小明") || strings.Contains(replies, "session_key") || strings.Contains(string(file), "session_key") {
		t.Error("a question is in the log, or the session key got out")
	}
}
