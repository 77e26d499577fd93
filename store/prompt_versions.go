package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A PromptVersion is one text of a prompts file. It never changes; its label does: live, draft (the one being worked on), or none.
type PromptVersion struct {
	Name    string
	Version int // from 1 for each name; 0 is the text of the program
	Label   string
	Author  string
	Comment string
	Created time.Time
	Body    []byte // only where said
}

// Labels of prompt versions.
const (
	LabelLive  = "live"
	LabelDraft = "draft"
)

// A Release is what went live at once.
type Release struct {
	N       int
	At      time.Time
	Who     string
	State   map[string]int // version by name of everything that is live; a missing name is as bundled
	Comment string
}

// A DraftConflict says that somebody saved a version of the same file since the editor began. It is an ErrConflict.
type DraftConflict struct {
	Name string
	Base int           // version that the editor began with
	Now  PromptVersion // the newest, with its text
}

func (c *DraftConflict) Error() string {
	return fmt.Sprintf("prompt %s: version %d was saved by %s after version %d", c.Name, c.Now.Version, c.Now.Author, c.Base)
}

// Unwrap makes it an ErrConflict.
func (c *DraftConflict) Unwrap() error { return ErrConflict }

// SaveDraft keeps a text as the newest version, labelled draft; the draft before it loses its label and stays. base is the version that
// the editor began with, the newest at that time: another one since is a *DraftConflict, and nothing is kept. It returns the version.
func (s *Store) SaveDraft(ctx context.Context, by By, name string, base int, body []byte, comment string) (int, error) {
	version := 0
	err := s.change(ctx, Change{By: by, What: "prompt.save", Object: name, Reason: comment}, func(tx *sql.Tx, c *Change) error {
		newest, err := newestPrompt(ctx, tx, name)
		if err != nil {
			return err
		}
		if newest.Version != base {
			return &DraftConflict{name, base, newest}
		}
		version = newest.Version + 1
		c.Before, c.After = fmt.Sprintf("v%d", newest.Version), fmt.Sprintf("v%d", version)
		return insertDraft(ctx, tx, PromptVersion{Name: name, Version: version, Author: by.Name, Comment: comment, Created: time.Now(), Body: body})
	})
	return version, err
}

// SaveDrafts keeps several texts at once, as an import does; each becomes the newest version of its name. Texts that are the newest
// already are left out. It returns the versions made, by name.
func (s *Store) SaveDrafts(ctx context.Context, by By, texts map[string][]byte, comment string) (map[string]int, error) {
	made := map[string]int{}
	names := slices.Sorted(maps.Keys(texts))
	err := s.change(ctx, Change{By: by, What: "prompt.import", Object: strings.Join(names, " "), Reason: comment}, func(tx *sql.Tx, c *Change) error {
		for _, name := range names {
			newest, err := newestPrompt(ctx, tx, name)
			if err != nil {
				return err
			}
			if string(newest.Body) == string(texts[name]) {
				continue
			}
			v := PromptVersion{Name: name, Version: newest.Version + 1, Author: by.Name, Comment: comment, Created: time.Now(), Body: texts[name]}
			if err := insertDraft(ctx, tx, v); err != nil {
				return err
			}
			made[name] = v.Version
		}
		c.After = stateText(made)
		return nil
	})
	return made, err
}

func insertDraft(ctx context.Context, tx *sql.Tx, v PromptVersion) error {
	if _, err := tx.ExecContext(ctx, "UPDATE prompts SET label = '' WHERE name = ? AND label = 'draft'", v.Name); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO prompts (name, version, body, label, created_at, author, comment) VALUES (?, ?, ?, 'draft', ?, ?, ?)",
		v.Name, v.Version, v.Body, timeText(v.Created), v.Author, v.Comment)
	return err
}

// DropDraft takes the label of a draft away: the version stays, nobody works on it any more.
func (s *Store) DropDraft(ctx context.Context, by By, name string, version int) error {
	return s.change(ctx, Change{By: by, What: "prompt.drop", Object: name, Before: fmt.Sprintf("draft v%d", version)}, func(tx *sql.Tx, _ *Change) error {
		r, err := tx.ExecContext(ctx, "UPDATE prompts SET label = '' WHERE name = ? AND version = ? AND label = 'draft'", name, version)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrConflict
	})
}

const promptColumns = "name, version, label, author, comment, created_at"

func scanPrompt(row interface{ Scan(...any) error }, more ...any) (PromptVersion, error) {
	var v PromptVersion
	var created string
	if err := row.Scan(append([]any{&v.Name, &v.Version, &v.Label, &v.Author, &v.Comment, &created}, more...)...); err != nil {
		return v, err
	}
	var err error
	if created != "" {
		v.Created, err = textTime(created)
	}
	return v, err
}

