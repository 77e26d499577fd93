package staff

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/rag"
	"wenda/store"
)

// A Proposer asks a language model for questions; errors are rag.Engine.Propose's.
type Proposer func(ctx context.Context, s rag.Sought) (rag.Proposed, error)

// proposeRoutes are questions that a model proposes: looked at, accepted as drafts, published or dropped.
func (c *Console) proposeRoutes() []Route {
	return []Route{
		{Method: "POST", Path: "/staff/knowledge/{id}/propose", Needs: store.Edit, handle: c.propose},
		{Method: "POST", Path: "/staff/knowledge/{id}/drafts", Needs: store.Edit, handle: c.acceptProposals},
		{Method: "POST", Path: "/staff/knowledge/{id}/drafts/publish", Needs: store.Publish, handle: func(v *visit) error { return c.endDrafts(v, true) }},
		{Method: "POST", Path: "/staff/knowledge/{id}/drafts/drop", Needs: store.Edit, handle: func(v *visit) error { return c.endDrafts(v, false) }},
	}
}

// askedModel is what came of asking a model.
type askedModel struct {
	Trouble string // why nothing came; the rest is empty then
	rag.Proposed
}

// Hard are problems with which a proposal cannot be accepted at all.
func (askedModel) Hard(problem string) bool {
	return slices.Contains([]string{"leak", "markup", "length", "known"}, problem)
}

// proposalNames put the problems of proposals into words.
var proposalNames = []named{{"leak", "带出了给模型的要求"}, {"markup", "有链接、标记或别的符号"}, {"length", "太短或太长"}, {"not_asking", "不像问题"},
	{"figure", "原文没有这个数字"}, {"name", "原文没有这个名称"}, {"known", "已经有了"}, {"near", "和已有的几乎一样"}, {"unanswered", "这一句答不上"},
	{"answered", "这一句其实答得上"}, {"not_found", "检索不到这一段，多半问的是别的事"}}

// noModel says why no model can be asked.
func (c *Console) noModel(ctx context.Context) (string, error) {
	if c.deps.Propose == nil {
		return "没有配置语言模型，不能请它拟问法；由运维人员在 llm 设置里配置（docs/models.md）。", nil
	}
	off, err := c.store.SwitchedOff(ctx)
	if switchOf(off, store.ModelSwitch) != nil {
		return "语言模型已在“渠道和模型”页停用，恢复后才能请它拟问法。", err
	}
	return "", err
}

// draftsInto puts the drafts to their sentences of the chunk.
func (c *Console) draftsInto(ctx context.Context, m *chunkPageView, h store.Held, chunk int) error {
	drafts, err := c.store.VariantDrafts(ctx, h.Document.ID)
	for _, d := range drafts {
		if p, ok := h.Document.Tie(d.Variant.Anchor); ok && p.Chunk == chunk {
			m.Sentences[p.Sentence].Drafts = append(m.Sentences[p.Sentence].Drafts, d)
		}
	}
	return err
}

// propose is POST /staff/knowledge/{id}/propose: the page again, with what a model proposed for the sentence. Nothing is kept; what was typed
// stays in its form, whatever the model does.
func (c *Console) propose(v *visit) error {
	ctx := v.r.Context()
	m, h, err := c.chunkView(v)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(v.form("sentence"))
	if err != nil || n < 0 || n >= len(m.Sentences) {
		return invalid
	}
	s := &m.Sentences[n]
	s.Typed, s.Asked = v.text("texts"), &askedModel{Trouble: m.NoModel}
	if m.NoModel == "" {
		known := slices.Clone(h.Variants)
		for _, d := range s.Drafts {
			known = append(known, d.Variant)
		}
		sought := rag.Sought{DocumentID: m.ID, ChunkID: m.Chunk, Sentence: n, Known: known, Tied: slices.Concat(s.Variants, s.Negatives), Channel: "staff"}
		s.Asked.Proposed, err = c.deps.Propose(ctx, sought)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.Asked.Trouble, err = c.troubleOf(err); err != nil {
			return err
		}
	}
	return v.page("chunk", m.heading(), m)
}

// troubleOf puts a failure of the model into words; other errors stay what they are.
func (c *Console) troubleOf(err error) (string, error) {
	var r interface{ Reason() string }
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, rag.ErrNoSentence), errors.Is(err, rag.ErrNoIndex):
		return "索引里还没有这一句，请过几秒再试。", nil
	case errors.As(err, &r):
		c.log.Warn("no questions proposed", "reason", r.Reason())
		return "模型没有拟出问法：" + c.pages.advised(r.Reason()) + "。没有保存任何东西，可以再试一次。", nil
	}
	return "", err
}

