package staff

import (
	"context"
	"math"

	"wenda/store"
)

// ReleaseState is what a release made live; of release 0, the texts of the program. Another unknown one is store.ErrNotFound.
func ReleaseState(ctx context.Context, st *store.Store, n int) (map[string]int, error) {
	if n == 0 {
		return map[string]int{}, nil
	}
	list, err := st.Releases(ctx, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if r.N == n {
			return r.State, nil
		}
	}
	return nil, store.ErrNotFound
}
