package wechat

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wenda/rag"
	"wenda/store"
)

// Prefix is where the webhooks are: Prefix/CHANNEL.
const Prefix = "/webhook/wechat"

// maxBody is the largest body of message push (PROTOCOL.md 3).
const maxBody = 64 << 10

// Kinds of messages in the queue.
const (
	kindText    = "text"
	kindLong    = "long"    // a text above rag.MaxRunes
	kindMedia   = "media"   // an image or a card
	kindWelcome = "welcome" // the chat was opened
	kindBusy    = string(store.WeChatBusy)
	kindOver    = string(store.WeChatOver)
)

// Reasons why a request is not taken, for metrics and logs. Who sent it is told none of them.
const (
	whyMode      = "mode"
	whySignature = "signature"
	whyTimestamp = "timestamp"
	whyBody      = "body"
	whyPadding   = "padding"
	whyAppID     = "appid"
	whyLarge     = "large"
)

// ServeHTTP is GET and POST Prefix/CHANNEL.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l, ok := s.lines[strings.TrimPrefix(r.URL.Path, Prefix+"/")]
	switch {
	case !ok:
		http.NotFound(w, r)
	case r.Method == http.MethodGet:
		s.verification(w, r, l)
	case r.Method == http.MethodPost:
		s.push(w, r, l)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// verification proves to the console that the address is ours (PROTOCOL.md 1).
func (s *Service) verification(w http.ResponseWriter, r *http.Request, l *line) {
	q, now := r.URL.Query(), s.Now()
	_, signed := l.keys.at(now).signed(q.Get("signature"), q.Get("timestamp"), q.Get("nonce"))
	switch fresh := s.fresh(q.Get("timestamp"), now); {
	case !signed:
		s.refuse(w, r, l, whySignature)
	case !fresh:
		s.refuse(w, r, l, whyTimestamp)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, q.Get("echostr")) // the caller may be gone
	}
}

// refuse is the one answer to everything that is not WeChat's.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, l *line, reason string) {
	s.metrics.refused.WithLabelValues(l.Name, reason).Inc()
	s.Log.Warn("wechat request refused", "channel", l.Name, "reason", reason, "request_id", s.RequestID(r.Context()))
	http.Error(w, "forbidden", http.StatusForbidden)
}

func (s *Service) fresh(timestamp string, now time.Time) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return false
	}
	apart := now.Sub(time.Unix(seconds, 0))
	return max(apart, -apart) <= s.Times.Skew
}

// push takes a message in. Nothing here asks a model or calls WeChat (PROTOCOL.md 8).
func (s *Service) push(w http.ResponseWriter, r *http.Request, l *line) {
	started := s.Now()
	ctx, cancel := context.WithTimeout(r.Context(), s.Times.Accept)
	defer cancel()
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.Times.Accept)) // a recorder in tests has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		s.metrics.refused.WithLabelValues(l.Name, whyLarge).Inc()
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	q := r.URL.Query()
	p, reason := s.verify(l, q, body)
	if reason != "" {
		s.refuse(w, r, l, reason)
		return
	}
	m, verdict, err := s.accept(ctx, l, q, p.message)
	took := s.Now().Sub(started)
	attrs := []any{"channel", l.Name, "session", who(m.Session), "msg_id", p.message.msgID, "type", typeOf(p.message), "bytes", len(body),
		"took_ms", took.Milliseconds(), "request_id", m.RequestID}
	if err != nil {
		s.metrics.intake.WithLabelValues(l.Name, "failed").Inc()
		s.Log.Error("wechat message not accepted", append(attrs, "error", err.Error())...)
		http.Error(w, "try again", http.StatusInternalServerError)
		return
	}
	s.metrics.intake.WithLabelValues(l.Name, string(verdict)).Inc()
	s.metrics.acknowledged.WithLabelValues(l.Name).Observe(took.Seconds())
	s.Log.Info("wechat message", append(attrs, "verdict", string(verdict), "queued", m.N)...)
	if verdict == store.WeChatAccepted && m.Kind == kindText && s.handsOver(l, p.message.content) != "" {
		s.transfer(w, l, p)
		return
	}
	_, _ = io.WriteString(w, "success")
}

// who is a session for logs: long enough to tell users apart, and no key to anything.
func who(session string) string { return session[:min(12, len(session))] }

// typeOf is the type for logs and metrics: a word that we know, for WeChat may send anything.
func typeOf(m pushed) string {
	switch {
	case m.kind == "event" && m.event == "user_enter_tempsession":
		return m.event
	case m.kind == "event":
		return "other event"
	case m.kind == "text" || m.kind == "image" || m.kind == "miniprogrampage":
		return m.kind
	}
	return "other"
}

// A proven message is one that WeChat sent, with the key and token that showed it.
type proven struct {
	message pushed
	key     key
	token   string
}

