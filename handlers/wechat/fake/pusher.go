package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Pusher is the platform towards one webhook. Fill its fields before use.
type Pusher struct {
	URL    string // of the webhook, with the channel
	Token  string
	AESKey string // 43 characters; of modes compatible and safe
	AppID  string
	Mode   string // plain, compatible or safe
	Format string // json or xml

	Server   *Server          // is told of what users did, once a message was acknowledged or given up; nil: nobody
	HTTP     *http.Client     // nil is http.DefaultClient
	Now      func() time.Time // nil is time.Now
	Patience time.Duration    // for an acknowledgement; 0 is 5 s, after which WeChat repeats
	Repeats  int              // how often what was not acknowledged is sent again; 0 is 3, below 0 never
}

// A Message is what the platform pushes: a user's message, or an event.
type Message struct {
	OpenID      string
	Type        string // text, image, miniprogrampage, event, or anything else
	Content     string // of a text
	MsgID       uint64 // not of events
	MsgIDText   bool   // JSON: as a string
	Event       string
	SessionFrom string
	CreateTime  int64             // seconds; 0 is now
	More        map[string]string // other fields
}

// An Ack is how the webhook answered in the end.
type Ack struct {
	Tries    int
	Status   int
	Body     string
	Transfer bool // it asked for a person
}

// Errors of Push. Both come with the last Ack.
var (
	ErrNotAcknowledged = errors.New("fake wechat: not acknowledged, and given up")
	ErrBadReply        = errors.New("fake wechat: a reply that is neither success nor one that WeChat knows")
)

func (p *Pusher) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

func (p *Pusher) client() *http.Client {
	if p.HTTP != nil {
		return p.HTTP
	}
	return http.DefaultClient
}

// Verify is what the console does when the address is saved: GET with a random echostr that must come back as it is.
func (p *Pusher) Verify(ctx context.Context) error {
	echo := random(10)
	q := p.signed()
	q.Set("echostr", echo)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	res, err := p.client().Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || string(body) != echo {
		return fmt.Errorf("fake wechat: verification: HTTP %d, %d bytes instead of the echostr", res.StatusCode, len(body))
	}
	return nil
}

// Push sends a message until it is acknowledged, at most Repeats times again.
func (p *Pusher) Push(ctx context.Context, m Message) (Ack, error) {
	if m.CreateTime == 0 {
		m.CreateTime = p.now().Unix()
	}
	if p.Server != nil { // before: an answer may be sent before the acknowledgement is read
		if m.Type == "event" {
			p.Server.UserEntered(m.OpenID)
		} else {
			p.Server.UserSaid(m.OpenID)
		}
	}
	repeats := p.Repeats
	if repeats == 0 {
		repeats = 3
	}
	var ack Ack
	for try := 0; ; try++ {
		var err error
		ack, err = p.once(ctx, m)
		ack.Tries = try + 1
		if err == nil || errors.Is(err, ErrBadReply) || ctx.Err() != nil {
			return ack, err
		}
		if try >= repeats {
			return ack, fmt.Errorf("%w: %w", ErrNotAcknowledged, err)
		}
	}
}

