package staff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"wenda/store"
)

// promptRoutes are prompts and wordings, as documents with versions.
func (c *Console) promptRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/prompts", Needs: store.View, Menu: "用语", handle: c.promptsPage},
		{Method: "GET", Path: "/staff/prompts/export", Needs: store.View, handle: c.promptsExport},
		{Method: "POST", Path: "/staff/prompts/import", Needs: store.Edit, Files: true, handle: c.promptsImport},
		{Method: "GET", Path: "/staff/prompts/publish", Needs: store.Publish, handle: c.publishPage},
		{Method: "POST", Path: "/staff/prompts/publish", Needs: store.Publish, handle: c.publish},
		{Method: "POST", Path: "/staff/prompts/rollback", Needs: store.Publish, handle: c.rollback},
		{Method: "GET", Path: "/staff/prompts/{name}", Needs: store.View, handle: c.promptPage},
		{Method: "POST", Path: "/staff/prompts/{name}", Needs: store.Edit, handle: c.promptSave},
		{Method: "POST", Path: "/staff/prompts/{name}/check", Needs: store.Edit, handle: c.promptCheck},
		{Method: "POST", Path: "/staff/prompts/{name}/drop", Needs: store.Edit, handle: c.promptDrop},
		{Method: "GET", Path: "/staff/prompts/{name}/versions/{n}", Needs: store.View, handle: c.promptVersionPage},
	}
}

// A promptRow is a line of the list.
type promptRow struct {
	promptDoc
	Live  int // version; 0: bundled
	Draft *store.PromptVersion
}

type promptsView struct {
	Rows     []promptRow
	Drafts   int
	Releases []store.Release
	Live     store.Release
	Previous int // release before the live one, 0: the texts of the program
	CanBack  bool
}

func (c *Console) promptsView(ctx context.Context) (promptsView, error) {
	var m promptsView
	var err error
	if m.Live, err = c.store.LivePrompts(ctx); err != nil {
		return m, err
	}
	versions, err := c.store.PromptVersions(ctx, "")
	if err != nil {
		return m, err
	}
	for _, d := range promptDocs {
		row := promptRow{promptDoc: d, Live: m.Live.State[d.Name]}
		for i, v := range versions {
			if v.Name == d.Name && v.Label == store.LabelDraft {
				row.Draft = &versions[i]
				m.Drafts++
			}
		}
		m.Rows = append(m.Rows, row)
	}
	if m.Releases, err = c.store.Releases(ctx, 20); err != nil {
		return m, err
	}
	m.CanBack = len(m.Releases) > 0
	if len(m.Releases) > 1 {
		m.Previous = m.Releases[1].N
	}
	return m, nil
}

// promptsPage is GET /staff/prompts.
func (c *Console) promptsPage(v *visit) error {
	m, err := c.promptsView(v.r.Context())
	if err != nil {
		return err
	}
	return v.page("prompts", "用语", m)
}

// A promptView is the editor.
type promptView struct {
	promptDoc
	Text     string
	Base     int // newest version when the editor began
	Live     int
	Draft    *store.PromptVersion
	Diff     []diffLine // from live to the text
	Problems []textProblem
	Versions []store.PromptVersion
	Comment  string
	Force    bool // problems were shown: a draft may be kept all the same
	Conflict *store.PromptVersion
	Mine     []diffLine // from the version that the editor began with to what was written
	Theirs   []diffLine // from there to what somebody else saved
	Clean    bool       // both were put together without a place that both changed
	Saved    bool
}

func (v *visit) doc() (promptDoc, error) {
	d, ok := docOf(v.r.PathValue("name"))
	if !ok {
		return d, noPage.saying("没有这份用语，请从列表进入。")
	}
	return d, nil
}

