package staff

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"wenda/rag/eval"
	"wenda/store"
)

// setRoutes are test sets and the settings of publishing.
func (c *Console) setRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/tests", Needs: store.View, Menu: "测试", handle: c.testsPage},
		{Method: "POST", Path: "/staff/tests", Needs: store.Edit, Files: true, handle: c.addSet},
		{Method: "GET", Path: "/staff/tests/{id}", Needs: store.View, handle: c.setPage},
		{Method: "POST", Path: "/staff/tests/{id}", Needs: store.Edit, handle: c.saveSet},
		{Method: "POST", Path: "/staff/tests/{id}/cases", Needs: store.Edit, handle: c.addCase},
		{Method: "POST", Path: "/staff/tests/{id}/drop", Needs: store.Edit, handle: c.dropSet},
		{Method: "GET", Path: "/staff/tests/{id}/export", Needs: store.View, handle: c.exportSet},
		{Method: "GET", Path: "/staff/publishing", Needs: store.Admin, Menu: "发布设置", handle: c.publishingPage},
		{Method: "POST", Path: "/staff/publishing", Needs: store.Admin, handle: c.savePublishing},
	}
}

// A setRow is a set in lists and choices.
type setRow struct {
	ID, Name string
	N        int
	Set      store.TestSet // zero for bundled ones
	Chosen   bool
}

func (v *visit) setRows(chosen []string) ([]setRow, error) {
	var out []setRow
	for _, name := range bundledSets {
		cases, err := eval.Bundled(name)
		if err != nil {
			return nil, err
		}
		out = append(out, setRow{ID: bundledPrefix + name, Name: bundledTitle(name), N: len(cases)})
	}
	sets, err := v.console.store.TestSets(v.r.Context())
	if err != nil {
		return nil, err
	}
	for _, t := range sets {
		out = append(out, setRow{ID: t.ID, Name: t.Name, N: strings.Count(t.Cases, "\n"), Set: t})
	}
	for i := range out {
		out[i].Chosen = slices.Contains(chosen, out[i].ID)
	}
	return out, nil
}

type testsView struct {
	Sets    []setRow
	Runs    []runLine
	Choices choices

	Chart        historyChart
	ChartOf      string // sets that the chart is of
	ChartChoices []quickFilter

	Message, Field string // what is wrong with a form that was sent, and the field
	Name           string // that a new set was to have
	Chosen         []string
}

type runLine struct {
	store.Run
	Name     string
	SetNames []string
	Low      float64
	High     float64
}

// testsPage is GET /staff/tests. Query of: the sets that the chart shows, as chartChoices names them.
func (c *Console) testsPage(v *visit) error { return v.testsWith(http.StatusOK, testsView{}) }

func (v *visit) testsWith(status int, m testsView) error {
	c, ctx := v.console, v.r.Context()
	var err error
	if m.Sets, err = v.setRows(m.Chosen); err != nil {
		return err
	}
	runs, err := c.store.Runs(ctx, 40)
	if err != nil {
		return err
	}
	for _, r := range runs {
		m.Runs = append(m.Runs, runLine{Run: r, Name: c.variantName(r.Variant), SetNames: c.setNames(ctx, r.Sets)})
	}
	m.Chart, m.ChartOf, m.ChartChoices = chartOfSets(m.Runs, v.r.URL.Query().Get("of"))
	if m.Choices, err = c.choices(ctx); err != nil {
		return err
	}
	return v.pageAs(status, "tests", "测试", m)
}

// addSet is POST /staff/tests: empty, or from a file of JSON Lines or XLSX.
func (c *Console) addSet(v *visit) error {
	name := v.form("name")
	if n := len([]rune(name)); n == 0 || n > 60 {
		return v.testsWith(http.StatusBadRequest, testsView{Message: "请给测试集起个名称，1到60个字。", Field: "name", Name: name})
	}
	text := ""
	data, err := v.file("file")
	var none *problem
	if err != nil && !(errors.As(err, &none) && none.status == http.StatusBadRequest) {
		return err
	}
	if len(data) > 0 {
		if text, err = readCases(data); err != nil {
			return v.testsWith(http.StatusBadRequest, testsView{Message: "文件没有导入：" + err.Error() + "。请改好再选一次。", Field: "file", Name: name})
		}
	}
	t, err := c.store.KeepTestSet(v.r.Context(), v.by(), store.TestSet{Name: name, Cases: text}, "")
	if errors.Is(err, store.ErrTaken) {
		return v.testsWith(http.StatusConflict, testsView{Message: "已经有了叫“" + name + "”的测试集，请换一个名称。", Field: "name", Name: name})
	}
	if err != nil {
		return err
	}
	return v.to("/staff/tests/"+t.ID, fmt.Sprintf("已新建“%s”，%d题。", t.Name, strings.Count(text, "\n")))
}

