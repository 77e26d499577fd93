package mp

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"wenda/store"
)

func TestStoreFailures(t *testing.T) {
	for err, want := range map[error]struct {
		status int
		code   string
	}{store.ErrFull: {507, "storage_full"}, store.ErrBusy: {503, "busy"}, fmt.Errorf("x"): {500, "internal"}} {
		w := newWorld(t, func(_ *Limits, d *Deps) { d.Sessions = broken{err} })
		w.wantError(w.do("POST", "/login", "", fmt.Sprintf(`{"code":%q,"channel":"main"}`, w.wechat.Login("o"))), want.status, want.code)
		w.wantError(w.do("GET", "/history", "mp_"+strings.Repeat("A", 43), ""), want.status, want.code) // not 401: the token may be good
	}
}

// broken is a store that fails.
type broken struct{ err error }

func (b broken) PutMPSession(context.Context, []byte, string, string, time.Time) error { return b.err }
func (b broken) UseMPSession(context.Context, []byte, time.Time) (store.MPSession, error) {
	return store.MPSession{}, b.err
}
func (b broken) DeleteMPSession(context.Context, []byte) error { return b.err }
