package prompts

import (
	"strings"
	"testing"
)

func TestComposing(t *testing.T) {
	c := load(t).Composing
	system := c.System("f00d")
	if !strings.Contains(system, "f00d") || !strings.Contains(system, c.Decline) || strings.Contains(system, "{{") {
		t.Errorf("got system %q", system)
	}
	p := c.Passage(Passage{N: "1", Title: "某区工作计划", Section: "一、学位", Published: "2022-03-03", Validity: "有效", Text: "新增学位{{n}}个。"})
	for _, want := range []string{"[1]", "某区工作计划", "一、学位", "2022-03-03", "有效", "新增学位{{n}}个。"} { // a value is not looked at again
		if !strings.Contains(p, want) {
			t.Errorf("no %q in %q", want, p)
		}
	}
	alone, later := c.Question([]string{p}, nil, "多少学位"), c.Question([]string{p}, []string{"甲", "乙"}, "多少学位")
	if strings.Contains(alone, "此前") || strings.Contains(alone, "\n\n\n") || !strings.HasSuffix(alone, "多少学位") {
		t.Errorf("got %q", alone)
	}
	if !strings.Contains(later, "此前问过：甲\n此前问过：乙\n问题：多少学位") {
		t.Errorf("got %q", later)
	}
}

func TestBrokenComposing(t *testing.T) {
	def, err := Default(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"no canary":           {"内部编号{{canary}}，", "", "placeholder {{canary}} is missing"},
		"no token":            {"只写：{{decline}}", "就不写", "placeholder {{decline}} is missing"},
		"unknown placeholder": {"{{text}}", "{{text}}{{url}}", "unknown placeholder {{url}}"},
		"broken braces":       {"{{question}}\"", "{{question}\"", "broken {{"},
		"no passages":         {"  {{passages}}\n", "", "placeholder {{passages}} is missing"},
		"label without AI":    {"内容由人工智能生成", "内容仅供参考", "does not name"},
		"token with a mark":   {"decline: 资料未说明", "decline: 资料未说明。", "no token of"},
		"short token":         {"decline: 资料未说明", "decline: 无", "no token of"},
		"too long":            {"不补充常识", strings.Repeat("不补充常识", 300), "shorten it"},
		"no producer":         {"producer: 钟楼区政府网站智能问答", "producer: ''", "producer: empty"},
		"unknown field":       {"decline: ", "temperature: 1\ndecline: ", "unknown field temperature"},
	} {
		text := strings.Replace(string(def), c.old, c.new, 1)
		if text == string(def) {
			t.Fatalf("%s: the default holds no %q", name, c.old)
		}
		_, err := Load(override(map[string]string{composeFile: text}))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), composeFile) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
