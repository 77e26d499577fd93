package handlers

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"wenda/corpus"
	"wenda/handlers/browsertest"
	"wenda/handlers/limit"
	"wenda/rag"
)

// What is typed: nothing, too much, keys that do not send.
func TestBrowserTyping(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "typing", 375, 720, true)
	j.Open(url + "/")
	j.Click(send)
	j.See("#trouble")
	if got := j.Text("#trouble"); !strings.Contains(got, "还没有写问题") {
		t.Errorf("nothing to ask: %q", got)
	}
	j.Write("#q", "一")
	browsertest.Eval[bool](j, `document.querySelector("#q").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", shiftKey: true, bubbles: true, cancelable: true}))`)
	browsertest.Eval[bool](j, `document.querySelector("#q").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true, cancelable: true}))`)
	if browsertest.Eval[bool](j, `document.querySelector(".turn") !== null`) {
		t.Error("Shift+Enter, or Enter of an input method, sent the question")
	}
	long := strings.Repeat("学", 501)
	browsertest.Eval[bool](j, `(q => { q.value = "`+long+`"; return q.dispatchEvent(new Event("input", {bubbles: true})) })(document.querySelector("#q"))`)
	if got := j.Text("#count"); got != "超出1字，请缩短" {
		t.Errorf("counter %q", got)
	}
	j.Click(send)
	j.See("#trouble")
	j.Shot("too-long")

	// suggestions, by the keyboard
	const empty = `((q) => { q.value = ""; return q.dispatchEvent(new Event("input", {bubbles: true})) })(document.querySelector("#q"))`
	browsertest.Eval[bool](j, empty)
	j.Write("#q", "书屋")
	j.See("#guesses li")
	j.Shot("suggestions")
	if got := j.heard(); !strings.Contains(got, "有1条建议") {
		t.Errorf("a screen reader hears %q", got)
	}
	j.Press("ArrowDown", 40, 0)
	j.Until("the first is active", `document.querySelector("#guess-0").getAttribute("aria-selected") === "true" && document.querySelector("#q").getAttribute("aria-activedescendant") === "guess-0"`)
	j.Press("Escape", 27, 0)
	j.Until("closed", `document.querySelector("#guesses").hidden`)
	j.Write("#q", "读") // nothing found: nothing shown, and Enter sends what is typed
	browsertest.Eval[bool](j, empty)
	j.Write("#q", "书屋")
	j.See("#guesses li")
	j.Press("ArrowDown", 40, 0)
	j.Enter()
	j.See(lastAnswered)
	if got := j.Text(".turn:last-child .question"); got != "今年新建几个社区书屋" {
		t.Errorf("asked %q", got)
	}

	// recent questions stay in the browser and can be cleared
	j.Click("#fresh a")
	j.See("#recent a")
	if got := j.Text("#recent ul"); got != "今年新建几个社区书屋" {
		t.Errorf("recent %q", got)
	}
	j.Click("#forget-recent")
	if browsertest.Eval[bool](j, `localStorage.getItem("wenda.recent") !== null || document.querySelector("#recent").checkVisibility()`) {
		t.Error("recent questions were not cleared")
	}
	j.Click("#history summary")
	j.Click("#keep")
	if browsertest.Eval[bool](j, `localStorage.getItem("wenda.talks") !== null`) {
		t.Error("history switched off is still kept")
	}
}

func TestBrowserStopAndExpired(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "stop", 375, 720, true)
	j.Open(url + "/")
	const hurried = `(setTimeout = ((real) => (f, ms, ...rest) => real(f, ms === 8000 ? 300 : ms, ...rest))(setTimeout), true)`
	browsertest.Eval[bool](j, hurried) // the page's clock: eight seconds pass at once
	j.Write("#q", "慢慢来")
	j.Click(send)
	j.See("#stop")
	j.Until("stage in words", `document.querySelector(".stage").textContent === "正在组织回答"`)
	j.Shot("stage")
	j.Until("slow, in words", `document.querySelector(".stage").textContent.includes("比平时慢一些")`)
	if got := j.Text(".stage"); !strings.Contains(got, "停止") || !strings.Contains(got, "12345") {
		t.Errorf("slow: %q does not say what can be done", got)
	}
	j.Shot("slow")
	j.Click("#stop")
	j.See(".turn .trouble")
	if got := j.Text(".turn .trouble p"); !strings.Contains(got, "已停止") {
		t.Errorf("stopped: %q", got)
	}
	if got := browsertest.Eval[string](j, `document.activeElement.id`); got != "q" {
		t.Errorf("after stopping the focus is on %q", got)
	}
	j.Shot("stopped")

	browsertest.Eval[string](j, `document.querySelector("#ask").elements.conversation_id.value = "c_expired"`)
	j.Write("#q", "新建几个书屋")
	j.Enter()
	j.See(lastAnswered)
	if got := j.heard(); !strings.Contains(got, "已经过期") {
		t.Errorf("a screen reader hears %q", got)
	}
}

