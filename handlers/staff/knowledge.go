package staff

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"

	"wenda/corpus"
	"wenda/handlers/fetch"
	"wenda/store"
)

// knowledgeRoutes are the documents: in, changed, out. What goes live at once needs the role to publish.
func (c *Console) knowledgeRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/knowledge", Needs: store.View, Menu: "文件", handle: c.knowledgePage},
		{Method: "POST", Path: "/staff/knowledge/upload", Needs: store.Edit, Files: true, handle: c.uploadFiles},
		{Method: "POST", Path: "/staff/knowledge/fetch", Needs: store.Edit, handle: c.fetchFile},
		{Method: "GET", Path: "/staff/staged/{n}", Needs: store.View, handle: c.stagedPage},
		{Method: "POST", Path: "/staff/staged/{n}/meta", Needs: store.Edit, handle: c.editStaged},
		{Method: "POST", Path: "/staff/staged/{n}/drop", Needs: store.Edit, handle: c.dropStaged},
		{Method: "POST", Path: "/staff/staged/{n}/release", Needs: store.Publish, handle: c.releaseStaged},
		{Method: "POST", Path: "/staff/staged/{n}/publish", Needs: store.Publish, handle: c.publishStaged},
		{Method: "GET", Path: "/staff/knowledge/{id}", Needs: store.View, handle: c.documentPage},
		{Method: "POST", Path: "/staff/knowledge/{id}/meta", Needs: store.Publish, handle: c.editDocument},
		{Method: "POST", Path: "/staff/knowledge/{id}/withdraw", Needs: store.Publish, handle: c.withdrawDocument},
		{Method: "POST", Path: "/staff/knowledge/{id}/restore", Needs: store.Publish, handle: c.restoreDocument},
		{Method: "POST", Path: "/staff/knowledge/{id}/supersede", Needs: store.Publish, handle: c.supersedeDocument},
		{Method: "GET", Path: "/staff/knowledge/{id}/chunk", Needs: store.View, handle: c.chunkPage},
		{Method: "POST", Path: "/staff/knowledge/{id}/variants", Needs: store.Publish, handle: c.changeVariants},
	}
}

type knowledgeView struct {
	Documents []documentLine
	Staged    []stagedLine
	Results   []uploadResult // of the files just sent
	CanFetch  bool
}

type documentLine struct {
	ID, Title, Issuer, Published, Validity, State string
	Chunks, Variants, Negatives                   int
}

type stagedLine struct {
	N             int64
	Source, Title string
	Warnings      int
	State         string
}

// An uploadResult says what became of one file.
type uploadResult struct {
	Source, Title, Error string
	N                    int64
	Warnings             int
	Quarantined          bool
}

// knowledgePage is GET /staff/knowledge.
func (c *Console) knowledgePage(v *visit) error { return v.knowledgeWith(nil) }

func (v *visit) knowledgeWith(results []uploadResult) error {
	c, ctx := v.console, v.r.Context()
	m := knowledgeView{Results: results, CanFetch: c.deps.Fetch != nil}
	held, err := c.store.Documents(ctx)
	if err != nil {
		return err
	}
	titles := map[string]string{}
	for _, h := range held {
		titles[h.Document.ID] = h.Document.Meta.Title
	}
	for _, h := range held {
		m.Documents = append(m.Documents, c.documentLine(h, titles))
	}
	staged, err := c.store.StagedFiles(ctx)
	if err != nil {
		return err
	}
	for _, s := range staged {
		m.Staged = append(m.Staged, stagedLine{s.N, s.Source, s.Document.Meta.Title, len(s.Warnings), stagedState(s)})
	}
	return v.page("knowledge", "文件", m)
}

func (c *Console) documentLine(h store.Held, titles map[string]string) documentLine {
	d := h.Document
	l := documentLine{ID: d.ID, Title: d.Meta.Title, Issuer: d.Meta.Issuer, Published: d.Meta.Published, Validity: d.Meta.Validity, Chunks: len(d.Chunks),
		State: c.documentState(h, titles)}
	for _, v := range h.Variants {
		if v.Negative {
			l.Negatives++
		} else {
			l.Variants++
		}
	}
	return l
}

// documentState says in words whether a document answers.
func (c *Console) documentState(h store.Held, titles map[string]string) string {
	switch {
	case h.Withdrawn:
		return "已撤下"
	case h.SupersededBy != "":
		return "已由《" + titles[h.SupersededBy] + "》代替"
	case h.Document.Meta.Expired(corpus.Today(c.now())):
		return "已废止，不用于回答"
	}
	return "使用中"
}

