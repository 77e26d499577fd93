package staff

import "wenda/store"

// A homeView is the first page: what is live, what waits, what residents found wrong, what was done.
type homeView struct {
	promptsView
	Todo      []attention
	Bad       []store.LogEntry // rated useless, the newest first
	LastMonth string           // address of the log of last month
	Changes   []store.Change
}

// Lines of the lists of the first page.
const (
	homeChanges = 8
	homeBad     = 5
)

// home is GET /staff/: the first page after signing in. It reads no documents: it is opened most.
func (c *Console) home(v *visit) error {
	ctx := v.r.Context()
	m := homeView{}
	var err error
	if m.promptsView, err = c.promptsView(ctx); err != nil {
		return err
	}
	if m.Todo, err = c.attention(ctx, nil); err != nil {
		return err
	}
	if m.Bad, err = c.store.Log(ctx, store.LogFilter{Feedback: store.Useless}, 0, homeBad); err != nil {
		return err
	}
	quick := quickFilters(c.now())
	m.LastMonth = quick[len(quick)-1].To
	if m.Changes, err = c.store.Changes(ctx, store.ChangeFilter{Limit: homeChanges}); err != nil {
		return err
	}
	return v.page("home", "首页", m)
}
