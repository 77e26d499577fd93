package staff

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenda/handlers/browsertest"
	"wenda/rag"
	"wenda/store"
)

// What staff do most, by keyboard alone (publishing prompts: TestJourneyByKeyboard). The focus is seen at every stop that matters, and after
// a save it is on what became of it.
func TestJourneyKeyboardTasks(t *testing.T) {
	l, _, running := wholeSite(t)
	for _, q := range []string{"校车能带宠物吗", "校车能带宠物来吗", "校车每学期收费三百六十元吗"} {
		l.ask(q, "portal")
	}
	j := newJourney(l.site, "keyboard-tasks", true)
	j.signedIn("王五", store.Admin)

	// a document: read, a mistake in its title, mended, published
	file := filepath.Join(t.TempDir(), "bus.txt")
	if err := os.WriteFile(file, []byte(strings.Replace(busPage, "七点十分", "七点二十分", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	j.enterOn(`.menu a[href="/staff/knowledge"]`)
	j.takeFiles("#file", file)
	j.enterOn(`form[action="/staff/knowledge/upload"] button`)
	j.says("和现行版本比较")
	j.overwrite("#title", " ")
	j.enterOn(`form[action$="/meta"] button`)
	j.focused(onWrong)
	j.says("标题不能为空")
	j.overwrite("#title", "校车安排（新）")
	j.enterOn(`form[action$="/meta"] button`)
	j.focused(onResult)
	j.says("信息已改")
	j.enterOn(`form[action$="/publish"] button`)
	j.focused(onResult)
	j.says("已发布")
	if d := l.documents()["校车安排（新）"]; !strings.Contains(d.Text, "七点二十分") {
		t.Error("not published")
	}

	// a curated answer: without a source, then with one
	j.enterOn(`.menu a[href="/staff/curated"]`)
	j.enterOn(`a[href="/staff/curated/new"]`)
	j.overwrite("#asks", "校车何时出发")
	j.overwrite("#answer", "校车七点二十分从东站发车。")
	j.enterOn(`button[value="check"]`)
	j.focused(onWrong)
	j.says("至少勾选一句出处")
	j.TabTo(`input[name="cite"][value*="七点二十分"]`)
	j.space()
	j.enterOn(`button[value="check"]`)
	j.focused(`section[aria-label="检查结果"]`)
	j.says("审定回答，通过核对")
	j.enterOn(`button[value="publish"]`)
	j.focused(onResult)
	j.says("已审定，一秒内生效")
	if a := l.ask("校车何时出发", "portal"); a.Mode != rag.Curated {
		t.Errorf("answered by %s", a.Mode)
	}

	// the log: a filter, kept under a name, and an export
	j.enterOn(`.menu a[href="/staff/log"]`)
	j.TabTo("#status")
	j.down()
	j.enterOn(`form.filter button`)
	j.focused(onResult)
	if got := browsertest.Eval[string](j, `new URLSearchParams(location.search).get("status")`); got != "answered" {
		t.Errorf("filtered by %q", got)
	}
	j.enterOn(`button[value="csv"]`)
	j.Until("the export to end", `document.querySelector("#export-text").textContent.startsWith("已导出")`)
	j.enterOn("details summary")
	j.overwrite("#filter-name", "答上的")
	j.Enter()
	j.focused(onResult)
	j.says("筛选“答上的”已保存")

	// a gap becomes a curated answer
	j.enterOn(`.menu a[href="/staff/gaps"]`)
	j.enterOn(`th a[href^="/staff/gaps/"]`)
	j.enterOn(`a[href^="/staff/curated/new?"]`)
	j.overwrite("#answer", "每班校车配一名照管员，请问照管员。")
	j.TabTo(`input[name="cite"][value*="照管员"]`)
	j.space()
	j.enterOn(`button[value="publish"]`)
	j.focused(onResult)
	j.says("缺口已关闭")

	// figures of other days
	j.enterOn(`.menu a[href="/staff/dashboard"]`)
	j.enterOn(`form.filter a:nth-of-type(1)`)
	j.focused("#span")
	was := browsertest.Eval[string](j, `document.querySelector("#from").value`)
	j.TabTo("#from") // backwards around the page
	j.up()
	j.enterOn("form.filter button")
	j.focused("#span")
	if now := browsertest.Eval[string](j, `new URLSearchParams(location.search).get("from")`); now == was || len(now) != 10 {
		t.Errorf("the arrow made %q of %q", now, was)
	}

	// the portal is switched off, and on again
	j.enterOn(`.menu a[href="/staff/channels"]`)
	j.overwrite(`input[aria-label="停用门户网页的理由"]`, "政策更新")
	j.Enter()
	j.focused(onResult)
	j.says("“门户网页”已停用。")
	j.enterOn(`form[action="/staff/channels/switch"]:has(input[value="portal"]) button`)
	j.focused(onResult)
	j.says("“门户网页”已恢复。")
	if n := running.switched.Load(); n != 2 {
		t.Errorf("switched %d times", n)
	}
	if j.clicks != 0 {
		t.Errorf("%d clicks", j.clicks)
	}
	stops := j.walk("/staff/") + j.walk("/staff/log") + j.walk("/staff/channels")
	if stops < 60 {
		t.Errorf("only %d stops on three pages", stops)
	}
}
