package staff

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"wenda/handlers/browsertest"
	"wenda/store"
)

// Publishing a prompt with the gate takes at most 6 clicks from the first page, rolling back at most 2 (issue 7).
func TestJourneyPublishWithGate(t *testing.T) {
	for name, scripts := range map[string]bool{"publish": true, "publish-plain": false} {
		t.Run(name, func(t *testing.T) {
			j, _ := startJourney(t, name, scripts)
			j.publishing(Publishing{Sets: []string{j.gateSet()}})
			j.signedIn("张三", store.Publish)
			j.begin()
			j.says("现在用的是程序自带的文字")
			j.ShotOfPage("1-home")
			j.Click(`.menu a[href="/staff/prompts"]`)
			j.ShotOfPage("2-list")
			j.Click(`a[href="/staff/prompts/replies.yaml"]`)
			j.See("#text")
			old := browsertest.Eval[string](j, `document.querySelector("#text").value`)
			if scripts { // a mistake is told while typing
				j.fill("#text", strings.Replace(old, "不客气！", "不客气{{who}}！", 1))
				j.See("#problems")
				j.says("第6行（thanks）：不认识的占位符 {{who}}")
				j.ShotOfPage("3-mistake")
			}
			changed := strings.Replace(old, "不客气！", "不用谢！", 1)
			if scripts {
				j.fill("#text", changed)
				j.See("#fine")
			} else {
				browsertest.Eval[string](j, `document.querySelector("#text").value = `+strconv.Quote(changed))
			}
			j.Click("#save")
			j.says("草稿已保存为第1版")
			j.says("用谢")
			j.ShotOfPage("4-draft")
			j.Click("#to-publish")
			j.ShotOfPage("5-compare")
			j.Click("#publish")
			j.See("#published")
			j.says("共2题，答对2题")
			j.ShotOfPage("6-published")
			j.most("publish a prompt with gate", 6)

			j.begin()
			j.Click("#rollback")
			j.says("已退回程序自带的文字")
			j.most("roll back", 2)
		})
	}
}

// The same by keyboard alone: Tab, Enter and typing.
func TestJourneyByKeyboard(t *testing.T) {
	j, _ := startJourney(t, "keyboard", true)
	j.publishing(Publishing{Sets: []string{j.gateSet()}})
	j.account("张三", store.Publish)
	j.Open("/staff/prompts/replies.yaml")
	j.TabTo("#name")
	j.fill("#name", "张三")
	j.TabTo("#password")
	j.fill("#password", goodPassword)
	j.Enter()
	j.See("#editor")
	j.TabTo("#text")
	j.fill("#text", strings.Replace(defaultText(t, "replies.yaml"), "不客气！", "不客气{{who}}！", 1))
	j.TabTo("#save")
	j.Enter()
	j.focused("#problems")
	j.TabTo("#text")
	j.fill("#text", strings.Replace(defaultText(t, "replies.yaml"), "不客气！", "不用谢！", 1))
	j.TabTo("#save")
	j.Enter()
	j.focused(onResult)
	j.says("草稿已保存为第1版")
	j.TabTo("#to-publish")
	j.Enter()
	j.See("#publish")
	j.TabTo("#publish")
	j.Enter()
	j.focused("#published")
	j.TabTo(`.menu a[href="/staff/trial"]`)
	j.Enter()
	j.See("#trial")
	j.TabTo("#q")
	j.fill("#q", "谢谢")
	j.TabTo("#ask")
	j.Enter()
	j.says("不用谢！")
	j.TabTo(`button[value="right"]`)
	j.Enter()
	j.says("已存为测试题")
	if j.clicks != 0 {
		t.Errorf("%d clicks", j.clicks)
	}
}

func TestJourneyTrialAndTestSet(t *testing.T) {
	j, bench := startJourney(t, "trial", true)
	b := j.as("李四", store.Publish)
	b.mustPost(replies, edited(0, strings.Replace(defaultText(t, "replies.yaml"), "不客气！", "不用谢！", 1), "更亲切"))
	j.signedIn("李四", store.Publish)
	j.Click(`.menu a[href="/staff/trial"]`)
	j.fill("#q", "谢谢\n为多少名学生发放助学金\n全年举办家庭教育讲座多少场")
	j.Click(`input[name="mode"][value="list"]`)
	j.Click("#ask")
	j.says("文字不同")
	j.says("发放助学金")
	if got := browsertest.Eval[int](j, `document.querySelectorAll(".answer-cell").length`); got != 6 {
		t.Errorf("%d answers, want three questions against two variants", got)
	}
	if got := browsertest.Eval[string](j, `[...document.querySelectorAll(".answer-cell mark")].map(m => m.textContent).join()`); got != "用谢" {
		t.Errorf("marked %q", got)
	}
	j.Click(".trial:nth-of-type(2) .answer-cell .trace summary")
	j.says("候选句子")
	j.ShotOfPage("1-answers")
	j.Click(`.trial:nth-of-type(2) .answer-cell button[value="right"]`)
	j.says("已存为测试题（答得对）")

	j.Click(`.menu a[href="/staff/tests"]`)
	j.says("试问收集")
	j.Click(`input[name="set"][aria-label="选试问收集"]`)
	bench.slowly(3 * time.Second)
	j.Click("#run")
	j.says("页面每秒自动更新")
	j.ShotOfPage("2-running")
	bench.slowly(0)
	j.says("共1题，答对1题")
	b.finished(b.mustPost("/staff/runs", map[string][]string{"set": {"bundled:tune4"}, "wording": {"drafts"}}))
	j.Open("/staff/tests")
	j.See(".chart polyline")
	j.ShotOfPage("3-history")
	j.Click("tbody th a[href^=\"/staff/runs/\"]")
	j.says("按类别")
	j.ShotOfPage("4-result")
	j.Open("/staff/audit")
	j.says("保存草稿")
	j.ShotOfPage("5-audit")
}