// readCases reads a file of cases by its content and gives JSON Lines, one a case; the error is for staff.
func readCases(data []byte) (string, error) {
	if strings.HasPrefix(string(data), "PK\x03\x04") {
		rows, err := firstSheet(data)
		if err != nil {
			return "", err
		}
		return casesOfSheet(rows)
	}
	return checkedCases(string(data))
}

// checkedCases checks JSON Lines and writes them in one form.
func checkedCases(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	cases, err := eval.Parse("第", []byte(text))
	if err != nil {
		return "", fmt.Errorf("题目写得不对，每行一题，格式见下面的说明：%w", err)
	}
	var b strings.Builder
	for _, c := range cases {
		b.WriteString(lineOfCase(c))
	}
	return b.String(), nil
}

func lineOfCase(c eval.Case) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(c) // strings and booleans only
	return b.String()
}

// saveSet is POST /staff/tests/{id}: the whole text. Somebody else's change meanwhile gives a merge view.
func (c *Console) saveSet(v *visit) error {
	ctx := v.r.Context()
	t, err := c.store.TestSet(ctx, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(v.form("version"))
	if err != nil {
		return badForm.because(err)
	}
	text := v.text("text")
	if version != t.Version {
		return v.setBeside(t)
	}
	name := v.form("name")
	checked, err := checkedCases(text)
	if err != nil {
		return v.setForm(http.StatusUnprocessableEntity, setView{Set: t, Name: name, Text: text, Whole: true, Message: err.Error(), Field: "cases"})
	}
	if n := len([]rune(name)); n == 0 || n > 60 {
		return v.setForm(http.StatusUnprocessableEntity, setView{Set: t, Name: name, Text: text, Whole: true, Message: "名称要有1到60个字。", Field: "set-name"})
	}
	kept, err := c.store.KeepTestSet(ctx, v.by(), store.TestSet{ID: t.ID, Name: name, Cases: checked, Version: version}, v.form("comment"))
	var other *store.SetConflict
	if errors.As(err, &other) {
		return v.setBeside(other.Now)
	}
	if err != nil {
		return err
	}
	return v.to("/staff/tests/"+kept.ID, "已保存。")
}

// setBeside shows a set that somebody else changed with what was written, put together. A name that only one of them changed is taken over.
func (v *visit) setBeside(now store.TestSet) error {
	base := v.text("base")
	merged, clean := merge(base, now.Cases, v.text("text"))
	names, m := mergeFields([]string{"名称"}, []string{v.form("base_name")}, []string{now.Name}, []string{v.form("name")})
	return v.setForm(http.StatusConflict, setView{Set: now, Name: names[0], Text: merged, Whole: true, Conflict: &now, Theirs: diff(base, now.Cases), Clean: clean && m.Clean})
}

// expectOf reads what is expected as people write it: facts apart by ； or line ends, spellings of one fact by |.
func expectOf(answerable, facts, mustNot, section, status string) eval.Expect {
	e := eval.Expect{Section: section, Facts: [][]string{}, MustNot: []string{}}
	switch answerable {
	case "yes", "是":
		yes := true
		e.Answerable = &yes
	case "no", "否":
		no := false
		e.Answerable = &no
	}
	apart := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r == '；' || r == ';' || r == '\n' })
	}
	for _, f := range apart(facts) {
		var group []string
		for _, s := range strings.Split(f, "|") {
			if s = strings.TrimSpace(s); s != "" {
				group = append(group, s)
			}
		}
		if len(group) > 0 {
			e.Facts = append(e.Facts, group)
		}
	}
	for _, s := range apart(mustNot) {
		if s = strings.TrimSpace(s); s != "" {
			e.MustNot = append(e.MustNot, s)
		}
	}
	for _, s := range apart(status) {
		if s = strings.TrimSpace(s); s != "" {
			e.Status = append(e.Status, s)
		}
	}
	return e
}

// dropSet is POST /staff/tests/{id}/drop.
func (c *Console) dropSet(v *visit) error {
	version, err := strconv.Atoi(v.form("version"))
	if err != nil {
		return badForm.because(err)
	}
	id := v.r.PathValue("id")
	p, err := PublishingOf(v.r.Context(), c.store)
	if err != nil {
		return err
	}
	if slices.Contains(p.Sets, id) {
		return conflict.saying("发布前的检查要用这个测试集，不能删除。请先请管理员在“发布设置”里去掉它。")
	}
	if err := c.store.DropTestSet(v.r.Context(), v.by(), id, version); err != nil {
		return err
	}
	return v.to("/staff/tests", "已删除；内容留在操作记录里。")
}
