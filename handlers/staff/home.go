package staff

import "wenda/store"

type homeView struct {
	Changes []store.Change
}

// home is GET /staff/: the first page after signing in.
func (c *Console) home(v *visit) error {
	changes, err := c.store.Changes(v.r.Context(), store.ChangeFilter{Limit: 8})
	if err != nil {
		return err
	}
	return v.page("home", "首页", homeView{changes})
}
