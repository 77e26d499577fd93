package staff

import (
	"context"
	"fmt"
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
	From, To  string
	Chosen    bool // the span was asked for
	Quick     []quickFilter
	Asked     int
	Answered  float64 // percent of the questions to the documents
	Useful    int
	Useless   int
	ByStatus  chart
	ByChannel chart
	Share     chart // answered, percent a day
	Topics    []store.Counted
	Documents []store.Counted // by title
	Times     []store.TimeShare
	Models    []store.ModelUse
	Attention []attention
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
	days := daysBetween(from, to)
	m := dashboardView{Chosen: v.form("from") != "", From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Topics: st.Topics, Times: st.Times, Models: st.Models}
	for _, n := range []int{7, 30, 90} {
		m.Quick = append(m.Quick, quickFilter{fmt.Sprintf("最近%d天", n), fmt.Sprintf("/staff/dashboard?from=%s&to=%s", now.AddDate(0, 0, 1-n).Format(time.DateOnly), now.Format(time.DateOnly))})
	}
	m.count(st.Days, days)
	titles := map[string]string{}
	held, err := c.store.Documents(ctx)
	if err != nil {
		return err
	}
	for _, h := range held {
		titles[h.Document.ID] = h.Document.Meta.Title
	}
	for _, d := range st.Documents {
		if t := titles[d.Name]; t != "" {
			d.Name = t
		}
		m.Documents = append(m.Documents, d)
	}
	if m.Attention, err = c.attention(ctx, held); err != nil {
		return err
	}
	return v.page("dashboard", "概况", m)
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
		add(status, nameOf(statusNames, d.Status), i, d.Count)
		add(channel, nameOf(channelNames, d.Channel), i, d.Count)
		if toDocuments[d.Status] {
			asked[i] += d.Count
		}
		if d.Status == "answered" {
			answered[i] += d.Count
		}
	}
	m.ByStatus = stacked("每天的问题，按结果", days, status, names(statusNames))
	m.ByChannel = stacked("每天的问题，按渠道", days, channel, names(channelNames))
	share := make([]int, len(days))
	all, good := 0, 0
	for i := range days {
		all, good = all+asked[i], good+answered[i]
		if asked[i] > 0 {
			share[i] = 100 * answered[i] / asked[i]
		}
	}
	if all > 0 {
		m.Answered = 100 * float64(good) / float64(all)
	}
	m.Share = stacked("每天答上的百分比", days, map[string][]int{"答上": share}, []string{"答上"})
}

func names(list []named) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.Name
	}
	return out
}

// attention lists what is due.
func (c *Console) attention(ctx context.Context, held []store.Held) ([]attention, error) {
	out, err := c.troubles(ctx)
	if err != nil {
		return nil, err
	}
	say := func(n int, to, format string) {
		if n > 0 {
			out = append(out, attention{fmt.Sprintf(format, n), to})
		}
	}
	staged, err := c.store.StagedFiles(ctx)
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
	for _, h := range held {
		if !h.Withdrawn && h.SupersededBy == "" && h.Document.Meta.Expired(corpus.Today(c.now())) {
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