func stagedState(s store.Staged) string {
	switch {
	case s.Quarantined && s.ReleasedBy == "":
		return "隔离中，要先查看"
	case s.Quarantined:
		return "已由" + s.ReleasedBy + "放行"
	}
	return "待发布"
}

// maxUploads is how many files one form may bring.
const maxUploads = 50

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

type stagedView struct {
	store.Staged
	Title     string
	State     string
	Meta      corpus.Meta
	Replaces  string // title of the live version; empty: it is new
	Was       string // its version
	Unchanged bool
	Changes   []corpus.ChunkChange
	Same      int
	Tied      int // variants that find their sentence
	Carried   int
	Ready     bool // it may be published
}

// stagedPage is GET /staff/staged/{n}: what was read, before it goes in.
func (c *Console) stagedPage(v *visit) error {
	s, err := v.staged()
	if err != nil {
		return err
	}
	m := stagedView{Staged: s, Title: s.Document.Meta.Title, State: stagedState(s), Meta: s.Document.Meta, Ready: !s.Quarantined || s.ReleasedBy != ""}
	old, err := c.store.Document(v.r.Context(), s.Document.ID)
	switch {
	case err == nil:
		m.Replaces, m.Was, m.Unchanged = old.Document.Meta.Title, old.Document.Version, old.Document.Version == s.Document.Version
		m.Changes, m.Same = corpus.Compare(old.Document, s.Document)
		_, r := corpus.Carried(&old.Kept, s.Document, c.now())
		m.Carried, m.Tied = r.Carried, r.Tied
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	return v.page("staged", "看读入的结果", m)
}

func (v *visit) staged() (store.Staged, error) {
	n, err := strconv.ParseInt(v.r.PathValue("n"), 10, 64)
	if err != nil {
		return store.Staged{}, noPage
	}
	return v.console.store.StagedFile(v.r.Context(), n)
}

// metaOf reads the form of metadata over what the document has.
func (v *visit) metaOf(m corpus.Meta) (corpus.Meta, error) {
	m.Title, m.Issuer, m.FileNumber = v.form("title"), v.form("issuer"), v.form("file_number")
	m.Produced, m.Published, m.Validity = v.form("produced"), v.form("published"), v.form("validity")
	if m.Title == "" {
		return m, invalid.saying("标题不能为空。")
	}
	for _, s := range []string{m.Title, m.Issuer, m.FileNumber, m.Validity} {
		if len([]rune(s)) > 200 {
			return m, invalid.saying("每一项最多200个字。")
		}
	}
	for _, day := range []string{m.Produced, m.Published} {
		if day != "" && !isDay(day) {
			return m, invalid.saying("日期要写成2022-02-11这样。")
		}
	}
	return m, nil
}

// editStaged is POST /staff/staged/{n}/meta.
func (c *Console) editStaged(v *visit) error {
	s, err := v.staged()
	if err != nil {
		return err
	}
	m, err := v.metaOf(s.Document.Meta)
	if err != nil {
		return err
	}
	if err := c.store.EditStaged(v.r.Context(), v.by(), s.N, s.Document.WithMeta(m)); err != nil {
		return err
	}
	return v.to(fmt.Sprintf("/staff/staged/%d", s.N), "信息已改。")
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

type documentView struct {
	documentLine
	Meta       corpus.Meta
	Version    string
	Withdrawn  bool
	Superseded string
	Versions   []store.Version
	Others     []named // documents that may stand in its place
	Sections   []sectionView
}

type sectionView struct {
	Path   string
	Chunks []chunkLine
}

type chunkLine struct {
	ID, Text                   string
	Cited, Variants, Negatives int
}

// documentPage is GET /staff/knowledge/{id}.
func (c *Console) documentPage(v *visit) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	h, err := c.store.Document(ctx, id)
	if err != nil {
		return err
	}
	all, err := c.store.Documents(ctx)
	if err != nil {
		return err
	}
	titles := map[string]string{}
	m := documentView{Meta: h.Document.Meta, Version: h.Document.Version, Withdrawn: h.Withdrawn, Superseded: h.SupersededBy}
	for _, o := range all {
		titles[o.Document.ID] = o.Document.Meta.Title
		if o.Document.ID != id && !o.Withdrawn {
			m.Others = append(m.Others, named{o.Document.ID, o.Document.Meta.Title})
		}
	}
	m.documentLine = c.documentLine(h, titles)
	if m.Versions, err = c.store.Versions(ctx, id); err != nil {
		return err
	}
	counts, err := c.store.ChunkCounts(ctx, id)
	if err != nil {
		return err
	}
	tied := tiedVariants(h)
	for i := range h.Document.Chunks {
		ch := &h.Document.Chunks[i]
		l := chunkLine{ID: ch.ID, Text: ch.Text, Cited: counts[ch.ID]}
		for _, t := range tied[i] {
			if t.Negative {
				l.Negatives++
			} else {
				l.Variants++
			}
		}
		path := ch.SectionPath()
		if n := len(m.Sections); n == 0 || m.Sections[n-1].Path != path {
			m.Sections = append(m.Sections, sectionView{Path: path})
		}
		last := &m.Sections[len(m.Sections)-1]
		last.Chunks = append(last.Chunks, l)
	}
	return v.page("document", m.Title, m)
}

// A tiedVariant is a variant with the sentence of its chunk that it belongs to.
type tiedVariant struct {
	corpus.Variant
	Sentence int
}

// tiedVariants are the variants of every chunk, by its place; those that find no sentence are at -1.
func tiedVariants(h store.Held) map[int][]tiedVariant {
	out := map[int][]tiedVariant{}
	anchors := make([]corpus.Anchor, len(h.Variants))
	for i := range h.Variants {
		anchors[i] = h.Variants[i].Anchor
	}
	for i, p := range h.Document.TieAll(anchors) {
		if p == nil {
			out[-1] = append(out[-1], tiedVariant{h.Variants[i], -1})
			continue
		}
		out[p.Chunk] = append(out[p.Chunk], tiedVariant{h.Variants[i], p.Sentence})
	}
	return out
}

// editDocument is POST /staff/knowledge/{id}/meta: another version of the same text.
func (c *Console) editDocument(v *visit) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	h, err := c.store.Document(ctx, id)
	if err != nil {
		return err
	}
	m, err := v.metaOf(h.Document.Meta)
	if err != nil {
		return err
	}
	k := h.Kept
	k.Document, k.Origin, k.Imported = h.Document.WithMeta(m), corpus.Staff, c.now()
	if err := c.store.PutDocument(ctx, v.by(), "document.meta", "", k, v.form("was"), 0); err != nil {
		return err
	}
	return v.to("/staff/knowledge/"+url.PathEscape(id), "信息已改，几秒内生效。")
}

