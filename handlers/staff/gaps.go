package staff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"wenda/corpus"
	"wenda/rag/eval"
	"wenda/store"
)

// gapRoutes are what residents ask and do not get answered well.
func (c *Console) gapRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/gaps", Needs: store.View, Menu: "缺口", handle: c.gapsPage},
		{Method: "GET", Path: "/staff/gaps/{key}", Needs: store.View, handle: c.gapPage},
		{Method: "POST", Path: "/staff/gaps/{key}/close", Needs: store.Edit, handle: c.closeGapByHand},
		{Method: "POST", Path: "/staff/gaps/{key}/variants", Needs: store.Publish, handle: c.gapVariants},
	}
}

// gapDays are the spans that gaps are looked for in; the first is the default.
var gapDays = []int{30, 7, 90}

const (
	maxGaps       = 100 // clusters shown
	maxClosedGaps = 30
)

type gapsView struct {
	Days   int
	Spans  []int
	Gaps   []gapLine
	Closed []closedLine
	Words  bool // grouped by words: there is no sentence model
	Cut    bool // there were more questions than are grouped
}

// A gapLine is one cluster as the list shows it.
type gapLine struct {
	Key                              string
	Label                            string
	Questions                        int
	Asked, Unanswered, Useless, Weak int
	Trend                            trend
}

// A closedLine is a gap that was closed, and what became of its questions since.
type closedLine struct {
	store.Gap
	HowName string
	Since   store.QuestionOutcome
	Helped  string
}

var gapHows = []named{{store.GapCurated, "写了审定回答"}, {store.GapVariants, "补了问法"}, {store.GapNegative, "补了反例"}, {store.GapScope, "不在范围"},
	{store.GapNote, "已转负责人"}}

// gapsPage is GET /staff/gaps.
func (c *Console) gapsPage(v *visit) error {
	ctx := v.r.Context()
	days := v.days()
	found, byWords, cut, err := c.openGaps(ctx, days)
	if err != nil {
		return err
	}
	m := gapsView{Days: days, Spans: gapDays, Words: byWords, Cut: cut}
	dates := lastDays(c.now(), days)
	for _, g := range found[:min(len(found), maxGaps)] {
		m.Gaps = append(m.Gaps, gapLine{gapKey(g), g.Label(), len(g.Questions), g.Asked(), g.Unanswered(), g.Useless(), g.Weak(), trendOf(g.counts(dates))})
	}
	closed, err := c.store.ClosedGaps(ctx, maxClosedGaps)
	if err != nil {
		return err
	}
	for _, g := range closed {
		since, err := c.store.Outcome(ctx, g.Questions, g.Closed)
		if err != nil {
			return err
		}
		m.Closed = append(m.Closed, closedLine{g, nameOf(gapHows, g.How), since, helped(g, since)})
	}
	return v.page("gaps", "缺口", m)
}

// helped says in words whether closing a gap helped.
func helped(g store.Gap, since store.QuestionOutcome) string {
	switch {
	case since.Asked == 0:
		return "之后还没有人再问"
	case g.How == store.GapNegative || g.How == store.GapScope || g.How == store.GapNote:
		return fmt.Sprintf("之后又问%d次，没帮助%d次", since.Asked, since.Useless)
	}
	return fmt.Sprintf("之后问%d次，答上%d次，没帮助%d次", since.Asked, since.Answered, since.Useless)
}

// days is the span of the request.
func (v *visit) days() int {
	n, _ := strconv.Atoi(v.form("days"))
	if !slices.Contains(gapDays, n) {
		return gapDays[0]
	}
	return n
}

// openGaps are the clusters of the last days without the questions that belong to a gap closed since they were asked last.
func (c *Console) openGaps(ctx context.Context, days int) (found []cluster, byWords, cut bool, err error) {
	list, cut, err := c.openQuestions(ctx, days)
	if err != nil || len(list) == 0 {
		return nil, false, cut, err
	}
	if found, byWords, ok := c.grouped.of(days, list); ok {
		return found, byWords, cut, nil
	}
	texts := make([]string, len(list))
	for i, q := range list {
		texts[i] = q.Text
	}
	alike, byWords, err := c.likeness(ctx, texts, mostAtOnce)
	if err != nil {
		return nil, false, false, err
	}
	near := clusterNear
	if byWords {
		near = clusterNearWords
	}
	found = clusters(list, alike, near)
	if !byWords || c.deps.Library == nil || c.deps.Library.Embedder == nil { // else it is better in a moment
		c.grouped.keep(days, list, found, byWords)
	}
	return found, byWords, cut, nil
}