func (p *Pusher) once(ctx context.Context, m Message) (Ack, error) {
	patience := p.Patience
	if patience <= 0 {
		patience = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := p.Request(ctx, m)
	if err != nil {
		return Ack{}, err
	}
	res, err := p.client().Do(r)
	if err != nil {
		return Ack{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return Ack{}, err
	}
	ack := Ack{Status: res.StatusCode, Body: string(body)}
	if res.StatusCode != http.StatusOK {
		return ack, fmt.Errorf("HTTP %d", res.StatusCode)
	}
	if len(body) == 0 || string(body) == "success" {
		return ack, nil
	}
	if ack.Transfer, err = p.transfer(body, m); err != nil {
		return ack, fmt.Errorf("%w: %w", ErrBadReply, err)
	}
	return ack, nil
}

// transfer understands the only reply but success that mini-programs have: a hand-over to a person.
func (p *Pusher) transfer(body []byte, m Message) (bool, error) {
	if p.Mode != "plain" {
		var e struct {
			Encrypt, MsgSignature, Nonce string
			TimeStamp                    string
		}
		if err := xml.Unmarshal(body, &e); err != nil {
			return false, fmt.Errorf("no XML: %w", err)
		}
		if sign(p.Token, e.TimeStamp, e.Nonce, e.Encrypt) != e.MsgSignature {
			return false, errors.New("wrong signature")
		}
		var appid string
		var err error
		if body, appid, err = Open(p.AESKey, e.Encrypt); err != nil || appid != p.AppID {
			return false, fmt.Errorf("cannot be decrypted for this appid: %w", err)
		}
	}
	var t struct {
		ToUserName, FromUserName, MsgType string
		CreateTime                        int64
	}
	if err := xml.Unmarshal(body, &t); err != nil {
		return false, fmt.Errorf("no XML inside: %w", err)
	}
	if t.MsgType != "transfer_customer_service" || t.ToUserName != m.OpenID || t.CreateTime == 0 {
		return false, fmt.Errorf("type %q", t.MsgType)
	}
	if m.Type == "event" {
		return false, errors.New("events cannot be handed over")
	}
	return true, nil
}

// Request is the POST of a message, for tests that change it.
func (p *Pusher) Request(ctx context.Context, m Message) (*http.Request, error) {
	inner := p.inner(m)
	q := p.signed()
	q.Set("openid", m.OpenID)
	body := inner
	if p.Mode != "plain" {
		sealed, err := Seal(p.AESKey, p.AppID, random(8), inner)
		if err != nil {
			return nil, err
		}
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", sign(p.Token, q.Get("timestamp"), q.Get("nonce"), sealed))
		body = p.envelope(sealed, inner)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "text/xml") // whatever the format is: WeChat says so
	return r, nil
}

// signed are the query fields of every request.
func (p *Pusher) signed() url.Values {
	timestamp, nonce := strconv.FormatInt(p.now().Unix(), 10), random(5)
	return url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {sign(p.Token, timestamp, nonce)}}
}

func (p *Pusher) inner(m Message) []byte {
	fields := [][2]string{{"ToUserName", "gh_fake"}, {"FromUserName", m.OpenID}, {"CreateTime", strconv.FormatInt(m.CreateTime, 10)}, {"MsgType", m.Type}}
	if m.Type == "text" {
		fields = append(fields, [2]string{"Content", m.Content})
	}
	if m.Type == "event" {
		fields = append(fields, [2]string{"Event", m.Event}, [2]string{"SessionFrom", m.SessionFrom})
	} else {
		fields = append(fields, [2]string{"MsgId", strconv.FormatUint(m.MsgID, 10)})
	}
	for name, value := range m.More {
		fields = append(fields, [2]string{name, value})
	}
	if p.Format == "xml" {
		return asXML(fields)
	}
	return asJSON(fields, m.MsgIDText)
}

func (p *Pusher) envelope(sealed string, inner []byte) []byte {
	fields := [][2]string{{"ToUserName", "gh_fake"}, {"Encrypt", sealed}}
	if p.Format == "xml" {
		body := asXML(fields)
		if p.Mode == "compatible" { // both forms in one body
			body = append(bytes.TrimSuffix(inner, []byte("</xml>")), bytes.TrimPrefix(asXML(fields[1:]), []byte("<xml>"))...)
		}
		return body
	}
	body := asJSON(fields, false)
	if p.Mode == "compatible" {
		body = append(append(bytes.TrimSuffix(inner, []byte("}")), ','), asJSON(fields[1:], false)[1:]...)
	}
	return body
}

func asXML(fields [][2]string) []byte {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, f := range fields {
		value := "<![CDATA[" + strings.ReplaceAll(f[1], "]]>", "]]]]><![CDATA[>") + "]]>"
		if f[0] == "CreateTime" || f[0] == "MsgId" {
			value = f[1]
		}
		b.WriteString("<" + f[0] + ">" + value + "</" + f[0] + ">")
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

func asJSON(fields [][2]string, idText bool) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		value, _ := json.Marshal(f[1]) // strings: cannot fail
		if f[0] == "CreateTime" || f[0] == "MsgId" && !idText {
			value = []byte(f[1])
		}
		fmt.Fprintf(&b, "%q:%s", f[0], value)
	}
	b.WriteByte('}')
	return b.Bytes()
}