// promptView reads what the editor shows beside its text.
func (c *Console) promptView(ctx context.Context, d promptDoc) (m promptView, live string, err error) {
	m.promptDoc = d
	release, err := c.store.LivePrompts(ctx)
	if err != nil {
		return m, "", err
	}
	m.Live = release.State[d.Name]
	text, _, err := promptText(ctx, c.store, d.Name, m.Live)
	if err != nil {
		return m, "", err
	}
	live = string(text)
	if m.Versions, err = c.store.PromptVersions(ctx, d.Name); err != nil {
		return m, "", err
	}
	if len(m.Versions) > 0 {
		m.Base = m.Versions[0].Version
	}
	m.Text = live
	for _, ver := range m.Versions {
		if ver.Label == store.LabelDraft {
			full, err := c.store.PromptVersion(ctx, d.Name, ver.Version)
			if err != nil {
				return m, "", err
			}
			m.Draft, m.Text = &full, string(full.Body)
		}
	}
	return m, live, nil
}

// problemsIn checks a text of a file beside the drafts of the others, or, where these are at fault, beside the live texts.
func (c *Console) problemsIn(ctx context.Context, name, text string) ([]textProblem, error) {
	texts := map[string][]byte{name: []byte(text)}
	live, err := c.store.LivePrompts(ctx)
	if err != nil {
		return nil, err
	}
	if CheckPrompts(ctx, c.store, live.State, texts) == nil {
		return nil, nil
	}
	state, err := c.draftState(ctx, live)
	if err != nil {
		return nil, err
	}
	err = CheckPrompts(ctx, c.store, state, texts)
	return problemsOf(err, func(file string) string {
		if file == name {
			return text
		}
		other, _, _ := promptText(ctx, c.store, file, state[file]) // without the text there is no line
		return string(other)
	}), nil
}

// draftState is what would be live if all drafts were published.
func (c *Console) draftState(ctx context.Context, live store.Release) (map[string]int, error) {
	versions, err := c.store.PromptVersions(ctx, "")
	if err != nil {
		return nil, err
	}
	state := map[string]int{}
	for name, n := range live.State {
		state[name] = n
	}
	for _, ver := range versions {
		if ver.Label == store.LabelDraft {
			state[ver.Name] = ver.Version
		}
	}
	return state, nil
}

// promptPage is GET /staff/prompts/{name}. Query from: a version to begin with instead of the draft.
func (c *Console) promptPage(v *visit) error {
	d, err := v.doc()
	if err != nil {
		return err
	}
	ctx := v.r.Context()
	m, live, err := c.promptView(ctx, d)
	if err != nil {
		return err
	}
	if from := v.form("from"); from != "" {
		n, err := strconv.Atoi(from)
		if err != nil {
			return badForm.because(err)
		}
		text, _, err := promptText(ctx, c.store, d.Name, n)
		if err != nil {
			return err
		}
		m.Text, m.Comment = string(text), fmt.Sprintf("恢复到第%d版", n)
		if n == 0 {
			m.Comment = "恢复内置文字"
		}
	}
	m.Diff = diff(live, m.Text)
	if m.Problems, err = c.problemsIn(ctx, d.Name, m.Text); err != nil {
		return err
	}
	return v.page("prompt", d.Title, m)
}

// maxCommentRunes bounds what is written beside a version.
const maxCommentRunes = 500

// promptSave is POST /staff/prompts/{name}: a new version, labelled draft. Nothing that was written is lost: not by a mistake in it, and
// not by somebody else who saved meanwhile.
func (c *Console) promptSave(v *visit) error {
	d, err := v.doc()
	if err != nil {
		return err
	}
	ctx := v.r.Context()
	text, comment := strings.TrimRight(v.text("text"), "\n ")+"\n", v.form("comment")
	base, err := strconv.Atoi(v.form("base"))
	if err != nil || utf8.RuneCountInString(comment) > maxCommentRunes || !utf8.ValidString(text) {
		return badForm
	}
	m, live, err := c.promptView(ctx, d)
	if err != nil {
		return err
	}
	newest := m.Base
	m.Text, m.Comment, m.Base, m.Diff = text, comment, base, diff(live, text)
	if m.Problems, err = c.problemsIn(ctx, d.Name, text); err != nil {
		return err
	}
	if newest == base && len(m.Problems) > 0 && v.form("force") == "" {
		m.Force = true
		return v.pageAs(http.StatusUnprocessableEntity, "prompt", d.Title, m)
	}
	version, err := c.store.SaveDraft(ctx, v.by(), d.Name, base, []byte(text), comment)
	var other *store.DraftConflict
	if errors.As(err, &other) {
		return v.mergePage(m, other.Now)
	}
	if err != nil {
		return err
	}
	return v.to("/staff/prompts/"+d.Name, fmt.Sprintf("草稿已保存为第%d版，还没有上线。", version))
}