// openQuestions are the questions of the last days that belong to no gap closed since they were asked last, the last asked first; cut: there
// are more.
func (c *Console) openQuestions(ctx context.Context, days int) (list []store.OpenQuestion, cut bool, err error) {
	list, err = c.store.OpenQuestions(ctx, c.now().AddDate(0, 0, -days), weakMargin, maxClustered+1)
	if err != nil {
		return nil, false, err
	}
	closed, err := c.store.ClosedGaps(ctx, 10*maxClosedGaps)
	if err != nil {
		return nil, false, err
	}
	ended := map[string]time.Time{}
	for _, g := range closed {
		for _, q := range g.Questions {
			if g.Closed.After(ended[q]) {
				ended[q] = g.Closed
			}
		}
	}
	list = slices.DeleteFunc(list, func(q store.OpenQuestion) bool { return !q.Last.Asked.After(ended[q.Text]) })
	if cut = len(list) > maxClustered; cut {
		list = list[:maxClustered]
	}
	return list, cut, nil
}

// gapKey names a cluster in addresses: by its leading question, so that it stays the same while others join.
func gapKey(g cluster) string {
	sum := sha256.Sum256([]byte(g.Label()))
	return hex.EncodeToString(sum[:8])
}

// gapOf finds a cluster by its key, in the longest span that has it.
func (c *Console) gapOf(ctx context.Context, key string) (cluster, int, error) {
	for _, days := range []int{30, 90, 7} {
		found, _, _, err := c.openGaps(ctx, days)
		if err != nil {
			return cluster{}, 0, err
		}
		for _, g := range found {
			if gapKey(g) == key {
				return g, days, nil
			}
		}
	}
	return cluster{}, 0, noPage.saying("这个缺口已经关闭，或者最近没有人再问。")
}

type gapView struct {
	gapLine
	Group  cluster
	Curate string
	Hits   []gapHit
	Sets   []named
	Lacks  []named

	Wrong, Field string // what is wrong with the form that was sent, and the field
	Owner, Note  string // what was written
}

// A gapHit is a sentence that its questions may belong to.
type gapHit struct {
	Document, Chunk string // IDs
	Sentence        int
	Text, Where     string
}

// gapPage is GET /staff/gaps/{key}.
func (c *Console) gapPage(v *visit) error { return c.gapWith(v, http.StatusOK, gapView{}) }

// gapWith shows a gap; m holds what was wrong with a form.
func (c *Console) gapWith(v *visit, status int, m gapView) error {
	ctx := v.r.Context()
	g, days, err := c.gapOf(ctx, v.r.PathValue("key"))
	if err != nil {
		return err
	}
	m.gapLine = gapLine{gapKey(g), g.Label(), len(g.Questions), g.Asked(), g.Unanswered(), g.Useless(), g.Weak(), trendOf(g.counts(lastDays(c.now(), days)))}
	m.Group, m.Lacks = g, lackNames
	q := url.Values{"gap": {m.Key}}
	for _, t := range g.Texts()[:min(len(g.Questions), maxAsks)] {
		q.Add("ask", t)
	}
	m.Curate = "/staff/curated/new?" + q.Encode()
	if c.deps.Library != nil && c.deps.Library.Current() != nil {
		hits, err := c.search(ctx, g.Label(), citeHits)
		if err != nil {
			return err
		}
		for _, h := range hits {
			s := h.Sentences[0]
			m.Hits = append(m.Hits, gapHit{s.Document.ID, s.Chunk.ID, s.Sentence, s.Text, s.Document.Meta.Title + "，" + s.Chunk.SectionPath()})
		}
	}
	if m.Sets, err = c.setChoices(ctx); err != nil {
		return err
	}
	return v.pageAs(status, "gap", "缺口："+clipped(m.Label), m)
}

func (c *Console) setChoices(ctx context.Context) ([]named, error) {
	sets, err := c.store.TestSets(ctx)
	var out []named
	for _, s := range sets {
		out = append(out, named{s.ID, s.Name})
	}
	return out, err
}

