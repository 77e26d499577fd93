package staff

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"wenda/corpus"
	"wenda/store"
)

// dashboardRoutes are the figures.
func (c *Console) dashboardRoutes() []Route {
	return []Route{{Method: "GET", Path: "/staff/dashboard", Needs: store.View, Menu: "概况", handle: c.dashboardPage}}
}

// maxDashboardDays bounds the span: a chart of more days shows nothing.
const maxDashboardDays = 366

type dashboardView struct {
	From, To    string
	Chosen      bool // the span was asked for
	Quick       []quickFilter
	Asked       int
	ToDocuments int     // of them, those that the documents should answer
	Answered    float64 // percent of ToDocuments
	Useful      int
	Useless     int
	Typical     string // time that half of the answers took at most, in words
	Tokens      int
	Cost        float64
	ByStatus    chart
	ByChannel   chart
	Share       chart // answered, percent a day
	Feedback    chart
	Took        chart // answers by the time they took
	ModelUse    chart // tokens a day
	Topics      bars
	Documents   bars
	Models      []store.ModelUse
	Attention   []attention
}

// An attention is something that somebody should do, and where.
type attention struct{ Text, To string }

// dashboardPage is GET /staff/dashboard. Days are China's.
func (c *Console) dashboardPage(v *visit) error {
	ctx, now := v.r.Context(), c.now().In(chinaDay)
	from, to := dashboardSpan(v.form("from"), v.form("to"), now)
	st, err := c.store.Stats(ctx, from, to)
	if err != nil {
		return err
	}
	list, err := c.store.ListDocuments(ctx)
	if err != nil {
		return err
	}
	m := dashboardView{Chosen: v.form("from") != "", From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Models: st.Models}
	for _, n := range []int{7, 30, 90} {
		first, last := now.AddDate(0, 0, 1-n).Format(time.DateOnly), now.Format(time.DateOnly)
		m.Quick = append(m.Quick, quickFilter{fmt.Sprintf("最近%d天", n), "/staff/dashboard?from=" + first + "&to=" + last, first == m.From && last == m.To})
	}
	days := daysBetween(from, to)
	m.count(st.Days, days)
	m.models(st, days)
	m.took(st)
	m.Topics = ranked("问得最多的主题", "主题", "这段时间的回答没有引用到章节。", st.Topics, nil)
	titles := titlesOf(list)
	m.Documents = ranked("引用最多的文件", "文件", "这段时间的回答没有引用文件。", st.Documents, func(id string) (name, to string) {
		if titles[id] == "" {
			return id, ""
		}
		return titles[id], "/staff/knowledge/" + url.PathEscape(id)
	})
	if m.Attention, err = c.attention(ctx, list); err != nil {
		return err
	}
	return v.page("dashboard", "概况", m)
}

// models sums up what models used, and draws it by day.
func (m *dashboardView) models(st store.LogStats, days []string) {
	for _, u := range st.Models {
		m.Tokens, m.Cost = m.Tokens+u.Prompt+u.Completion, m.Cost+u.Cost
	}
	at := map[string]int{}
	for i, d := range days {
		at[d] = i
	}
	used := map[string][]int{}
	for _, d := range st.ModelDays {
		i, ok := at[d.Day]
		if !ok {
			continue
		}
		if used[d.Model] == nil {
			used[d.Model] = make([]int, len(days))
		}
		used[d.Model][i] += d.Tokens
	}
	m.ModelUse = byDay("每天的模型用量（词元）", days, used, nil)
}

// tookClasses are the classes that the chart of times shows: few enough to be read. Each is a class of the store's.
var tookClasses = []struct {
	within time.Duration
	name   string
}{{10 * time.Millisecond, "10毫秒"}, {50 * time.Millisecond, "50毫秒"}, {200 * time.Millisecond, "0.2秒"}, {time.Second, "1秒"}, {5 * time.Second, "5秒"},
	{10 * time.Second, "10秒"}, {time.Minute, "1分钟"}}

// took draws how long answers took.
func (m *dashboardView) took(st store.LogStats) {
	for _, t := range st.Times {
		if t.Share == .5 && t.Took > 0 {
			m.Typical = took(t.Took)
		}
	}
	counts, classes, labels := make([]int, len(tookClasses)+1), []string{}, []string{}
	for _, class := range tookClasses {
		classes, labels = append(classes, class.name+"以内"), append(labels, class.name)
	}
	classes, labels = append(classes, "更久"), append(labels, "更久")
	for _, t := range st.Took {
		i := 0
		for i < len(tookClasses) && (t.Within == 0 || t.Within > tookClasses[i].within) {
			i++
		}
		counts[i] += t.Count
	}
	m.Took = stacked("回答用了多久", classes, labels, map[string][]int{"回答": counts}, []string{"回答"}, 0)
	m.Took.Head, m.Took.Empty = "用时", "这段时间没有回答。"
}

