package handlers

import (
	"context"
	"fmt"
	"strconv"
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

// sizes are a phone, a tablet and a desk.
func sizes() map[string][2]int64 {
	return map[string][2]int64{"375": {375, 720}, "768": {768, 1024}, "1280": {1280, 800}}
}

const (
	lastAnswered = `.turn:last-child .feedback:not([hidden])`
	send         = "#ask .primary"
)

// besidePanel is the document in the panel, as an expression in the page.
const besidePanel = `document.querySelector("#beside iframe").contentDocument`

// markShown checks that the cited sentence is marked, once, has the focus and lies within the window, of the page or of the panel.
func (j *journey) markShown(document, want string) {
	j.t.Helper()
	j.until("the mark says "+want, `(() => { const d = `+document+`, m = d?.querySelectorAll("mark"); return m?.length === 1 && m[0].innerText.trim() === `+strconv.Quote(want)+` })()`)
	j.until("focus on the mark", document+`.activeElement.id === "cited"`)
	j.until("scrolled to the mark", `(() => { const d = `+document+`, r = d.querySelector("mark").getBoundingClientRect(); return r.top >= 0 && r.bottom <= d.defaultView.innerHeight })()`)
	j.until("announced", document+`.querySelector("#said").textContent.includes("引用的句子已标出")`)
}

func TestBrowserJourney(t *testing.T) {
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			w := conversationWorld(t)
			url, _ := w.listen(t)
			j := newJourney(t, "journey-"+name, size[0], size[1], true)
			wide := size[0] >= 1088

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
			if got := j.heard(); !strings.Contains(got, "志愿者每周二上门送书。") || strings.Contains(got, "[1]") {
				t.Errorf("a screen reader hears %q", got)
			}
			j.shot("2-answer")

			// a citation, the one before it, and back
			shown := "document"
			j.click(".card:nth-child(2) a")
			if wide {
				shown = besidePanel
				j.see("#beside iframe")
			} else {
				j.see(".document")
			}
			j.markShown(shown, "志愿者每周二上门送书。")
			j.shot("3-document")
			eval[bool](j, `(`+shown+`.querySelector("a[rel=prev]").click(), true)`)
			j.until("at the first citation", shown+`?.querySelector("a[rel=next]") != null`)
			j.markShown(shown, "全年力争新建社区书屋9个，改造旧书屋14个。")
			if wide {
				j.press("Escape", 27, 0)
				j.until("closed, focus back on the card", `document.querySelector("#beside").hidden && document.activeElement.matches(".card:nth-child(2) a")`)
			} else {
				j.click("#back")
				j.see(lastAnswered)
				if got := j.text(".turn .question"); got != "今年新建几个书屋" {
					t.Errorf("after going back the question is %q", got)
				}
			}

			// follow up, feedback with a reason
			j.write("#q", "读书节呢")
			j.click(send)
			j.see(".turn:nth-child(2) .feedback:not([hidden])")
			if got := j.text(".turn:last-child .text"); !strings.Contains(got, "第6届河湾读书节") {
				t.Errorf("follow-up %q: the conversation was not kept", got)
			}
			j.click(".turn:last-child .verdicts button[value=useless]")
			j.see(".turn:last-child select[name=reason]")
			j.do("choose a reason", chromedp.SetValue(chromedp.CSS(".turn:last-child select[name=reason]"), "incomplete"))
			j.write(".turn:last-child textarea[name=comment]", "没有地点")
			j.shot("4-feedback")
			j.click(".turn:last-child [data-do=explain]")
			j.until("thanks", `document.querySelector('.turn:last-child [data-slot=thanks]').textContent.includes("谢谢您的反馈")`)
			if got := w.answers.given(); len(got) != 2 || got[0].Verdict != "useless" || got[1].Reason != "incomplete" || got[1].Comment != "没有地点" {
				t.Errorf("feedback %+v", got)
			}

			// related question, one that is not answered, other words for it
			j.click(".turn:last-child .related a")
			j.see(".turn:nth-child(3) .feedback:not([hidden])")
			j.write("#q", "书屋名单")
			j.enter()
			j.see(".turn:nth-child(4) .handoff:not([hidden])")
			j.shot("5-not-stated")
			j.click(".turn:last-child [data-do=rephrase]")
			j.until("the question is back in the field", `document.activeElement.id === "q" && document.activeElement.value === "书屋名单"`)
			eval[bool](j, `(document.querySelector("#q").value = "", true)`)

			// other characters and colours, everything stays
			j.click(".tools button[value=hant]")
			j.until("traditional", `document.documentElement.lang === "zh-Hant" && document.querySelector(".turn:nth-child(4) .feedback:not([hidden])") != null`)
			j.until("answers as well", `document.querySelector(".turn:nth-child(4) .text").innerText.includes("文件沒有說明")`)
			for selector, want := range map[string]string{".turn:nth-child(4) .card blockquote": "社區書屋", ".turn:nth-child(4) .card .title": "社區閱讀工作方案", "#ask label": "繼續提問", ".turn:nth-child(4) [data-do=read]": "朗讀"} {
				if got := j.text(selector); !strings.Contains(got, want) {
					t.Errorf("%s says %q, not %s", selector, got, want)
				}
			}
			if got := eval[string](j, `document.title`); !strings.Contains(got, "智能問答") {
				t.Errorf("title %q", got)
			}
			j.shot("6-traditional")
			j.click(".tools button[value=on]")
			j.until("elder mode", `document.documentElement.dataset.elder === "on" && !document.querySelector(".about").checkVisibility() && document.querySelector(".call").checkVisibility()`)
			j.shot("7-elder")
			j.do("reload", chromedp.Reload())
			j.see(".turn:nth-child(4) .feedback:not([hidden])")
			if got := eval[string](j, `document.documentElement.lang + document.documentElement.dataset.elder`); got != "zh-Hanton" {
				t.Errorf("after reloading the display is %q", got)
			}
			j.click(".tools button[value=off]")
			j.click(".tools button[value=hans]")
			j.until("simplified again", `document.documentElement.lang === "zh-CN" && document.querySelector(".turn:nth-child(4) .text")?.innerText.includes("文件没有说明")`)

			// print one answer, share it with somebody else
			eval[bool](j, `(window.print = () => { window.printed = document.body.className + " " + document.querySelectorAll(".print-me").length }, true)`)
			j.click(".turn:nth-child(1) [data-do=print]")
			if got := eval[string](j, `window.printed`); got != "print-one 1" {
				t.Errorf("printed %q", got)
			}
			address := eval[string](j, `document.querySelector(".turn:nth-child(1) [data-do=share]").href`)
			friend := newJourney(t, "friend-"+name, size[0], size[1], true)
			friend.open(address)
			friend.see(".turn .feedback")
			if got := friend.text(".turn .question") + friend.text(".turn .text"); !strings.Contains(got, "今年新建几个书屋") || !strings.Contains(got, "新建社区书屋9个") {
				t.Errorf("a friend sees %q", got)
			}
			if got := eval[string](friend, `document.querySelector("#ask").elements.conversation_id.value`); got != "" {
				t.Errorf("a friend goes on with conversation %q", got)
			}
			friend.shot("8-shared")

			// a new conversation; the old one is in the history
			j.click("#fresh a")
			j.see("#start")
			if eval[bool](j, `document.querySelector(".turn") !== null`) {
				t.Error("a new conversation shows the old one")
			}
			j.click("#history summary")
			j.see("#history li")
			j.shot("9-history")
			j.click("#history li button")
			j.see(".turn:nth-child(4) .feedback:not([hidden])")
		})
	}
}

