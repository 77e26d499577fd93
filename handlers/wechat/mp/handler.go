package mp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"wenda/handlers/contract"
	"wenda/handlers/limit"
	"wenda/handlers/wechat/api"
	"wenda/rag"
	"wenda/store"
)

// Prefix is where the Handler is mounted.
const Prefix = "/api/v1/mp"

// A Channel is one mini-program.
type Channel struct {
	Name   string // of rag.Question.Channel behind "mp:", of the log and of budgets
	Client *api.Client
	// Closed is the kill switch; nil: never closed. An error closes nothing and is a failure of the request.
	Closed func(context.Context) (bool, error)
}

// open is nil while the channel's switch is on.
func (c Channel) open(ctx context.Context) error {
	if c.Closed == nil {
		return nil
	}
	closed, err := c.Closed(ctx)
	if err == nil && closed {
		return problemClosed
	}
	return err
}

// Sessions keeps who is signed in; *store.Store is one. Unknown hashes are store.ErrNotFound.
type Sessions interface {
	PutMPSession(ctx context.Context, hash []byte, channel, owner string, now time.Time) error
	UseMPSession(ctx context.Context, hash []byte, now time.Time) (store.MPSession, error)
	DeleteMPSession(ctx context.Context, hash []byte) error
}

// Answers is what owners asked before; *store.Store is one, and its comments are the contract.
type Answers interface {
	Answer(ctx context.Context, id string) (rag.Answer, error)
	Feedback(ctx context.Context, f store.Feedback) error
	History(ctx context.Context, owner, before string, limit int, now time.Time) ([]store.Remembered, error)
	OwnerOf(ctx context.Context, id string) (string, error)
	OwnsConversation(ctx context.Context, owner, conversation string) (bool, error)
	DeleteHistory(ctx context.Context, owner string) (int, error)
}

// Progress answers questions and shows what is being made; *rag.Progress is one.
type Progress interface {
	rag.Asker
	Composing(id string) (rag.Composing, bool)
}

// A Suggestion is a question to start from.
type Suggestion struct {
	Question string `json:"question"`
	Topic    string `json:"topic"`
}

// Deps is what a Handler needs from others. Log and Now may be nil.
type Deps struct {
	Channels    []Channel
	Owner       func(channel, openid string) string // keyed hash; another key makes strangers of all users
	Sessions    Sessions
	Answers     Answers
	Progress    Progress
	Suggestions func() []Suggestion
	Mask        func(string) string                                               // takes personal data out of comments
	RequestID   func(context.Context) string                                      // of the Server before this package
	Stopping    context.Context                                                   // done when open streams must end; nil: never
	Tally       func(a rag.Answer, err error, channel string, took time.Duration) // told of every answer; nil: nobody is
	Log         *slog.Logger
	Now         func() time.Time
}

// Limits are the bounds of SECURITY.md. Start from Defaults and change what a test or an operator needs.
type Limits struct {
	Off          bool // no rates; sizes stay
	BodyBytes    int64
	CommentRunes int
	AskPerMinute int // of an owner
	AskBurst     int
	PerMinute    int // of everything else of an owner
	Burst        int
	Asks         int // answers waited for at once, in all
	AsksOfOwner  int
	Owners       int           // remembered for rates; the one unseen for longest is forgotten first
	Login        time.Duration // for WeChat's answer
	Life         time.Duration // of an answer with its stream
	Write        time.Duration // of one write to a stream
	Heartbeat    time.Duration
}

// Defaults are the settings of SECURITY.md.
func Defaults() Limits {
	return Limits{BodyBytes: 16 << 10, CommentRunes: 500, AskPerMinute: 15, AskBurst: 5, PerMinute: 120, Burst: 30, Asks: 1000, AsksOfOwner: 5, Owners: 20000,
		Login: 6 * time.Second, Life: 120 * time.Second, Write: 10 * time.Second, Heartbeat: 15 * time.Second}
}

// A Handler serves the API. Make it with New; it is safe for concurrent use.
type Handler struct {
	Deps
	limits   Limits
	channels map[string]Channel
	asks     *limit.Rate
	others   *limit.Rate
	places   *limit.Count // answers that are waited for
}

