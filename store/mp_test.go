package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// day is when tests of sessions begin.
var day = time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)

func TestLifeOfASignIn(t *testing.T) {
	const hour = time.Hour
	for _, c := range []struct {
		name string
		uses []time.Duration // after signing in; all but the last one are good
		last bool
	}{
		{"at once", []time.Duration{0}, true},
		{"within the idle time", []time.Duration{7*24*hour - time.Second}, true},
		{"idle for too long", []time.Duration{7 * 24 * hour}, false},
		{"use keeps it", []time.Duration{6 * 24 * hour, 12 * 24 * hour, 18 * 24 * hour}, true},
		{"idle after use", []time.Duration{6 * 24 * hour, 13 * 24 * hour}, false},
		{"use does not keep it for ever", []time.Duration{6 * 24 * hour, 12 * 24 * hour, 18 * 24 * hour, 24 * 24 * hour, 30*24*hour - time.Second}, true},
		{"old", []time.Duration{6 * 24 * hour, 12 * 24 * hour, 18 * 24 * hour, 24 * 24 * hour, 30 * 24 * hour}, false},
		{"the clock is set back a little", []time.Duration{-time.Minute}, true},
		{"the clock is set back: it must not grow", []time.Duration{-hour}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := opened(t, t.TempDir(), Options{})
			if err := s.PutMPSession(t.Context(), hashOf("t"), "main", "o", day); err != nil {
				t.Fatal(err)
			}
			for i, after := range c.uses {
				m, err := s.UseMPSession(t.Context(), hashOf("t"), day.Add(after))
				if good := i < len(c.uses)-1 || c.last; good != (err == nil) {
					t.Errorf("after %v: got %v, want good: %v", after, err, good)
				}
				if err == nil && (m.Channel != "main" || m.Owner != "o" || !m.Created.Equal(day)) {
					t.Errorf("got %+v", m)
				}
				if err != nil && !errors.Is(err, ErrNotFound) {
					t.Errorf("got %v, want ErrNotFound", err)
				}
			}
		})
	}
}

