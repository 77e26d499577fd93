package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func namesOff(t *testing.T, s *Store) []string {
	t.Helper()
	list, err := s.SwitchedOff(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, w := range list {
		out = append(out, w.Name+" "+w.Who+" "+w.Reason)
	}
	return out
}

// A switch is durable, seen by the WeChat channel that asks for its own, and every turn of it stands in the audit.
func TestSwitches(t *testing.T) {
	dir, ctx, by := t.TempDir(), t.Context(), By{Name: "li", Role: Admin, Address: "10.0.0.1"}
	s := opened(t, dir, Options{})
	at := time.Date(2026, 11, 26, 1, 2, 3, 0, time.UTC)
	for _, name := range []string{"portal", ModelSwitch, "wechat:main"} {
		if err := s.SwitchOff(ctx, by, name, "因为"+name, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SwitchOff(ctx, By{Name: "wang"}, "portal", "又一次", at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if stopped, err := s.WeChatStopped(ctx, "main"); err != nil || !stopped {
		t.Errorf("WeChat's channel: %v, %v", stopped, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir, Options{})
	if got, want := namesOff(t, s), []string{"model li 因为model", "portal li 因为portal", "wechat:main li 因为wechat:main"}; !slices.Equal(got, want) {
		t.Errorf("after a restart: got %v, want %v", got, want)
	}
	list, err := s.SwitchedOff(ctx)
	if err != nil || !list[1].Since.Equal(at) {
		t.Errorf("since: %v, %v", list, err)
	}
	for _, name := range []string{"portal", "wechat:main"} {
		if err := s.SwitchOn(ctx, by, name, "好了"); err != nil {
			t.Fatal(err)
		}
	}
	if stopped, err := s.WeChatStopped(ctx, "main"); err != nil || stopped {
		t.Errorf("WeChat's channel is on again: %v, %v", stopped, err)
	}
	if got := namesOff(t, s); !slices.Equal(got, []string{"model li 因为model"}) {
		t.Errorf("got %v", got)
	}
	changes, err := s.Changes(ctx, ChangeFilter{What: "switch."})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, c := range changes {
		told = append(told, c.What+" "+c.Object+" "+c.By.Name+" "+c.Before+">"+c.After+" "+c.Reason)
	}
	slices.Reverse(told)
	want := []string{"switch.off portal li on>off 因为portal", "switch.off model li on>off 因为model", "switch.off wechat:main li on>off 因为wechat:main",
		"switch.off portal wang off>off 又一次", "switch.on portal li off>on 好了", "switch.on wechat:main li off>on 好了"}
	if !slices.Equal(told, want) {
		t.Errorf("audit:\ngot  %q\nwant %q", told, want)
	}
}

// Two processes book into the same day and see each other's; another day begins at nothing.
func TestBookSpent(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	a, b := opened(t, dir, Options{}), opened(t, dir, Options{})
	one := Spent{Channel: "portal", Backend: "x", Calls: 1, Prompt: 10, Completion: 5, Cost: .5}
	if sums, err := a.BookSpent(ctx, "2026-11-26", []Spent{one, {Channel: "api", Backend: "x", Calls: 1, Prompt: 1}}); err != nil || len(sums) != 2 {
		t.Fatalf("got %v, %v", sums, err)
	}
	if _, err := b.BookSpent(ctx, "2026-11-26", []Spent{one}); err != nil {
		t.Fatal(err)
	}
	want := []Spent{{Channel: "api", Backend: "x", Calls: 1, Prompt: 1}, {Channel: "portal", Backend: "x", Calls: 2, Prompt: 20, Completion: 10, Cost: 1}}
	if sums, err := a.BookSpent(ctx, "2026-11-26", nil); err != nil || !slices.Equal(sums, want) {
		t.Errorf("got %v, %v, want %v", sums, err, want)
	}
	if sums, err := a.BookSpent(ctx, "2026-11-27", nil); err != nil || len(sums) != 0 {
		t.Errorf("the next day: got %v, %v", sums, err)
	}
}

func TestKeptBackups(t *testing.T) {
	dir, ctx, by := t.TempDir(), t.Context(), By{Name: "li"}
	s := opened(t, dir, Options{})
	at := time.Date(2026, 11, 26, 1, 2, 3, 0, time.UTC)
	if list, err := s.Backups(); err != nil || len(list) != 0 {
		t.Fatalf("before the first: %v, %v", list, err)
	}
	name, r, err := s.KeepBackup(ctx, by, at)
	if err != nil || name != "wenda-20261126-090203.db" || r.Bytes == 0 {
		t.Fatalf("got %q, %+v, %v", name, r, err)
	}
	if _, _, err := s.KeepBackup(ctx, by, at); !errors.Is(err, fs.ErrExist) {
		t.Errorf("twice in a second: %v", err)
	}
	later, _, err := s.KeepBackup(ctx, by, at.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "backups", "other.db")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../wenda.db", filepath.Join(dir, "backups", "wenda-20200101-000000.db")); err != nil {
		t.Fatal(err)
	}
	list, err := s.Backups()
	if err != nil || len(list) != 2 || list[0].Name != later || list[1].Name != name || list[1].Bytes != r.Bytes {
		t.Errorf("got %v, %v", list, err)
	}
	f, err := s.OpenBackup(ctx, by, name)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, f)
	if err := errors.Join(err, f.Close()); err != nil || n != r.Bytes {
		t.Errorf("read %d of %d bytes: %v", n, r.Bytes, err)
	}
	for _, bad := range []string{"", "other.db", "../wenda.db", "wenda-20261126-090203.db.part", "wenda-20200101-000000.db", "wenda-29991231-000000.db"} {
		f, err := s.OpenBackup(ctx, by, bad)
		if err == nil {
			f.Close()
			t.Errorf("open %q: no error", bad)
		}
		if bad == "wenda-20200101-000000.db" {
			continue // a link may be deleted: what it leads to stays
		}
		if err := s.DropBackup(ctx, by, bad); !errors.Is(err, ErrNotFound) {
			t.Errorf("delete %q: %v", bad, err)
		}
	}
	if err := s.DropBackup(ctx, by, name); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Backups(); err != nil || len(list) != 1 {
		t.Errorf("after deleting: %v, %v", list, err)
	}
	var told []string
	changes, err := s.Changes(ctx, ChangeFilter{What: "backup."})
	for _, c := range changes {
		told = append(told, c.What+" "+c.Object)
	}
	if want := []string{"backup.delete " + name, "backup.download " + name, "backup.make " + later, "backup.make " + name}; err != nil || !slices.Equal(told, want) {
		t.Errorf("audit: got %q, %v, want %q", told, err, want)
	}
}

func TestRoom(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	r, err := s.Room()
	if err != nil || r.Database < 4096 || r.Free <= 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}
