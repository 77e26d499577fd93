package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
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
	j.T.Helper()
	j.Until("the mark says "+want, `(() => { const d = `+document+`, m = d?.querySelectorAll("mark"); return m?.length === 1 && m[0].innerText.trim() === `+strconv.Quote(want)+` })()`)
	j.Until("focus on the mark", document+`.activeElement.id === "cited"`)
	j.Until("scrolled to the mark", `(() => { const d = `+document+`, r = d.querySelector("mark").getBoundingClientRect(); return r.top >= 0 && r.bottom <= d.defaultView.innerHeight })()`)
	j.Until("announced", document+`.querySelector("#said").textContent.includes("引用的句子已标出")`)
}

func TestBrowserJourney(t *testing.T) {
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			w := conversationWorld(t)
			url, _ := w.listen(t)
			j := newJourney(t, "journey-"+name, size[0], size[1], true)
			wide := size[0] >= 1088

			j.Open(url + "/")
			j.See("#start")
			j.Shot("1-home")
			j.Write("#q", "今年新建几个书屋")
			j.Enter()
			j.See(lastAnswered)
			if got := browsertest.Eval[string](j, `document.querySelector("#q").value`); got != "" {
				t.Errorf("the field still has %q", got)
			}
			if got := j.Text(".turn .text"); !strings.Contains(got, "新建社区书屋9个，改造旧书屋14个。[1]") {
				t.Errorf("answer %q", got)
			}
			if got := j.heard(); !strings.Contains(got, "志愿者每周二上门送书。") || strings.Contains(got, "[1]") {
				t.Errorf("a screen reader hears %q", got)
			}
			j.Shot("2-answer")

			// a citation, the one before it, and back
			shown := "document"
			j.Click(".card:nth-child(2) a")
			if wide {
				shown = besidePanel
				j.See("#beside iframe")
			} else {
				j.See(".document")
			}
			j.markShown(shown, "志愿者每周二上门送书。")
			j.Shot("3-document")
			browsertest.Eval[bool](j, `(`+shown+`.querySelector("a[rel=prev]").click(), true)`)
			j.Until("at the first citation", shown+`?.querySelector("a[rel=next]") != null`)
			j.markShown(shown, "全年力争新建社区书屋9个，改造旧书屋14个。")
			if wide {
				j.Press("Escape", 27, 0)
				j.Until("closed, focus back on the card", `document.querySelector("#beside").hidden && document.activeElement.matches(".card:nth-child(2) a")`)
			} else {
				j.Click("#back")
				j.See(lastAnswered)
				if got := j.Text(".turn .question"); got != "今年新建几个书屋" {
					t.Errorf("after going back the question is %q", got)
				}
			}

			// follow up, feedback with a reason
			j.Write("#q", "读书节呢")
			j.Click(send)
			j.See(".turn:nth-child(2) .feedback:not([hidden])")
			if got := j.Text(".turn:last-child .text"); !strings.Contains(got, "第6届河湾读书节") {
				t.Errorf("follow-up %q: the conversation was not kept", got)
			}
			j.Click(".turn:last-child .verdicts button[value=useless]")
			j.See(".turn:last-child select[name=reason]")
			j.Do("choose a reason", chromedp.SetValue(chromedp.CSS(".turn:last-child select[name=reason]"), "incomplete"))
			j.Write(".turn:last-child textarea[name=comment]", "没有地点")
			j.Shot("4-feedback")
			j.Click(".turn:last-child [data-do=explain]")
			j.Until("thanks", `document.querySelector('.turn:last-child [data-slot=thanks]').textContent.includes("谢谢您的反馈")`)
			if got := w.answers.given(); len(got) != 2 || got[0].Verdict != "useless" || got[1].Reason != "incomplete" || got[1].Comment != "没有地点" {
				t.Errorf("feedback %+v", got)
			}

			// related question, one that is not answered, other words for it
			j.Click(".turn:last-child .related a")
			j.See(".turn:nth-child(3) .feedback:not([hidden])")
			j.Write("#q", "书屋名单")
			j.Enter()
			j.See(".turn:nth-child(4) .handoff:not([hidden])")
			j.Shot("5-not-stated")
			j.Click(".turn:last-child [data-do=rephrase]")
			j.Until("the question is back in the field", `document.activeElement.id === "q" && document.activeElement.value === "书屋名单"`)
			browsertest.Eval[bool](j, `(document.querySelector("#q").value = "", true)`)

			// other characters and colours, everything stays
			j.Click(".tools button[value=hant]")
			j.Until("traditional", `document.documentElement.lang === "zh-Hant" && document.querySelector(".turn:nth-child(4) .feedback:not([hidden])") != null`)
			j.Until("answers as well", `document.querySelector(".turn:nth-child(4) .text").innerText.includes("文件沒有說明")`)
			for selector, want := range map[string]string{".turn:nth-child(4) .card blockquote": "社區書屋", ".turn:nth-child(4) .card .title": "社區閱讀工作方案", "#ask label": "繼續提問", ".turn:nth-child(4) [data-do=read]": "朗讀"} {
				if got := j.Text(selector); !strings.Contains(got, want) {
					t.Errorf("%s says %q, not %s", selector, got, want)
				}
			}
			if got := browsertest.Eval[string](j, `document.title`); !strings.Contains(got, "智能問答") {
				t.Errorf("title %q", got)
			}
			j.Shot("6-traditional")
			j.Click(".tools button[value=on]")
			j.Until("elder mode", `document.documentElement.dataset.elder === "on" && !document.querySelector(".about").checkVisibility() && document.querySelector(".call").checkVisibility()`)
			j.Shot("7-elder")
			j.Do("reload", chromedp.Reload())
			j.See(".turn:nth-child(4) .feedback:not([hidden])")
			if got := browsertest.Eval[string](j, `document.documentElement.lang + document.documentElement.dataset.elder`); got != "zh-Hanton" {
				t.Errorf("after reloading the display is %q", got)
			}
			j.Click(".tools button[value=off]")
			j.Click(".tools button[value=hans]")
			j.Until("simplified again", `document.documentElement.lang === "zh-CN" && document.querySelector(".turn:nth-child(4) .text")?.innerText.includes("文件没有说明")`)

			// print one answer, share it with somebody else
			browsertest.Eval[bool](j, `(window.print = () => { window.printed = document.body.className + " " + document.querySelectorAll(".print-me").length }, true)`)
			j.Click(".turn:nth-child(1) [data-do=print]")
			if got := browsertest.Eval[string](j, `window.printed`); got != "print-one 1" {
				t.Errorf("printed %q", got)
			}
			address := browsertest.Eval[string](j, `document.querySelector(".turn:nth-child(1) [data-do=share]").href`)
			friend := newJourney(t, "friend-"+name, size[0], size[1], true)
			friend.Open(address)
			friend.See(".turn .feedback")
			if got := friend.Text(".turn .question") + friend.Text(".turn .text"); !strings.Contains(got, "今年新建几个书屋") || !strings.Contains(got, "新建社区书屋9个") {
				t.Errorf("a friend sees %q", got)
			}
			if got := browsertest.Eval[string](friend, `document.querySelector("#ask").elements.conversation_id.value`); got != "" {
				t.Errorf("a friend goes on with conversation %q", got)
			}
			friend.Shot("8-shared")

			// a new conversation; the old one is in the history
			j.Click("#fresh a")
			j.See("#start")
			if browsertest.Eval[bool](j, `document.querySelector(".turn") !== null`) {
				t.Error("a new conversation shows the old one")
			}
			j.Click("#history summary")
			j.See("#history li")
			j.Shot("9-history")
			j.Click("#history li button")
			j.See(".turn:nth-child(4) .feedback:not([hidden])")
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
			j.Open(url + "/")
			if browsertest.Eval[bool](j, `[...document.querySelectorAll(".scripted")].some((e) => e.checkVisibility())`) {
				t.Error("something is shown that only scripts can do")
			}
			j.Write("#q", "今年新建几个书屋")
			j.Click(send)
			j.See(".turn .feedback")
			j.Shot("1-answer")
			if browsertest.Eval[bool](j, `[...document.querySelectorAll(".scripted")].some((e) => e.checkVisibility())`) {
				t.Error("something is shown that only scripts can do")
			}
			j.Click(".card:nth-child(2) a")
			j.MarkInView("志愿者每周二上门送书。")
			j.Shot("2-document")
			j.Do("go back in the browser", chromedp.NavigateBack())
			j.See(".turn .feedback")
			if got := j.Text(".turn .question"); got != "今年新建几个书屋" {
				t.Errorf("question %q", got)
			}
			j.Write("#q", "读书节呢")
			j.Click(send)
			j.Until("follow up", `document.querySelector(".question")?.textContent === "读书节呢"`)
			if got := j.Text(".turn .text"); !strings.Contains(got, "第6届河湾读书节") {
				t.Errorf("follow-up %q: the conversation was lost", got)
			}
			j.Click(".verdicts button[value=useful]")
			j.See(".thanks")
			if got := w.answers.given(); len(got) != 1 || got[0].Verdict != "useful" || !strings.Contains(j.Text(".thanks"), "谢谢") {
				t.Errorf("feedback %+v", got)
			}
			j.Shot("3-thanks")
			j.Write("#q", "讲座几场")
			j.Click(send)
			j.Until("go on from there", `document.querySelector(".question")?.textContent === "讲座几场"`)
			if got := j.Text(".turn .text"); !strings.Contains(got, "第6届河湾读书节") {
				t.Errorf("conversation lost after feedback: %q", got)
			}

			// another script, elder mode, words to change, words in a document: by forms and links alone
			j.Click(".tools button[value=hant]")
			j.Until("traditional", `document.documentElement.lang === "zh-Hant" && document.querySelector(".question")?.textContent === "講座幾場"`)
			j.Click(".tools button[value=on]")
			j.Until("elder mode", `document.documentElement.dataset.elder === "on"`)
			j.Shot("4-elder")
			j.Click(".tools button[value=off]")
			j.Until("elder mode off", `document.documentElement.dataset.elder === "off"`)
			j.Click(".tools summary")
			j.Click(".settings button[value=dark]")
			j.Until("dark", `document.documentElement.dataset.theme === "dark"`)
			j.Click(".tools button[value=hans]")
			j.Until("simplified", `document.documentElement.lang === "zh-CN"`)
			j.Open(url + "/?q=书屋名单")
			j.Click("[data-do=rephrase]")
			j.Until("the question is in the field", `document.querySelector("#q")?.value === "书屋名单"`)
			j.Open(url + "/doc/" + w.document.ID)
			j.Write("#find", "读书节")
			j.Click("#search button")
			j.See(".results a")
			j.Click(".results a")
			j.Click(".contents summary")
			j.Shot("5-found")
			j.Click(".contents a")
			j.Open(url + "/nothing")
			j.See(".request")
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
		j.Open(url + "/?q=" + q)
		j.See(".turn .feedback")
		byServer := browsertest.Eval[string](j, shown)
		j.Open(url + "/")
		j.Write("#q", q)
		j.Enter()
		j.See(lastAnswered)
		if byScript := browsertest.Eval[string](j, shown); byScript != byServer {
			t.Errorf("%s: by the server\n%s\n\nby script\n%s", q, byServer, byScript)
		}
		browsertest.Eval[bool](j, `(sessionStorage.clear(), true)`)
	}
	// the URL of the contract, without p: the server cannot see the fragment, the script can
	c := w.sampleAnswer(t).Citations[1]
	j.Open(url + c.URL)
	j.MarkInView(c.Quote)
}
