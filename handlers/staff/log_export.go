package staff

import (
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"time"

	"wenda/handlers/export"
	"wenda/store"
)

// LogColumns are the columns of the log's export; LogRow fills them.
func LogColumns() []export.Column {
	return []export.Column{{Key: "n", Title: "序号"}, {Key: "id", Title: "编号"}, {Key: "asked", Title: "时间"}, {Key: "channel", Title: "渠道"},
		{Key: "question", Title: "问题"}, {Key: "status", Title: "结果"}, {Key: "mode", Title: "方式"}, {Key: "answer", Title: "回答"}, {Key: "topic", Title: "主题"},
		{Key: "feedback", Title: "评价"}, {Key: "comment", Title: "评价内容"}, {Key: "took_ms", Title: "用时（毫秒）"}, {Key: "degraded", Title: "模型失败"},
		{Key: "model", Title: "模型"}, {Key: "cost", Title: "费用"}, {Key: "index_version", Title: "索引版本"}}
}

// LogRow is a record as a row of LogColumns: words for people, codes for programs (JSON Lines).
func LogRow(f export.Format, e store.LogEntry, answer string) []any {
	channel, status, mode, verdict := e.Channel, e.Status, e.Mode, e.Verdict
	if f != export.JSONLines {
		channel, status, mode, verdict = nameOf(channelNames, channel), nameOf(statusNames, status), nameOf(modeNames, mode), nameOf(feedbackNames, verdict)
	}
	return []any{e.N, e.ID, e.Asked.In(chinaDay), channel, e.Question, status, mode, answer, e.Topic, verdict, e.Comment, e.Took.Milliseconds(), e.Degraded,
		e.Model, e.Cost, e.Version}
}

// exports remembers how far the exports of the last minutes are, by the ticket that the page made. It is bounded.
type exports struct {
	mu   sync.Mutex
	list map[string]*exportState
}

type exportState struct {
	Done, All int
	Ended     bool
	at        time.Time
}

const (
	maxExports   = 200
	exportMemory = 10 * time.Minute
)

func (x *exports) begin(ticket string, all int, now time.Time) func(done int, ended bool) {
	if ticket == "" || len(ticket) > 64 {
		return func(int, bool) {}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.list == nil {
		x.list = map[string]*exportState{}
	}
	for t, s := range x.list {
		if now.Sub(s.at) > exportMemory {
			delete(x.list, t)
		}
	}
	if len(x.list) >= maxExports {
		return func(int, bool) {}
	}
	s := &exportState{All: all, at: now}
	x.list[ticket] = s
	return func(done int, ended bool) {
		x.mu.Lock()
		defer x.mu.Unlock()
		s.Done, s.Ended = done, ended
	}
}

func (x *exports) of(ticket string) (exportState, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s, ok := x.list[ticket]
	if !ok {
		return exportState{}, false
	}
	return *s, true
}

// exportCollect is after how many records garbage is collected: they leave 20 to 50 MB of it, and beside a large index the collector would wait
// for hundreds.
const exportCollect = 10_000

// exportWrite is how long a client may take to take a part of an export.
const exportWrite = 30 * time.Second

// logExport is GET /staff/log/export: a stream of any length. A failure after its beginning cuts the connection, so that half a file does not
// look whole.
func (c *Console) logExport(v *visit) error {
	ctx, q := v.r.Context(), v.r.URL.Query()
	format := export.Format(q.Get("format"))
	kind, ok := format.ContentType()
	if !ok {
		return invalid.saying("可以导出的格式有 CSV、XLSX 和 JSON Lines。")
	}
	f := logFilter(q)
	all, err := c.store.CountLog(ctx, f, 1<<30)
	if err != nil {
		return err
	}
	tell := c.exports.begin(q.Get("ticket"), all, c.now())
	name := "wenda-log-" + c.now().In(chinaDay).Format("20060102-150405") + "." + string(format)
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(v.w)
	out, err := export.New(v.w, format, LogColumns())
	done := 0
	if err == nil {
		err = c.store.EachLog(ctx, f, func(e store.LogEntry, answer string) error {
			if done%500 == 0 {
				tell(done, false)
				if err := control.SetWriteDeadline(time.Now().Add(exportWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
					return err
				}
			}
			if done++; done%exportCollect == 0 {
				runtime.GC()
			}
			return out.Row(LogRow(format, e, answer)...)
		})
	}
	if err == nil {
		err = out.Close()
	}
	tell(done, true)
	if err != nil {
		c.log.Warn("export of the log was cut off", "error", err, "rows", done)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// logProgress is GET /staff/log/progress: how far an export is, for the page's module.
func (c *Console) logProgress(v *visit) error {
	s, ok := c.exports.of(v.r.URL.Query().Get("ticket"))
	if !ok {
		return noPage
	}
	v.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	v.w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(v.w).Encode(map[string]any{"done": s.Done, "all": s.All, "ended": s.Ended})
}
