package staff

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
	"wenda/rag/eval"
	"wenda/store"
)

// snapshot is everything that staff can write and the store lists, as text by name, and the codes of the audit's lines by mark.
func (s *suite) snapshot(st *store.Store) (map[string]string, map[string][]string) {
	s.t.Helper()
	ctx := s.t.Context()
	out, lines := map[string]string{}, map[string][]string{}
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	changes, err := st.Changes(ctx, store.ChangeFilter{Limit: math.MaxInt32})
	must(err)
	runOf := map[string]string{}
	for _, c := range slices.Backward(changes) {
		lines[c.By.Address] = append(lines[c.By.Address], c.What)
		if c.What == "run.begin" {
			runOf[c.Object] = c.By.Address
		}
	}
	accounts, err := st.Accounts(ctx)
	must(err)
	for _, a := range accounts {
		out["account/"+a.Name] = accountText(a)
	}
	releases, err := st.Releases(ctx, math.MaxInt32)
	must(err)
	for _, r := range releases {
		out[fmt.Sprint("release/", r.N)] = releaseText(r.State, r.Comment)
	}
	sets, err := st.TestSets(ctx)
	must(err)
	for _, t := range sets {
		out["set/"+t.Name] = setText(s.t, t.Version, t.Cases)
	}
	runs, err := st.Runs(ctx, math.MaxInt32)
	must(err)
	for _, r := range runs {
		v, err := st.RunVerdicts(ctx, r.ID)
		must(err)
		if len(v.Variant) != r.Summary.N {
			s.t.Errorf("run %s has %d verdicts of %d", r.ID, len(v.Variant), r.Summary.N)
		}
		out["run/"+runOf[r.ID]] = runText(r.Purpose, r.Status, r.Summary.Published)
	}
	filters, err := st.SavedFilters(ctx, "kadmin")
	must(err)
	for _, f := range filters {
		out["filter/"+f.Name] = f.Query
	}
	entries, err := st.CuratedEntries(ctx)
	must(err)
	for _, e := range entries {
		out["curated/"+e.ID] = curatedText(e)
	}
	_, hidden, err := st.LiveCurated(ctx)
	must(err)
	for _, id := range hidden {
		if out["curated/"+id] == "" {
			out["hidden/"+id] = "hidden"
		}
	}
	gaps, err := st.ClosedGaps(ctx, math.MaxInt32)
	must(err)
	for _, g := range gaps {
		out["gap/"+g.Label] += gapText(g.How, g.Note, g.Owner)
	}
	staged, err := st.StagedFiles(ctx)
	must(err)
	for _, f := range staged {
		out["staged/"+f.Source] = stagedText(f)
	}
	held, err := st.Documents(ctx)
	must(err)
	for _, h := range held {
		out["document/"+h.Document.ID] = heldText(h)
		drafts, err := st.VariantDrafts(ctx, h.Document.ID)
		must(err)
		for _, d := range drafts {
			out["draft/"+d.Variant.ID] = draftText(d.Variant)
		}
	}
	e, err := st.Embedder(ctx)
	must(err)
	if e.Who != "" {
		out["embedder"] = embedderText(e)
	}
	off, err := st.SwitchedOff(ctx)
	must(err)
	for _, w := range off {
		out["switch/"+w.Name] = w.Reason
	}
	p, err := PublishingOf(ctx, st)
	must(err)
	out["setting/publishing"] = fmt.Sprintf("%+v", p)
	backups, err := st.Backups()
	must(err)
	for _, b := range backups {
		out["backup/"+b.Name] = "there"
		made := 0
		for _, c := range changes {
			if c.What == "backup.make" && c.Object == b.Name {
				made++
			}
		}
		if made != 1 {
			s.t.Errorf("backup %s has %d lines in the audit", b.Name, made)
		}
		if s.whole[b.Name] {
			continue
		}
		if _, err := store.CheckBackup(ctx, filepath.Join(s.dir, "backups", b.Name)); err != nil {
			s.t.Error(err)
		}
		s.whole[b.Name] = true
	}
	if parts, err := filepath.Glob(filepath.Join(s.dir, "backups", "*.part")); err != nil || len(parts) > 1 {
		s.t.Errorf("halves of backups pile up: %v, %v", parts, err)
	}
	return out, lines
}

