package staff

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"wenda/rag"
	"wenda/store"
)

// most wants at most n clicks from the console's first page (issue 7), and counts anew.
func (j *journey) most(task string, n int) {
	j.t.Helper()
	j.t.Logf("%s: %d clicks", task, j.clicks)
	if j.clicks > n {
		j.t.Errorf("%s took %d clicks, at most %d", task, j.clicks, n)
	}
	j.open("/staff/")
	j.clicks = 0
}

func (l *librarySite) dislike(a rag.Answer) {
	l.t.Helper()
	if err := l.store.Feedback(l.t.Context(), store.Feedback{AnswerID: a.ID, Verdict: store.Useless, Comment: "不对"}); err != nil {
		l.t.Fatal(err)
	}
}

// The three tasks of log, curated answers and gaps, with their clicks counted.
func TestJourneyCorrectAnswers(t *testing.T) {
	l := newLibrarySite(t)
	l.dislike(l.ask("校车每学期收费三百六十元吗", "portal"))
	for _, q := range []string{"校车能带宠物吗", "校车能带宠物来吗"} {
		l.ask(q, "wechat")
	}
	j := newJourney(l.site, "correct", true)
	j.signedIn("王五", store.Publish)
	j.clicks = 0

	j.click(`.menu a[href="/staff/log"]`)
	j.shot("1-log")
	j.click(`a[href="/staff/log?feedback=useless"]`)
	j.says("共1条")
	j.click(`td a[href^="/staff/log/a_"]`)
	j.says("依据强度")
	j.shot("2-record")
	j.click(`a[href^="/staff/curated/new?from="]`)
	j.fill("#answer", "是的，校车每学期收费三百六十元。")
	j.shot("3-curated")
	j.click(`button[value="publish"]`)
	j.says("已审定，一秒内生效")
	if a := l.ask("校车每学期收费三百六十元吗", "portal"); a.Mode != rag.Curated {
		t.Errorf("the answer is not corrected: %s %q", a.Mode, a.Text)
	}
	j.most("correct a wrong answer", 6)

	j.click(`.menu a[href="/staff/gaps"]`)
	j.shot("4-gaps")
	j.click(`th a[href^="/staff/gaps/"]`)
	j.says("属于哪一句原文")
	j.shot("5-gap")
	j.click(`a[href^="/staff/curated/new?"]`)
	j.fill("#answer", "每班校车配一名照管员，请问照管员。")
	in[any](j, `(() => { for (const b of document.querySelectorAll("input[name=cite]")) b.checked = b.value.includes("照管员"); return 0 })()`)
	j.clicks++ // the box
	j.click(`button[value="publish"]`)
	j.says("缺口已关闭")
	j.says("之后还没有人再问")
	j.most("turn a gap into a curated answer", 8)

	j.click(`.menu a[href="/staff/log"]`)
	j.see("form.export")
	in[any](j, `(() => { [...document.querySelectorAll("a.badge")].find(a => a.textContent === "上个月").id = "chosen"; return 0 })()`)
	j.click("#chosen")
	j.until("the filter of last month", `document.querySelector("#from").value.endsWith("-01")`)
	j.click(`button[value="csv"]`)
	j.until("the export to end", `document.querySelector("#export-text").textContent.startsWith("已导出")`)
	j.most("export last month's log", 4)
}

// Documents: an upload is looked at, published, taken back and withdrawn; residents' words are tied to it; figures are shown.
func TestJourneyKnowledge(t *testing.T) {
	l := newLibrarySite(t)
	l.fillLog(500)
	j := newJourney(l.site, "knowledge", true)
	j.signedIn("王五", store.Publish)
	file := filepath.Join(t.TempDir(), "bus.txt")
	if err := os.WriteFile(file, []byte(strings.Replace(busPage, "七点十分", "七点二十分", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	j.click(`.menu a[href="/staff/knowledge"]`)
	j.shot("1-list")
	j.do("choose a file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	j.click(`form[action="/staff/knowledge/upload"] button`)
	j.says("和现行版本比较")
	j.says("七点二十分")
	j.shot("2-staged")
	j.click(`form[action$="/publish"] button`)
	j.says("已发布")
	j.shot("3-document")
	l.reload()
	if !strings.Contains(l.library.Current().Documents()[0].Text, "七点二十分") {
		t.Error("not published")
	}
	j.click(`a[href*="/chunk?p="]`)
	j.click("details summary")
	j.fill("#texts-0", "校车几点开呀")
	j.click(`button[value="no"]`)
	j.says("已加1个问法")
	j.shot("4-chunk")
	j.click(`.menu a[href="/staff/dashboard"]`)
	j.see("figure svg rect")
	j.shot("5-dashboard")
	j.click("figure details summary")
	j.see("figure table")
	if wide := in[bool](j, `document.documentElement.scrollWidth > document.documentElement.clientWidth`); wide {
		t.Error("the dashboard is wider than the window")
	}
}
