package staff

import (
	"wenda/store"
)

// A homeView is the first page: what waits, what residents found wrong, what is done most, what is live, what was done.
type homeView struct {
	promptsView
	Attention []attention
	Bad       []store.LogEntry // rated useless, the newest first
	Tasks     []task
	Changes   []auditLine
}

// A task is something that staff come for, with how it goes.
type task struct{ Name, To, How string }

// Lines of the lists of the first page.
const (
	homeChanges = 8
	homeBad     = 5
)

// home is GET /staff/: the first page after signing in.
func (c *Console) home(v *visit) error {
	ctx := v.r.Context()
	m := homeView{Tasks: v.tasks()}
	var err error
	if m.promptsView, err = c.promptsView(ctx); err != nil {
		return err
	}
	documents, err := c.store.ListDocuments(ctx)
	if err != nil {
		return err
	}
	if m.Attention, err = c.attention(ctx, documents); err != nil {
		return err
	}
	if m.Bad, err = c.store.Log(ctx, store.LogFilter{Feedback: store.Useless}, 0, homeBad); err != nil {
		return err
	}
	changes, err := c.store.Changes(ctx, store.ChangeFilter{Limit: homeChanges})
	if err != nil {
		return err
	}
	m.Changes = c.auditLines(ctx, changes)
	return v.page("home", "首页", m)
}

// tasks are those that the account may do.
func (v *visit) tasks() []task {
	lastMonth := ""
	for _, q := range quickFilters(v.console.now(), "") {
		if q.Name == "上个月" {
			lastMonth = q.To
		}
	}
	var out []task
	for _, t := range []struct {
		needs store.Role
		task
	}{
		{store.Edit, task{"改一个答错的回答", "/staff/log?feedback=useless", "在日志里找到它，写审定回答；以后这样问都用审定的。"}},
		{store.Edit, task{"补一个没答上的问题", "/staff/gaps", "没答上的问题归好了类，从问得最多的补起。"}},
		{store.Edit, task{"换一种说法", "/staff/prompts", "改成草稿，试问满意了再发布；不满意一点就退回。"}},
		{store.Edit, task{"放一份新文件", "/staff/knowledge", "上传后先看读出来的结果，再发布。"}},
		{store.View, task{"试一个问题", "/staff/trial", "不进日志，看回答和来龙去脉，也可以几种用语并排比。"}},
		{store.View, task{"导出上个月的问答", lastMonth, "选好月份，导出成 Excel 或 CSV。"}},
	} {
		if v.may(t.needs) {
			out = append(out, t.task)
		}
	}
	return out
}
