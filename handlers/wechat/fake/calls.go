package fake

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// renewEarly is how long before the end of a token the platform gives out the next one; both are good then.
const renewEarly = 5 * time.Minute

// Forced refreshes: 20 a day, 30 s apart.
const (
	forcedPerDay = 20
	forcedApart  = 30 * time.Second
)

type token struct {
	value string
	until time.Time
}

func (s *Server) stableToken(body []byte) any {
	var in struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}
	now := s.o.Now()
	switch {
	case json.Unmarshal(body, &in) != nil:
		return refuse(47001)
	case in.GrantType != "client_credential":
		return refuse(40002)
	case in.AppID != s.o.AppID:
		return refuse(40013)
	case in.Secret != s.o.Secret:
		return refuse(40125)
	}
	s.fetched++
	if in.Force {
		s.forced = slices.DeleteFunc(s.forced, func(t time.Time) bool { return now.Sub(t) > 24*time.Hour })
		if n := len(s.forced); n >= forcedPerDay || n > 0 && now.Sub(s.forced[n-1]) < forcedApart {
			return refuse(45011)
		}
		s.forced = append(s.forced, now)
		s.tokens = nil
	}
	s.tokens = slices.DeleteFunc(s.tokens, func(t token) bool { return !now.Before(t.until) })
	early := min(renewEarly, s.o.TokenLife/2)
	if n := len(s.tokens); n == 0 || s.tokens[n-1].until.Sub(now) <= early {
		s.tokens = append(s.tokens, token{random(256), now.Add(s.o.TokenLife)}) // 512 characters
	}
	t := s.tokens[len(s.tokens)-1]
	return map[string]any{"access_token": t.value, "expires_in": int(t.until.Sub(now).Seconds())}
}

// checkToken is 0 for a token that is good.
func (s *Server) checkToken(value string) int {
	for _, t := range s.tokens {
		if t.value == value {
			if s.o.Now().Before(t.until) {
				return 0
			}
			return 42001
		}
	}
	return 40001
}

// Revoke makes every token given out so far bad, as a forced refresh elsewhere does.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = nil
}

// Fetched is how often a token was given out.
func (s *Server) Fetched() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetched
}

type code struct {
	openid string
	until  time.Time
	used   bool
}

// Login is what wx.login gives in the mini-program: a code for the user, good for five minutes and once.
func (s *Server) Login(openid string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := random(16)
	s.codes[c] = &code{openid: openid, until: s.o.Now().Add(5 * time.Minute)}
	return c
}

func (s *Server) session(r *http.Request) any {
	q := r.URL.Query()
	c := s.codes[q.Get("js_code")]
	switch {
	case q.Get("appid") != s.o.AppID:
		return refuse(40013)
	case q.Get("secret") != s.o.Secret:
		return refuse(40125)
	case q.Get("grant_type") != "authorization_code":
		return refuse(40002)
	case c == nil || !s.o.Now().Before(c.until):
		return refuse(40029)
	case c.used:
		return refuse(40163)
	}
	c.used = true
	return map[string]any{"openid": c.openid, "session_key": random(16), "unionid": "u" + c.openid}
}

func (s *Server) send(body []byte) (any, func()) {
	var in struct {
		To   string `json:"touser"`
		Type string `json:"msgtype"`
		Text *struct {
			Content string `json:"content"`
		} `json:"text"`
		Menu *struct {
			Head string `json:"head_content"`
			List []struct {
				ID      string `json:"id"`
				Content string `json:"content"`
			} `json:"list"`
			Tail string `json:"tail_content"`
		} `json:"msgmenu"`
		AI *struct {
			Is int `json:"is_ai_msg"`
		} `json:"aimsgcontext"`
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return refuse(47001), nil
	}
	m := Sent{To: in.To, At: s.o.Now(), AI: in.AI != nil && in.AI.Is == 1}
	switch {
	case in.Type == "text" && in.Text != nil && in.Menu == nil:
		m.Text = in.Text.Content
	case in.Type == "msgmenu" && in.Menu != nil && in.Text == nil:
		if s.o.NoMenus {
			return refuse(45162), nil
		}
		m.Text, m.Tail = in.Menu.Head, in.Menu.Tail
		for _, i := range in.Menu.List {
			m.Menu = append(m.Menu, Item{i.ID, i.Content})
		}
	default:
		return refuse(40008), nil
	}
	if strings.TrimSpace(m.Shown()) == "" || !utf8.ValidString(m.Shown()) {
		return refuse(44004), nil
	}
	if len(m.Shown()) > maxTextBytes {
		return refuse(45002), nil
	}
	if c := s.spend(in.To); c != 0 {
		return refuse(c), nil
	}
	m.N = len(s.sent) + 1
	s.sent = append(s.sent, m)
	var done func()
	if s.o.OnSend != nil {
		done = func() { s.o.OnSend(m) }
	}
	return map[string]any{"errcode": 0, "errmsg": "ok"}, done
}

// spend takes one send of the user's quota; 0, or why there is none.
func (s *Server) spend(openid string) int {
	u := s.users[openid]
	if u == nil {
		return 40003
	}
	now := s.o.Now()
	had := len(u.said) + len(u.entered)
	u.said = slices.DeleteFunc(u.said, func(t time.Time) bool { return now.Sub(t) > messageLife })
	u.entered = slices.DeleteFunc(u.entered, func(t time.Time) bool { return now.Sub(t) > entryLife })
	switch {
	case len(u.entered) > 0:
		u.entered = u.entered[1:]
	case len(u.said) > 0:
		u.said = u.said[1:]
	case u.spent && had == 0:
		return 45047
	default:
		return 45015
	}
	u.spent = true
	return 0
}

func (s *Server) typing(body []byte) (any, func()) {
	var in struct {
		To      string `json:"touser"`
		Command string `json:"command"`
	}
	if json.Unmarshal(body, &in) != nil || in.Command != "Typing" && in.Command != "CancelTyping" {
		return refuse(47001), nil
	}
	if s.users[in.To] == nil {
		return refuse(45080), nil
	}
	s.typings[in.To]++
	var done func()
	if s.o.OnTyping != nil {
		done = func() { s.o.OnTyping(in.To) }
	}
	return map[string]any{"errcode": 0, "errmsg": "ok"}, done
}

// Typings is how often typing was shown to a user.
func (s *Server) Typings(openid string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.typings[openid]
}

// Judge makes msg_sec_check say so of a user's texts: pass, review, risky, or unvisited for 61010.
func (s *Server) Judge(openid, verdict string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.verdicts[openid] = verdict
}

func (s *Server) check(body []byte) any {
	var in struct {
		Version int    `json:"version"`
		OpenID  string `json:"openid"`
		Scene   int    `json:"scene"`
		Content string `json:"content"`
	}
	if json.Unmarshal(body, &in) != nil || in.Version != 2 || in.Scene < 1 || in.Scene > 4 || in.OpenID == "" {
		return refuse(47001)
	}
	if utf8.RuneCountInString(in.Content) > 2500 {
		return refuse(40097)
	}
	verdict := s.verdicts[in.OpenID]
	switch verdict {
	case "":
		verdict = "pass"
	case "unvisited":
		return refuse(61010)
	}
	return map[string]any{"errcode": 0, "errmsg": "ok", "result": map[string]any{"suggest": verdict, "label": 100}}
}

func random(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}
