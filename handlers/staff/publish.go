package staff

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"wenda/store"
)

// A publishRow is a draft that could go live.
type publishRow struct {
	promptDoc
	Draft store.PromptVersion
	Diff  []diffLine
	Own   bool // the draft is of who is looking, and a second person is wanted
}

type publishView struct {
	Rows       []publishRow
	Base       int
	Publishing Publishing
	SetNames   []string
	Problems   []textProblem // of all drafts together
	Comment    string
}

// publishPage is GET /staff/prompts/publish.
func (c *Console) publishPage(v *visit) error {
	m, _, err := c.publishView(v)
	if err != nil {
		return err
	}
	return v.page("publish", "发布用语", m)
}

func (c *Console) publishView(v *visit) (publishView, map[string]int, error) {
	var m publishView
	ctx := v.r.Context()
	live, err := c.store.LivePrompts(ctx)
	if err != nil {
		return m, nil, err
	}
	m.Base = live.N
	if m.Publishing, err = PublishingOf(ctx, c.store); err != nil {
		return m, nil, err
	}
	m.SetNames = c.setNames(ctx, m.Publishing.Sets)
	versions, err := c.store.PromptVersions(ctx, "")
	if err != nil {
		return m, nil, err
	}
	var comments []string
	state := map[string]int{}
	for name, n := range live.State {
		state[name] = n
	}
	for _, ver := range versions {
		d, known := docOf(ver.Name)
		if ver.Label != store.LabelDraft || !known {
			continue
		}
		text, _, err := promptText(ctx, c.store, ver.Name, ver.Version)
		if err != nil {
			return m, nil, err
		}
		now, _, err := promptText(ctx, c.store, ver.Name, live.State[ver.Name])
		if err != nil {
			return m, nil, err
		}
		state[ver.Name] = ver.Version
		if ver.Comment != "" {
			comments = append(comments, ver.Comment)
		}
		m.Rows = append(m.Rows, publishRow{d, ver, diff(string(now), string(text)), m.Publishing.SecondPerson && ver.Author == v.account().Name})
	}
	m.Comment = strings.Join(comments, "；")
	m.Problems = problemsOf(CheckPrompts(ctx, c.store, state, nil), func(name string) string {
		text, _, _ := promptText(ctx, c.store, name, state[name]) // without the text there is no line
		return string(text)
	})
	return m, state, nil
}

// publish is POST /staff/prompts/publish: the chosen drafts are asked the gate's test sets, and go live if they pass.
func (c *Console) publish(v *visit) error {
	ctx := v.r.Context()
	m, _, err := c.publishView(v)
	if err != nil {
		return err
	}
	base, err := strconv.Atoi(v.form("base"))
	if err != nil {
		return badForm.because(err)
	}
	if base != m.Base {
		return conflict.saying("您看页面时别人发布了另一个版本。请刷新“发布用语”页，看过新的对比再发布。")
	}
	live, err := c.store.LivePrompts(ctx)
	if err != nil {
		return err
	}
	state := map[string]int{}
	for name, n := range live.State {
		state[name] = n
	}
	var names []string
	for _, row := range m.Rows {
		if v.form("take-"+row.Name) != strconv.Itoa(row.Draft.Version) {
			if v.form("take-"+row.Name) != "" {
				return conflict.saying(fmt.Sprintf("“%s”的草稿刚刚又改过。请刷新页面，看过新的对比再发布。", row.Title))
			}
			continue
		}
		if row.Own {
			return forbidden.saying(fmt.Sprintf("“%s”的草稿是您写的，要由另一位有发布权限的同事来发布。", row.Title))
		}
		names = append(names, row.Name)
		state[row.Name] = row.Draft.Version
	}
	if len(names) == 0 {
		return invalid.saying("没有选中要发布的草稿。请至少勾选一份。")
	}
	if err := CheckPrompts(ctx, c.store, state, nil); err != nil {
		m.Problems = problemsOf(err, func(name string) string {
			text, _, _ := promptText(ctx, c.store, name, state[name]) // without the text there is no line
			return string(text)
		})
		return v.pageAs(http.StatusUnprocessableEntity, "publish", "发布用语", m)
	}
	run, err := c.begin(ctx, v.by(), store.Run{Purpose: store.RunGate, Sets: m.Publishing.Sets, Variant: store.Variant{Prompts: state},
		Summary: store.RunSummary{Base: base, Comment: v.form("comment"), Names: names}})
	if err != nil {
		return err
	}
	return v.to("/staff/runs/"+run.ID, "")
}

// rollback is POST /staff/prompts/rollback: what a release made live is live again, at once and without asking test sets: it was live.
func (c *Console) rollback(v *visit) error {
	ctx := v.r.Context()
	base, err1 := strconv.Atoi(v.form("base"))
	to, err2 := strconv.Atoi(v.form("to"))
	if err1 != nil || err2 != nil {
		return badForm
	}
	state, err := ReleaseState(ctx, c.store, to)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("退回第%d次发布", to)
	if to == 0 {
		name = "退回程序自带的文字"
	}
	r, err := c.store.ReleasePrompts(ctx, v.by(), "prompt.rollback", base, state, name)
	if err != nil {
		return err
	}
	return v.to("/staff/prompts", fmt.Sprintf("已%s，现在是第%d次发布，1秒内生效。", name, r.N))
}
