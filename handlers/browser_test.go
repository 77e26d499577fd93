package handlers

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"wenda/rag"
)

// conversationWorld answers like the engine would: by question, with conversations.
func conversationWorld(t *testing.T) *world {
	w := newWorld(t, func(c *Config, _ *Deps) { c.LimitsOff = true })
	d := w.document
	var mu sync.Mutex
	n := 0
	w.deps.Asker = askFunc(func(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
		mu.Lock()
		n++
		id := fmt.Sprintf("a_%d%s", n, strings.Repeat("0", 24))
		mu.Unlock()
		if q.ConversationID == "c_expired" {
			return rag.Answer{}, rag.ErrConversation
		}
		a := rag.Answer{ID: id, ConversationID: "c_1", Status: rag.Answered, Answered: true, Mode: rag.Quoted, AsOf: d.Meta.Published, RequestID: q.RequestID,
			Notice: "这是2024年的计划，写的是目标和打算，实际情况请向主管部门了解。", Related: []string{"书屋几点关门", "少儿读物有多少"}}
		a.Trace.Asked = q.Text
		switch {
		case strings.Contains(q.Text, "名单"):
			a.Status, a.Answered, a.Mode = rag.NotStated, false, rag.Quoted
			a.Text = "文件没有说明具体名单。相关内容是：" + "全年力争新建社区书屋9个，改造旧书屋14个。[1]"
			a.Citations = []rag.Citation{cite(t, d, 1, "新建社区书屋9个")}
			a.Handoff = &rag.Handoff{Name: "12345政务服务便民热线", Phone: "12345", Hours: "24小时", Say: "我想咨询社区书屋的名单。"}
		case strings.Contains(q.Text, "慢"):
			if emit != nil {
				emit(rag.Event{Stage: "compose"})
			}
			<-ctx.Done()
			return rag.Answer{}, ctx.Err()
		case q.ConversationID == "c_1":
			a.Text = "5月举办第6届河湾读书节，安排讲座20场。[1]"
			a.Citations = []rag.Citation{cite(t, d, 1, "第6届河湾读书节")}
		default:
			a.Text = "文件提到：\n（1）全年力争新建社区书屋9个，改造旧书屋14个。[1]\n（2）志愿者每周二上门送书。[2]"
			a.Citations = []rag.Citation{cite(t, d, 1, "新建社区书屋9个"), cite(t, d, 2, "志愿者每周二")}
		}
		if emit != nil {
			emit(rag.Event{Stage: "understand"})
			emit(rag.Event{Stage: "retrieve"})
			for i := range a.Citations {
				emit(rag.Event{Citation: &a.Citations[i]})
			}
			emit(rag.Event{Delta: a.Text})
		}
		w.answers.put(a)
		return a, nil
	})
	return w
}

// sizes are a phone and a desk.
func sizes() map[string][2]int64 { return map[string][2]int64{"375": {375, 720}, "1280": {1280, 800}} }

const (
	lastAnswered = `.turn:last-child .feedback:not([hidden])`
	send         = "#ask .primary"
)

func TestBrowserWithScripts(t *testing.T) {
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			w := conversationWorld(t)
			url, _ := w.listen(t)
			j := newJourney(t, "scripts-"+name, size[0], size[1], true)

			j.open(url + "/")
			j.see("#start")
			j.shot("1-home")
			j.write("#q", "今年新建几个书屋")
			j.enter()
			j.see(lastAnswered)
			if got := eval[string](j, `document.querySelector("#q").value`); got != "" {
				t.Errorf("the field still has %q", got)
			}
			if got := j.text(".turn .text"); !strings.Contains(got, "新建社区书屋9个，改造旧书屋14个。[1]") {
				t.Errorf("answer %q", got)
			}
			if got := eval[string](j, `document.querySelector("#live").textContent`); !strings.Contains(got, "志愿者每周二上门送书。") || strings.Contains(got, "[1]") {
				t.Errorf("a screen reader hears %q", got)
			}
			j.shot("2-answer")

			j.click(".card:nth-child(2) a")
			j.markInView("志愿者每周二上门送书。")
			j.shot("3-document")
			j.until("focus on the mark", `document.activeElement.id === "cited"`)
			j.click("a[rel=prev]")
			j.see("a[rel=next]")
			j.markInView("全年力争新建社区书屋9个，改造旧书屋14个。")
			j.click("#back")
			j.see(lastAnswered)
			if got := j.text(".turn .question"); got != "今年新建几个书屋" {
				t.Errorf("after going back the question is %q", got)
			}

			j.write("#q", "读书节呢")
			j.click(send)
			j.see(".turn:nth-child(2) .feedback:not([hidden])")
			if got := j.text(".turn:last-child .text"); !strings.Contains(got, "第6届河湾读书节") {
				t.Errorf("follow-up %q: the conversation was not kept", got)
			}
			j.click(".turn:last-child .verdicts button[value=useless]")
			j.see(".turn:last-child select")
			j.do("choose a reason", chromedp.SetValue(chromedp.CSS(".turn:last-child select"), "incomplete"))
			j.write(".turn:last-child textarea[name=comment]", "没有地点")
			j.shot("4-feedback")
			j.click(".turn:last-child [data-do=explain]")
			j.until("thanks", `document.querySelector('.turn:last-child [data-slot=thanks]').textContent.includes("谢谢您的反馈")`)
			if got := w.answers.given(); len(got) != 2 || got[0].Verdict != "useless" || got[1].Reason != "incomplete" || got[1].Comment != "没有地点" {
				t.Errorf("feedback %+v", got)
			}

			j.click(".turn:last-child .related a")
			j.see(".turn:nth-child(3) .feedback:not([hidden])")
			j.write("#q", "书屋名单")
			j.enter()
			j.see(".turn:nth-child(4) .handoff:not([hidden])")
			j.shot("5-not-stated")
			j.do("reload", chromedp.Reload())
			j.see(".turn:nth-child(4) .feedback:not([hidden])")
			j.click("#fresh a")
			j.see("#start")
			if eval[bool](j, `document.querySelector(".turn") !== null`) {
				t.Error("a new conversation shows the old one")
			}
		})
	}
}