func TestSignInsAreRevokedAndBounded(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	put := func(token, owner string, at time.Time) {
		t.Helper()
		if err := s.PutMPSession(ctx, hashOf(token), "main", owner, at); err != nil {
			t.Fatal(err)
		}
	}
	put("other", "o2", day)
	for i := range mpPerOwner + 3 {
		put(fmt.Sprint("t", i), "o", day.Add(time.Duration(i)*time.Second))
	}
	if n := count(t, s, "SELECT count(*) FROM mp_sessions WHERE owner = 'o'"); n != mpPerOwner {
		t.Errorf("got %d sign-ins, want the newest %d", n, mpPerOwner)
	}
	for token, good := range map[string]bool{"t2": false, "t3": true, "t10": true, "other": true, "t11": false} {
		if _, err := s.UseMPSession(ctx, hashOf(token), day.Add(time.Minute)); good != (err == nil) {
			t.Errorf("%s: got %v, want good: %v", token, err, good)
		}
	}
	for range 2 { // the second time nothing is there
		if err := s.DeleteMPSession(ctx, hashOf("t10")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.UseMPSession(ctx, hashOf("t10"), day.Add(time.Minute)); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoked: got %v", err)
	}
	put("later", "o3", day.Add(40*24*time.Hour)) // sweeps what is over
	if n := count(t, s, "SELECT count(*) FROM mp_sessions"); n != 1 {
		t.Errorf("got %d sign-ins, want the one that is not over", n)
	}
}

// A write that fails, as on a full disk, keeps nobody out who is in.
func TestFailedNoteOfUseKeepsNobodyOut(t *testing.T) {
	d := pageLimit(t)
	s := opened(t, d.dir, Options{})
	if err := s.PutMPSession(t.Context(), hashOf("t"), "main", "o", day); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.ExecContext(t.Context(), "CREATE TRIGGER fault BEFORE UPDATE ON mp_sessions BEGIN SELECT RAISE(ABORT, 'injected'); END"); err != nil {
		t.Fatal(err)
	}
	if m, err := s.UseMPSession(t.Context(), hashOf("t"), day.Add(time.Hour)); err != nil || !m.Used.Equal(day) {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestHistory(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{Every: never})
	put := func(id, owner, conversation string, at time.Time) {
		t.Helper()
		a := answer(id)
		a.ConversationID = conversation
		if err := s.PutAnswer(a, Logged{Question: "问" + id, Channel: "mp:main", Owner: owner, Asked: at}); err != nil {
			t.Fatal(err)
		}
	}
	now := day.Add(100 * 24 * time.Hour)
	put("a_old", "o", "c_1", day)
	for i := range 5 {
		put(fmt.Sprint("a_", i), "o", "c_2", now.Add(time.Duration(i)*time.Minute))
	}
	put("a_same", "o", "c_2", now.Add(4*time.Minute)) // at the same moment: the ID decides
	put("a_other", "o2", "c_3", now)
	put("a_nobody", "", "c_4", now)
	owned := func(when string) {
		t.Helper()
		for _, c := range []struct {
			owner, conversation string
			want                bool
		}{{"o", "c_2", true}, {"o", "c_3", false}, {"o2", "c_3", true}, {"", "c_4", false}, {"o", "", false}, {"o", "c_9", false}} {
			if got, err := s.OwnsConversation(ctx, c.owner, c.conversation); err != nil || got != c.want {
				t.Errorf("%s: %q owns %s: got %v, %v", when, c.owner, c.conversation, got, err)
			}
		}
		for id, want := range map[string]string{"a_1": "o", "a_other": "o2", "a_nobody": ""} {
			if got, err := s.OwnerOf(ctx, id); err != nil || got != want {
				t.Errorf("%s: owner of %s: got %q, %v", when, id, got, err)
			}
		}
		if _, err := s.OwnerOf(ctx, "a_unknown"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: unknown answer: %v", when, err)
		}
	}
	owned("queued")
	var ids []string
	before := ""
	for {
		page, err := s.History(ctx, "o", before, 2, now.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			if r.Question != "问"+r.Answer.ID || r.Answer.Text == "" || r.Asked.IsZero() {
				t.Errorf("got %+v", r)
			}
			ids = append(ids, r.Answer.ID)
		}
		before = page[len(page)-1].Answer.ID
	}
	if got, want := fmt.Sprint(ids), "[a_same a_4 a_3 a_2 a_1 a_0]"; got != want {
		t.Errorf("got %s, want %s: the newest first, none twice, none of others, none older than %v", got, want, historyKept)
	}
	owned("written")
	for _, c := range []struct{ owner, before string }{{"o", "a_other"}, {"o", "a_unknown"}, {"", ""}, {"", "a_nobody"}} {
		if page, err := s.History(ctx, c.owner, c.before, 5, now); !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v: got %v, %v", c, page, err)
		}
	}

	put("a_queued", "o", "c_5", now)
	if err := s.Feedback(ctx, Feedback{AnswerID: "a_1", Verdict: Useful}); err != nil {
		t.Fatal(err)
	}
	n, err := s.DeleteHistory(ctx, "o")
	if err != nil || n != 8 {
		t.Errorf("deleted %d, %v, want 8", n, err)
	}
	if n := count(t, s, "SELECT (SELECT count(*) FROM answers WHERE owner = 'o') + (SELECT count(*) FROM feedback)"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if n := count(t, s, "SELECT count(*) FROM answers"); n != 2 {
		t.Errorf("%d answers of others are left, want 2", n)
	}
	if _, err := s.DeleteHistory(ctx, ""); err == nil {
		t.Error("deleted the history of nobody")
	}
}

func TestNonces(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	s := opened(t, dir, Options{})
	use := func(key, nonce string, now time.Time) bool {
		t.Helper()
		fresh, err := s.UseNonce(ctx, key, nonce, now, now.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return fresh
	}
	for i, c := range []struct {
		key, nonce string
		after      time.Duration
		want       bool
	}{
		{"k", "n", 0, true}, {"k", "n", 0, false}, {"k2", "n", 0, true}, {"k", "m", 0, true},
		{"k", "n", time.Hour, false}, {"k", "n", time.Hour + time.Second, true},
	} {
		if i == 4 { // a restart forgets none
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = opened(t, dir, Options{})
		}
		if got := use(c.key, c.nonce, day.Add(c.after)); got != c.want {
			t.Errorf("%d: %+v: got %v", i, c, got)
		}
	}
	if n := count(t, s, "SELECT count(*) FROM signed_nonces"); n != 1 {
		t.Errorf("%d nonces are kept, want the one whose time is not over", n)
	}
	other := opened(t, dir, Options{}) // another instance
	var fresh atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			ok, err := []*Store{s, other}[i%2].UseNonce(ctx, "k", "race", day, day.Add(time.Hour))
			if err != nil {
				t.Error(err)
			}
			if ok {
				fresh.Add(1)
			}
		})
	}
	all.Wait()
	if fresh.Load() != 1 {
		t.Errorf("%d of 16 were let in", fresh.Load())
	}
}

func TestFullDiskTakesNoNonce(t *testing.T) {
	d := pageLimit(t)
	s := opened(t, d.dir, Options{})
	d.fill(t, s)
	var err error
	for i := 0; i < 5000 && err == nil; i++ { // until the last page is full
		_, err = s.UseNonce(t.Context(), "k", fmt.Sprintf("nonce-%050d", i), day, day.Add(time.Hour))
	}
	if !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
}

// What is in the file must not let its reader in.
func TestTokensAreNotInTheFile(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, Options{})
	if err := s.PutMPSession(t.Context(), hashOf("the-token-itself"), "main", "owner-hash", day); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "wenda.db"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file, []byte("owner-hash")) || !bytes.Contains(file, hashOf("the-token-itself")) || bytes.Contains(file, []byte("the-token-itself")) {
		t.Error("the file should hold the hash and not the token")
	}
}