// dashboardSpan reads a span of days; what cannot be meant becomes the last 30 days, and one too long is cut.
func dashboardSpan(from, to string, now time.Time) (time.Time, time.Time) {
	day := func(s string, otherwise time.Time) time.Time {
		if d, err := time.ParseInLocation(time.DateOnly, s, chinaDay); err == nil {
			return d
		}
		return time.Date(otherwise.Year(), otherwise.Month(), otherwise.Day(), 0, 0, 0, 0, chinaDay)
	}
	end := day(to, now)
	begin := day(from, end.AddDate(0, 0, -29))
	if begin.After(end) {
		begin = end
	}
	if least := end.AddDate(0, 0, 1-maxDashboardDays); begin.Before(least) {
		begin = least
	}
	return begin, end
}

func daysBetween(from, to time.Time) []string {
	var out []string
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
		out = append(out, d.Format(time.DateOnly))
	}
	return out
}

// toDocuments are the statuses of questions that the documents should answer: of them the answered share is counted.
var toDocuments = map[string]bool{"answered": true, "not_stated": true, "no_source": true}

func (m *dashboardView) count(list []store.DayCount, days []string) {
	at := map[string]int{}
	for i, d := range days {
		at[d] = i
	}
	status, channel := map[string][]int{}, map[string][]int{}
	answered, asked := make([]int, len(days)), make([]int, len(days))
	useful, useless := make([]int, len(days)), make([]int, len(days))
	add := func(to map[string][]int, name string, i, n int) {
		if to[name] == nil {
			to[name] = make([]int, len(days))
		}
		to[name][i] += n
	}
	for _, d := range list {
		i, ok := at[d.Day]
		if !ok {
			continue
		}
		m.Asked += d.Count
		m.Useful += d.Useful
		m.Useless += d.Useless
		useful[i] += d.Useful
		useless[i] += d.Useless
		add(status, nameOf(statusNames, d.Status), i, d.Count)
		add(channel, nameOf(channelNames, d.Channel), i, d.Count)
		if toDocuments[d.Status] {
			asked[i] += d.Count
		}
		if d.Status == "answered" {
			answered[i] += d.Count
		}
	}
	m.ByStatus = byDay("每天的问题，按结果", days, status, names(statusNames))
	m.ByChannel = byDay("每天的问题，按渠道", days, channel, names(channelNames))
	m.Feedback = byDay("每天的评价", days, map[string][]int{"有帮助": useful, "没帮助": useless}, []string{"有帮助", "没帮助"})
	share := make([]int, len(days))
	good := 0
	for i := range days {
		m.ToDocuments, good = m.ToDocuments+asked[i], good+answered[i]
		if asked[i] > 0 {
			share[i] = 100 * answered[i] / asked[i]
		}
	}
	if m.ToDocuments > 0 {
		m.Answered = 100 * float64(good) / float64(m.ToDocuments)
	}
	m.Share = stacked("每天答上的百分比", days, dayLabels(days), map[string][]int{"答上": share}, []string{"答上"}, wholeShare)
	m.Share.Head, m.Share.Unit, m.Share.Empty = "日期", "%", "这段时间没有答上问文件的问题。"
	m.Share.Rows = slices.DeleteFunc(m.Share.Rows, func(r chartRow) bool { return asked[at[r.Day]] == 0 }) // there is no share of nothing
	slices.Reverse(m.Share.Rows)
}

func names(list []named) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.Name
	}
	return out
}

// attention lists what is due.
func (c *Console) attention(ctx context.Context, documents []store.Listed) ([]attention, error) {
	out, err := c.troubles(ctx)
	if err != nil {
		return nil, err
	}
	say := func(n int, to, format string) {
		if n > 0 {
			out = append(out, attention{fmt.Sprintf(format, n), to})
		}
	}
	staged, err := c.store.WaitingFiles(ctx)
	if err != nil {
		return nil, err
	}
	quarantined := 0
	for _, s := range staged {
		if s.Quarantined && s.ReleasedBy == "" {
			quarantined++
		}
	}
	say(quarantined, "/staff/knowledge", "%d个文件在隔离，要查看")
	say(len(staged)-quarantined, "/staff/knowledge", "%d个文件等待发布")
	list, err := c.store.CuratedEntries(ctx)
	if err != nil {
		return nil, err
	}
	drafts, due := 0, 0
	for _, e := range list {
		if e.Retired {
			continue
		}
		if e.Live != e.Newest.Version {
			drafts++
		}
		if e.Live != 0 && curatedLineOf(e.Newest.Body, c.now().In(chinaDay)).Due != "" {
			due++
		}
	}
	say(drafts, "/staff/curated", "%d条审定回答等待审定")
	say(due, "/staff/curated", "%d条审定回答要复核")
	expired := 0
	for _, d := range documents {
		if !d.Withdrawn && d.SupersededBy == "" && d.Meta.Expired(corpus.Today(c.now())) {
			expired++
		}
	}
	say(expired, "/staff/knowledge", "%d个文件已经废止，不再用于回答")
	useless, err := c.store.CountLog(ctx, store.LogFilter{Feedback: store.Useless, From: c.now().AddDate(0, 0, -7)}, 1000)
	if err != nil {
		return nil, err
	}
	say(useless, "/staff/log?feedback=useless", "最近7天有%d次“没帮助”")
	if c.deps.Library != nil && c.deps.Library.Current() != nil && c.deps.Library.Current().Lexical() {
		out = append(out, attention{"没有句子模型或向量，现在只按词检索", "/staff/knowledge"})
	}
	return out, nil
}