func TestBrowserTroubles(t *testing.T) {
	w := conversationWorld(t)
	url, stop := w.listen(t)
	j := newJourney(t, "troubles", 375, 720, true)
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
	j.shot("1-too-long")

	j.do("a slow question", chromedp.SetValue(chromedp.CSS("#q"), "慢慢来"))
	j.click(send)
	j.see("#stop")
	j.until("stage in words", `document.querySelector(".stage").textContent === "正在组织回答"`)
	j.shot("2-stage")
	j.click("#stop")
	j.see(".turn .trouble")
	if got := j.text(".turn .trouble p"); !strings.Contains(got, "已停止") {
		t.Errorf("stopped: %q", got)
	}
	j.shot("3-stopped")

	eval[string](j, `document.querySelector("#ask").elements.conversation_id.value = "c_expired"`)
	j.write("#q", "新建几个书屋")
	j.enter()
	j.see(lastAnswered)
	if got := eval[string](j, `document.querySelector("#live").textContent`); !strings.Contains(got, "已经过期") {
		t.Errorf("a screen reader hears %q", got)
	}

	stop()
	j.write("#q", "还在吗")
	j.enter()
	j.see(".turn:last-child .trouble")
	if got := j.text(".turn:last-child .trouble p"); !strings.Contains(got, "连接中断") {
		t.Errorf("server gone: %q", got)
	}
	j.shot("4-gone")
}

func TestBrowserWithoutScripts(t *testing.T) {
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			w := conversationWorld(t)
			url, _ := w.listen(t)
			j := newJourney(t, "plain-"+name, size[0], size[1], false)
			j.open(url + "/")
			j.write("#q", "今年新建几个书屋")
			j.click(send)
			j.see(".turn .feedback")
			j.shot("1-answer")
			j.click(".card:nth-child(2) a")
			j.markInView("志愿者每周二上门送书。")
			j.shot("2-document")
			j.do("go back in the browser", chromedp.NavigateBack())
			j.see(".turn .feedback")
			if got := j.text(".turn .question"); got != "今年新建几个书屋" {
				t.Errorf("question %q", got)
			}
			j.write("#q", "读书节呢")
			j.click(send)
			j.until("follow up", `document.querySelector(".question")?.textContent === "读书节呢"`)
			if got := j.text(".turn .text"); !strings.Contains(got, "第6届河湾读书节") {
				t.Errorf("follow-up %q: the conversation was lost", got)
			}
			j.click(".verdicts button[value=useful]")
			j.see(".thanks")
			if got := w.answers.given(); len(got) != 1 || got[0].Verdict != "useful" || !strings.Contains(j.text(".thanks"), "谢谢") {
				t.Errorf("feedback %+v", got)
			}
			j.shot("3-thanks")
			j.write("#q", "讲座几场")
			j.click(send)
			j.until("go on from there", `document.querySelector(".question")?.textContent === "讲座几场"`)
			if got := j.text(".turn .text"); !strings.Contains(got, "第6届河湾读书节") {
				t.Errorf("conversation lost after feedback: %q", got)
			}
			j.open(url + "/nothing")
			j.see(".request")
			j.shot("4-unknown")
		})
	}
}

// The same answer, by the server and by answer.js, has the same markup.
func TestBrowserBothMarkupsAgree(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "markup", 1280, 800, true)
	const shown = `(() => {
		const address = (e) => {
			if (!e.href) return "";
			if (e.getAttribute("href").startsWith("#")) return e.hash.replace(/a_\d+/g, "a_");
			const u = new URL(e.href);
			u.searchParams.sort();
			return (u.pathname + u.search + u.hash).replace(/a_\d+/g, "a_");
		};
		return [...document.querySelector(".turn").querySelectorAll("*")].filter((e) => !e.closest("[hidden], template") && !e.matches("option, .stage"))
		.map((e) => [e.tagName, e.className, e.getAttribute("aria-label"), address(e), e.childElementCount ? "" : e.textContent.trim()].join(" ")).join("\n") })()`
	for _, q := range []string{"今年新建几个书屋", "书屋名单"} {
		j.open(url + "/?q=" + q)
		j.see(".turn .feedback")
		byServer := eval[string](j, shown)
		j.open(url + "/")
		j.write("#q", q)
		j.enter()
		j.see(lastAnswered)
		if byScript := eval[string](j, shown); byScript != byServer {
			t.Errorf("%s: by the server\n%s\n\nby script\n%s", q, byServer, byScript)
		}
		eval[bool](j, `(sessionStorage.clear(), true)`)
	}
	// the URL of the contract, without p: the server cannot see the fragment, the script can
	c := w.sampleAnswer(t).Citations[1]
	j.open(url + c.URL)
	j.markInView(c.Quote)
}