// The server goes away in mid-answer and comes back: the question is asked again by itself, nothing typed is lost.
func TestBrowserServerRestarts(t *testing.T) {
	w := conversationWorld(t)
	w.cfg.StreamGrace = time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	stop := serveOn(t, w, l)
	j := newJourney(t, "restart", 375, 720, true)
	j.Open("http://" + address + "/")
	j.Write("#q", "今年新建几个书屋")
	j.Enter()
	j.See(lastAnswered)
	j.Write("#q", "慢一次，新建几个书屋")
	j.Enter()
	j.Until("in mid-answer", `document.querySelector(".turn:last-child .stage").textContent === "正在组织回答"`)
	j.Write("#q", "还没发的字")
	stop()
	j.Until("says that it tries again", `document.querySelector(".turn:last-child .stage").textContent.includes("正在自动重试")`)
	j.Shot("retrying")
	second := conversationWorld(t)
	quick := second.deps.Asker
	second.deps.Asker = askFunc(func(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
		q.Text = strings.TrimPrefix(q.Text, "慢一次，")
		return quick.Ask(ctx, q, emit)
	})
	if l, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	serveOn(t, second, l)
	j.See(lastAnswered)
	if got := j.Text(".turn:last-child .question") + browsertest.Eval[string](j, `document.querySelectorAll(".turn").length + document.querySelector("#q").value`); got != "慢一次，新建几个书屋2还没发的字" {
		t.Errorf("after the restart: %q", got)
	}
}

func serveOn(t *testing.T, w *world, l net.Listener) (stop func()) {
	t.Helper()
	server := &http.Server{Handler: w.Handler()}
	go func() { _ = server.Serve(l) }()
	stop = func() { w.stop(); _ = server.Close() }
	t.Cleanup(stop)
	return stop
}

func TestBrowserOffline(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "offline", 375, 720, true)
	j.Open(url + "/")
	j.offline(true)
	j.See("#trouble")
	if got := j.Text("#trouble"); !strings.Contains(got, "网络断开了") {
		t.Errorf("offline: %q", got)
	}
	j.Write("#q", "今年新建几个书屋")
	j.Enter()
	j.Until("waits for the network", `document.querySelector(".turn .stage").textContent.includes("连上以后会自动再问")`)
	j.Shot("offline")
	j.offline(false)
	j.See(lastAnswered)
	if browsertest.Eval[bool](j, `document.querySelector("#trouble").checkVisibility()`) {
		t.Error("still says that the network is away")
	}
}

// offline cuts the network off, or gives it back: requests fail, and the browser tells the page.
func (j *journey) offline(on bool) {
	j.T.Helper()
	conditions := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Offline: on, DownloadThroughput: -1, UploadThroughput: -1}}}
	if _, err := chromedp.Call(j.Ctx, network.EmulateNetworkConditionsByRule, conditions); err != nil {
		j.T.Fatal(err)
	}
	if _, err := chromedp.Call(j.Ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: on, DownloadThroughput: -1, UploadThroughput: -1}); err != nil {
		j.T.Fatal(err)
	}
}

func TestBrowserLimit(t *testing.T) {
	w := conversationWorld(t)
	now := time.Now()
	w.cfg.LimitsOff, w.cfg.RateBurst, w.cfg.RatePerMinute = false, 1, 60
	w.limiter = limit.NewRate(w.cfg.RatePerMinute, w.cfg.RateBurst, w.cfg.RateAddresses, func() time.Time { return now })
	url, _ := w.listen(t)
	j := newJourney(t, "limit", 375, 720, true)
	j.Open(url + "/")
	j.Write("#q", "今年新建几个书屋")
	j.Enter()
	j.See(lastAnswered)
	j.Write("#q", "读书节呢")
	j.Enter()
	j.See(".turn:last-child .trouble")
	if got := j.Text(".turn:last-child .trouble p"); !strings.Contains(got, "以后可以再问") {
		t.Errorf("the limit does not say when: %q", got)
	}
	j.Shot("limit")
	j.Until("may be asked again", `document.querySelector(".turn:last-child .trouble p").textContent.includes("现在可以再问了") && !document.querySelector(".turn:last-child [data-do=again]").disabled`)
	w.limiter = limit.NewRate(w.cfg.RatePerMinute, w.cfg.RateBurst, w.cfg.RateAddresses, time.Now)
	j.Click(".turn:last-child [data-do=again]")
	j.See(lastAnswered)
	if got := j.Text(".turn:last-child .text"); !strings.Contains(got, "读书节") {
		t.Errorf("asked again: %q", got)
	}
}

