package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"wenda/rag/eval"
	"wenda/store"
)

// runRoutes are test runs and the gate.
func (c *Console) runRoutes() []Route {
	return []Route{
		{Method: "POST", Path: "/staff/runs", Needs: store.Edit, handle: c.beginRun},
		{Method: "GET", Path: "/staff/runs/{id}", Needs: store.View, handle: c.runPage},
		{Method: "POST", Path: "/staff/runs/{id}/cancel", Needs: store.Edit, handle: c.cancelRun},
		{Method: "POST", Path: "/staff/runs/{id}/override", Needs: store.Admin, handle: c.overrideRun},
	}
}

// variantOf reads a variant of a form; the fields end in suffix.
func (v *visit) variantOf(suffix string) (store.Variant, error) {
	c, ctx := v.console, v.r.Context()
	out := store.Variant{Model: v.form("model" + suffix), Setting: v.form("setting" + suffix)}
	switch wording := v.form("wording" + suffix); {
	case wording == "" || wording == "live":
	case wording == "drafts":
		live, err := c.store.LivePrompts(ctx)
		if err != nil {
			return out, err
		}
		if out.Prompts, err = c.draftState(ctx, live); err != nil {
			return out, err
		}
	default:
		n, err := strconv.Atoi(wording)
		if err != nil {
			return out, badForm.because(err)
		}
		if out.Prompts, err = ReleaseState(ctx, c.store, n); err != nil {
			return out, err
		}
	}
	return out, nil
}

// variantName says in words what is otherwise.
func (c *Console) variantName(v store.Variant) string {
	if v.Live() {
		return "现行"
	}
	var out []string
	switch {
	case v.Prompts == nil:
	case len(v.Prompts) == 0:
		out = append(out, "程序自带的用语")
	default:
		var names []string
		for _, d := range promptDocs {
			if n := v.Prompts[d.Name]; n > 0 {
				names = append(names, fmt.Sprintf("%s第%d版", d.Title, n))
			}
		}
		out = append(out, strings.Join(names, "、"))
	}
	switch v.Model {
	case "":
	case "none":
		out = append(out, "不用语言模型")
	default:
		out = append(out, "模型 "+v.Model)
	}
	if v.Setting != "" {
		name := c.bench.Settings()[v.Setting]
		if name == "" {
			name = v.Setting
		}
		out = append(out, name)
	}
	return strings.Join(out, "，")
}

// beginRun is POST /staff/runs.
func (c *Console) beginRun(v *visit) error {
	sets := v.r.PostForm["set"]
	if len(sets) == 0 {
		return v.testsWith(http.StatusBadRequest, testsView{Message: "没有选测试集。请至少勾选一个。", Field: "set"})
	}
	variant, err := v.variantOf("")
	if err != nil {
		return err
	}
	run, err := c.begin(v.r.Context(), v.by(), store.Run{Purpose: store.RunTest, Sets: sets, Variant: variant})
	if err != nil {
		return err
	}
	return v.to("/staff/runs/"+run.ID, "")
}

// A runView is a run with everything that is known of it.
type runView struct {
	store.Run
	Name        string
	SetNames    []string
	Under       bool // waits or is under way
	Done, All   int
	Percent     int
	Rows        []runRow
	Comparison  eval.Comparison
	Wrong       []eval.Verdict // of the variant
	Each        []eachCase     // every question of the run
	MayOverride bool
	Titles      []string // of the files that a gate publishes
}

// A runRow is one kind of question, with what is live beside it.
type runRow struct {
	eval.Row
	Live eval.Row
}

// An eachCase is one question of a run, with how it ended for what is live and for the variant.
type eachCase struct {
	Question, Kind string
	Live, Now      bool   // right
	Turn           string // 变好 or 变差
	Why            string // what is wrong now
}

// everyCase pairs verdicts by the ID of their case, in the order of the variant's.
func everyCase(v store.RunVerdicts) []eachCase {
	live := map[string]bool{}
	for _, one := range v.Live {
		live[one.Case.ID] = one.OK
	}
	var out []eachCase
	for _, one := range v.Variant[:min(len(v.Variant), maxEach)] {
		e := eachCase{Question: one.Case.Question, Kind: one.Case.Kind, Live: live[one.Case.ID], Now: one.OK, Why: one.Why}
		switch {
		case e.Now && !e.Live:
			e.Turn = "变好"
		case e.Live && !e.Now:
			e.Turn = "变差"
		}
		out = append(out, e)
	}
	return out
}

