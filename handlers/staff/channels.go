package staff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"wenda/store"
)

// Running is the server that the console belongs to. It must be safe for concurrent use.
type Running interface {
	// State is what it has and does at this moment. Its lists belong to the caller.
	State() State
	// Switched takes over at once what was changed in the store: switches, the embedder that is wanted, budgets. It would see it within a second
	// by itself.
	Switched(ctx context.Context) error
}

// A State is a server at one moment.
type State struct {
	Channels []Channel // that are configured, in the order of showing
	Backends []Backend // of language models, in the order of preference; none: no model is configured

	Day     string   // of tokens and cost: 2026-11-26
	Tokens  int      // of all channels
	Most    int      // tokens that a day may take; 0: no limit
	Budgets []Budget // of channels that took tokens or have a limit, by name

	Embedders []Embedder      // that may serve, the operator's first one first
	Change    *EmbedderChange // to another one; nil: none is under way

	NotReady string // why questions are not answered as configured, in Chinese; empty when they are
	Index    string // version; empty before the first index
	Embedder string // that is configured; empty: by words alone
	Missing  int    // vectors that are computed or waited for
	Texts    int    // of which; 0: unknown
}

// A Channel can be switched off. Its Name is the switch's.
type Channel struct {
	Name string
	Log  string // the channel in the log whose questions are its own; empty: the log does not tell it from others
	Note string // what goes with it
}

// A Backend is a language model. Calls, Failures and Health are since the server began, the others of the day.
type Backend struct {
	Name               string
	Breaker            string // closed, half-open, open
	Calls, Failures    int
	Health             Health
	Prompt, Completion int // tokens
	Cost               float64
}

// Health is how something did lately. Zero times: never since the server began.
type Health struct {
	OK      time.Time     // the last success
	Took    time.Duration // by then
	Failed  time.Time     // the last failure
	Trouble string        // its code
}

// Now reports that it failed since it last worked.
func (h Health) Now() bool { return h.Failed.After(h.OK) }

// A Budget is what a channel may take of tokens a day.
type Budget struct {
	Channel    string
	Used, Most int // Most is 0 without a limit
}

// channelRoutes are channels, models, health and backups.
func (c *Console) channelRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/channels", Needs: store.View, Menu: "渠道和模型", handle: c.channelsPage},
		{Method: "POST", Path: "/staff/channels/switch", Needs: store.Admin, handle: c.turnSwitch},
		{Method: "GET", Path: "/staff/channels/embedder", Needs: store.View, handle: c.embedderPage},
		{Method: "POST", Path: "/staff/channels/embedder", Needs: store.Admin, handle: c.changeEmbedder},
		{Method: "POST", Path: "/staff/channels/embedder/cancel", Needs: store.Admin, handle: c.cancelEmbedder},
		{Method: "POST", Path: "/staff/backups", Needs: store.Admin, handle: c.makeBackup},
		{Method: "GET", Path: "/staff/backups/{name}", Needs: store.Admin, handle: c.takeBackup},
		{Method: "POST", Path: "/staff/backups/{name}/delete", Needs: store.Admin, handle: c.dropBackup},
	}
}

type channelsView struct {
	State    State
	Now      time.Time
	Channels []channelLine
	Model    channelLine // the switch of all models
	Room     store.Room
	NoRoom   bool // could not be measured
	Backups  []backupLine
	Newest   string // age of the newest backup
	Held     int    // documents in the index
	Chunks   int
	Beside   *switchBeside // somebody else was first
}

// A switchBeside is what was to be done to a switch that somebody else had turned meanwhile.
type switchBeside struct {
	Name, Title string
	Off         *store.Switch // as it is now; nil: on
	To, Mine    string        // off or on; the reason that was written
	Both        string        // both reasons, if it is off and was to be
}

// A channelLine is a row: what it is, whether it is off, and its figures of today.
type channelLine struct {
	Name, Title, Note                 string
	Off                               *store.Switch
	Known                             bool // figures are the channel's own
	Asked, Answered, Useless, Waiting int
	Tokens                            int
}

type backupLine struct {
	store.BackupFile
	Age string
}

// channelsPage is GET /staff/channels.
func (c *Console) channelsPage(v *visit) error { return v.channelsWith(nil) }

