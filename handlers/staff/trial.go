package staff

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"wenda/rag"
	"wenda/rag/eval"
	"wenda/store"
)

// trialRoutes try questions against variants side by side.
func (c *Console) trialRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/trial", Needs: store.View, Menu: "试问", handle: c.trialPage},
		{Method: "POST", Path: "/staff/trial", Needs: store.View, handle: c.try},
		{Method: "POST", Path: "/staff/trial/case", Needs: store.Edit, handle: c.tryCase},
	}
}

// Bounds of a trial. One that takes longer than trialTime (the server gives a page 30 s) shows what is done.
const (
	maxVariants  = 4
	maxTrialAsks = 30
	trialTime    = 25 * time.Second
)

// A choice is an option of a select.
type choice struct{ Value, Name string }

// choices are what variants may be made of.
type choices struct{ Wordings, Models, Settings []choice }

func (c *Console) choices(ctx context.Context) (choices, error) {
	m := choices{Wordings: []choice{{"live", "现行用语"}}, Models: []choice{{"", "和现行一样"}}, Settings: []choice{{"", "不改设置"}}}
	versions, err := c.store.PromptVersions(ctx, "")
	if err != nil {
		return m, err
	}
	if slices.ContainsFunc(versions, func(v store.PromptVersion) bool { return v.Label == store.LabelDraft }) {
		m.Wordings = append(m.Wordings, choice{"drafts", "草稿（全部）"})
	}
	releases, err := c.store.Releases(ctx, 10)
	if err != nil {
		return m, err
	}
	for i, r := range releases {
		if i > 0 { // the first is what is live
			m.Wordings = append(m.Wordings, choice{strconv.Itoa(r.N), fmt.Sprintf("第%d次发布", r.N)})
		}
	}
	m.Wordings = append(m.Wordings, choice{"0", "程序自带的用语"})
	if models := c.bench.Models(); len(models) > 0 {
		m.Models = append(m.Models, choice{"none", "不用语言模型"})
		for _, name := range models {
			m.Models = append(m.Models, choice{name, name})
		}
	}
	settings := c.bench.Settings()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		m.Settings = append(m.Settings, choice{name, settings[name]})
	}
	return m, nil
}

type trialView struct {
	Choices choices
	Text    string
	Mode    string // one, talk, list
	Columns []trialColumn
	Rows    []trialRow
	Sets    []setRow
	TooLate bool

	Message, Field string // what is wrong with what was sent, and the field
}

// A trialColumn is a variant as the form has it.
type trialColumn struct {
	N                       int
	On                      bool
	Letter                  string
	Wording, Model, Setting string
	Name                    string
}

// A trialRow is one question with what each variant answered.
type trialRow struct {
	Question string
	Cells    []trialCell
}

// A trialCell is one answer.
type trialCell struct {
	Letter   string
	Name     string
	Question string
	Error    string
	Answer   rag.Answer
	Status   string
	Parts    []diffPart // the text, with what differs from the first variant marked
	Differs  []string   // what else differs from it: 状态, 出处
	Took     time.Duration
	Tokens   int
	Cost     float64
	Traces   []rag.Trace // one a part
}

// trialPage is GET /staff/trial; q fills the question in.
func (c *Console) trialPage(v *visit) error {
	m, err := c.trialForm(v)
	if err != nil {
		return err
	}
	return v.page("trial", "试问", m)
}

func (c *Console) trialForm(v *visit) (trialView, error) {
	m := trialView{Text: v.text("q"), Mode: v.form("mode")}
	if m.Mode == "" {
		m.Mode = "one"
	}
	var err error
	if m.Choices, err = c.choices(v.r.Context()); err != nil {
		return m, err
	}
	sent := v.r.Method == http.MethodPost
	drafts := slices.ContainsFunc(m.Choices.Wordings, func(ch choice) bool { return ch.Value == "drafts" })
	for i := range maxVariants {
		n := strconv.Itoa(i)
		col := trialColumn{N: i, Letter: string(rune('A' + i)), On: v.form("on"+n) != "", Wording: v.form("wording" + n), Model: v.form("model" + n), Setting: v.form("setting" + n)}
		if !sent {
			col.On = i == 0 || i == 1 && drafts
			if i == 1 && drafts {
				col.Wording = "drafts"
			}
		}
		m.Columns = append(m.Columns, col)
	}
	m.Sets, err = v.setRows(nil)
	m.Sets = slices.DeleteFunc(m.Sets, func(s setRow) bool { return s.Set.ID == "" })
	return m, err
}