// New makes a Handler.
func New(l Limits, d Deps) (*Handler, error) {
	if d.Owner == nil || d.Sessions == nil || d.Answers == nil || d.Progress == nil || d.Suggestions == nil || d.RequestID == nil || d.Mask == nil {
		return nil, errors.New("mini-program API: Owner, Sessions, Answers, Progress, Suggestions, RequestID and Mask are needed")
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Tally == nil {
		d.Tally = func(rag.Answer, error, string, time.Duration) {}
	}
	if d.Stopping == nil {
		d.Stopping = context.Background()
	}
	h := &Handler{Deps: d, limits: l, channels: map[string]Channel{}, asks: limit.NewRate(l.AskPerMinute, l.AskBurst, l.Owners, d.Now),
		others: limit.NewRate(l.PerMinute, l.Burst, l.Owners, d.Now), places: limit.NewCount(l.Asks, l.AsksOfOwner, l.Off, problemBusy, problemManyAsks)}
	for _, c := range d.Channels {
		if _, twice := h.channels[c.Name]; twice || c.Name == "" || c.Client == nil {
			return nil, fmt.Errorf("mini-program API: channel %q is there twice, or has no name or client", c.Name)
		}
		h.channels[c.Name] = c
	}
	return h, nil
}

// A call is one request on its way.
type call struct {
	*Handler
	w       http.ResponseWriter
	r       *http.Request
	id      string // in the path
	hash    []byte // of the token
	session store.MPSession
	channel Channel
}

// A route is a method and a path below Prefix; {id} stands for one segment.
type route struct {
	method, path string
	public       bool // needs no token
	serve        func(*call) error
}

// routes is the whole surface; openapi.json describes each of them, and a test compares.
func routes() []route {
	return []route{
		{http.MethodPost, "/login", true, (*call).login},
		{http.MethodPost, "/logout", false, (*call).logout},
		{http.MethodPost, "/ask", false, (*call).ask},
		{http.MethodGet, "/answers/{id}", false, (*call).answer},
		{http.MethodPost, "/answers/{id}/feedback", false, (*call).feedback},
		{http.MethodGet, "/history", false, (*call).history},
		{http.MethodDelete, "/history", false, (*call).forget},
		{http.MethodGet, "/suggestions", false, (*call).suggestions},
		{http.MethodGet, "/openapi.json", true, (*call).openapi},
	}
}

// Limited tells the requests that count against the limit of their address: those that cost something.
func Limited(r *http.Request) bool {
	return r.Method != http.MethodGet || strings.HasPrefix(r.URL.Path, Prefix+"/answers/")
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Handler: h, w: w, r: r}
	w.Header().Set("Cache-Control", "no-store")
	if err := c.run(); err != nil {
		c.fail(err)
	}
}

// run finds the route, who is asking, and serves; panics become errors.
func (c *call) run() (err error) {
	defer func() {
		switch v := recover(); {
		case v == http.ErrAbortHandler: //nolint:errorlint // compared as net/http does
			panic(v)
		case v != nil:
			err = c.panicked(v)
		}
	}()
	rt, err := c.find()
	if err != nil {
		return err
	}
	if !rt.public {
		if err := c.identify(); err != nil {
			return err
		}
		if err := c.admit(rt); err != nil {
			return err
		}
	}
	return rt.serve(c)
}

func (c *call) panicked(v any) error {
	c.Log.Error("panic", "value", fmt.Sprint(v), "stack", string(debug.Stack()), "request_id", c.RequestID(c.r.Context()))
	return problemInternal.Because(errors.New("panic"))
}

// find picks the route. A path that is there with other methods names them.
func (c *call) find() (route, error) {
	method := c.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var others []string
	for _, rt := range routes() {
		id, ok := match(rt.path, strings.TrimPrefix(c.r.URL.Path, Prefix))
		switch {
		case !ok:
		case rt.method == method:
			c.id = id
			return rt, nil
		default:
			others = append(others, rt.method)
		}
	}
	if others == nil {
		return route{}, problemNoPage
	}
	c.w.Header().Set("Allow", strings.Join(others, ", "))
	return route{}, problemMethod
}

func match(pattern, path string) (id string, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return "", false
	}
	for i := range want {
		switch {
		case want[i] == "{id}" && have[i] != "":
			id = have[i]
		case want[i] != have[i]:
			return "", false
		}
	}
	return id, true
}

// admit spends of the owner's rates.
func (c *call) admit(rt route) error {
	if c.limits.Off {
		return nil
	}
	l := c.others
	if rt.path == "/ask" {
		l = c.asks
	}
	if wait := l.Take(c.session.Owner); wait > 0 {
		return problemLimit.In(wait).Saying("操作太频繁了，请等" + contract.RetryAfter(wait) + "秒再试。")
	}
	return nil
}

// reply writes JSON.
func (c *call) reply(status int, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode reply: %w", err)
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(raw) // who left is not told
	return nil
}
