//go:build long

package staff

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"wenda/corpus/testdoc"
	"wenda/handlers/browsertest"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// The ten things that staff do (issue 7), one after the other as on a long day, with real data.
func TestLongJourneys(t *testing.T) {
	l, bench, running, planned := realSite(t)
	c := &realConsole{l: l, bench: bench, running: running, planID: planned.ID, statuses: l.fillReal(5000), files: thirtyDocuments(t)}
	running.state = State{Channels: []Channel{{Name: "portal", Log: "portal"}, {Name: "api", Log: "api"}, {Name: "api:search", Log: "api:search"},
		{Name: "wechat:main", Note: "消息和小程序页面", Log: "wechat"}, {Name: "mp:main", Log: "mp:main"}}, Day: "2026-11-26", Tokens: 45000, Most: 100000,
		Backends: []Backend{{Name: "made/made-chat", Breaker: "closed", Calls: 520, Failures: 3, Prompt: 41000, Completion: 4000, Cost: 1.1}},
		Budgets:  []Budget{{Channel: "portal", Used: 30000, Most: 60000}}, Index: "ix-summer"}
	c.journey = newJourney(l.site, "real", true)
	c.signedIn("周宁", store.Admin)
	for _, part := range []struct {
		name string
		do   func()
	}{{"knowledge", c.knowledge}, {"curated", c.curated}, {"test sets", c.testSets}, {"trial", c.trial}, {"prompts and gate", c.promptsAndGate}, {"log", c.log},
		{"gaps", c.gaps}, {"dashboard", c.dashboard}, {"channels, models and backups", c.channels}, {"audit", c.audit}} {
		if !t.Run(part.name, func(t *testing.T) {
			defer c.within(t)()
			c.begin()
			part.do()
			t.Logf("%d clicks, %.1f s", c.clicks, time.Since(c.began).Seconds())
		}) {
			return // the others build upon it
		}
	}
}

// curated: what an answer would stand before, what is nearly the same, approval, and what is due.
func (c *realConsole) curated() {
	c.goTo("/staff/curated")
	c.Click(`a[href="/staff/curated/new"]`)
	c.fill("#asks", "合唱比赛可以报几个人\n合唱比赛的名额有几个人")
	c.fill("#answer", c.files[20].fact)
	c.Click(`button[value="check"]`)
	c.says("至少勾选一句出处")
	c.Click(`input[name="cite"][value*="合唱比赛的名额为"]`)
	c.Click(`button[value="check"]`)
	c.says("会盖住现在的回答")
	c.says("审定回答，通过核对")
	c.Click(`button[value="publish"]`)
	c.says("已审定")
	if a := c.answer("合唱比赛可以报几个人"); a.Mode != rag.Curated {
		c.t.Errorf("answered by %s: %q", a.Mode, a.Text)
	}
	c.goTo("/staff/curated")
	c.Click(`a[href="/staff/curated/new"]`)
	c.fill("#asks", "合唱比赛可以报几个人呢？")
	c.fill("#answer", c.files[20].fact)
	c.Click(`button[value="check"]`)
	c.Click(`input[name="cite"][value*="合唱比赛的名额为"]`)
	c.Click(`button[value="check"]`)
	c.says("还不能保存")
	c.says("已经在另一条审定回答")
	c.fill("#asks", "我们合唱比赛可以报几个人")
	c.choose("#review", c.clock().AddDate(0, 0, 3).Format(time.DateOnly))
	c.Click(`button[value="check"]`)
	c.says("很像的问法")
	c.ShotOfPage("curated-check")
	c.Click(`button[value="save"]`)
	c.says("等待审定")
	c.Click(`form[action$="/approve"] button`)
	c.says("已审定")
	c.goTo("/staff/curated")
	c.says("快到复核日")
	c.ShotOfPage("curated-list")
}

