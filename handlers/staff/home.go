package staff

import "wenda/store"

// A homeView is the first page: what is live, what waits, what was done.
type homeView struct {
	promptsView
	Changes []store.Change
}

// home is GET /staff/: the first page after signing in.
func (c *Console) home(v *visit) error {
	live, err := c.promptsView(v.r.Context())
	if err != nil {
		return err
	}
	changes, err := c.store.Changes(v.r.Context(), store.ChangeFilter{Limit: 8})
	if err != nil {
		return err
	}
	return v.page("home", "首页", homeView{live, changes})
}
