//go:build long

package staff

import (
	"fmt"
	"strconv"
	"strings"

	"wenda/handlers/browsertest"
	"wenda/store"
)

// knowledge: thirty files at once, looked at, put right, published; one replaced, run out, withdrawn and brought back.
func (c *realConsole) knowledge() {
	var paths []string
	for _, f := range c.files {
		paths = append(paths, c.save(f.name, f.data))
	}
	c.send(paths...)
	c.says("《" + c.files[29].title + "》已读入")
	if n := c.count(`main .note li a`); n != 30 {
		c.t.Fatalf("%d of 30 files were read", n)
	}
	c.ShotOfPage("knowledge-1-read")
	formats := map[string]int{}
	for _, s := range must(c.store.StagedFiles(c.t.Context())) {
		formats[s.Document.Meta.Format]++
	}
	if len(formats) != 7 {
		c.t.Errorf("formats: %v", formats)
	}
	b := c.as("周宁", store.Admin)
	for i, f := range c.files {
		if i > 6 { // one of each format by hand
			for _, s := range must(c.store.StagedFiles(c.t.Context())) {
				if s.Document.Meta.Title == f.title {
					b.mustPost(fmt.Sprintf("/staff/staged/%d/publish", s.N), form("was", ""))
				}
			}
			continue
		}
		c.goTo("/staff/knowledge")
		c.Click(c.holding(`tbody th a[href^="/staff/staged/"]`, f.title))
		c.says("全部段落")
		if i == 2 { // of Word: nothing says who issued it and when
			c.says("没有找到发布机构")
			c.fill("#issuer", "测试区教育局")
			c.choose("#published", "2026-03-05")
			c.fill("#validity", "有效")
			c.ShotOfPage("knowledge-2-look")
			c.Click(`form[action$="/meta"] button`)
			c.says("信息已改")
		}
		c.Click(`form[action$="/publish"] button`)
		c.says("已发布")
	}
	for _, f := range c.files {
		c.knows(strings.TrimSuffix(strings.TrimPrefix(f.title, "测试区"), "通知")+"的名额有多少个", strings.TrimSuffix(f.fact[strings.Index(f.fact, "名额为"):strings.Index(f.fact, "，")], "。"), true)
	}
	// a newer one of the same name replaces it, with its changes shown
	f := c.files[6]
	newer := strings.Replace(string(f.data), "名额为73个", "名额为999个", 1)
	c.send(c.save(f.name, []byte(newer)))
	c.says("和现行版本比较")
	if n := c.count(".change ins") + c.count(".change del"); n != 2 {
		c.t.Errorf("%d changes shown, want one sentence out and one in", n)
	}
	c.ShotOfPage("knowledge-3-changes")
	c.Click(`form[action$="/publish"] button`)
	c.says("已发布")
	c.knows("教师招聘的名额有多少个", "999", true)
	// it runs out, and does not answer as if it were current
	c.Click("details summary")
	c.fill("#validity", "2026-02-01")
	c.Click(`form[action$="/meta"] button`)
	c.says("已废止，不用于回答")
	c.knows("教师招聘的名额有多少个", "999", false)
	// an older version comes back; it is withdrawn with a reason, and brought back
	c.Click(c.holding("details summary", "版本"))
	c.Click(`li:last-child form[action$="/restore"] button`)
	c.says("已恢复")
	c.knows("教师招聘的名额有多少个", "73", true)
	page := browsertest.Eval[string](c, `location.pathname`)
	c.Click("details summary")
	c.fill("#reason", "内容有误")
	c.Click(`form[action$="/withdraw"] button`)
	c.says("已撤下")
	c.knows("教师招聘的名额有多少个", "73", false)
	c.Open(page)
	c.Click(`li:last-child form[action$="/restore"] button`)
	c.says("已恢复")
	c.knows("教师招聘的名额有多少个", "73", true)
	// another one stands in its place
	c.Click("details summary")
	other := browsertest.Eval[string](c, `[...document.querySelectorAll("#other option")].find(o => o.textContent.includes("职业体验")).value`)
	c.choose("#other", other)
	c.Click(`form[action$="/supersede"] button`)
	c.says("已由《测试区职业体验通知》代替")
	c.knows("教师招聘的名额有多少个", "73", false)
	// what residents ask, tied to a sentence of the plan; how often it was cited, and who asked last
	c.goTo("/staff/knowledge")
	c.Click(`tbody th a[href="/staff/knowledge/` + c.planID + `"]`)
	c.See(`a[href*="/chunk?p="]`)
	c.ShotOfPage("knowledge-4-plan")
	most := browsertest.Eval[string](c, `(() => { let best, n = -1; for (const a of document.querySelectorAll('a[href*="/chunk?p="]')) { const m = a.parentElement.textContent.match(/被引用(\d+)次/);
		if (m && +m[1] > n) { n = +m[1]; best = a } } best.id = "most"; return String(n) })()`)
	if n, _ := strconv.Atoi(most); n < 20 {
		c.t.Errorf("the most cited paragraph was cited %s times", most)
	}
	c.Click("#most")
	c.says("被引用" + most + "次")
	c.See(`h2 + ul a[href^="/staff/log/a_"]`)
	c.Click(c.holding("details summary", "加问法"))
	c.fill(`details[open] textarea`, "这件事情的说法乙丙丁\n另一种说法戊己庚")
	c.Click(`details[open] button[value="no"]`)
	c.says("已加2个问法")
	c.says("这件事情的说法乙丙丁")
	c.ShotOfPage("knowledge-5-variants")
}