// direct adds what no method of the store lists. With proof it wants the database's pages in order.
func (s *suite) direct(out map[string]string, proof bool) {
	s.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.dir, "wenda.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	said := "ok"
	if proof {
		err = db.QueryRow("PRAGMA integrity_check").Scan(&said)
	}
	if err != nil || said != "ok" {
		s.t.Fatalf("integrity: %q, %v", said, err)
	}
	each := func(query string, take func(scan func(...any) error) error) {
		s.t.Helper()
		rows, err := db.QueryContext(context.Background(), query)
		if err != nil {
			s.t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := take(rows.Scan); err != nil {
				s.t.Fatal(err)
			}
		}
		if err := rows.Err(); err != nil {
			s.t.Fatal(err)
		}
	}
	each("SELECT a.name, count(*) FROM staff_sessions s JOIN staff_accounts a ON a.id = s.account_id GROUP BY a.name", func(scan func(...any) error) error {
		var name string
		var n int
		err := scan(&name, &n)
		out["sessions/"+name] = fmt.Sprint(n)
		return err
	})
	each("SELECT name, version, label, author, comment, body FROM prompts", func(scan func(...any) error) error {
		var v store.PromptVersion
		err := scan(&v.Name, &v.Version, &v.Label, &v.Author, &v.Comment, &v.Body)
		out[promptKey(v)] = promptValue(v.Label, v.Author, v.Comment, string(v.Body))
		return err
	})
}

func accountText(a store.Account) string {
	return fmt.Sprintf("%s version=%d password=%t link=%t totp=%t subject=%q disabled=%t", a.Role, a.Version, a.Password != "", a.Link != "", a.TOTP != "", a.Subject, a.Disabled)
}

func releaseText(state map[string]int, comment string) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(state)) {
		if state[name] > 0 {
			text += fmt.Sprintf("%s=%d ", name, state[name])
		}
	}
	return text + comment
}

// setText wants the cases whole: IDs are random, questions are not.
func setText(t *testing.T, version int, text string) string {
	t.Helper()
	var questions []string
	if text != "" {
		cases, err := eval.Parse("x", []byte(text))
		if err != nil {
			t.Errorf("cases: %v", err)
		}
		for _, c := range cases {
			questions = append(questions, c.Question)
		}
	}
	return fmt.Sprintf("v%d %s", version, strings.Join(questions, ","))
}

// runText leaves open how far a test run is: it goes on by itself, and is broken off by the next start.
func runText(purpose, status string, published int) string {
	switch {
	case status == store.RunCancelled:
		return purpose + " cancelled"
	case purpose == store.RunGate && status == store.RunDone:
		return fmt.Sprint(purpose, " done ", published)
	}
	return purpose
}

func curatedText(e store.CuratedEntry) string {
	return fmt.Sprintf("live=%d newest=%d retired=%t %q %s by %s", e.Live, e.Newest.Version, e.Retired, e.Newest.Body.Asks, e.Newest.Body.Answer, e.Newest.Author)
}

func gapText(how, note, owner string) string { return fmt.Sprintf("(%s %q %q)", how, note, owner) }

func stagedText(f store.Staged) string {
	return fmt.Sprintf("%s %s quarantined=%t released=%q", f.Document.ID, f.Document.Version, f.Quarantined, f.ReleasedBy)
}

func heldText(h store.Held) string {
	sum := sha256.New()
	for _, v := range h.Variants {
		fmt.Fprintln(sum, v.Text, v.Negative, v.Anchor.Say)
	}
	return fmt.Sprintf("%s withdrawn=%t by=%q %d variants %s", h.Document.Version, h.Withdrawn, h.SupersededBy, len(h.Variants), hex.EncodeToString(sum.Sum(nil)[:6]))
}

func draftText(v corpus.Variant) string {
	return fmt.Sprintf("%s by %s at %s", v.Text, v.Model, v.Anchor.Say)
}

func embedderText(e store.EmbedderState) string {
	return fmt.Sprintf("target=%q under=%q failed=%q: %s", e.Target, e.Under, e.Failed, e.Reason)
}

func promptKey(v store.PromptVersion) string { return fmt.Sprintf("prompt/%s/%d", v.Name, v.Version) }

func promptValue(label, author, comment, body string) string {
	sum := sha256.Sum256([]byte(body))
	return fmt.Sprintf("%s|%s|%s|%s", label, author, comment, hex.EncodeToString(sum[:6]))
}