// testSets: imported from a workbook, added to by hand, run with its progress, with results by kind and a chart.
func (c *realConsole) testSets() {
	c.goTo("/staff/tests")
	c.Click(c.holding("details summary", "新建或导入"))
	c.fill("#name", "春季必考")
	rows := []string{testdoc.Row("编号", "类别", "问题", "应回答", "应有内容", "不应出现", "状态")}
	for i, f := range c.files[:20] {
		if i != 6 { // another one stands in its place
			rows = append(rows, testdoc.Row(fmt.Sprint("k", i), "名额", strings.TrimSuffix(strings.TrimPrefix(f.title, "测试区"), "通知")+"的名额有多少个", "是", fmt.Sprint(31+7*i), ""))
		}
	}
	rows = append(rows, testdoc.Row("t1", "寒暄", "谢谢", "", "", "滚", "smalltalk"), testdoc.Row("n1", "文件外", "地铁末班车几点", "否"))
	file := c.save("必考.xlsx", testdoc.Workbook(c.t, nil, testdoc.Sheet{Name: "题", Rows: rows}))
	c.Do("choose a workbook", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	c.Click(`form[action="/staff/tests"] button`)
	c.says("21题")
	c.fill("#question", "今年新增多少学位")
	c.fill("#facts", "2800")
	c.Click(`form[action$="/cases"] button`)
	c.says("已加入")
	for range 2 {
		c.goTo("/staff/tests")
		c.Click(`input[name="set"][aria-label="选春季必考"]`)
		c.bench.slowly(100 * time.Millisecond)
		c.Click("#run")
		c.says("页面每秒自动更新")
		c.ShotOfPage("tests-1-running")
		c.bench.slowly(0)
		c.says("共22题，答对22题")
	}
	c.says("按类别")
	c.ShotOfPage("tests-2-result")
	c.goTo("/staff/tests")
	c.See(".chart polyline")
	c.ShotOfPage("tests-3-history")
}

// trial: a list, side by side, with what differs marked, the trace opened and a question kept as a case.
func (c *realConsole) trial() {
	c.goTo("/staff/trial")
	c.fill("#q", "今年新增多少学位\n夏令营的名额有多少个\n地铁末班车几点\n谢谢")
	c.Click(`input[name="mode"][value="list"]`)
	c.Click(`input[name="on1"]`)
	c.choose("#wording1", "0")
	c.Click("#ask")
	c.says("试了4个问题")
	c.says("2800个")
	if n := c.count(".answer-cell"); n != 8 {
		c.t.Errorf("%d answers, want four questions against two variants", n)
	}
	c.Click(".trial:nth-of-type(1) .trace summary")
	c.says("候选句子")
	c.says("总分")
	c.ShotOfPage("trial")
	c.Click(`.trial:nth-of-type(1) .answer-cell button[value="right"]`)
	c.says("已存为测试题（答得对）")
	c.Click(`input[name="mode"][value="talk"]`)
	c.fill("#q", "今年新增多少学位\n那新建多少所学校呢")
	c.Click("#ask")
	c.says("试了2个问题")
	c.says("13所")
}

// promptsAndGate: a draft that makes the set worse is stopped, with what broke; a better one goes live; one click takes it back.
func (c *realConsole) promptsAndGate() {
	c.goTo("/staff/publishing")
	c.Click(c.holding("label.line", "内置题集1（") + " input")
	c.Click(c.holding("label.line", "春季必考") + " input")
	c.Click(`form[action="/staff/publishing"] button`)
	c.says("发布设置已保存")
	text := string(must(prompts.Default("replies.yaml")))
	draft := func(to string) {
		c.goTo("/staff/prompts")
		c.Click(`a[href="/staff/prompts/replies.yaml"]`)
		c.fill("#text", strings.Replace(text, "不客气！", to, 1))
		c.See("#fine")
		c.fill("#comment", "换一种说法")
		c.Click("#save")
		c.says("草稿已保存")
		c.Click("#to-publish")
		c.Click("#publish")
	}
	draft("滚！")
	c.See("#blocked")
	c.says("净变差1题")
	c.says("谢谢")
	c.ShotOfPage("prompts-1-blocked")
	draft("不用谢！")
	c.See("#published")
	c.says("共22题，答对22题")
	c.ShotOfPage("prompts-2-published")
	c.begin()
	c.Click("#rollback")
	c.says("已退回程序自带的文字")
	c.says("发布历史")
	c.ShotOfPage("prompts-3-list")
}

// log: by what it was, from where, when, and what it says; kept filters; exports; what ran out of its time.
func (c *realConsole) log() {
	c.goTo("/staff/log")
	c.says("共5000条")
	c.ShotOfPage("log-1-list")
	c.choose("#status", "not_stated")
	c.Click("form.filter button")
	c.says(fmt.Sprintf("共%d条", c.statuses[rag.NotStated]))
	c.choose("#status", "")
	c.choose("#channel", "mp:main")
	c.choose("#version", "ix-spring")
	c.choose("#document", c.planID)
	c.Click("form.filter button")
	n := must(c.store.CountLog(c.t.Context(), store.LogFilter{Channel: "mp:main", Version: "ix-spring", Document: c.planID}, 10000))
	if n < 50 {
		c.t.Errorf("only %d records", n)
	}
	c.says(fmt.Sprintf("共%d条", n))
	c.Click(c.holding("details summary", "保存这个筛选"))
	c.fill("#filter-name", "小程序春季")
	c.Click(`form[action="/staff/log/filters"] button`)
	c.says("已保存")
	c.goTo("/staff/log")
	c.Click(c.holding("a.badge", "小程序春季"))
	c.says(fmt.Sprintf("共%d条", n))
	c.Click(`button[value="xlsx"]`)
	c.Until("the export to end", `document.querySelector("#export-text").textContent === "已导出 `+fmt.Sprint(n)+` 条。"`)
	c.ShotOfPage("log-2-exported")
	// personal data is not there, however one looks for it
	for text, want := range map[string]bool{"13812345678": false, "110101199003074514": false, "已隐去": true} {
		c.goTo("/staff/log")
		c.fill("#text", text)
		c.Click("form.filter button")
		if want {
			c.says("[已隐去]")
		} else {
			c.says("没有符合的记录")
		}
	}
	c.goTo("/staff/log")
	c.Click(`a[href="/staff/log?feedback=useless"]`)
	c.says("没帮助：")
	c.Click(`td a[href^="/staff/log/a_"]`)
	c.says("依据强度")
	c.says("完整记录")
	c.ShotOfPage("log-3-record")
	// records older than 50 days go, and the page says so; the chain holds
	before := c.clock().AddDate(0, 0, -50)
	gone := must(c.store.DeleteAnswersBefore(c.t.Context(), before, c.clock()))
	if gone < 500 {
		c.t.Errorf("%d records were deleted", gone)
	}
	c.goTo("/staff/log")
	c.says("到期删除")
	c.says(fmt.Sprintf("%d 条，统计数字保留", gone))
	c.ShotOfPage("log-4-deleted")
}

// gaps: what residents ask and do not get, closed in every way, and whether that helped.
func (c *realConsole) gaps() {
	set := ""
	for _, s := range must(c.store.TestSets(c.t.Context())) {
		if s.Name == "春季必考" {
			set = s.ID
		}
	}
	cases := func() int { return strings.Count(must(c.store.TestSet(c.t.Context(), set)).Cases, "\n") }
	was := cases()
	c.goTo("/staff/gaps")
	c.See("td svg.trend polyline")
	if n := c.count("tbody th a"); n < 20 {
		c.t.Errorf("only %d gaps", n)
	}
	c.ShotOfPage("gaps-1-list")
	c.Click(c.holding("th a", "公积金可以提前取吗"))
	c.says("公积金怎么提前取") // asked in other words
	c.ShotOfPage("gaps-2-one")
	c.choose("#set-unanswered", set)
	c.Click(`button[value="scope"]`)
	c.says("缺口已关闭")
	c.says("不在范围")
	if n := cases(); n != was+2 {
		c.t.Errorf("%d cases in the set, %d before, want both questions", n, was)
	}
	was = cases()
	c.Click(c.holding("th a", "停车证怎么办"))
	c.fill("#gap-owner", "李四")
	c.fill("#note", "问一下交警大队的办事指南")
	c.Click(`button[value="note"]`)
	c.says("李四：问一下交警大队的办事指南")
	// what the plan does not say, beside the sentence that is nearest
	var lacking []string
	for _, g := range first(c.l.console.openGaps(c.t.Context(), 30)) {
		if g.Questions[0].Unanswered > 0 && len(lacking) < 2 && c.answer(g.Label()).Status == rag.NotStated {
			lacking = append(lacking, g.Label())
		}
	}
	c.Open("/staff/gaps")
	c.Click(c.holding("th a", lacking[0]))
	c.Click(`input[name="place"]`)
	c.choose("#lacks", "detail")
	c.choose("#set", set)
	c.Click(`button[value="yes"]`)
	c.says("缺口已关闭")
	c.says("补了反例")
	if n := cases(); n <= was {
		c.t.Errorf("%d cases in the set, %d before", n, was)
	}
	// one becomes a curated answer
	label := lacking[1]
	c.Click(c.holding("th a", label))
	c.Click(`a[href^="/staff/curated/new?"]`)
	c.fill("#answer", c.files[23].fact)
	c.fill("#asks", label)
	c.Click(`button[value="check"]`)
	c.Click(`input[name="cite"][value*="夏令营的名额为"]`)
	c.Click(`button[value="publish"]`)
	c.says("缺口已关闭")
	c.l.wait(time.Minute) // a session ends after half an hour
	c.taken()
	c.l.ask(label, "portal")
	c.l.ask("停车证怎么办", "portal")
	c.Open("/staff/gaps")
	c.says("之后问1次，答上1次，没帮助0次")
	c.says("之后又问1次，没帮助0次")
	c.ShotOfPage("gaps-3-closed")
}

func first[T any](v T, _, _ bool, err error) T { return must(v, err) }

// dashboard: the last days, other days, the figures behind the charts, what needs attention, on paper.
func (c *realConsole) dashboard() {
	c.goTo("/staff/dashboard")
	c.See("figure svg rect")
	c.says("要处理的")
	c.says("没帮助")
	c.says("made-chat")
	c.Click(c.holding("form.filter a", "最近90天"))
	c.Until("three months", `document.querySelectorAll("figure:first-of-type tbody tr").length === 90`)
	c.Click("figure details summary")
	c.See("figure details[open] table")
	if asked := browsertest.Eval[string](c, `document.querySelector("dl.tiles").innerText`); !strings.Contains(asked, "500") {
		c.t.Errorf("the figures have lost what was deleted: %s", asked)
	}
	c.ShotOfPage("dashboard")
	print := emulation.SetEmulatedMediaParams{Media: "print"}
	if _, err := chromedp.Call(c.Ctx, emulation.SetEmulatedMedia, print); err != nil {
		c.t.Fatal(err)
	}
	if browsertest.Eval[bool](c, `document.querySelector(".menu").checkVisibility()`) || !browsertest.Eval[bool](c, `document.querySelector("figure svg").checkVisibility()`) {
		c.t.Error("on paper: the menu, or no chart")
	}
	back := emulation.SetEmulatedMediaParams{Media: "screen", Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}
	if _, err := chromedp.Call(c.Ctx, emulation.SetEmulatedMedia, back); err != nil {
		c.t.Fatal(err)
	}
}

// channels: off with a reason, seen on the first page, on again; budgets; a backup.
func (c *realConsole) channels() {
	c.goTo("/staff/channels")
	c.says("made/made-chat")
	c.says("60000")
	c.fill(`input[aria-label="停用门户网页的理由"]`, "政策更新，核对后恢复")
	c.Click(`form[action="/staff/channels/switch"]:has(input[value="portal"]) button`)
	c.says("“门户网页”已停用。")
	c.ShotOfPage("channels-1-off")
	c.Click(`a.brand`)
	c.says("“门户网页”已停用：政策更新，核对后恢复（周宁")
	c.goTo("/staff/channels")
	c.Click(`form[action="/staff/channels/switch"]:has(input[value="portal"]) button`)
	c.says("“门户网页”已恢复。")
	c.fill(`input[aria-label="停用语言模型的理由"]`, "费用")
	c.Click(`form[action="/staff/channels/switch"]:has(input[value="model"]) button`)
	c.says("“语言模型”已停用。")
	c.Click(`form[action="/staff/backups"] button`)
	c.says("已备份并核对")
	c.See("a[download]")
	c.ShotOfPage("channels-2-backup")
	if n := c.running.switched.Load(); n != 3 {
		c.t.Errorf("switched %d times", n)
	}
}

// audit: the whole day is there, with who, what, before and after.
func (c *realConsole) audit() {
	c.goTo("/staff/audit")
	c.says("停用渠道或模型")
	c.choose("#what", "document.")
	c.Click("form.filter button")
	c.Until("the filtered page", `location.search.includes("what=document.")`) // what it says stood on the page before too
	c.says("更早的记录")
	c.says("撤下文件")
	c.choose("#what", "prompt.")
	c.fill("#who", "周宁")
	c.Click("form.filter button")
	c.says("回退用语")
	c.says("发布用语")
	c.ShotOfPage("audit")
	b := c.as("周宁", store.Admin)
	if rows := strings.Count(b.mustGet(browsertest.Eval[string](c, `document.querySelector("a[download]").getAttribute("href")`)), "\n"); rows < 5 {
		c.t.Errorf("%d rows in the export", rows)
	}
	for _, what := range []string{"document.stage", "document.publish", "document.meta", "document.withdraw", "document.restore", "document.supersede", "variants.add", "curated.save",
		"curated.approve", "set.add", "run.begin", "prompt.save", "gate.blocked", "prompt.publish", "prompt.rollback", "filter.save", "gap.close", "switch.off", "switch.on", "backup.make",
		"setting.change"} {
		list, err := c.store.Changes(c.t.Context(), store.ChangeFilter{What: what, Limit: 1})
		if err != nil || len(list) != 1 || list[0].By.Address == "" && list[0].By.Name == "周宁" {
			c.t.Errorf("%s is not in the audit as it should be: %+v, %v", what, list, err)
		}
	}
}
