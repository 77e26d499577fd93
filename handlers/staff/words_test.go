package staff

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// Every code that the engine writes into a trace has a name for people.
func TestCodesHaveNames(t *testing.T) {
	source := func(file string) string {
		t.Helper()
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	routes, err := prompts.Default("routes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		text, pattern string
		least         int
		name          func(string) string
	}{
		"routes":  {string(routes), `(?m)^- name: (\w+)`, 20, routeText},
		"rules":   {source("../../rag/expect.go"), `refusal\{"\w+", "([a-z_]+)`, 12, ruleText},
		"lacks":   {source("../../rag/expect.go"), `refusal\{"(\w+)", "`, 12, func(s string) string { return nameOf(lackNames, s) }},
		"decided": {source("../../rag/decide.go") + source("../../rag/refuse.go") + source("../../rag/verify.go") + source("../../rag/steps.go"), `(?:trace\.Rule = |Rule: )"(\w+)`, 5, ruleText},
		"model":   {source("../../rag/model.go"), `reason\w+ += "(\w+)"`, 8, reasonText},
		"backend": {source("../../rag/backend/errors.go"), `Reason\w+ += "(\w+)"`, 15, reasonText},
		"examine": {source("../../rag/examine.go"), `(?:bad\(|return )"(\w+)", `, 8, reasonText},
		"verify":  {source("../../rag/verify.go"), `Verdict\{false, "(\w+)"`, 4, reasonText},
		"counted": {source("../../rag/counted.go"), `return "(\w+)", `, 3, reasonText},
	} {
		found := regexp.MustCompile(c.pattern).FindAllStringSubmatch(c.text, -1)
		if len(found) < c.least {
			t.Errorf("%s: only %d codes found", what, len(found))
		}
		for _, m := range found {
			if name := c.name(m[1]); name == m[1] {
				t.Errorf("%s: %s has no name", what, m[1])
			}
		}
	}
	for _, s := range rag.Statuses() {
		if nameOf(statusNames, string(s)) == string(s) {
			t.Errorf("status %s has no name", s)
		}
	}
}

func TestTraceInWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{ruleText("number:人"), "要数字，原文没有（人）"},
		{ruleText("curated:cur_ab12"), "审定回答"},
		{ruleText("of tomorrow"), "of tomorrow"},
		{routeText("insult_short"), "骂人"},
		{reasonText("word:免费"), "原文没有这个说法（免费）"},
		{reasonText("not_stated:phone"), "文件没有说明电话"},
		{nearText("0.691 开转学证明在不在清单里 (detail)"), "“开转学证明在不在清单里”（相似0.691，没有说明这一点）"},
		{nearText("0.567 dangerous: 不登记不刷脸，怎么混进小学里面去 (0.53)"), "“不登记不刷脸，怎么混进小学里面去”（相似0.567，危险的事）"},
		{nearText("0.662 小学? (义务教育（小学、初中）)"), "“小学?”（相似0.662，义务教育（小学、初中））"},
		{nearText("nothing of the kind"), "nothing of the kind"},
		{whyText("status answered, want [not_stated no_source]"), "结果是“已回答”，应是“文件没有说明”或“没有相关文件”"},
		{whyText("refused: no_source no_source"), "没有回答（没有相关文件）"},
		{whyText("fact missing: [2800 两千八百]"), "没有说到“2800”或“两千八百”"},
		{whyText("must not say 已完成"), "说了不该说的“已完成”"},
		{whyText("answered"), "不该回答，却回答了"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// The audit is read by people who know neither codes nor files nor digests.
func TestAuditInWords(t *testing.T) {
	l := newLibrarySite(t)
	set := l.gateSet()
	for _, c := range []store.Change{
		{What: "prompt.save", Object: "replies.yaml", Before: "v0", After: "v1"},
		{What: "prompt.drop", Object: "replies.yaml", Before: "draft v3"},
		{What: "account.role", Object: "李四", Before: "role=edit", After: "role=admin disabled totp subject=u-1"},
		{What: "switch.off", Object: "wechat:main", Before: "on", After: "off"},
		{What: "backup.make", Object: "wenda-20261126-154824.db", After: "bytes=79036416 documents=1 answers=40"},
		{What: "run.begin", Object: "t_1", After: `{"prompts":{"replies.yaml":2},"model":"none","setting":""}`},
		{What: "document.withdraw", Object: l.documentID(), Before: "09cd81971c1b6cfe"},
		{What: "variants.add", Object: l.documentID(), After: "校车几点"},
		{What: "gap.close", Object: "校车几点", After: store.GapVariants},
		{What: "filter.save", Object: "差评", After: "feedback=useless&channel=mp"},
		{What: "setting.change", Object: "publishing", After: `{"sets":["` + set + `"],"margin":1.5,"second_person":true}`},
		{What: "session.begin", Object: "李四", After: "oidc", By: store.By{Name: "李四", Address: "cli"}},
	} {
		c.At = time.Now()
		if err := l.store.WriteAudit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	b := l.as("b", store.View)
	page, file := b.mustGet("/staff/audit"), b.mustGet("/staff/audit.csv")
	for _, want := range []string{"固定答复", "第1版", "草稿第3版", "管理，已停用，有动态口令，统一登录编号 u-1", "微信 main", "停用", "75.4 MiB，1个文件，40条问答", "固定答复第2版，不用语言模型",
		"测试区校车安排", "版本 09cd81971c1b6cfe", "补了问法", "渠道：小程序，评价：没帮助", "测试集：必考；允许净变差1.5%；要两个人", "统一登录", "命令行"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
		if !strings.Contains(file, want) {
			t.Errorf("the file does not say %q", want)
		}
	}
	for _, bad := range []string{"role=admin", "bytes=", "replies.yaml v", "{&#34;", "feedback=useless", "&gt;off<"} {
		if strings.Contains(mainOf(page), bad) {
			t.Errorf("the page says %q", bad)
		}
	}
}

// An entry that is nearly another one is kept only when its author has been told; what its questions are answered with now stands on the form
// before anything is written.
func TestNearDuplicatesAreTold(t *testing.T) {
	l := newLibrarySite(t)
	b := l.as("b", store.Publish)
	holds(t, b.mustGet("/staff/curated/new?ask="+"%E6%A0%A1%E8%BD%A6%E5%87%A0%E7%82%B9%E5%8F%91%E8%BD%A6"), "这些问法现在的回答", "校车几点发车")
	f := curatedEntry("校车在工作日早上几点几分从东站发车", "校车在工作日早上七点十分从东站发车。", l.documentID())
	f.Set("do", "publish")
	holds(t, b.mustPost("/staff/curated/cur_one", f), "已审定")
	f.Set("asks", "校车在工作日早上几点几分从东站发车呀") // the same but for a particle
	f.Set("do", "save")
	page := b.mustPost("/staff/curated/cur_two", f)
	if !strings.Contains(page, "再按一次就保存") || !strings.Contains(page, "一样的问法") {
		t.Fatalf("kept without a word: %s", mainOf(page))
	}
	if _, err := l.store.CuratedEntry(t.Context(), "cur_two"); err == nil {
		t.Fatal("it is kept")
	}
	f.Set("seen", regexp.MustCompile(`name="seen" value="([0-9a-f]+)"`).FindStringSubmatch(page)[1])
	if page := b.mustPost("/staff/curated/cur_two", f); !strings.Contains(page, "草稿已保存") {
		t.Errorf("told, and not kept: %s", mainOf(page))
	}
	f.Set("asks", "校车工作日早上几点几分从东站发车")
	f.Set("base", "1")
	if page := b.mustPost("/staff/curated/cur_two", f); !strings.Contains(page, "再按一次就保存") || !strings.Contains(page, "很像的问法") {
		t.Error("another question is kept by what was told of the one before")
	}
}
