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
	"wenda/handlers/limit"
	"wenda/rag"
)

// What is typed: nothing, too much, keys that do not send.
func TestBrowserTyping(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "typing", 375, 720, true)
	j.open(url + "/")
	j.click(send)
	j.see("#trouble")
	if got := j.text("#trouble"); !strings.Contains(got, "还没有写问题") {
		t.Errorf("nothing to ask: %q", got)
	}
	j.write("#q", "一")
	eval[bool](j, `document.querySelector("#q").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", shiftKey: true, bubbles: true, cancelable: true}))`)
	eval[bool](j, `document.querySelector("#q").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true, cancelable: true}))`)
	if eval[bool](j, `document.querySelector(".turn") !== null`) {
		t.Error("Shift+Enter, or Enter of an input method, sent the question")
	}
	long := strings.Repeat("学", 501)
	eval[bool](j, `(q => { q.value = "`+long+`"; return q.dispatchEvent(new Event("input", {bubbles: true})) })(document.querySelector("#q"))`)
	if got := j.text("#count"); got != "超出1字，请缩短" {
		t.Errorf("counter %q", got)
	}
	j.click(send)
	j.see("#trouble")
	j.shot("too-long")

	// suggestions, by the keyboard
	const empty = `((q) => { q.value = ""; return q.dispatchEvent(new Event("input", {bubbles: true})) })(document.querySelector("#q"))`
	eval[bool](j, empty)
	j.write("#q", "书屋")
	j.see("#guesses li")
	j.shot("suggestions")
	if got := j.heard(); !strings.Contains(got, "有1条建议") {
		t.Errorf("a screen reader hears %q", got)
	}
	j.press("ArrowDown", 40, 0)
	j.until("the first is active", `document.querySelector("#guess-0").getAttribute("aria-selected") === "true" && document.querySelector("#q").getAttribute("aria-activedescendant") === "guess-0"`)
	j.press("Escape", 27, 0)
	j.until("closed", `document.querySelector("#guesses").hidden`)
	j.write("#q", "读") // nothing found: nothing shown, and Enter sends what is typed
	eval[bool](j, empty)
	j.write("#q", "书屋")
	j.see("#guesses li")
	j.press("ArrowDown", 40, 0)
	j.enter()
	j.see(lastAnswered)
	if got := j.text(".turn:last-child .question"); got != "今年新建几个社区书屋" {
		t.Errorf("asked %q", got)
	}

	// recent questions stay in the browser and can be cleared
	j.click("#fresh a")
	j.see("#recent a")
	if got := j.text("#recent ul"); got != "今年新建几个社区书屋" {
		t.Errorf("recent %q", got)
	}
	j.click("#forget-recent")
	if eval[bool](j, `localStorage.getItem("wenda.recent") !== null || document.querySelector("#recent").checkVisibility()`) {
		t.Error("recent questions were not cleared")
	}
	j.click("#history summary")
	j.click("#keep")
	if eval[bool](j, `localStorage.getItem("wenda.talks") !== null`) {
		t.Error("history switched off is still kept")
	}
}

func TestBrowserStopAndExpired(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "stop", 375, 720, true)
	j.open(url + "/")
	const hurried = `(setTimeout = ((real) => (f, ms, ...rest) => real(f, ms === 8000 ? 300 : ms, ...rest))(setTimeout), true)`
	eval[bool](j, hurried) // the page's clock: eight seconds pass at once
	j.write("#q", "慢慢来")
	j.click(send)
	j.see("#stop")
	j.until("stage in words", `document.querySelector(".stage").textContent === "正在组织回答"`)
	j.shot("stage")
	j.until("slow, in words", `document.querySelector(".stage").textContent.includes("比平时慢一些")`)
	if got := j.text(".stage"); !strings.Contains(got, "停止") || !strings.Contains(got, "12345") {
		t.Errorf("slow: %q does not say what can be done", got)
	}
	j.shot("slow")
	j.click("#stop")
	j.see(".turn .trouble")
	if got := j.text(".turn .trouble p"); !strings.Contains(got, "已停止") {
		t.Errorf("stopped: %q", got)
	}
	if got := eval[string](j, `document.activeElement.id`); got != "q" {
		t.Errorf("after stopping the focus is on %q", got)
	}
	j.shot("stopped")

	eval[string](j, `document.querySelector("#ask").elements.conversation_id.value = "c_expired"`)
	j.write("#q", "新建几个书屋")
	j.enter()
	j.see(lastAnswered)
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
	j.open("http://" + address + "/")
	j.write("#q", "今年新建几个书屋")
	j.enter()
	j.see(lastAnswered)
	j.write("#q", "慢一次，新建几个书屋")
	j.enter()
	j.until("in mid-answer", `document.querySelector(".turn:last-child .stage").textContent === "正在组织回答"`)
	j.write("#q", "还没发的字")
	stop()
	j.until("says that it tries again", `document.querySelector(".turn:last-child .stage").textContent.includes("正在自动重试")`)
	j.shot("retrying")
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
	j.see(lastAnswered)
	if got := j.text(".turn:last-child .question") + eval[string](j, `document.querySelectorAll(".turn").length + document.querySelector("#q").value`); got != "慢一次，新建几个书屋2还没发的字" {
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
	j.open(url + "/")
	j.offline(true)
	j.see("#trouble")
	if got := j.text("#trouble"); !strings.Contains(got, "网络断开了") {
		t.Errorf("offline: %q", got)
	}
	j.write("#q", "今年新建几个书屋")
	j.enter()
	j.until("waits for the network", `document.querySelector(".turn .stage").textContent.includes("连上以后会自动再问")`)
	j.shot("offline")
	j.offline(false)
	j.see(lastAnswered)
	if eval[bool](j, `document.querySelector("#trouble").checkVisibility()`) {
		t.Error("still says that the network is away")
	}
}