// Two tabs do not mix, neither when opened apart nor when one is a copy of the other.
func TestBrowserTwoTabs(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "tabs", 1280, 800, true)
	j.Open(url + "/")
	j.Write("#q", "第一页的问题")
	j.Enter()
	j.See(lastAnswered)
	other := j.Another("tabs-other", 1280, 800)
	other.Open(url + "/")
	other.See("#start")
	if browsertest.Eval[bool](other, `document.querySelector(".turn") !== null`) {
		t.Error("a new tab shows the other's conversation")
	}
	// a duplicated tab begins with a copy of the other's session storage
	kept := browsertest.Eval[string](j, `sessionStorage.getItem("wenda.talk")`)
	browsertest.Eval[bool](other, `(sessionStorage.setItem("wenda.talk", `+strconv.Quote(kept)+`), true)`)
	other.Open(url + "/")
	other.See(".turn .feedback:not([hidden])")
	j.Write("#q", "原来那页接着问")
	j.Enter()
	j.See(".turn:nth-child(2) .feedback:not([hidden])")
	other.Write("#q", "复制的那页接着问")
	other.Enter()
	other.See(".turn:nth-child(2) .feedback:not([hidden])")
	got := browsertest.Eval[string](other, `JSON.parse(localStorage.getItem("wenda.talks")).map((t) => t.turns.map((x) => x.question).join("+")).join(" | ")`)
	if got != "第一页的问题+复制的那页接着问 | 第一页的问题+原来那页接着问" {
		t.Errorf("the history has %s", got)
	}
}

// Pages of states that have an address.
func TestBrowserStatePages(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "page", 375, 720, true)
	for _, c := range []struct{ name, path, says string }{
		{"answer-expired", "/a/a_none", "这个回答已经过期"},
		{"document-withdrawn", "/doc/dnone", "这份文件已经撤下或更新"},
		{"unknown", "/nothing", "没有找到这个页面"},
	} {
		j.Open(url + c.path)
		j.See(".request")
		if got := j.Text("h1"); got != c.says {
			t.Errorf("%s: %q", c.path, got)
		}
		j.Shot(c.name)
	}
	// print: what only a screen can use is left out
	j.Open(url + "/?q=" + "书屋")
	j.See(".turn .feedback")
	if _, err := chromedp.Call(j.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"header.site", "footer.site", "#ask", ".actions", ".feedback"} {
		if browsertest.Eval[bool](j, `document.querySelector("`+hidden+`").checkVisibility()`) {
			t.Errorf("%s is printed", hidden)
		}
	}
	if !browsertest.Eval[bool](j, `document.querySelector(".text").checkVisibility() && document.querySelector(".card").checkVisibility()`) {
		t.Error("the answer or its sources are not printed")
	}
	j.Shot("print")
}

// A document of 2,000 paragraphs: only what is seen is laid out, the search and the cited sentence are found all the same.
func TestBrowserLongDocument(t *testing.T) {
	w := conversationWorld(t)
	var b strings.Builder
	b.WriteString("# 很长的文件\n\n")
	for i := range 2000 {
		if i%100 == 0 {
			b.WriteString("## 第" + strconv.Itoa(i/100+1) + "部分\n\n")
		}
		b.WriteString("第" + strconv.Itoa(i+1) + "段，说明一件要办的事情，要按时办好，并且告诉大家。\n\n")
	}
	d := readDocument(t, "long.md", b.String())
	w.shelf.index = buildIndex(t, d)
	url, _ := w.listen(t)
	j := newJourney(t, "long", 375, 720, true)
	at := 0
	for i, c := range d.Chunks {
		if strings.Contains(c.Text, "第1500段") && c.Kind == corpus.Paragraph {
			at = i
		}
	}
	if at == 0 {
		t.Fatal("no paragraph 1500")
	}
	c := d.Chunks[at]
	j.Open(url + "/doc/" + d.ID + "?p=" + c.ID + "&s=0#" + c.ID)
	j.markShown("document", c.Sentence(0))
	j.Shot("cited")
	if n := browsertest.Eval[int](j, `[...document.querySelectorAll(".part")].filter((p) => !p.firstElementChild.checkVisibility({contentVisibilityAuto: true})).length`); n < 50 {
		t.Errorf("only %d parts are left out of the layout", n)
	}
	j.Do("search", chromedp.SetValue(chromedp.CSS("#find"), "第1999段"))
	browsertest.Eval[bool](j, `(document.querySelector("#search").requestSubmit(), true)`)
	j.Until("found", `document.querySelector("#found").textContent.startsWith("第1处，共1处")`)
}
