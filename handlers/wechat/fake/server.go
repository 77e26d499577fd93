package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Options of a Server. The zero value knows one mini-program, wxfake00000000, with the secret "secret", and serves menus.
type Options struct {
	AppID, Secret string
	NoMenus       bool             // msgmenu is refused with 45162
	TokenLife     time.Duration    // 0 is 7200 s; at most that
	Now           func() time.Time // nil is time.Now
	OnSend        func(Sent)       // after a message was accepted; nil: nothing. It must not call the Server
	OnTyping      func(openid string)
	Delay         func() time.Duration // before custom/send is worked on; nil: none
}

// Quotas of PROTOCOL.md (A: Answer).
const (
	sendsPerMessage = 5
	messageLife     = 48 * time.Hour
	sendsPerEntry   = 2
	entryLife       = time.Minute
	maxTextBytes    = 2048
)

// A Sent is a message that a user got.
type Sent struct {
	To   string
	Text string // of a menu: its head
	Menu []Item
	Tail string
	AI   bool
	At   time.Time
	N    int // counts all of the Server from 1
}

// An Item of a menu.
type Item struct{ ID, Text string }

// Shown is what stands on the user's screen.
func (s Sent) Shown() string {
	var b strings.Builder
	b.WriteString(s.Text)
	for _, i := range s.Menu {
		b.WriteString("\n› " + i.Text)
	}
	if s.Tail != "" {
		b.WriteString("\n" + s.Tail)
	}
	return b.String()
}

// A Server is WeChat's API. Make it with Start, or with New for its Handler alone.
type Server struct {
	o Options

	mu       sync.Mutex
	tokens   []token
	forced   []time.Time
	fetched  int
	users    map[string]*user
	codes    map[string]*code
	sent     []Sent
	typings  map[string]int
	verdicts map[string]string // by openid; absent: pass
	faults   map[string][]Fault
	calls    map[string]int

	url   string
	close func() error
}

type user struct {
	said    []time.Time // a message of the user, once for each send that is left of it
	entered []time.Time
	spent   bool // once had quota
}

// New makes a Server that is reached by its ServeHTTP only.
func New(o Options) *Server {
	if o.AppID == "" {
		o.AppID = "wxfake00000000"
	}
	if o.Secret == "" {
		o.Secret = "secret"
	}
	if o.TokenLife <= 0 || o.TokenLife > 7200*time.Second {
		o.TokenLife = 7200 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{o: o, users: map[string]*user{}, codes: map[string]*code{}, typings: map[string]int{}, verdicts: map[string]string{},
		faults: map[string][]Fault{}, calls: map[string]int{}, close: func() error { return nil }}
}

// Start makes a Server that listens on a free port of this machine. Close ends it.
func Start(o Options) (*Server, error) {
	s := New(o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a fake WeChat: %w", err)
	}
	hs := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- hs.Serve(l) }()
	s.url = "http://" + l.Addr().String()
	s.close = sync.OnceValue(func() error {
		err := hs.Close()
		if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return err
	})
	return s, nil
}

// URL is the base URL of the API.
func (s *Server) URL() string { return s.url }

// Close stops listening and cuts open connections.
func (s *Server) Close() error { return s.close() }

// UserSaid tells the Server of a message of a user, which allows five sends within 48 hours.
func (s *Server) UserSaid(openid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(openid)
	for range sendsPerMessage {
		u.said = append(u.said, s.o.Now())
	}
}

// UserEntered tells the Server that a user opened the customer-service chat, which allows two sends within a minute.
func (s *Server) UserEntered(openid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(openid)
	for range sendsPerEntry {
		u.entered = append(u.entered, s.o.Now())
	}
}

func (s *Server) user(openid string) *user {
	u := s.users[openid]
	if u == nil {
		u = &user{}
		s.users[openid] = u
	}
	return u
}

// Sent are the messages that users got, oldest first.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Sent(nil), s.sent...)
}

// SentTo are those of one user.
func (s *Server) SentTo(openid string) []Sent {
	var out []Sent
	for _, m := range s.Sent() {
		if m.To == openid {
			out = append(out, m)
		}
	}
	return out
}

// Calls is how often a call was made, refused ones included: stable_token, jscode2session, send, typing, msg_sec_check.
func (s *Server) Calls(call string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[call]
}

// paths names the calls.
var paths = map[string]string{
	"/cgi-bin/stable_token":                   "stable_token",
	"/sns/jscode2session":                     "jscode2session",
	"/cgi-bin/message/custom/send":            "send",
	"/cgi-bin/message/custom/business/typing": "typing",
	"/wxa/msg_sec_check":                      "msg_sec_check",
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, ok := paths[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	s.mu.Lock()
	s.calls[call]++
	f, faulty := s.fault(call)
	s.mu.Unlock()
	if call == "send" && s.o.Delay != nil {
		wait(r, s.o.Delay())
	}
	if faulty && f.before(w, r) {
		return
	}
	var reply any
	if faulty && f.Code != 0 {
		reply = refuse(f.Code)
	} else {
		reply = s.answer(call, r, body)
	}
	if faulty && f.after(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json; encoding=utf-8")
	_ = json.NewEncoder(w).Encode(reply) // the caller may be gone
}

func (s *Server) answer(call string, r *http.Request, body []byte) any {
	if (r.Method == http.MethodGet) != (call == "jscode2session") {
		return refuse(43002)
	}
	s.mu.Lock()
	var done func()
	var out any
	switch call {
	case "stable_token":
		out = s.stableToken(body)
	case "jscode2session":
		out = s.session(r)
	default:
		if c := s.checkToken(r.URL.Query().Get("access_token")); c != 0 {
			out = refuse(c)
		} else if !utf8.Valid(body) || strings.Contains(string(body), `\u`) {
			out = refuse(40033)
		} else {
			out, done = s.withToken(call, body)
		}
	}
	s.mu.Unlock()
	if done != nil {
		done()
	}
	return out
}

func (s *Server) withToken(call string, body []byte) (any, func()) {
	switch call {
	case "send":
		return s.send(body)
	case "typing":
		return s.typing(body)
	}
	return s.check(body), nil
}

// refuse is the reply of a code. errmsg holds what WeChat's does: words, an ID, for 40164 an address.
func refuse(code int) any {
	text := "refused"
	if code == 40164 {
		text = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist"
	}
	return map[string]any{"errcode": code, "errmsg": text + " rid: 5f1a2b3c-0d1e2f3a-4b5c6d7e"}
}
