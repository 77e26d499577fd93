package staff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenda/prompts"
	"wenda/store"
)

// ExportPrompts gives the live texts, or those of drafts where there are some.
func ExportPrompts(ctx context.Context, st *store.Store, state map[string]int) (Bundle, error) {
	b := Bundle{BundleFormat, map[string]string{}}
	for _, name := range prompts.Names() {
		text, _, err := promptText(ctx, st, name, state[name])
		if err != nil {
			return b, err
		}
		b.Files[name] = string(text)
	}
	return b, nil
}

// ReadBundle reads such a file; the error is Chinese.
func ReadBundle(data []byte) (map[string][]byte, error) {
	var b Bundle
	if err := json.Unmarshal(data, &b); err != nil || b.Format != BundleFormat || len(b.Files) == 0 {
		return nil, errors.New("这不是用语的导出文件（wenda-prompts/1）")
	}
	out := map[string][]byte{}
	for name, text := range b.Files {
		if _, err := prompts.Default(name); err != nil {
			return nil, fmt.Errorf("文件里有不认识的用语 %q", name)
		}
		if !utf8.ValidString(text) || strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("%s 是空的或不是UTF-8", name)
		}
		out[name] = []byte(strings.ReplaceAll(text, "\r\n", "\n"))
	}
	return out, nil
}

// promptsExport is GET /staff/prompts/export.
func (c *Console) promptsExport(v *visit) error {
	live, err := c.store.LivePrompts(v.r.Context())
	if err != nil {
		return err
	}
	state := live.State
	if v.form("drafts") != "" {
		if state, err = c.draftState(v.r.Context(), live); err != nil {
			return err
		}
	}
	b, err := ExportPrompts(v.r.Context(), c.store, state)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="wenda-prompts.json"`)
	e := json.NewEncoder(v.w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(b)
}

// promptsImport is POST /staff/prompts/import: every text that differs from the newest one becomes a draft.
func (c *Console) promptsImport(v *visit) error {
	data, err := v.file("file")
	if err != nil {
		return err
	}
	texts, err := ReadBundle(data)
	if err != nil {
		return invalid.saying(err.Error() + "。请选“导出”得到的文件。")
	}
	made, err := ImportPrompts(v.r.Context(), c.store, v.by(), texts)
	if err != nil {
		return err
	}
	if len(made) == 0 {
		return v.to("/staff/prompts", "导入的文字和现在的一样，没有改动。")
	}
	return v.to("/staff/prompts", fmt.Sprintf("导入了%d份草稿，请逐份看过再发布。", len(made)))
}

// ImportPrompts keeps texts that differ from the draft, or else from the live text, as drafts.
func ImportPrompts(ctx context.Context, st *store.Store, by store.By, texts map[string][]byte) (map[string]int, error) {
	live, err := st.LivePrompts(ctx)
	if err != nil {
		return nil, err
	}
	versions, err := st.PromptVersions(ctx, "")
	if err != nil {
		return nil, err
	}
	fresh := map[string][]byte{}
	for name, text := range texts {
		now := live.State[name]
		for _, ver := range versions {
			if ver.Name == name && ver.Label == store.LabelDraft {
				now = ver.Version
			}
		}
		have, _, err := promptText(ctx, st, name, now)
		if err != nil {
			return nil, err
		}
		if string(have) != string(text) {
			fresh[name] = text
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	return st.SaveDrafts(ctx, by, fresh, "导入")
}