// try is POST /staff/trial.
func (c *Console) try(v *visit) error {
	m, err := c.trialForm(v)
	if err != nil {
		return err
	}
	asks := []string{strings.TrimSpace(m.Text)}
	if m.Mode != "one" {
		asks = strings.FieldsFunc(m.Text, func(r rune) bool { return r == '\n' })
	}
	asks = slices.DeleteFunc(asks, func(s string) bool { return strings.TrimSpace(s) == "" })
	wrong := func(field, message string) error {
		m.Field, m.Message = field, message
		return v.pageAs(http.StatusBadRequest, "trial", "试问", m)
	}
	switch {
	case len(asks) == 0:
		return wrong("q", "还没有写问题。")
	case len(asks) > maxTrialAsks:
		return wrong("q", fmt.Sprintf("一次最多试%d个问题。更多的请到“测试”页新建测试集。", maxTrialAsks))
	}
	for _, q := range asks {
		if rag.Check(q) != nil {
			return wrong("q", fmt.Sprintf("每个问题要有文字，最多%d个字。", rag.MaxRunes))
		}
	}
	var columns []trialColumn
	var variants []store.Variant
	for i := range m.Columns {
		if !m.Columns[i].On {
			continue
		}
		variant, err := v.variantOf(strconv.Itoa(i))
		if err != nil {
			return err
		}
		m.Columns[i].Name = c.variantName(variant)
		columns, variants = append(columns, m.Columns[i]), append(variants, variant)
	}
	if len(columns) == 0 {
		return wrong("on", "没有勾选要试的列。请至少勾选一列。")
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), trialTime)
	defer cancel()
	cells := make([][]trialCell, len(columns))
	var all sync.WaitGroup
	for i := range columns {
		all.Go(func() { cells[i] = c.tryAll(ctx, columns[i], variants[i], asks, m.Mode == "talk") })
	}
	all.Wait()
	if err := v.r.Context().Err(); err != nil {
		return err
	}
	m.TooLate = ctx.Err() != nil
	for n, q := range asks {
		row := trialRow{Question: q}
		for i := range columns {
			row.Cells = append(row.Cells, cells[i][n])
		}
		compareCells(row.Cells)
		m.Rows = append(m.Rows, row)
	}
	return v.page("trial", "试问", m)
}

// tryAll asks one variant everything, in one conversation or each question by itself.
func (c *Console) tryAll(ctx context.Context, col trialColumn, variant store.Variant, asks []string, talk bool) []trialCell {
	out := make([]trialCell, len(asks))
	asker, err := c.bench.Asker(ctx, variant)
	conversation := ""
	for i, q := range asks {
		out[i] = trialCell{Letter: col.Letter, Name: col.Name, Question: q}
		if err == nil {
			begun := time.Now()
			out[i].Answer, err = asker.Ask(ctx, rag.Question{Text: q, ConversationID: conversation, Channel: "staff", Detail: true}, nil)
			out[i].Took = time.Since(begun)
		}
		if err != nil {
			out[i].Error = "没有答成：" + err.Error()
			if errors.Is(err, context.DeadlineExceeded) {
				out[i].Error = "时间到了，没有做完。请少试几个问题，或到“测试”页运行。"
			}
			continue
		}
		if talk {
			conversation = out[i].Answer.ConversationID
		}
		out[i].complete()
	}
	return out
}

// complete fills what is shown beside the answer.
func (t *trialCell) complete() {
	t.Status = StatusText(t.Answer.Status)
	t.Parts = []diffPart{{t.Answer.Text, false}}
	t.Traces = t.Answer.Trace.Parts
	if len(t.Traces) == 0 {
		t.Traces = []rag.Trace{t.Answer.Trace}
	}
	for _, p := range t.Traces {
		if p.Model != nil {
			t.Tokens += p.Model.PromptTokens + p.Model.CompletionTokens
			t.Cost += p.Model.Cost
		}
	}
}