func (v *visit) channelsWith(beside *switchBeside) error {
	c, ctx := v.console, v.r.Context()
	now := c.now()
	m := channelsView{Now: now, Beside: beside}
	if c.deps.Running != nil {
		m.State = c.deps.Running.State()
	}
	off, err := c.store.SwitchedOff(ctx)
	if err != nil {
		return err
	}
	if m.Channels, err = c.channelLines(ctx, m.State, off, now); err != nil {
		return err
	}
	m.Model = channelLine{Name: store.ModelSwitch, Title: switchTitle(store.ModelSwitch), Off: switchOf(off, store.ModelSwitch)}
	if m.Room, err = c.store.Room(); err != nil {
		c.log.Warn("room not measured", "error", err)
		m.NoRoom = true
	}
	kept, err := c.store.Backups()
	if err != nil {
		return err
	}
	for _, b := range kept {
		m.Backups = append(m.Backups, backupLine{b, age(now.Sub(b.Made))})
	}
	if len(m.Backups) > 0 {
		m.Newest = m.Backups[0].Age
	}
	if c.deps.Library != nil {
		if x := c.deps.Library.Current(); x != nil {
			m.Held, m.Chunks = x.Manifest.Documents, x.Manifest.Chunks
		}
	}
	status := http.StatusOK
	if beside != nil {
		status = http.StatusConflict
	}
	return v.pageAs(status, "channels", "渠道和模型", m)
}

// channelLines are the configured channels with today's figures, and those that are off though nobody configures them any more.
func (c *Console) channelLines(ctx context.Context, s State, off []store.Switch, now time.Time) ([]channelLine, error) {
	today, err := c.store.Stats(ctx, now, now)
	if err != nil {
		return nil, err
	}
	day := now.In(chinaDay)
	messages, err := c.store.WeChatMessages(ctx, time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, chinaDay))
	if err != nil {
		return nil, err
	}
	var out []channelLine
	for _, ch := range s.Channels {
		l := channelLine{Name: ch.Name, Title: switchTitle(ch.Name), Note: ch.Note, Off: switchOf(off, ch.Name), Known: ch.Log != ""}
		for _, d := range today.Days {
			if d.Channel != ch.Log {
				continue
			}
			l.Asked += d.Count
			l.Useless += d.Useless
			if d.Status == "answered" {
				l.Answered += d.Count
			}
		}
		if name, is := strings.CutPrefix(ch.Name, "wechat:"); is {
			l.Waiting = messages[name]
		}
		for _, b := range s.Budgets {
			if b.Channel == ch.Log {
				l.Tokens = b.Used
			}
		}
		out = append(out, l)
	}
	for _, w := range off {
		if w.Name != store.ModelSwitch && !slices.ContainsFunc(out, func(l channelLine) bool { return l.Name == w.Name }) {
			out = append(out, channelLine{Name: w.Name, Title: switchTitle(w.Name), Note: "现在没有配置", Off: &w})
		}
	}
	return out, nil
}

func switchOf(off []store.Switch, name string) *store.Switch {
	for _, w := range off {
		if w.Name == name {
			return &w
		}
	}
	return nil
}

// switchTitle is what people call a channel, or the switch of the models.
func switchTitle(name string) string {
	kind, own, named := strings.Cut(name, ":")
	switch {
	case name == store.ModelSwitch:
		return "语言模型"
	case name == "portal":
		return "门户网页"
	case name == "api":
		return "接口（不签名的程序）"
	case kind == "api" && named:
		return "程序 " + own
	case kind == "wechat" && named:
		return "微信 " + own
	case kind == "mp" && named:
		return "小程序页面 " + own
	}
	return nameOf(channelNames, name)
}

// maxReasonRunes bounds a reason.
const maxReasonRunes = 200

