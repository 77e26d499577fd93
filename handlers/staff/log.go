package staff

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"wenda/corpus"
	"wenda/rag"
	"wenda/store"
)

// logRoutes are the answer log: list, one record, export, saved filters.
func (c *Console) logRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/log", Needs: store.View, Menu: "问答日志", handle: c.logPage},
		{Method: "GET", Path: "/staff/log/export", Needs: store.View, handle: c.logExport},
		{Method: "GET", Path: "/staff/log/progress", Needs: store.View, handle: c.logProgress},
		{Method: "GET", Path: "/staff/log/{id}", Needs: store.View, handle: c.logEntryPage},
		{Method: "POST", Path: "/staff/log/filters", Needs: store.View, handle: c.saveFilter},
		{Method: "POST", Path: "/staff/log/filters/delete", Needs: store.View, handle: c.deleteFilter},
	}
}

// What residents' outcomes are called on screens, in the order of choosing.
var (
	statusNames = []named{{"answered", "已回答"}, {"not_stated", "文件没有说明"}, {"no_source", "没有相关文件"}, {"out_of_scope", "不在范围"},
		{"refused", "拒答"}, {"smalltalk", "寒暄"}, {"handed_over", "转人工"}}
	modeNames     = []named{{"quoted", "引用原文"}, {"generated", "模型组织"}, {"curated", "审定回答"}, {"fixed", "固定用语"}}
	channelNames  = []named{{"portal", "门户"}, {"wechat", "微信客服"}, {"mp", "小程序"}, {"api", "接口"}, {"cli", "命令行"}, {"staff", "后台"}}
	feedbackNames = []named{{store.Useless, "没帮助"}, {store.Useful, "有帮助"}, {"any", "有评价"}, {"none", "没有评价"}}
)

// A named is a value of a form with what people read.
type named struct{ Value, Name string }

// nameOf is what people read for a value; a value without a name stays as it is.
func nameOf(list []named, value string) string {
	for _, c := range list {
		if c.Value == value {
			return c.Name
		}
	}
	return value
}

// chinaDay is the time that days on screens are meant in.
var chinaDay = time.FixedZone("CST", 8*60*60)

// logFields are the names of the filter in addresses.
var logFields = []string{"status", "mode", "channel", "feedback", "from", "to", "text", "document", "chunk", "version", "weak"}

// weakMargin is the margin below which an answer counts as weakly supported: near enough to the floor that a few other words would have left
// it unanswered. Chosen by reading the log of the bundled sets, not fitted.
const weakMargin = .03

// logFilter reads the filter of a query. Days are China's; a day that is none is left out.
func logFilter(q url.Values) store.LogFilter {
	f := store.LogFilter{Status: q.Get("status"), Mode: q.Get("mode"), Channel: q.Get("channel"), Feedback: q.Get("feedback"), Text: q.Get("text"),
		Document: q.Get("document"), Chunk: q.Get("chunk"), Version: q.Get("version")}
	if d, err := time.ParseInLocation(time.DateOnly, q.Get("from"), chinaDay); err == nil {
		f.From = d
	}
	if d, err := time.ParseInLocation(time.DateOnly, q.Get("to"), chinaDay); err == nil {
		f.To = d.AddDate(0, 0, 1)
	}
	if q.Get("weak") != "" {
		m := weakMargin
		f.Weak = &m
	}
	return f
}

