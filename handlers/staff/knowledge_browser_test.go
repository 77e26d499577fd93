package staff

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
	"wenda/rag"
	"wenda/store"
)

// begin counts clicks and seconds anew, from the console's first page.
func (j *journey) begin() {
	j.t.Helper()
	j.Open("/staff/")
	j.clicks, j.began = 0, time.Now()
}

// most wants at most n clicks since begin (issue 7), and prints them with the seconds that this machine took; nobody's reading and writing
// is in these.
func (j *journey) most(task string, n int) {
	j.t.Helper()
	j.t.Logf("%s: %d clicks, %.1f s", task, j.clicks, time.Since(j.began).Seconds())
	if j.clicks > n {
		j.t.Errorf("%s took %d clicks, at most %d", task, j.clicks, n)
	}
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

	j.begin()
	j.ShotOfPage("1-home")
	j.Click(`#bad a[href^="/staff/log/a_"]`)
	j.says("依据强度")
	j.ShotOfPage("2-record")
	j.Click(`a[href^="/staff/curated/new?from="]`)
	j.fill("#answer", "是的，校车每学期收费三百六十元。家长在每年八月二十日以前报名。")
	j.Click(`input[name="cite"][value*="八月二十日"]`) // the other source that it needs
	j.ShotOfPage("3-curated")
	j.Click(`button[value="publish"]`)
	j.says("已审定，一秒内生效")
	j.most("correct a wrong answer", 6)
	if a := l.ask("校车每学期收费三百六十元吗", "portal"); a.Mode != rag.Curated || !strings.Contains(a.Text, "八月二十日") {
		t.Errorf("the answer is not corrected: %s %q", a.Mode, a.Text)
	}

	j.begin()
	j.Click(`main a[href="/staff/gaps"]`)
	j.ShotOfPage("4-gaps")
	j.Click(`th a[href^="/staff/gaps/"]`)
	j.says("属于哪一句原文")
	j.ShotOfPage("5-gap")
	j.Click(`a[href^="/staff/curated/new?"]`)
	j.fill("#answer", "每班校车配一名照管员，请问照管员。")
	j.Click(`input[name="cite"][value*="照管员"]`)
	j.Click(`button[value="publish"]`)
	j.says("缺口已关闭")
	j.says("之后还没有人再问")
	j.most("turn a gap into a curated answer", 8)

	j.begin()
	j.Click(`main a[href^="/staff/log?from="]`)
	j.Until("the filter of last month", `document.querySelector("#from").value.endsWith("-01")`)
	j.Click(`button[value="csv"]`)
	j.Until("the export to end", `document.querySelector("#export-text").textContent.startsWith("已导出")`)
	j.most("export last month's log", 4)

	// a filter that was kept does what its name says
	j.Open("/staff/log?feedback=useless&text=" + url.QueryEscape("三百六十&元"))
	j.Click("details summary")
	j.fill("#filter-name", "问钱的<差评>")
	j.Click(`form[action="/staff/log/filters"] button`)
	j.says("已保存")
	j.Open("/staff/log")
	j.Click(j.holding("a.badge", "问钱的<差评>"))
	j.Until("the filter that was kept", `document.querySelector("#feedback").value === "useless" && document.querySelector("#text").value === "三百六十&元"`)
}

// holding is a selector of the element among those of a selector that holds a text.
func (j *journey) holding(selector, text string) string {
	j.t.Helper()
	j.See(selector)
	mark := fmt.Sprintf("m%d", j.marks)
	j.marks++
	if !browsertest.Eval[bool](j, `(() => { const e = [...document.querySelectorAll(`+strconv.Quote(selector)+`)].find(e => e.textContent.includes(`+strconv.Quote(text)+`));
		e?.setAttribute("data-journey", `+strconv.Quote(mark)+`); return e !== undefined })()`) {
		j.Fail("find "+text, fmt.Errorf("no %s holds it", selector))
	}
	return `[data-journey="` + mark + `"]`
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
	j.Click(`.menu a[href="/staff/knowledge"]`)
	j.See("#file")
	j.ShotOfPage("1-list")
	j.Do("choose a file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	j.Click(`form[action="/staff/knowledge/upload"] button`)
	j.says("和现行版本比较")
	j.says("七点二十分")
	j.ShotOfPage("2-staged")
	j.Click(`form[action$="/publish"] button`)
	j.says("已发布")
	j.ShotOfPage("3-document")
	l.reload()
	if !strings.Contains(l.library.Current().Documents()[0].Text, "七点二十分") {
		t.Error("not published")
	}
	j.Click(`a[href*="/chunk?p="]`)
	j.Click("details summary")
	j.fill("#texts-0", "校车几点开呀")
	j.Click(`button[value="no"]`)
	j.says("已加1个问法")
	j.ShotOfPage("4-chunk")
	j.Click(`.menu a[href="/staff/dashboard"]`)
	j.See("figure svg rect")
	j.ShotOfPage("5-dashboard")
	j.Click("figure details summary")
	j.See("figure table")
	if wide := browsertest.Eval[bool](j, `document.documentElement.scrollWidth > document.documentElement.clientWidth`); wide {
		t.Error("the dashboard is wider than the window")
	}
}