func newestPrompt(ctx context.Context, tx *sql.Tx, name string) (PromptVersion, error) {
	var body []byte
	v, err := scanPrompt(tx.QueryRowContext(ctx, "SELECT "+promptColumns+", body FROM prompts WHERE name = ? ORDER BY version DESC LIMIT 1", name), &body)
	if errors.Is(err, sql.ErrNoRows) {
		return PromptVersion{Name: name}, nil
	}
	v.Body = body
	return v, err
}

// PromptVersions lists the versions of a name, the newest first, without texts; of all names when name is empty.
func (s *Store) PromptVersions(ctx context.Context, name string) ([]PromptVersion, error) {
	var out []PromptVersion
	err := s.read(ctx, "list prompt versions", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			v, err := scanPrompt(rows)
			out = append(out, v)
			return err
		}, "SELECT "+promptColumns+" FROM prompts WHERE ? IN ('', name) ORDER BY name, version DESC", name)
	})
	return out, err
}

// PromptVersion reads one version with its text. Version 0 of a name and unknown ones are ErrNotFound.
func (s *Store) PromptVersion(ctx context.Context, name string, version int) (PromptVersion, error) {
	var body []byte
	v, err := scanPrompt(s.readers.QueryRowContext(ctx, "SELECT "+promptColumns+", body FROM prompts WHERE name = ? AND version = ?", name, version), &body)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	v.Body = body
	return v, s.fault(fmt.Sprintf("read prompt %s v%d", name, version), err)
}

// LivePrompts returns what is live now, an empty State before the first release.
func (s *Store) LivePrompts(ctx context.Context) (Release, error) {
	var out Release
	err := s.read(ctx, "read live prompts", func(tx *sql.Tx) (err error) { out, err = liveRelease(ctx, tx); return err })
	return out, err
}

func liveRelease(ctx context.Context, tx *sql.Tx) (Release, error) {
	r, err := scanRelease(tx.QueryRowContext(ctx, "SELECT n, at, who, state, comment FROM releases ORDER BY n DESC LIMIT 1"))
	if !errors.Is(err, sql.ErrNoRows) {
		return r, err
	}
	// Texts labelled live by a program before there were releases.
	r = Release{State: map[string]int{}}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var name string
		var version int
		err := rows.Scan(&name, &version)
		r.State[name] = version
		return err
	}, "SELECT name, version FROM prompts WHERE label = 'live'")
	return r, err
}

func scanRelease(row interface{ Scan(...any) error }) (Release, error) {
	var r Release
	var at, state string
	if err := row.Scan(&r.N, &at, &r.Who, &state, &r.Comment); err != nil {
		return r, err
	}
	var err error
	if r.At, err = textTime(at); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(state), &r.State)
}

// Releases lists what went live, the newest first, at most limit.
func (s *Store) Releases(ctx context.Context, limit int) ([]Release, error) {
	var out []Release
	err := s.read(ctx, "list releases", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			r, err := scanRelease(rows)
			out = append(out, r)
			return err
		}, "SELECT n, at, who, state, comment FROM releases ORDER BY n DESC LIMIT ?", limit)
	})
	return out, err
}

// ReleasePrompts makes state live, all names of it or none; a version of nought, or a missing name, is the text of the program. base is
// the release that the caller looked at: another one since is ErrConflict. what is the code for the audit, reason why.
func (s *Store) ReleasePrompts(ctx context.Context, by By, what string, base int, state map[string]int, reason string) (Release, error) {
	out := Release{At: time.Now(), Who: by.Name, State: map[string]int{}, Comment: reason}
	for name, v := range state {
		if v > 0 {
			out.State[name] = v
		}
	}
	err := s.change(ctx, Change{By: by, What: what, Object: "提示词与用语", Reason: reason}, func(tx *sql.Tx, c *Change) error {
		live, err := liveRelease(ctx, tx)
		if err != nil {
			return err
		}
		if live.N != base {
			return ErrConflict
		}
		c.Before, c.After = stateText(live.State), stateText(out.State)
		if _, err := tx.ExecContext(ctx, "UPDATE prompts SET label = '' WHERE label = 'live'"); err != nil {
			return err
		}
		for name, v := range out.State {
			r, err := tx.ExecContext(ctx, "UPDATE prompts SET label = 'live' WHERE name = ? AND version = ?", name, v)
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err != nil || n != 1 {
				return errors.Join(err, ErrNotFound)
			}
		}
		text, err := json.Marshal(out.State)
		if err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, "INSERT INTO releases (at, who, state, comment) VALUES (?, ?, ?, ?)", timeText(out.At), out.Who, string(text), reason)
		if err != nil {
			return err
		}
		n, err := r.LastInsertId()
		out.N = int(n)
		return err
	})
	return out, err
}

// stateText names versions, sorted: replies.yaml v3, terms.yaml v1; 内置 when there are none.
func stateText(state map[string]int) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(state)) {
		out = append(out, fmt.Sprintf("%s v%d", name, state[name]))
	}
	if len(out) == 0 {
		return "内置"
	}
	return strings.Join(out, ", ")
}