func TestBrowserWithoutScripts(t *testing.T) {
	for name, size := range sizes() {
		if name == "768" { // forms and links look there as at 375
			continue
		}
		t.Run(name, func(t *testing.T) {
			w := conversationWorld(t)
			url, _ := w.listen(t)
			j := newJourney(t, "plain-"+name, size[0], size[1], false)
			j.open(url + "/")
			if eval[bool](j, `[...document.querySelectorAll(".scripted")].some((e) => e.checkVisibility())`) {
				t.Error("something is shown that only scripts can do")
			}
			j.write("#q", "今年新建几个书屋")
			j.click(send)
			j.see(".turn .feedback")
			j.shot("1-answer")
			if eval[bool](j, `[...document.querySelectorAll(".scripted")].some((e) => e.checkVisibility())`) {
				t.Error("something is shown that only scripts can do")
			}
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

			// another script, elder mode, words to change, words in a document: by forms and links alone
			j.click(".tools button[value=hant]")
			j.until("traditional", `document.documentElement.lang === "zh-Hant" && document.querySelector(".question")?.textContent === "講座幾場"`)
			j.click(".tools button[value=on]")
			j.until("elder mode", `document.documentElement.dataset.elder === "on"`)
			j.shot("4-elder")
			j.click(".tools button[value=off]")
			j.until("elder mode off", `document.documentElement.dataset.elder === "off"`)
			j.click(".tools summary")
			j.click(".settings button[value=dark]")
			j.until("dark", `document.documentElement.dataset.theme === "dark"`)
			j.click(".tools button[value=hans]")
			j.until("simplified", `document.documentElement.lang === "zh-CN"`)
			j.open(url + "/?q=书屋名单")
			j.click("[data-do=rephrase]")
			j.until("the question is in the field", `document.querySelector("#q")?.value === "书屋名单"`)
			j.open(url + "/doc/" + w.document.ID)
			j.write("#find", "读书节")
			j.click("#search button")
			j.see(".results a")
			j.click(".results a")
			j.click(".contents summary")
			j.shot("5-found")
			j.click(".contents a")
			j.open(url + "/nothing")
			j.see(".request")
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
