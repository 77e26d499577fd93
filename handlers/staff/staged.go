package staff

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"

	"wenda/corpus"
	"wenda/handlers/fetch"
	"wenda/store"
)

func stagedState(quarantined bool, releasedBy string) string {
	switch {
	case quarantined && releasedBy == "":
		return "隔离中，要先查看"
	case quarantined:
		return "已由" + releasedBy + "放行"
	}
	return "待发布"
}

// uploadFiles is POST /staff/knowledge/upload.
func (c *Console) uploadFiles(v *visit) error {
	if v.r.MultipartForm == nil {
		return invalid.saying("请先选文件。")
	}
	defer v.r.MultipartForm.RemoveAll() //nolint:errcheck // temporary files
	files := v.r.MultipartForm.File["file"]
	if len(files) == 0 || len(files) > maxUploads {
		return invalid.saying(fmt.Sprintf("一次请选1到%d个文件。", maxUploads))
	}
	var results []uploadResult
	for _, f := range files {
		data, err := readUpload(f)
		if err != nil {
			return badForm.because(err)
		}
		r, err := v.stage(f.Filename, "", data)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	if len(results) == 1 && results[0].N != 0 {
		return v.to(fmt.Sprintf("/staff/staged/%d", results[0].N), "")
	}
	return v.knowledgeWith(results)
}

func readUpload(h *multipart.FileHeader) ([]byte, error) {
	f, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, corpus.MaxFileBytes+1))
}

// stage reads a file and lets it wait. A file that cannot be read is a result, not an error.
func (v *visit) stage(name, address string, data []byte) (uploadResult, error) {
	c := v.console
	d, warnings, err := corpus.InspectAt(name, address, data, corpus.Today(c.now()))
	var bad *corpus.ReadError
	if errors.As(err, &bad) {
		return uploadResult{Source: name, Error: bad.Advice}, nil
	}
	if err != nil {
		return uploadResult{}, err
	}
	n, err := c.store.Stage(v.r.Context(), v.by(), d, warnings)
	if errors.Is(err, store.ErrTooMany) {
		return uploadResult{}, invalid.saying("等着发布的文件太多了，请先发布或丢弃一些。")
	}
	if err != nil {
		return uploadResult{}, err
	}
	r := uploadResult{Source: name, Title: d.Meta.Title, N: n, Warnings: len(warnings)}
	for _, w := range warnings {
		r.Quarantined = r.Quarantined || w.Quarantine
	}
	return r, nil
}

// fetchFile is POST /staff/knowledge/fetch.
func (c *Console) fetchFile(v *visit) error {
	if c.deps.Fetch == nil {
		return invalid.saying("这台服务器没有开放按网址读取，请下载成文件再上传。")
	}
	address := v.form("url")
	name, data, err := c.deps.Fetch(v.r.Context(), address)
	var refused *fetch.Error
	switch {
	case errors.As(err, &refused) && refused.TooLarge:
		return tooLarge.because(err)
	case errors.As(err, &refused):
		return invalid.saying(refused.Say).because(err)
	case err != nil:
		return err
	}
	r, err := v.stage(name, address, data)
	if err != nil {
		return err
	}
	if r.N == 0 {
		return invalid.saying(r.Error)
	}
	return v.to(fmt.Sprintf("/staff/staged/%d", r.N), "")
}

// stagedPage is GET /staff/staged/{n}: what was read, before it goes in.
func (c *Console) stagedPage(v *visit) error {
	s, err := v.staged()
	if err != nil {
		return err
	}
	return v.stagedWith(http.StatusOK, s, metaFormOf(s.Document.Meta))
}