// withdrawDocument is POST /staff/knowledge/{id}/withdraw.
func (c *Console) withdrawDocument(v *visit) error {
	reason := v.form("reason")
	if reason == "" {
		return invalid.saying("请写明为什么撤下。")
	}
	if err := c.store.WithdrawDocument(v.r.Context(), v.by(), v.r.PathValue("id"), reason); err != nil {
		return err
	}
	return v.to("/staff/knowledge", "已撤下，几秒内不再用于回答。旧的引用仍能打开。")
}

// restoreDocument is POST /staff/knowledge/{id}/restore: a version that was kept becomes the live one.
func (c *Console) restoreDocument(v *visit) error {
	ctx, id, version := v.r.Context(), v.r.PathValue("id"), v.form("version")
	versions, err := c.store.Versions(ctx, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(versions, func(o store.Version) bool { return o.Version == version }) {
		return noPage
	}
	if err := c.store.RestoreDocument(ctx, v.by(), id, version, v.form("reason")); err != nil {
		return err
	}
	return v.to("/staff/knowledge/"+url.PathEscape(id), "已恢复，几秒内用于回答。")
}

// supersedeDocument is POST /staff/knowledge/{id}/supersede.
func (c *Console) supersedeDocument(v *visit) error {
	ctx, id, other := v.r.Context(), v.r.PathValue("id"), v.form("other")
	if other == id {
		return invalid.saying("文件不能由自己代替。")
	}
	if other != "" {
		if _, err := c.store.Document(ctx, other); err != nil {
			return err
		}
	}
	if err := c.store.SupersedeDocument(ctx, v.by(), id, other, v.form("reason")); err != nil {
		return err
	}
	return v.to("/staff/knowledge/"+url.PathEscape(id), "已改，几秒内生效。")
}