// turnSwitch is POST /staff/channels/switch: name, to (off or on) and why.
func (c *Console) turnSwitch(v *visit) error {
	ctx, name, to, reason := v.r.Context(), v.form("name"), v.form("to"), v.form("reason")
	off, err := c.store.SwitchedOff(ctx)
	if err != nil {
		return err
	}
	known := name == store.ModelSwitch || switchOf(off, name) != nil
	if c.deps.Running != nil {
		known = known || slices.ContainsFunc(c.deps.Running.State().Channels, func(ch Channel) bool { return ch.Name == name })
	}
	switch {
	case !known:
		return invalid.saying("没有这个渠道。请从“渠道和模型”页上操作。")
	case to != "off" && to != "on":
		return invalid.saying("请选择停用或恢复。")
	case to == "off" && reason == "":
		return invalid.saying("请写明停用的理由，会留在操作记录里。")
	case utf8.RuneCountInString(reason) > maxReasonRunes:
		return invalid.saying(fmt.Sprintf("理由最多%d字。", maxReasonRunes))
	}
	now := switchOf(off, name)
	switch seen, sent := v.r.PostForm["seen"]; {
	case sent && seen[0] != switchSeen(now):
		return v.switchBeside(name, to, reason, now)
	case to == "off" && v.form("both") != "":
		err = c.store.SwitchReason(ctx, v.by(), name, v.form("both"), reason)
	case to == "off":
		err = c.store.SwitchOff(ctx, v.by(), name, reason, c.now())
	default:
		err = c.store.SwitchOn(ctx, v.by(), name, reason)
	}
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return err
	}
	if off, err = c.store.SwitchedOff(ctx); err != nil {
		return err
	}
	if now := switchOf(off, name); to == "off" && (now == nil || now.Reason != reason) { // somebody else was first by a moment
		return v.switchBeside(name, to, reason, now)
	}
	c.tellRunning(ctx)
	c.log.Warn("switched by staff", "switch", name, "to", to, "request_id", c.deps.RequestID(ctx))
	return v.to("/staff/channels", "“"+switchTitle(name)+"”"+map[string]string{"off": "已停用。", "on": "已恢复。"}[to])
}

// switchSeen names the state of a switch that a page showed.
func switchSeen(off *store.Switch) string {
	if off == nil {
		return "on"
	}
	return off.Since.UTC().Format(time.RFC3339Nano)
}

// switchBeside shows what somebody else did to a switch meanwhile, and what was to be done.
func (v *visit) switchBeside(name, to, reason string, now *store.Switch) error {
	b := &switchBeside{Name: name, Title: switchTitle(name), Off: now, To: to, Mine: reason}
	if to == "off" && now != nil && now.Reason != reason {
		both := []rune(now.Reason + "；" + reason)
		b.Both = string(both[:min(len(both), maxReasonRunes)])
	}
	return v.channelsWith(b)
}

// tellRunning makes the server take over what was changed. A failure is no failure of the change: that is kept, and read again by itself.
func (c *Console) tellRunning(ctx context.Context) {
	if c.deps.Running == nil {
		return
	}
	if err := c.deps.Running.Switched(ctx); err != nil {
		c.log.Warn("change not taken over at once", "error", err)
	}
}

// age says how long ago something was.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "刚刚"
	case d < time.Hour:
		return fmt.Sprintf("%d分钟前", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d小时前", int(d.Hours()))
	}
	return fmt.Sprintf("%d天前", int(d.Hours()/24))
}

// bytesText writes a size for people.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.0f KiB", float64(n)/(1<<10))
}

// Left is what the budget has; of no use without a limit.
func (b Budget) Left() int { return max(0, b.Most-b.Used) }

// Left is what the day has of tokens; of no use without a limit.
func (s State) Left() int { return max(0, s.Most-s.Tokens) }

// Done is how many of the vectors are there.
func (s State) Done() int { return max(0, s.Texts-s.Missing) }

// breakerText names the state of a breaker.
func breakerText(state string) string {
	return cmp.Or(map[string]string{"closed": "正常", "half-open": "试探", "open": "暂停（失败太多）"}[state], state)
}

const (
	littleRoom = 1 << 30            // bytes below which the first pages warn
	oldBackup  = 7 * 24 * time.Hour // age of the newest backup from which they do
)

// troubles are what the dashboard says of switches, disk and backups.
func (c *Console) troubles(ctx context.Context) ([]attention, error) {
	off, err := c.store.SwitchedOff(ctx)
	if err != nil {
		return nil, err
	}
	var out []attention
	for _, w := range off {
		out = append(out, attention{fmt.Sprintf("“%s”已停用：%s（%s，%s）", switchTitle(w.Name), cmp.Or(w.Reason, "没有写理由"), w.Who, when(w.Since)), "/staff/channels"})
	}
	if r, err := c.store.Room(); err == nil && r.Free < littleRoom {
		out = append(out, attention{"磁盘只剩" + bytesText(r.Free), "/staff/channels"})
	}
	kept, err := c.store.Backups()
	if err != nil {
		return nil, err
	}
	if len(kept) > 0 && c.now().Sub(kept[0].Made) > oldBackup {
		out = append(out, attention{"最近的备份是" + age(c.now().Sub(kept[0].Made)), "/staff/channels"})
	}
	return out, nil
}

// writeWithin gives an answer more time than the server's limit of writing; http.ErrNotSupported where there is none.
func (v *visit) writeWithin(d time.Duration) error {
	return http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(d))
}