// closeGapByHand is POST /staff/gaps/{key}/close: out of scope, or a note to the owner of a document.
func (c *Console) closeGapByHand(v *visit) error {
	how, note, owner := v.form("how"), v.form("note"), v.form("owner")
	if how != store.GapScope && how != store.GapNote {
		return invalid
	}
	if how == store.GapNote && (note == "" || owner == "") {
		return c.gapWith(v, http.StatusBadRequest, gapView{Wrong: "请写上转给谁、要他做什么。", Field: "owner", Owner: owner, Note: note})
	}
	g, days, err := c.gapOf(v.r.Context(), v.r.PathValue("key"))
	if err != nil {
		return err
	}
	err = c.store.Together(v.r.Context(), "close gap", func(ctx context.Context) error { return c.closeGap(ctx, v, g, days, how, note, owner) })
	if err != nil {
		return err
	}
	return v.to("/staff/gaps", "缺口已关闭。")
}

// closeGap keeps what became of a gap, found within days, and adds its questions to the test set that was chosen: inside Together.
func (c *Console) closeGap(ctx context.Context, v *visit, g cluster, days int, how, note, owner string) error {
	if set := v.form("set"); set != "" {
		if err := c.addCases(ctx, v, set, how, g.Texts()); err != nil {
			return err
		}
	}
	_, err := c.store.CloseGap(ctx, v.by(), store.Gap{Label: g.Label(), Questions: g.Texts(), Asked: g.Asked(), Days: days, How: how, Note: note, Owner: owner,
		Closed: c.now()})
	return err
}

// maxCases is how many questions of a gap go into a test set.
const maxCases = 20

// addCases adds questions to a test set: they are to be answered, or where that is how the gap was closed, not to be.
func (c *Console) addCases(ctx context.Context, v *visit, set, how string, questions []string) error {
	answerable := how == store.GapCurated || how == store.GapVariants
	for _, q := range questions[:min(len(questions), maxCases)] {
		sum := sha256.Sum256([]byte(q))
		line, err := json.Marshal(eval.Case{ID: "gap-" + hex.EncodeToString(sum[:6]), Kind: "gap", Question: q,
			Expect: eval.Expect{Answerable: &answerable, Facts: [][]string{}, MustNot: []string{}}})
		if err != nil {
			return err
		}
		if err := c.store.AddCase(ctx, v.by(), set, string(line), q); err != nil {
			return err
		}
	}
	return nil
}

// lackNames are the kinds of things that a negative variant says are missing (prompts, not_stated).
var lackNames = []named{{"detail", "这一点"}, {"date", "时间"}, {"place", "地点"}, {"list", "名单"}, {"person", "人员"}, {"phone", "电话"}, {"money", "金额"},
	{"condition", "条件"}, {"procedure", "流程"}, {"number", "数字"}, {"frequency", "频次"}, {"result", "完成结果"}, {"reason", "原因"}, {"level", "学段"},
	{"year", "别的年份"}, {"otherplace", "别的地区"}}

// gapVariants is POST /staff/gaps/{key}/variants: its questions, tied to a sentence as ways to ask for it, or as what it does not say.
func (c *Console) gapVariants(v *visit) error {
	ctx, key := v.r.Context(), v.r.PathValue("key")
	g, days, err := c.gapOf(ctx, key)
	if err != nil {
		return err
	}
	negative := v.form("negative") == "yes"
	place := strings.Split(v.form("place"), "|")
	if len(place) != 3 {
		return c.gapWith(v, http.StatusBadRequest, gapView{Wrong: "请选一句原文。", Field: "place"})
	}
	sentence, err := strconv.Atoi(place[2])
	if err != nil {
		return invalid
	}
	var texts []string
	for _, q := range g.Texts() {
		if slices.Contains(v.r.PostForm["ask"], q) {
			texts = append(texts, q)
		}
	}
	if len(texts) == 0 {
		return c.gapWith(v, http.StatusBadRequest, gapView{Wrong: "至少勾选一个问法。", Field: "ask"})
	}
	how := store.GapVariants
	if negative {
		how = store.GapNegative
	}
	err = c.store.Together(ctx, "close gap by variants", func(ctx context.Context) error {
		if err := c.addVariants(ctx, v, place[0], place[1], sentence, texts, negative, v.form("lacks")); err != nil {
			return err
		}
		return c.closeGap(ctx, v, g, days, how, "", "")
	})
	switch {
	case err == conflict: //nolint:errorlint // said by addVariants of a sentence that is not there any more
		return conflict.saying("文件刚刚换了版本，没有这一句了。请返回缺口页，刷新后另选一句。")
	case err != nil:
		return err
	}
	return v.to("/staff/gaps", fmt.Sprintf("已加%d个问法，几秒内生效，缺口已关闭。", len(texts)))
}

// lastDays are the last n days up to today, YYYY-MM-DD.
func lastDays(now time.Time, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = corpus.Today(now.AddDate(0, 0, i-n+1))
	}
	return out
}
