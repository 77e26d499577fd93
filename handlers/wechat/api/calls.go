package api

import (
	"context"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"
)

// MaxTextBytes is the longest text that Send takes (45002 above it).
const MaxTextBytes = 2048

// A Message is what a user gets in the customer-service chat: a text, or a menu with texts around it.
type Message struct {
	To   string // openid
	Text string // with a Menu: what stands above it
	Menu []Item // not served to every account: Class Menu
	Tail string // below a Menu
	AI   bool   // asks WeChat to show its own AI label
}

// An Item of a menu. A tap sends Text as a message of the user.
type Item struct {
	ID   string `json:"id"`
	Text string `json:"content"`
}

// Send sends one message (POST /cgi-bin/message/custom/send). Texts are cleaned (Clean).
func (c *Client) Send(ctx context.Context, m Message) error {
	type text struct {
		Content string `json:"content"`
	}
	type menu struct {
		Head string `json:"head_content"`
		List []Item `json:"list"`
		Tail string `json:"tail_content"`
	}
	type ai struct {
		Is int `json:"is_ai_msg"`
	}
	body := struct {
		To   string `json:"touser"`
		Type string `json:"msgtype"`
		Text *text  `json:"text,omitempty"`
		Menu *menu  `json:"msgmenu,omitempty"`
		AI   *ai    `json:"aimsgcontext,omitempty"`
	}{To: m.To, Type: "text"}
	if len(m.Menu) > 0 {
		body.Type, body.Menu = "msgmenu", &menu{Head: Clean(m.Text), Tail: Clean(m.Tail)}
		for _, i := range m.Menu {
			body.Menu.List = append(body.Menu.List, Item{ID: i.ID, Text: Clean(i.Text)})
		}
	} else {
		body.Text = &text{Clean(m.Text)}
	}
	if m.AI {
		body.AI = &ai{1}
	}
	return c.withToken(ctx, "send", "/cgi-bin/message/custom/send", body, new(reply))
}

// Typing shows that an answer is being written, for 15 seconds. Class Harmless says that it is shown already.
func (c *Client) Typing(ctx context.Context, openid string) error {
	return c.withToken(ctx, "typing", "/cgi-bin/message/custom/business/typing",
		map[string]string{"touser": openid, "command": "Typing"}, new(reply))
}

// A Login is who a login code belongs to. The session key is not given away: nothing here needs it.
type Login struct {
	OpenID  string
	UnionID string // empty without an open-platform account
}

// Session exchanges a login code (GET /sns/jscode2session), which is good for 5 minutes and once. Class BadCode: it is not good.
func (c *Client) Session(ctx context.Context, code string) (Login, error) {
	var got struct {
		reply
		OpenID  string `json:"openid"`
		UnionID string `json:"unionid"`
	}
	err := c.do(ctx, "jscode2session", http.MethodGet, "/sns/jscode2session", url.Values{"appid": {c.AppID}, "secret": {c.Secret},
		"js_code": {code}, "grant_type": {"authorization_code"}}, nil, &got)
	if err == nil && got.OpenID == "" {
		err = &Error{Call: "jscode2session", Class: Network, Status: 200, Delivered: MaybeDelivered}
	}
	if err != nil {
		return Login{}, err
	}
	return Login{got.OpenID, got.UnionID}, nil
}

// MaxCheckedRunes is the longest text that CheckText takes.
const MaxCheckedRunes = 2500

// A Verdict is what WeChat's content check says: pass, review or risky.
type Verdict string

// Verdicts.
const (
	Pass   Verdict = "pass"
	Review Verdict = "review"
	Risky  Verdict = "risky"
)

// Scenes of a text that is checked.
const (
	SceneProfile = 1
	SceneComment = 2
	SceneForum   = 3
	SceneSocial  = 4
)

// CheckText asks WeChat whether a text of the user may be shown (POST /wxa/msg_sec_check, version 2). What is above MaxCheckedRunes is not
// looked at. Class Unvisited: WeChat gives no verdict for this user now, the caller's own one counts.
func (c *Client) CheckText(ctx context.Context, openid, text string, scene int) (Verdict, error) {
	if utf8.RuneCountInString(text) > MaxCheckedRunes {
		text = string([]rune(text)[:MaxCheckedRunes])
	}
	var got struct {
		reply
		Result struct {
			Suggest Verdict `json:"suggest"`
		} `json:"result"`
	}
	err := c.withToken(ctx, "msg_sec_check", "/wxa/msg_sec_check",
		map[string]any{"version": 2, "openid": openid, "scene": scene, "content": Clean(text)}, &got)
	if err != nil {
		return "", err
	}
	switch got.Result.Suggest {
	case Pass, Review, Risky:
		return got.Result.Suggest, nil
	}
	return "", &Error{Call: "msg_sec_check", Class: Network, Status: 200, Delivered: MaybeDelivered}
}

// Clock is WeChat's time, from the Date of a reply; with it an operator sees whether this machine's clock is right.
func (c *Client) Clock(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	base := c.BaseURL
	if base == "" {
		base = DefaultURL
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", nil)
	if err != nil {
		return time.Time{}, err
	}
	res, err := c.client().Do(r)
	if err != nil {
		return time.Time{}, &Error{Call: "clock", Class: Network, cause: withoutURL(err)}
	}
	defer res.Body.Close()
	return http.ParseTime(res.Header.Get("Date"))
}