func (v *visit) stagedWith(status int, s store.Staged, f metaForm) error {
	m := stagedView{Staged: s, Title: s.Document.Meta.Title, State: stagedState(s.Quarantined, s.ReleasedBy), Form: f, Ready: !s.Quarantined || s.ReleasedBy != ""}
	m.Part = v.partOf("from", len(s.Document.Chunks))
	m.Chunks = s.Document.Chunks[m.Part.From:m.Part.To]
	old, err := v.console.store.Document(v.r.Context(), s.Document.ID)
	switch {
	case err == nil:
		m.Replaces, m.Was, m.Unchanged = old.Document.Meta.Title, old.Document.Version, old.Document.Version == s.Document.Version
		m.Changes, m.Same = corpus.Compare(old.Document, s.Document)
		m.Changed = v.partOf("changed", len(m.Changes))
		m.Changes = m.Changes[m.Changed.From:m.Changed.To]
		_, r := corpus.Carried(&old.Kept, s.Document, v.console.now())
		m.Carried, m.Tied = r.Carried, r.Tied
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	return v.pageAs(status, "staged", fmt.Sprintf("读入的结果%d：%s", s.N, clipped(m.Title)), m)
}

func (v *visit) staged() (store.Staged, error) {
	n, err := strconv.ParseInt(v.r.PathValue("n"), 10, 64)
	if err != nil {
		return store.Staged{}, noPage
	}
	return v.console.store.StagedFile(v.r.Context(), n)
}

// editStaged is POST /staff/staged/{n}/meta.
func (c *Console) editStaged(v *visit) error {
	s, err := v.staged()
	if err != nil {
		return err
	}
	f := v.readMeta(s.Document.Meta)
	if f.Wrong == "" {
		err := c.store.EditStaged(v.r.Context(), v.by(), s.N, v.seen(s.Document.Version), s.Document.WithMeta(f.Meta))
		if err == nil {
			return v.to(fmt.Sprintf("/staff/staged/%d", s.N), "信息已改。")
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if s, err = v.staged(); err != nil { // as somebody else left it
			return err
		}
		f = f.beside(s.Document.Meta)
	}
	return v.stagedWith(f.status(), s, f)
}

// seen is the version of what was read that the page showed; a form without it means the one that is there now.
func (v *visit) seen(now string) string {
	if seen := v.form("seen"); seen != "" {
		return seen
	}
	return now
}

// dropStaged is POST /staff/staged/{n}/drop.
func (c *Console) dropStaged(v *visit) error {
	s, err := v.staged()
	if err == nil {
		err = c.store.DropStaged(v.r.Context(), v.by(), s.N)
	}
	if err != nil {
		return err
	}
	return v.to("/staff/knowledge", "已丢弃“"+s.Source+"”。")
}

// releaseStaged is POST /staff/staged/{n}/release.
func (c *Console) releaseStaged(v *visit) error {
	reason := v.form("reason")
	if reason == "" {
		return invalid.saying("请写明为什么可以放行。")
	}
	s, err := v.staged()
	if err == nil {
		err = c.store.ReleaseStaged(v.r.Context(), v.by(), s.N, reason)
	}
	if err != nil {
		return err
	}
	return v.to(fmt.Sprintf("/staff/staged/%d", s.N), "已放行，可以发布。")
}

// publishStaged is POST /staff/staged/{n}/publish.
func (c *Console) publishStaged(v *visit) error {
	ctx := v.r.Context()
	s, err := v.staged()
	if err != nil {
		return err
	}
	if s.Quarantined && s.ReleasedBy == "" {
		return forbidden.saying("这个文件还在隔离，要先查看警告并放行。")
	}
	if v.seen(s.Document.Version) != s.Document.Version {
		return conflict.saying("您看页面时别人改了这个文件的信息。请刷新页面，看过再发布。")
	}
	var old *corpus.Kept
	if held, err := c.store.Document(ctx, s.Document.ID); err == nil {
		old = &held.Kept
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	k, report := corpus.Carried(old, s.Document, c.now())
	if err := c.store.PutDocument(ctx, v.by(), "document.publish", s.Source, k, v.form("was"), s.N); err != nil {
		return err
	}
	said := fmt.Sprintf("《%s》已发布，%d段，几秒内用于回答。", s.Document.Meta.Title, len(s.Document.Chunks))
	if report.Carried > 0 {
		said += fmt.Sprintf("沿用问法%d条中的%d条。", report.Carried, report.Tied)
	}
	return v.to("/staff/knowledge/"+url.PathEscape(s.Document.ID), said)
}