// maxEach bounds the list of every question.
const maxEach = 2000

// maxShown bounds the lists of questions on a page.
const maxShown = 100

// runPage is GET /staff/runs/{id}. It asks for itself again while the run is under way.
func (c *Console) runPage(v *visit) error {
	ctx := v.r.Context()
	r, err := c.store.Run(ctx, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	m := runView{Run: r, Name: c.variantName(r.Variant), SetNames: c.setNames(ctx, r.Sets), Under: r.Status == store.RunWaiting || r.Status == store.RunRunning}
	for _, name := range r.Summary.Names {
		m.Titles = append(m.Titles, titleOf(name))
	}
	title := "测试结果 " + when(r.Created)
	if r.Purpose == store.RunGate {
		title = "发布检查 " + when(r.Created)
	}
	if m.Under {
		m.Done, m.All = c.runner.of(r.ID)
		m.Percent = 100 * m.Done / max(1, m.All)
		return v.waiting("run", title, 1, m)
	}
	verdicts, err := c.store.RunVerdicts(ctx, r.ID)
	if err != nil {
		return err
	}
	m.Comparison = eval.Compare("", verdicts.Live, verdicts.Variant)
	live := map[string]eval.Row{}
	for _, row := range eval.Table(verdicts.Live) {
		live[row.Kind] = row
	}
	for _, row := range eval.Table(verdicts.Variant) {
		m.Rows = append(m.Rows, runRow{row, live[row.Kind]})
	}
	for _, one := range verdicts.Variant {
		if eval.Wrong(one) && len(m.Wrong) < maxShown {
			m.Wrong = append(m.Wrong, one)
		}
	}
	m.Each = everyCase(verdicts)
	m.MayOverride = r.Purpose == store.RunGate && r.Summary.Blocked != "" && r.Summary.Published == 0 && v.may(store.Admin)
	return v.page("run", title, m)
}

// cancelRun is POST /staff/runs/{id}/cancel.
func (c *Console) cancelRun(v *visit) error {
	id := v.r.PathValue("id")
	err := c.store.CancelRun(v.r.Context(), v.by(), id)
	if errors.Is(err, store.ErrConflict) {
		return v.to("/staff/runs/"+id, "这次测试已经结束，不用取消。")
	}
	if err != nil {
		return err
	}
	c.runner.cancel(id) // kept already: it does not come back when the server ends here
	return v.to("/staff/runs/"+id, "已取消。")
}

// overrideRun is POST /staff/runs/{id}/override: publishes what the gate stopped. The reason stands in the audit and in the release.
func (c *Console) overrideRun(v *visit) error {
	ctx := v.r.Context()
	r, err := c.store.Run(ctx, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	reason := v.form("reason")
	if r.Purpose != store.RunGate || r.Status != store.RunDone || r.Summary.Blocked == "" || r.Summary.Published != 0 {
		return conflict.saying("这次检查没有被拦下，或者已经处理过了。")
	}
	if len([]rune(reason)) < 5 {
		return invalid.saying("强制发布要写明理由，至少5个字；理由会留在操作记录里。")
	}
	p, err := PublishingOf(ctx, c.store)
	if err != nil {
		return err
	}
	if p.SecondPerson && r.Who == v.account().Name {
		return forbidden.saying("这次发布是您发起的，要由另一位管理员来强制发布。")
	}
	verdicts, err := c.store.RunVerdicts(ctx, r.ID)
	if err != nil {
		return err
	}
	err = c.store.Together(ctx, "override gate", func(ctx context.Context) error {
		c.release(ctx, &r, v.by(), "prompt.override", "强制发布："+reason+"（拦下的原因："+r.Summary.Blocked+"）")
		return c.store.EndRun(ctx, r, verdicts)
	})
	if err != nil {
		return err
	}
	if r.Error != "" {
		return conflict.saying(r.Error)
	}
	return v.to("/staff/prompts", fmt.Sprintf("已强制发布，现在是第%d次发布，1秒内生效。理由已写入操作记录。", r.Summary.Published))
}

// setNames names sets for people.
func (c *Console) setNames(ctx context.Context, ids []string) []string {
	var out []string
	for _, id := range ids {
		if name, bundled := strings.CutPrefix(id, bundledPrefix); bundled {
			out = append(out, bundledTitle(name))
			continue
		}
		name := "（已删除的测试集）"
		if t, err := c.store.TestSet(ctx, id); err == nil {
			name = t.Name
		}
		out = append(out, name)
	}
	return out
}