// filterQuery keeps only the fields of a filter, and only those that are set.
func filterQuery(q url.Values) url.Values {
	out := url.Values{}
	for _, name := range logFields {
		if v := q.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

const (
	logPageSize = 50
	logCounted  = 100_000 // counted up to here
)

type logView struct {
	Entries   []store.LogEntry
	Words     string            // the filter in words
	Q         map[string]string // the filter as it was asked
	Query     string            // the same as an address
	Statuses  []named
	Modes     []named
	Channels  []named
	Feedbacks []named
	Versions  []string
	Documents []named
	Quick     []quickFilter
	Saved     []store.SavedFilter
	Kept      []quickFilter // the same with their addresses
	Count     int
	More      bool // there are more than were counted
	Older     string
	Ticket    string // of an export, to ask how far it is
	Deleted   []store.Checkpoint
}

// A quickFilter leads to a page as it is asked for most; Here: the page is that one.
type quickFilter struct {
	Name, To string
	Here     bool
}

// quickFilters lead to what is asked for most; query is the one that is shown.
func quickFilters(now time.Time, query string) []quickFilter {
	now = now.In(chinaDay)
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, chinaDay)
	days := func(from, to time.Time) string {
		return "from=" + from.Format(time.DateOnly) + "&to=" + to.Format(time.DateOnly)
	}
	var out []quickFilter
	for _, q := range []named{
		{"feedback=useless", "没帮助的"}, {"status=not_stated", "没答上的"}, {"status=no_source", "没有相关文件的"}, {"weak=1", "依据弱的"},
		{days(now, now), "今天"}, {days(first, now), "本月"}, {days(first.AddDate(0, -1, 0), first.AddDate(0, 0, -1)), "上个月"},
	} {
		out = append(out, quickFilter{q.Name, "/staff/log?" + q.Value, q.Value == query})
	}
	return out
}

// logPage is GET /staff/log.
func (c *Console) logPage(v *visit) error {
	ctx, q := v.r.Context(), filterQuery(v.r.URL.Query())
	f := logFilter(q)
	below, _ := strconv.ParseInt(v.r.URL.Query().Get("below"), 10, 64) // none: from the newest
	m := logView{Q: map[string]string{}, Query: q.Encode(), Statuses: statusNames, Modes: modeNames, Feedbacks: feedbackNames, Quick: quickFilters(c.now(), q.Encode()),
		Ticket: newToken()[:16], Words: (&auditWords{console: c, ctx: ctx}).filterWords(q.Encode())}
	for _, name := range logFields {
		m.Q[name] = q.Get(name)
	}
	var err error
	if m.Entries, err = c.store.Log(ctx, f, below, logPageSize+1); err != nil {
		return err
	}
	if m.Count, err = c.store.CountLog(ctx, f, logCounted+1); err != nil {
		return err
	}
	m.More = m.Count > logCounted
	if m.Saved, err = c.store.SavedFilters(ctx, v.account().Name); err != nil {
		return err
	}
	for _, f := range m.Saved {
		m.Kept = append(m.Kept, quickFilter{f.Name, "/staff/log?" + f.Query, f.Query == m.Query})
	}
	if m.Deleted, err = c.store.Checkpoints(ctx, 3); err != nil {
		return err
	}
	choices, err := c.store.LogChoices(ctx)
	if err != nil {
		return err
	}
	m.Versions = choices.Versions
	for _, name := range choices.Channels {
		m.Channels = append(m.Channels, named{name, nameOf(channelNames, name)})
	}
	if m.Documents, err = c.documentChoices(v, f.Document); err != nil {
		return err
	}
	if len(m.Entries) > logPageSize {
		m.Entries = m.Entries[:logPageSize]
		q.Set("below", strconv.FormatInt(m.Entries[logPageSize-1].N, 10))
		m.Older = "/staff/log?" + q.Encode()
	}
	return v.page("log", "问答日志", m)
}

// documentChoices are the documents that are searched now, by ID, and the one that is asked for though it is not.
func (c *Console) documentChoices(v *visit, asked string) ([]named, error) {
	var out []named
	for _, d := range c.liveDocuments() {
		out = append(out, named{d.ID, d.Meta.Title})
	}
	if asked == "" || nameOf(out, asked) != asked {
		return out, nil
	}
	h, err := c.store.Document(v.r.Context(), asked)
	switch {
	case err == nil:
		return append(out, named{asked, h.Document.Meta.Title}), nil
	case errors.Is(err, store.ErrNotFound):
		return append(out, named{asked, asked}), nil
	}
	return nil, err
}

// liveDocuments are those of the current index; none before there is one.
func (c *Console) liveDocuments() []corpus.Document {
	if c.deps.Library == nil || c.deps.Library.Current() == nil {
		return nil
	}
	return c.deps.Library.Current().Documents()
}

type logEntryView struct {
	store.LogEntry
	Answer rag.Answer
	Parts  []rag.Trace
	Trace  string // as JSON, indented
	Curate string // addresses that begin with this record
	Try    string
}

// logEntryPage is GET /staff/log/{id}.
func (c *Console) logEntryPage(v *visit) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	e, err := c.store.LogEntry(ctx, id)
	if err != nil {
		return err
	}
	a, err := c.store.Answer(ctx, id)
	if err != nil {
		return err
	}
	trace, err := json.MarshalIndent(a.Trace, "", "  ")
	if err != nil {
		return fmt.Errorf("trace of %s: %w", id, err)
	}
	m := logEntryView{LogEntry: e, Answer: a, Parts: a.Trace.Parts, Trace: string(trace), Curate: "/staff/curated/new?from=" + url.QueryEscape(id),
		Try: "/staff/trial?q=" + url.QueryEscape(e.Question)}
	if len(m.Parts) == 0 {
		m.Parts = []rag.Trace{a.Trace}
	}
	return v.page("log_entry", "问答："+clipped(cmp.Or(e.Question, "（无文字）")), m)
}

// clipped shortens a text for the title of a page.
func clipped(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}

// saveFilter is POST /staff/log/filters.
func (c *Console) saveFilter(v *visit) error {
	name := v.form("name")
	q, err := url.ParseQuery(v.form("query"))
	if n := len([]rune(name)); err != nil || n == 0 || n > 40 {
		return invalid.saying("筛选的名称要有1到40个字。")
	}
	query := filterQuery(q).Encode()
	if err := c.store.SaveFilter(v.r.Context(), v.by(), store.SavedFilter{Owner: v.account().Name, Name: name, Query: query}); err != nil {
		return err
	}
	return v.to("/staff/log?"+query, "筛选“"+name+"”已保存。")
}

// deleteFilter is POST /staff/log/filters/delete.
func (c *Console) deleteFilter(v *visit) error {
	if err := c.store.DeleteFilter(v.r.Context(), v.by(), v.account().Name, v.form("name")); err != nil {
		return err
	}
	return v.to("/staff/log", "筛选已删除。")
}