// mergePage shows what somebody else saved beside what was written, put together where that is clear.
func (v *visit) mergePage(m promptView, now store.PromptVersion) error {
	base, _, err := promptText(v.r.Context(), v.console.store, m.Name, m.Base)
	if err != nil {
		return err
	}
	m.Conflict, m.Mine, m.Theirs = &now, diff(string(base), m.Text), diff(string(base), string(now.Body))
	m.Text, m.Clean = merge(string(base), string(now.Body), m.Text)
	m.Base, m.Diff = now.Version, diff(string(now.Body), m.Text)
	if m.Problems, err = v.console.problemsIn(v.r.Context(), m.Name, m.Text); err != nil {
		return err
	}
	return v.pageAs(http.StatusConflict, "prompt", m.Title, m)
}

// promptCheck is POST /staff/prompts/{name}/check, asked by prompt.js while somebody types.
func (c *Console) promptCheck(v *visit) error {
	d, err := v.doc()
	if err != nil {
		return err
	}
	list, err := c.problemsIn(v.r.Context(), d.Name, v.text("text"))
	if err != nil {
		return err
	}
	if list == nil {
		list = []textProblem{}
	}
	v.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(v.w).Encode(map[string]any{"problems": list})
}

// promptDrop is POST /staff/prompts/{name}/drop.
func (c *Console) promptDrop(v *visit) error {
	d, err := v.doc()
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(v.form("version"))
	if err != nil {
		return badForm.because(err)
	}
	if err := c.store.DropDraft(v.r.Context(), v.by(), d.Name, n); err != nil {
		return err
	}
	return v.to("/staff/prompts", fmt.Sprintf("“%s”的草稿已放弃；第%d版仍在历史里。", d.Title, n))
}

type promptVersionView struct {
	promptDoc
	Version store.PromptVersion
	Text    string
	Live    int
	Diff    []diffLine // from this version to the live one
}

// promptVersionPage is GET /staff/prompts/{name}/versions/{n}.
func (c *Console) promptVersionPage(v *visit) error {
	d, err := v.doc()
	if err != nil {
		return err
	}
	ctx := v.r.Context()
	n, err := strconv.Atoi(v.r.PathValue("n"))
	if err != nil {
		return noPage
	}
	m := promptVersionView{promptDoc: d, Version: store.PromptVersion{Name: d.Name}}
	if n > 0 {
		if m.Version, err = c.store.PromptVersion(ctx, d.Name, n); err != nil {
			return err
		}
	}
	live, err := c.store.LivePrompts(ctx)
	if err != nil {
		return err
	}
	m.Live = live.State[d.Name]
	text, _, err := promptText(ctx, c.store, d.Name, n)
	if err != nil {
		return err
	}
	now, _, err := promptText(ctx, c.store, d.Name, m.Live)
	if err != nil {
		return err
	}
	m.Text, m.Diff = string(text), diff(string(now), string(text))
	return v.page("prompt_version", fmt.Sprintf("%s 第%d版", d.Title, n), m)
}

// BundleFormat names the file that holds all prompts.
const BundleFormat = "wenda-prompts/1"

// A Bundle is all prompts as one file.
type Bundle struct {
	Format string            `json:"format"`
	Files  map[string]string `json:"files"`
}