// maxPicked is how many proposals a form may hold: what a model is asked for.
const maxPicked = 18

// acceptProposals is POST /staff/knowledge/{id}/drafts: those that were picked become drafts, and are published at once where that was asked for
// by somebody who may.
func (c *Console) acceptProposals(v *visit) error {
	ctx, id, p := v.r.Context(), v.r.PathValue("id"), v.form("p")
	sentence, err := strconv.Atoi(v.form("sentence"))
	if err != nil {
		return invalid
	}
	picked, model := v.r.PostForm["pick"], v.form("model")
	if len(picked) == 0 || len(picked) > maxPicked {
		return invalid.saying("没有勾选问法。请至少勾选一个。")
	}
	if utf8.RuneCountInString(model) > maxReasonRunes {
		return badForm
	}
	h, err := c.store.Document(ctx, id)
	if err != nil {
		return err
	}
	anchor, err := anchorOf(&h.Document, p, sentence)
	switch {
	case err == conflict: //nolint:errorlint // said by anchorOf of a sentence that is not there any more
		return conflict.saying("文件刚刚换了版本，没有这一句了。请刷新页面，再请模型拟一次。")
	case err != nil:
		return err
	}
	var list []corpus.Variant
	for _, n := range picked {
		x := corpus.Variant{Text: v.form("text" + n), Negative: v.form("negative"+n) == "yes", Lacks: v.form("lacks" + n), Origin: corpus.Accepted, Anchor: anchor, Model: model}
		if runes := utf8.RuneCountInString(x.Text); runes < minVariantRunes || runes > maxAskRunes {
			return invalid.saying(fmt.Sprintf("问法“%s”要有%d到%d个字。", x.Text, minVariantRunes, maxAskRunes))
		}
		if x.Negative && nameOf(lackNames, x.Lacks) == x.Lacks {
			return invalid.saying("请选文件没有说明的是什么。")
		}
		if !x.Negative {
			x.Lacks = ""
		}
		x.ID = corpus.VariantID(id, x.Text, x.Negative)
		list = append(list, x)
	}
	publish := v.form("publish") == "yes" && v.may(store.Publish)
	err = c.store.Together(ctx, "accept proposed variants", func(ctx context.Context) error {
		if err := c.store.KeepVariantDrafts(ctx, v.by(), id, list, c.now()); err != nil || !publish {
			return err
		}
		mine := func(d store.VariantDraft) bool {
			return slices.ContainsFunc(list, func(x corpus.Variant) bool { return x.ID == d.Variant.ID })
		}
		_, err := c.store.EndVariantDrafts(ctx, v.by(), id, mine, true, c.now())
		return err
	})
	if err != nil {
		return err
	}
	if publish {
		return v.to(chunkPath(id, p), fmt.Sprintf("已采纳并发布%d个问法，几秒内生效。", len(list)))
	}
	return v.to(chunkPath(id, p), fmt.Sprintf("已采纳%d个问法，存为草稿；发布以后才算数。", len(list)))
}

// endDrafts is POST /staff/knowledge/{id}/drafts/publish and /drop.
func (c *Console) endDrafts(v *visit, publish bool) error {
	id := v.r.PathValue("id")
	var drafts []int64
	for _, text := range v.r.PostForm["draft"] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return badForm
		}
		drafts = append(drafts, n)
	}
	if len(drafts) == 0 {
		return invalid.saying("没有勾选草稿。请至少勾选一个。")
	}
	chosen := func(d store.VariantDraft) bool { return slices.Contains(drafts, d.N) }
	ended, err := c.store.EndVariantDrafts(v.r.Context(), v.by(), id, chosen, publish, c.now())
	if errors.Is(err, store.ErrNotFound) {
		return v.to(chunkPath(id, v.form("p")), "这些草稿已经不在了，可能别人刚刚处理过。")
	}
	if err != nil {
		return err
	}
	if publish {
		return v.to(chunkPath(id, v.form("p")), fmt.Sprintf("已发布%d个问法，几秒内生效。", ended))
	}
	return v.to(chunkPath(id, v.form("p")), fmt.Sprintf("已丢弃%d个草稿。", ended))
}

func chunkPath(id, chunk string) string {
	return "/staff/knowledge/" + url.PathEscape(id) + "/chunk?p=" + url.QueryEscape(chunk)
}