// offline cuts the network off, or gives it back: requests fail, and the browser tells the page.
func (j *journey) offline(on bool) {
	j.t.Helper()
	conditions := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Offline: on, DownloadThroughput: -1, UploadThroughput: -1}}}
	if _, err := chromedp.Call(j.ctx, network.EmulateNetworkConditionsByRule, conditions); err != nil {
		j.t.Fatal(err)
	}
	if _, err := chromedp.Call(j.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: on, DownloadThroughput: -1, UploadThroughput: -1}); err != nil {
		j.t.Fatal(err)
	}
}

func TestBrowserLimit(t *testing.T) {
	w := conversationWorld(t)
	now := time.Now()
	w.cfg.LimitsOff, w.cfg.RateBurst, w.cfg.RatePerMinute = false, 1, 60
	w.limiter = limit.NewRate(w.cfg.RatePerMinute, w.cfg.RateBurst, w.cfg.RateAddresses, func() time.Time { return now })
	url, _ := w.listen(t)
	j := newJourney(t, "limit", 375, 720, true)
	j.open(url + "/")
	j.write("#q", "今年新建几个书屋")
	j.enter()
	j.see(lastAnswered)
	j.write("#q", "读书节呢")
	j.enter()
	j.see(".turn:last-child .trouble")
	if got := j.text(".turn:last-child .trouble p"); !strings.Contains(got, "以后可以再问") {
		t.Errorf("the limit does not say when: %q", got)
	}
	j.shot("limit")
	j.until("may be asked again", `document.querySelector(".turn:last-child .trouble p").textContent.includes("现在可以再问了") && !document.querySelector(".turn:last-child [data-do=again]").disabled`)
	w.limiter = limit.NewRate(w.cfg.RatePerMinute, w.cfg.RateBurst, w.cfg.RateAddresses, time.Now)
	j.click(".turn:last-child [data-do=again]")
	j.see(lastAnswered)
	if got := j.text(".turn:last-child .text"); !strings.Contains(got, "读书节") {
		t.Errorf("asked again: %q", got)
	}
}

// Two tabs do not mix, neither when opened apart nor when one is a copy of the other.
func TestBrowserTwoTabs(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "tabs", 1280, 800, true)
	j.open(url + "/")
	j.write("#q", "第一页的问题")
	j.enter()
	j.see(lastAnswered)
	other := j.tab("tabs-other", 1280, 800)
	other.open(url + "/")
	other.see("#start")
	if eval[bool](other, `document.querySelector(".turn") !== null`) {
		t.Error("a new tab shows the other's conversation")
	}
	// a duplicated tab begins with a copy of the other's session storage
	kept := eval[string](j, `sessionStorage.getItem("wenda.talk")`)
	eval[bool](other, `(sessionStorage.setItem("wenda.talk", `+strconv.Quote(kept)+`), true)`)
	other.open(url + "/")
	other.see(".turn .feedback:not([hidden])")
	j.write("#q", "原来那页接着问")
	j.enter()
	j.see(".turn:nth-child(2) .feedback:not([hidden])")
	other.write("#q", "复制的那页接着问")
	other.enter()
	other.see(".turn:nth-child(2) .feedback:not([hidden])")
	got := eval[string](other, `JSON.parse(localStorage.getItem("wenda.talks")).map((t) => t.turns.map((x) => x.question).join("+")).join(" | ")`)
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
		j.open(url + c.path)
		j.see(".request")
		if got := j.text("h1"); got != c.says {
			t.Errorf("%s: %q", c.path, got)
		}
		j.shot(c.name)
	}
	// print: what only a screen can use is left out
	j.open(url + "/?q=" + "书屋")
	j.see(".turn .feedback")
	if _, err := chromedp.Call(j.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"header.site", "footer.site", "#ask", ".actions", ".feedback"} {
		if eval[bool](j, `document.querySelector("`+hidden+`").checkVisibility()`) {
			t.Errorf("%s is printed", hidden)
		}
	}
	if !eval[bool](j, `document.querySelector(".text").checkVisibility() && document.querySelector(".card").checkVisibility()`) {
		t.Error("the answer or its sources are not printed")
	}
	j.shot("print")
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
	j.open(url + "/doc/" + d.ID + "?p=" + c.ID + "&s=0#" + c.ID)
	j.markShown("document", c.Sentence(0))
	j.shot("cited")
	if n := eval[int](j, `[...document.querySelectorAll(".part")].filter((p) => !p.firstElementChild.checkVisibility({contentVisibilityAuto: true})).length`); n < 50 {
		t.Errorf("only %d parts are left out of the layout", n)
	}
	j.do("search", chromedp.SetValue(chromedp.CSS("#find"), "第1999段"))
	eval[bool](j, `(document.querySelector("#search").requestSubmit(), true)`)
	j.until("found", `document.querySelector("#found").textContent.startsWith("第1处，共1处")`)
}
