package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var somebody = By{Name: "张三", Role: Publish, Address: "10.0.0.1"}

// Nobody changes or deletes a line of the audit, nor a version of a text: the database itself refuses.
func TestAuditIsAppendOnly(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	ctx := t.Context()
	if err := s.WriteAudit(ctx, Change{By: somebody, What: "x.y", Object: "o", Before: "b", After: "a", Reason: "r"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveDraft(ctx, somebody, "replies.yaml", 0, []byte("text"), ""); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"UPDATE audit SET who = 'x'", "DELETE FROM audit", "UPDATE prompts SET body = x'00'", "UPDATE prompts SET author = 'x'"} {
		if _, err := s.writer.ExecContext(ctx, q); err == nil {
			t.Errorf("%s went through", q)
		}
	}
	list, err := s.Changes(ctx, ChangeFilter{Text: "r", What: "x."})
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	got := list[0]
	if got.By != somebody || got.Object != "o" || got.Before != "b" || got.After != "a" || got.Reason != "r" || time.Since(got.At) > time.Minute {
		t.Errorf("%+v", got)
	}
}

func TestChangesAreFilteredAndPaged(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	ctx := t.Context()
	day := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for i := range 10 {
		by := By{Name: fmt.Sprint("u", i%2)}
		if err := s.WriteAudit(ctx, Change{At: day.AddDate(0, 0, i), By: by, What: []string{"a.x", "b.x"}[i%2], Object: fmt.Sprint("100%_", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		f    ChangeFilter
		want int
	}{
		"all": {ChangeFilter{}, 10}, "who": {ChangeFilter{Who: "u1"}, 5}, "what": {ChangeFilter{What: "a."}, 5}, "text, taken as it is": {ChangeFilter{Text: "0%_3"}, 1},
		"days": {ChangeFilter{From: day.AddDate(0, 0, 2), To: day.AddDate(0, 0, 5)}, 3}, "limit": {ChangeFilter{Limit: 4}, 4},
	} {
		list, err := s.Changes(ctx, c.f)
		if err != nil || len(list) != c.want {
			t.Errorf("%s: %d, want %d (%v)", name, len(list), c.want, err)
		}
	}
	first, _ := s.Changes(ctx, ChangeFilter{Limit: 4})
	second, _ := s.Changes(ctx, ChangeFilter{Limit: 4, Below: first[3].N})
	if second[0].N != first[3].N-1 {
		t.Errorf("pages do not follow: %d then %d", first[3].N, second[0].N)
	}
}

func TestDraftsAndReleases(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	ctx := t.Context()
	save := func(name string, base int, text string) (int, error) {
		return s.SaveDraft(ctx, somebody, name, base, []byte(text), "why "+text)
	}
	if n, err := save("a.yaml", 0, "one"); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := save("a.yaml", 1, "two"); n != 2 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	var other *DraftConflict
	if _, err := save("a.yaml", 1, "late"); !errors.As(err, &other) || !errors.Is(err, ErrConflict) || string(other.Now.Body) != "two" || other.Now.Version != 2 {
		t.Fatalf("a late one: %v", err)
	}
	if _, err := save("b.yaml", 0, "other"); err != nil {
		t.Fatal(err)
	}
	live := func() string {
		a, _, err := s.PromptOverride("a.yaml")
		b, _, err2 := s.PromptOverride("b.yaml")
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		return string(a) + "/" + string(b)
	}
	release := func(base int, state map[string]int) (Release, error) {
		return s.ReleasePrompts(ctx, somebody, "prompt.publish", base, state, "now")
	}
	if r, err := release(0, map[string]int{"a.yaml": 2, "b.yaml": 1}); err != nil || r.N != 1 || live() != "two/other" {
		t.Fatalf("%+v, %v, %s", r, err, live())
	}
	if _, err := release(0, map[string]int{"a.yaml": 1}); !errors.Is(err, ErrConflict) || live() != "two/other" {
		t.Errorf("from a release that is not live: %v, %s", err, live())
	}
	if _, err := release(1, map[string]int{"a.yaml": 9}); !errors.Is(err, ErrNotFound) || live() != "two/other" {
		t.Errorf("a version that does not exist: %v, %s", err, live())
	}
	if r, err := release(1, map[string]int{"a.yaml": 1, "b.yaml": 0}); err != nil || r.N != 2 || live() != "one/" {
		t.Errorf("%+v, %v, %s", r, err, live())
	}
	now, err := s.LivePrompts(ctx)
	if err != nil || now.N != 2 || len(now.State) != 1 || now.State["a.yaml"] != 1 {
		t.Errorf("%+v, %v", now, err)
	}
	list, err := s.Releases(ctx, 10)
	if err != nil || len(list) != 2 || list[1].State["b.yaml"] != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestSealedSecrets(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, Options{})
	sealed, err := s.Seal("totp u_1", "SECRET")
	if err != nil || strings.Contains(sealed, "SECRET") {
		t.Fatalf("%q, %v", sealed, err)
	}
	if got, err := opened(t, dir, Options{}).Unseal("totp u_1", sealed); got != "SECRET" || err != nil {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	if _, err := s.Unseal("totp u_2", sealed); err == nil {
		t.Error("opened for another account")
	}
	if _, err := opened(t, t.TempDir(), Options{}).Unseal("totp u_1", sealed); err == nil {
		t.Error("opened without the key")
	}
}

// saveForever is a process that is killed: it says what is acknowledged.
func saveForever(ctx context.Context, s *Store) error {
	versions, err := s.PromptVersions(ctx, "a.yaml")
	if err != nil {
		return err
	}
	set, err := s.TestSets(ctx)
	if err != nil {
		return err
	}
	t := TestSet{Name: "set"}
	if len(set) > 0 {
		t = set[0]
	}
	for n := len(versions); ; n++ {
		if _, err := s.SaveDraft(ctx, somebody, "a.yaml", n, fmt.Append(nil, "text ", n+1), ""); err != nil {
			return err
		}
		fmt.Println("draft", n+1)
		live, err := s.LivePrompts(ctx)
		if err != nil {
			return err
		}
		r, err := s.ReleasePrompts(ctx, somebody, "prompt.publish", live.N, map[string]int{"a.yaml": n + 1}, "")
		if err != nil {
			return err
		}
		fmt.Println("release", r.N)
		t.Cases += fmt.Sprintln("case", n)
		if t, err = s.KeepTestSet(ctx, somebody, t, ""); err != nil {
			return err
		}
		fmt.Println("set", t.Version)
	}
}

// killedWhileSaving kills a process that saves drafts, publishes and changes a test set, and looks whether all that was acknowledged is
// there, whole, with its line of the audit.
func killedWhileSaving(t *testing.T, rounds int) {
	dir := t.TempDir()
	last := map[string]int{}
	for round := range rounds {
		cmd, lines := startChild(t, "save", dir)
		note := func() {
			var what string
			var n int
			if _, err := fmt.Sscan(lines.Text(), &what, &n); err != nil {
				t.Fatalf("child said %q", lines.Text())
			}
			last[what] = n
		}
		for range 1 + rand.IntN(30) {
			if !lines.Scan() {
				break
			}
			note()
		}
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			time.Sleep(rand.N(5 * time.Millisecond))
			_ = cmd.Process.Kill()
		}()
		for lines.Scan() {
			note()
		}
		<-killed
		_ = cmd.Wait()
		checkSaved(t, dir, round, last)
	}
	if last["draft"] == 0 || last["release"] == 0 || last["set"] == 0 {
		t.Fatalf("nothing was tested: %v", last)
	}
	t.Logf("%d kills, acknowledged: %v, none lost", rounds, last)
}

func checkSaved(t *testing.T, dir string, round int, last map[string]int) {
	t.Helper()
	ctx := t.Context()
	s := opened(t, dir, Options{})
	defer s.Close()
	one := func(what string, have, want int) {
		if have < want || have > want+1 { // one that was committed and not acknowledged any more
			t.Errorf("round %d: %d of %s, acknowledged %d", round, have, what, want)
		}
		last[what] = have // the next round may leave one more that nobody was told of
	}
	versions, err := s.PromptVersions(ctx, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	one("draft", len(versions), last["draft"])
	for _, v := range versions {
		full, err := s.PromptVersion(ctx, "a.yaml", v.Version)
		if err != nil || string(full.Body) != fmt.Sprint("text ", v.Version) {
			t.Errorf("round %d: version %d: %q, %v", round, v.Version, full.Body, err)
		}
	}
	live, err := s.LivePrompts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	one("release", live.N, last["release"])
	if text, ok, err := s.PromptOverride("a.yaml"); live.N > 0 && (!ok || err != nil || string(text) != fmt.Sprint("text ", live.State["a.yaml"])) {
		t.Errorf("round %d: live %q, %v, %v, the release says %v", round, text, ok, err, live.State)
	}
	sets, err := s.TestSets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) > 0 {
		one("set", sets[0].Version, last["set"])
		if n := strings.Count(sets[0].Cases, "\n"); n != sets[0].Version {
			t.Errorf("round %d: %d cases in version %d", round, n, sets[0].Version)
		}
	}
	for what, want := range map[string]int{"prompt.save": len(versions), "prompt.publish": live.N} {
		list, err := s.Changes(ctx, ChangeFilter{What: what, Limit: 1 << 20})
		if err != nil || len(list) != want {
			t.Errorf("round %d: %d lines of the audit for %s, want %d (%v)", round, len(list), what, want, err)
		}
	}
}

func TestKilledWhileSaving(t *testing.T) { killedWhileSaving(t, 5) }
