package staff

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"wenda/store"
)

// An Embedder makes vectors of texts and questions; one of them serves.
type Embedder struct {
	Written string // as the operator's setting has it: bundled, words, or a vendor's
	Model   string // as it is recorded with vectors; empty where that is not known yet
	Remote  bool   // every question is sent to it
	Serves  bool
	Lacking string // why it cannot be chosen, in Chinese; empty: it can
	Breaker string // closed, half-open, open; empty without one
	Health  Health
}

// An EmbedderChange is under way: the old index answers meanwhile.
type EmbedderChange struct {
	To        string // Embedder.Written
	Done, All int    // vectors; All is 0 before they were counted
	Last      string // code of the failure that is waited out; empty: none
}

// Percent is how much of it is done.
func (e EmbedderChange) Percent() int { return 100 * e.Done / max(1, e.All) }

// embedderTitle names an embedder for people.
func embedderTitle(written string) string {
	switch written {
	case "bundled":
		return "自带的句子模型"
	case "words":
		return "只按词检索"
	}
	return written
}

type embedderView struct {
	State State
	Kept  store.EmbedderState
	Now   time.Time
}

// Under says that a change is under way, or about to begin.
func (m embedderView) Under() bool { return m.Kept.Target != "" }

// Set is the operator's setting: the first one.
func (m embedderView) Set() string {
	if len(m.State.Embedders) == 0 {
		return ""
	}
	return m.State.Embedders[0].Written
}

// embedderEvery is how often the page asks for itself while a change is under way, in seconds.
const embedderEvery = 2

// embedderPage is GET /staff/channels/embedder: which one serves, and how far a change is. It asks for itself again while one is under way.
func (c *Console) embedderPage(v *visit) error {
	m := embedderView{Now: c.now()}
	if c.deps.Running != nil {
		m.State = c.deps.Running.State()
	}
	var err error
	if m.Kept, err = c.store.Embedder(v.r.Context()); err != nil {
		return err
	}
	if m.Under() {
		return v.waiting("embedder", "向量模型", embedderEvery, m)
	}
	return v.page("embedder", "向量模型", m)
}

// changeEmbedder is POST /staff/channels/embedder: to and why. The server makes the vectors in the background.
func (c *Console) changeEmbedder(v *visit) error {
	ctx, to, reason := v.r.Context(), v.form("to"), v.form("reason")
	if c.deps.Running == nil {
		return invalid.saying("这里看不到运行中的服务，不能换向量模型。")
	}
	m := embedderView{State: c.deps.Running.State()}
	at := slices.IndexFunc(m.State.Embedders, func(e Embedder) bool { return e.Written == to })
	switch {
	case at < 0:
		return invalid.saying("请选一个向量模型。要用别的厂商，请运维人员先写进 embedder 设置。")
	case m.State.Embedders[at].Lacking != "":
		return invalid.saying(m.State.Embedders[at].Lacking)
	case m.State.Embedders[at].Serves:
		return invalid.saying("现在用的就是“" + embedderTitle(to) + "”。")
	case reason == "":
		return invalid.saying("请写明更换的理由，会留在操作记录里。")
	case utf8.RuneCountInString(reason) > maxReasonRunes:
		return invalid.saying(fmt.Sprintf("理由最多%d字。", maxReasonRunes))
	}
	err := c.store.WantEmbedder(ctx, v.by(), m.Set(), to, reason, c.now())
	if errors.Is(err, store.ErrConflict) {
		return conflict.saying("已经在更换了，请等它完成，或先取消。")
	}
	if err != nil {
		return err
	}
	c.tellRunning(ctx)
	return v.to("/staff/channels/embedder", "开始换成“"+embedderTitle(to)+"”。算好以前，旧的索引照常回答。")
}

// cancelEmbedder is POST /staff/channels/embedder/cancel.
func (c *Console) cancelEmbedder(v *visit) error {
	err := c.store.CancelEmbedder(v.r.Context(), v.by())
	if errors.Is(err, store.ErrConflict) {
		return v.to("/staff/channels/embedder", "更换已经结束，不用取消。")
	}
	if err != nil {
		return err
	}
	c.tellRunning(v.r.Context())
	return v.to("/staff/channels/embedder", "已取消，仍用原来的。算好的向量都留着，下次接着算。")
}
