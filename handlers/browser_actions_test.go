package handlers

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
)

// An answer can be copied with its source, its link and what to tell 12345 as well.
func TestBrowserCopy(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "copy", 375, 720, true)
	j.Open(url + "/")
	j.Write("#q", "书屋名单")
	j.Enter()
	j.See(lastAnswered)
	browsertest.Eval[bool](j, `(navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve() }, true)`)
	copied := func(selector, said string) string {
		t.Helper()
		j.Click(selector)
		j.Until("says what was done", `document.querySelector("[data-slot=said]").textContent.includes(`+quoted(said)+`)`)
		return browsertest.Eval[string](j, `window.copied`)
	}
	text := copied("[data-do=copy]", "已复制，带出处")
	for _, want := range []string{"书屋名单", "文件没有说明具体名单", "出处：", "[1] 《河湾区2024年社区阅读工作方案》一、工作目标（文化局，2024-03-05）", "这是2024年的计划", url + "/a/a_"} {
		if !strings.Contains(text, want) {
			t.Errorf("copied text lacks %q:\n%s", want, text)
		}
	}
	if got := copied("[data-do=share]", "链接已复制"); !strings.HasPrefix(got, url+"/a/a_") || strings.Contains(got, "c_1") {
		t.Errorf("shared %q", got)
	}
	if got := copied("[data-do=copy-say]", "照着说"); got != "我想咨询社区书屋的名单。" {
		t.Errorf("to say: %q", got)
	}
	// without a clipboard the old way works
	browsertest.Eval[bool](j, `(navigator.clipboard.writeText = () => Promise.reject(new Error("no")), document.execCommand = () => { window.copied = getSelection().toString() || document.activeElement.value; return true }, true)`)
	if got := copied("[data-do=copy-say]", "照着说"); got != "我想咨询社区书屋的名单。" {
		t.Errorf("without a clipboard: %q", got)
	}
}

// Chromium of the tests has no voices and no microphone: both ends are replaced where the browser begins.
func TestBrowserReadAloudAndVoice(t *testing.T) {
	w := conversationWorld(t)
	url, _ := w.listen(t)
	j := newJourney(t, "voice", 375, 720, true)
	j.Open(url + "/")
	browsertest.Eval[bool](j, `(() => {
		window.heard = [];
		speechSynthesis.speak = (u) => { window.heard.push(u.text + "@" + u.rate + u.lang); window.current = u };
		speechSynthesis.cancel = () => {};
		return true;
	})()`)
	j.Write("#q", "今年新建几个书屋")
	j.Enter()
	j.See(lastAnswered)
	j.Click("[data-do=read]")
	j.Until("the first sentence", `window.heard.length === 1 && document.querySelector("[data-do=read]").getAttribute("aria-pressed") === "true"`)
	marked := `[...CSS.highlights.get("reading") ?? []].map((r) => r.toString()).join("|")`
	if got := browsertest.Eval[string](j, marked); got != "文件提到：" {
		t.Errorf("marked %q", got)
	}
	j.Do("faster", chromedp.SetValue(chromedp.CSS("[data-do=speed]"), "1.5"))
	browsertest.Eval[bool](j, `(window.current.onend(), true)`)
	if got := browsertest.Eval[string](j, marked); got != "（1）全年力争新建社区书屋9个，改造旧书屋14个。" {
		t.Errorf("marked %q", got)
	}
	j.Shot("reading")
	browsertest.Eval[bool](j, `(window.current.onend(), window.current.onend(), true)`)
	if got := browsertest.Eval[string](j, `window.heard.join("|") + `+marked); got != "文件提到：@1zh-CN|（1）全年力争新建社区书屋9个，改造旧书屋14个。@1.5zh-CN|（2）志愿者每周二上门送书。@1.5zh-CN" {
		t.Errorf("heard %q", got)
	}
	if got := browsertest.Eval[string](j, `document.querySelector("[data-do=read]").textContent`); got != "朗读" {
		t.Errorf("at the end the button says %q", got)
	}
	j.Click("[data-do=read]")
	browsertest.Eval[bool](j, `(window.current.onerror(), true)`)
	if got := j.Text("[data-slot=said]"); !strings.Contains(got, "没有可用的中文语音") {
		t.Errorf("without a voice: %q", got)
	}

	// voice input: what is heard waits in the field
	j.Click("#fresh a")
	j.See("#voice")
	browsertest.Eval[bool](j, `(() => { for (const n of ["SpeechRecognition", "webkitSpeechRecognition"]) if (window[n]) window[n].prototype.start = function () { window.ear = this }; return true })()`)
	j.Click("#voice")
	j.Until("listens", `window.ear?.lang === "zh-CN" && document.querySelector("#voice").textContent === "说完了"`)
	browsertest.Eval[bool](j, `(window.ear.onresult({results: [[{transcript: "读书节"}], [{transcript: "什么时候办"}]]}), window.ear.onend(), true)`)
	if got := browsertest.Eval[string](j, `document.querySelector("#q").value + document.activeElement.id + document.querySelectorAll(".turn").length`); got != "读书节什么时候办q0" {
		t.Errorf("after speaking: %q", got)
	}
	j.Click("#voice")
	browsertest.Eval[bool](j, `(window.ear.onerror({error: "not-allowed"}), window.ear.onend(), true)`)
	if got := j.Text("#trouble"); !strings.Contains(got, "麦克风的权限") {
		t.Errorf("refused: %q", got)
	}
}
