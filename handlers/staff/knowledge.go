package staff

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"wenda/corpus"
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
	list, err := c.store.ListDocuments(ctx)
	if err != nil {
		return err
	}
	titles := titlesOf(list)
	for _, l := range list {
		m.Documents = append(m.Documents, c.documentLine(l, titles))
	}
	waiting, err := c.store.WaitingFiles(ctx)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		m.Staged = append(m.Staged, stagedLine{w.N, w.Source, w.Title, w.Warnings, stagedState(w.Quarantined, w.ReleasedBy)})
	}
	return v.page("knowledge", "文件", m)
}

func titlesOf(list []store.Listed) map[string]string {
	out := map[string]string{}
	for _, l := range list {
		out[l.ID] = l.Meta.Title
	}
	return out
}

func (c *Console) documentLine(l store.Listed, titles map[string]string) documentLine {
	return documentLine{ID: l.ID, Title: l.Meta.Title, Issuer: l.Meta.Issuer, Published: l.Meta.Published, Validity: l.Meta.Validity, Chunks: l.Chunks,
		Variants: l.Variants, Negatives: l.Negatives, State: c.documentState(l, titles)}
}

// documentState says in words whether a document answers.
func (c *Console) documentState(l store.Listed, titles map[string]string) string {
	switch {
	case l.Withdrawn:
		return "已撤下"
	case l.SupersededBy != "":
		return "已由《" + titles[l.SupersededBy] + "》代替"
	case l.Meta.Expired(corpus.Today(c.now())):
		return "已废止，不用于回答"
	}
	return "使用中"
}

// maxUploads is how many files one form may bring.
const maxUploads = 50

type stagedView struct {
	store.Staged
	Title     string
	State     string
	Form      metaForm
	Replaces  string // title of the live version; empty: it is new
	Was       string // its version
	Unchanged bool
	Changes   []corpus.ChunkChange // of the part that is shown
	Changed   part
	Chunks    []corpus.Chunk // likewise
	Part      part
	Same      int
	Tied      int // variants that find their sentence
	Carried   int
	Ready     bool // it may be published
}

type documentView struct {
	documentLine
	Form       metaForm
	Index      string // 索引号
	Version    string
	Withdrawn  bool
	Superseded string
	Chosen     string // what the choice of a document in its place shows
	Crossed    string // in words: that choice was not kept, because somebody else made another; empty: it is what is kept
	Versions   []store.Version
	Others     []named       // documents that may stand in its place
	Sections   []sectionView // of the part that is shown
	Part       part
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
	h, err := c.store.Document(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	m, err := v.documentView(h)
	if err != nil {
		return err
	}
	return v.page("document", m.Title, m)
}

func (v *visit) documentView(h store.Held) (documentView, error) {
	c, ctx, id := v.console, v.r.Context(), h.Document.ID
	m := documentView{Form: metaFormOf(h.Document.Meta), Index: h.Document.Meta.IndexNumber, Version: h.Document.Version, Withdrawn: h.Withdrawn,
		Superseded: h.SupersededBy, Chosen: h.SupersededBy}
	all, err := c.store.ListDocuments(ctx)
	if err != nil {
		return m, err
	}
	titles := titlesOf(all)
	for _, o := range all {
		switch {
		case o.ID == id:
			m.documentLine = c.documentLine(o, titles)
		case !o.Withdrawn:
			m.Others = append(m.Others, named{o.ID, o.Meta.Title})
		}
	}
	if m.Versions, err = c.store.Versions(ctx, id); err != nil {
		return m, err
	}
	counts, err := c.store.ChunkCounts(ctx, id)
	if err != nil {
		return m, err
	}
	tied := tiedVariants(h)
	m.Part = v.partOf("from", len(h.Document.Chunks))
	for i := m.Part.From; i < m.Part.To; i++ {
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
	return m, nil
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
	f := v.readMeta(h.Document.Meta)
	if f.Wrong == "" {
		k := h.Kept
		k.Document, k.Origin, k.Imported = h.Document.WithMeta(f.Meta), corpus.Staff, c.now()
		err := c.store.PutDocument(ctx, v.by(), "document.meta", "", k, v.form("was"), 0)
		if err == nil {
			return v.to("/staff/knowledge/"+url.PathEscape(id), "信息已改，几秒内生效。")
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if h, err = c.store.Document(ctx, id); err != nil { // as somebody else left it
			return err
		}
		f = f.beside(h.Document.Meta)
	}
	m, err := v.documentView(h)
	if err != nil {
		return err
	}
	m.Form = f
	if f.Merge == nil {
		m.Version = v.form("was")
	}
	return v.pageAs(f.status(), "document", m.Title, m)
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
	h, err := c.store.Document(ctx, id)
	if err != nil {
		return err
	}
	if other != "" {
		if _, err := c.store.Document(ctx, other); err != nil {
			return err
		}
	}
	if had, sent := v.r.PostForm["had"]; sent && had[0] != h.SupersededBy && other != h.SupersededBy {
		m, err := v.documentView(h)
		if err != nil {
			return err
		}
		said := func(id string) string {
			if id == "" {
				return "没有代替"
			}
			return "由《" + nameOf(m.Others, id) + "》代替"
		}
		m.Chosen, m.Crossed = other, "别人刚刚改成了“"+said(h.SupersededBy)+"”，您选的是“"+said(other)+"”。要改成您选的，请在下面再按一次“改”。"
		return v.pageAs(http.StatusConflict, "document", m.Title, m)
	}
	if err := c.store.SupersedeDocument(ctx, v.by(), id, other, v.form("reason")); err != nil {
		return err
	}
	return v.to("/staff/knowledge/"+url.PathEscape(id), "已改，几秒内生效。")
}