// compareCells marks in every cell what differs from the first one.
func compareCells(cells []trialCell) {
	if len(cells) == 0 || cells[0].Error != "" {
		return
	}
	first := cells[0]
	for i := 1; i < len(cells); i++ {
		t := &cells[i]
		if t.Error != "" {
			continue
		}
		t.Parts = nil
		for _, e := range edits(words(first.Answer.Text), words(t.Answer.Text)) {
			if e.kind != "del" {
				t.Parts = append(t.Parts, diffPart{strings.Join(e.list, ""), e.kind == "ins"})
			}
		}
		if t.Answer.Text != first.Answer.Text {
			t.Differs = append(t.Differs, "文字")
		}
		if t.Answer.Status != first.Answer.Status {
			t.Differs = append(t.Differs, "状态")
		}
		if !slices.EqualFunc(t.Answer.Citations, first.Answer.Citations, func(a, b rag.Citation) bool { return a.URL == b.URL }) {
			t.Differs = append(t.Differs, "出处")
		}
	}
}

// StatusText names an outcome for staff.
func StatusText(s rag.Status) string {
	switch s {
	case rag.Answered:
		return "已回答"
	case rag.NotStated:
		return "文件没有说明"
	case rag.NoSource:
		return "没有找到文件"
	case rag.OutOfScope:
		return "不在范围"
	case rag.Refused:
		return "拒答"
	case rag.SmallTalk:
		return "寒暄"
	case rag.HandedOver:
		return "转人工"
	}
	return string(s)
}

// collected is the set that cases of trials go to when none is chosen.
const collected = "试问收集"

// tryCase is POST /staff/trial/case: a question with its judgement becomes a case.
func (c *Console) tryCase(v *visit) error {
	ctx := v.r.Context()
	one := eval.Case{ID: "q_" + newToken()[:10], Kind: "试问", Question: v.form("question"), Expect: eval.Expect{Facts: [][]string{}, MustNot: []string{}}}
	if rag.Check(one.Question) != nil {
		return badForm
	}
	yes, no := true, false
	switch v.form("judgement") {
	case "right": // the same status, the same section, the same figures
		if v.form("answered") == "yes" {
			one.Expect.Answerable = &yes
			one.Expect.Section = v.form("section")
			for _, f := range figures.FindAllString(citationMark.ReplaceAllString(v.form("answer"), ""), -1) {
				one.Expect.Facts = append(one.Expect.Facts, []string{f})
			}
		} else {
			one.Expect.Status = []string{v.form("status")}
			if s := rag.Status(v.form("status")); s == rag.NotStated || s == rag.NoSource || s == rag.OutOfScope {
				one.Expect.Answerable = &no
			}
		}
	case "wrong":
		one.Expect.Answerable = &yes
		if answer := strings.TrimSpace(citationMark.ReplaceAllString(v.form("answer"), "")); answer != "" {
			one.Expect.MustNot = []string{answer}
		}
	case "never":
		one.Expect.Answerable = &no
	default:
		return badForm
	}
	if one.Expect.Answerable == nil && (len(one.Expect.Status) == 0 || !slices.Contains(rag.Statuses(), rag.Status(one.Expect.Status[0]))) {
		return badForm
	}
	id := v.form("set")
	err := c.store.Together(ctx, "keep case of a trial", func(ctx context.Context) error {
		if id == "" {
			var err error
			if id, err = c.collectedSet(ctx, v.by()); err != nil {
				return err
			}
		}
		return c.store.AddCase(ctx, v.by(), id, strings.TrimSuffix(lineOfCase(one), "\n"), one.Question)
	})
	if err != nil {
		return err
	}
	return v.to("/staff/tests/"+id, "已存为测试题：“"+one.Question+"”。")
}

// collectedSet finds the set of that name, or makes it. It is called inside Together: nobody else makes it meanwhile.
func (c *Console) collectedSet(ctx context.Context, by store.By) (string, error) {
	sets, err := c.store.TestSets(ctx)
	for _, t := range sets {
		if t.Name == collected {
			return t.ID, nil
		}
	}
	if err != nil {
		return "", err
	}
	t, err := c.store.KeepTestSet(ctx, by, store.TestSet{Name: collected}, "")
	return t.ID, err
}

// figures are numbers with what they count, and percentages; citationMark is a number of a citation.
var (
	figures      = regexp.MustCompile(`\d+(?:\.\d+)?(?:%|[\p{Han}])?`)
	citationMark = regexp.MustCompile(`\[\d{1,2}\]`)
)