// verify returns why a request is not WeChat's, or empty. All steps are always taken, so that no failure is told by its time: a body
// that is not signed is decrypted as well, and the reason is chosen at the end.
func (s *Service) verify(l *line, q url.Values, body []byte) (proven, string) {
	now := s.Now()
	ring := l.keys.at(now)
	timestamp, nonce := q.Get("timestamp"), q.Get("nonce")
	outer, errOuter := parseEnvelope(body)
	if l.Mode == Plain {
		token, signed := ring.signed(q.Get("signature"), timestamp, nonce)
		message, err := outer.message()
		return proven{message: message, token: token}, reasonOf(true, signed, s.fresh(timestamp, now), errors.Join(errOuter, err), nil)
	}
	sealed := outer["Encrypt"]
	token, signed := ring.signed(q.Get("msg_signature"), timestamp, nonce, sealed)
	plain, with, errSealed := ring.opened(sealed)
	inner, errInner := parseEnvelope(plain)
	message, err := inner.message()
	if errSealed != nil {
		errInner, err = nil, nil // said by errSealed
	}
	return proven{message, with, token}, reasonOf(q.Get("encrypt_type") == "aes", signed, s.fresh(timestamp, now), errors.Join(errOuter, errInner, err), errSealed)
}

func reasonOf(mode, signed, fresh bool, body, sealed error) string {
	switch {
	case !mode:
		return whyMode
	case !signed:
		return whySignature
	case !fresh:
		return whyTimestamp
	case errors.Is(sealed, errAppID):
		return whyAppID
	case sealed != nil:
		return whyPadding
	case body != nil:
		return whyBody
	}
	return ""
}

// accept puts a message into the queue. The request's and the message's keys and the message itself are one transaction (PROTOCOL.md 5 to 7).
func (s *Service) accept(ctx context.Context, l *line, q url.Values, p pushed) (store.WeChatMessage, store.WeChatVerdict, error) {
	now := s.Now()
	m := store.WeChatMessage{Channel: l.Name, Session: s.Vault.Session(l.Name, p.openID), MsgID: p.msgID, RequestID: s.RequestID(ctx),
		Accepted: now, OpenID: s.Vault.Seal("openid", []byte(p.openID))}
	duplicate := []string{"message", l.Name, p.msgID}
	switch {
	case p.kind == "event":
		duplicate = []string{"event", l.Name, p.openID, p.created, p.event}
	case p.msgID == "":
		duplicate = []string{"event", l.Name, p.openID, p.created, p.kind}
	}
	var body string
	switch typeOf(p) {
	case "text":
		m.Kind, body = kindText, p.content
		if utf8.RuneCountInString(body) > rag.MaxRunes {
			m.Kind, body = kindLong, ""
		}
	case "image", "miniprogrampage":
		m.Kind = kindMedia
	case "user_enter_tempsession":
		m.Kind = kindWelcome
	default: // nothing to answer
		s.metrics.unknown.WithLabelValues(l.Name).Inc()
		return m, "unknown", nil
	}
	m.Body = s.Vault.Seal("message", []byte(body))
	proof := q.Get("msg_signature")
	if l.Mode == Plain {
		proof = q.Get("signature")
	}
	if s.stopping.Load() {
		return m, "", errors.New("shutting down")
	}
	verdict, n, err := s.Store.AcceptWeChat(ctx, store.WeChatIntake{Message: m, Welcome: m.Kind == kindWelcome,
		Replay:    s.Vault.seenKey("request", l.Name, q.Get("timestamp"), q.Get("nonce"), proof),
		Duplicate: s.Vault.seenKey(duplicate...),
		Day:       now.In(china).Format(time.DateOnly),
		Limits: store.WeChatLimits{Queue: s.Queue, Waiting: l.Waiting, PerMinute: l.PerMinute, DayMessages: l.DayMessages,
			WelcomeEvery: s.Times.Welcome, ReplayFor: s.Times.Replay, SeenFor: s.Times.Seen}}, s.lanes.add) // in the order of acceptance
	if err != nil {
		return m, "", err
	}
	m.N = n
	return m, verdict, nil
}

// china is where a day's quota begins anew; the country has one time zone and no summer time.
var china = time.FixedZone("UTC+8", 8*60*60)

// handsOver reports that a message asks for a person (reply human), or is an emergency (reply emergency), in a channel that hands over
// (PROTOCOL.md 18); empty for all others.
func (s *Service) handsOver(l *line, text string) (reply string) {
	if !l.Transfer {
		return ""
	}
	route, _, ok := s.Prompts().Route(s.Script.ToSimplified(strings.TrimSpace(text)))
	if ok && (route.Reply == "human" || route.Reply == "emergency") {
		return route.Reply
	}
	return ""
}

// transfer asks WeChat, in the reply to the message, to give it to a person. The reply is encrypted with the key that decrypted.
func (s *Service) transfer(w http.ResponseWriter, l *line, p proven) {
	s.metrics.handovers.WithLabelValues(l.Name, "transfer").Inc()
	now := strconv.FormatInt(s.Now().Unix(), 10)
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, f := range [][2]string{{"ToUserName", p.message.openID}, {"FromUserName", p.message.to}, {"CreateTime", now}, {"MsgType", "transfer_customer_service"}} {
		b.WriteString("<" + f[0] + ">")
		_ = xml.EscapeText(&b, []byte(f[1])) // a Buffer takes everything
		b.WriteString("</" + f[0] + ">")
	}
	b.WriteString("</xml>")
	reply := b.Bytes()
	if l.Mode != Plain {
		reply = sealReply(p.key, p.token, l.AppID, reply, now, strconv.FormatUint(uint64(s.Now().UnixNano()), 36))
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(reply) // the caller may be gone
}
