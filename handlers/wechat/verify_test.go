package wechat

import (
	"bytes"
	"context"
	"crypto/cipher"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"wenda/handlers/wechat/fake"
)

// do sends a request to the webhook and reads the reply.
func (s *site) do(r *http.Request) (int, string) {
	s.t.Helper()
	res, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func (s *site) request(m fake.Message) *http.Request {
	s.t.Helper()
	if m.CreateTime == 0 {
		m.CreateTime = s.clock.Now().Unix()
	}
	r, err := s.Request(context.Background(), m)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func hello(n int) fake.Message {
	return fake.Message{OpenID: user(n), Type: "text", Content: contentMark + "问", MsgID: uint64(n)}
}

func TestPoint01Verification(t *testing.T) {
	for _, mode := range []string{"plain", "compatible", "safe"} {
		s := newSite(t, setup{values: map[string]string{"mode": mode}, idle: true})
		if err := s.Verify(t.Context()); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
	}
	s := newSite(t, setup{idle: true})
	stamp := strconv.FormatInt(s.clock.Now().Unix(), 10)
	get := func(signature, echo string) (int, string, http.Header) {
		res, err := s.http.Client().Get(s.URL + "?" + url.Values{"timestamp": {stamp}, "nonce": {"1"}, "signature": {signature}, "echostr": {echo}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(b), res.Header
	}
	good := fake.Sign(theToken, stamp, "1")
	if code, body, h := get(good, "<b>7</b>"); code != 200 || body != "<b>7</b>" || !strings.HasPrefix(h.Get("Content-Type"), "text/plain") {
		t.Errorf("good: %d %q %s", code, body, h)
	}
	for name, bad := range map[string]string{"empty": "", "upper case": strings.ToUpper(good), "one digit": "0" + good[1:] + "0", "other token": fake.Sign("x", stamp, "1")} {
		if code, body, _ := get(bad, "echo"); code != 403 || strings.Contains(body, "echo") {
			t.Errorf("%s: %d %q", name, code, body)
		}
	}
	res, err := s.http.Client().Get(s.http.URL + Prefix + "/nobody")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 404 {
		t.Errorf("unknown channel: %d", res.StatusCode)
	}
	r, _ := http.NewRequest(http.MethodPut, s.URL, nil)
	if code, _ := s.do(r); code != 405 {
		t.Errorf("PUT: %d", code)
	}
}

func TestPoint02ModeIsTheServersSetting(t *testing.T) {
	for _, mode := range []string{"plain", "compatible", "safe"} {
		for _, format := range []string{"json", "xml"} {
			s := newSite(t, setup{values: map[string]string{"mode": mode, "format": format}})
			s.say(user(1), contentMark+"问")
			s.wantTexts(user(1), contentMark+"答：密问")

			// a body in the clear, signed as mode plain does, and one without its msg_signature
			r := s.request(hello(2))
			q := r.URL.Query()
			q.Del("msg_signature")
			r.URL.RawQuery = q.Encode()
			plain := *s.Pusher
			plain.Mode = "plain"
			clear, err := plain.Request(t.Context(), hello(3))
			if err != nil {
				t.Fatal(err)
			}
			for name, r := range map[string]*http.Request{"no msg_signature": r, "in the clear": clear} {
				code, _ := s.do(r)
				if want := map[bool]int{true: 200, false: 403}[mode == "plain" && name == "in the clear"]; mode != "plain" && code != want {
					t.Errorf("%s %s, %s: %d, want %d", mode, format, name, code, want)
				}
			}
			if mode != "plain" {
				s.wantMetric("refused_total{channel=main,reason=mode} 1")
				s.wantMetric("refused_total{channel=main,reason=signature} 1")
			}
		}
	}
	// encrypt_type decides nothing by itself
	s := newSite(t, setup{idle: true})
	for _, kind := range []string{"", "raw", "AES"} {
		r := s.request(hello(1))
		q := r.URL.Query()
		q.Set("encrypt_type", kind)
		r.URL.RawQuery = q.Encode()
		if code, _ := s.do(r); code != 403 {
			t.Errorf("encrypt_type %q: %d", kind, code)
		}
	}
}

// forged is a request in mode safe with a body of the test's own, signed as WeChat would.
func (s *site) forged(body, sealed string) *http.Request {
	s.t.Helper()
	stamp := strconv.FormatInt(s.clock.Now().Unix(), 10)
	nonce := strconv.FormatUint(s.ids.Add(1), 10)
	q := url.Values{"timestamp": {stamp}, "nonce": {nonce}, "encrypt_type": {"aes"}, "signature": {fake.Sign(theToken, stamp, nonce)},
		"msg_signature": {fake.Sign(theToken, stamp, nonce, sealed)}}
	r, err := http.NewRequest(http.MethodPost, s.URL+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func TestPoint03Bodies(t *testing.T) {
	s := newSite(t, setup{idle: true})
	seal := func(key, appid, message string) string {
		out, err := fake.Seal(key, appid, "0123456789abcdef", []byte(message))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	raw := func(plain []byte) string {
		out, err := fake.SealRaw(theAESKey, plain)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	inner := `{"ToUserName":"gh","FromUserName":"` + user(1) + `","CreateTime":1,"MsgType":"text","Content":"密问","MsgId":5}`
	// all of it right but one byte of the padding
	odd := append(append([]byte("0123456789abcdef"), 0, 0, 0, byte(len(inner))), inner+theAppID...)
	pad := byte(32 - len(odd)%32)
	if pad < 2 {
		t.Fatal("the message has no padding to spoil")
	}
	odd = append(odd, bytes.Repeat([]byte{pad}, int(pad))...)
	odd[len(odd)-int(pad)] ^= 1
	block := append([]byte("0123456789abcdef"), make([]byte, 16)...)
	bomb := `<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`
	type attempt struct{ body, sealed, reason string }
	wrapped := func(sealed string) string { return `{"Encrypt":"` + sealed + `"}` }
	outer := func(sealed, reason string) attempt { return attempt{wrapped(sealed), sealed, reason} }
	good := seal(theAESKey, theAppID, inner)
	// what cannot be parsed has no Encrypt, and so no signature that could be right
	attempts := map[string]attempt{
		"wrong appid":       outer(seal(theAESKey, "wxother00000000", inner), "appid"),
		"appid cut":         outer(seal(theAESKey, theAppID[:5], inner), "appid"),
		"wrong key":         outer(seal(oldAESKey, theAppID, inner), "padding"),
		"padding nought":    outer(raw(block), "padding"),
		"padding 33":        outer(raw(bytes.Repeat([]byte{33}, 64)), "padding"),
		"padding uneven":    outer(raw(append(bytes.Repeat([]byte{7}, 63), 8)), "padding"),
		"padding mixed":     outer(raw(odd), "padding"),
		"length too long":   outer(raw(append(append([]byte("0123456789abcdef"), 255, 255, 255, 255), bytes.Repeat([]byte{12}, 12)...)), "padding"),
		"only padding":      outer(raw(bytes.Repeat([]byte{32}, 32)), "padding"),
		"no base64":         outer("!!!!", "padding"),
		"nothing":           outer("", "padding"),
		"half a block":      outer("AAAA", "padding"),
		"inner not JSON":    outer(seal(theAESKey, theAppID, "hello"), "body"),
		"inner twice":       outer(seal(theAESKey, theAppID, strings.Replace(inner, "{", `{"MsgType":"image",`, 1)), "body"),
		"inner DTD":         outer(seal(theAESKey, theAppID, bomb+"<xml><MsgType>text</MsgType></xml>"), "body"),
		"no sender":         outer(seal(theAESKey, theAppID, `{"MsgType":"text"}`), "body"),
		"odd sender":        outer(seal(theAESKey, theAppID, strings.Replace(inner, user(1), "a<b", 1)), "body"),
		"MsgId no number":   outer(seal(theAESKey, theAppID, strings.Replace(inner, `:5}`, `:"x"}`, 1)), "body"),
		"MsgId an object":   outer(seal(theAESKey, theAppID, strings.Replace(inner, `:5}`, `:{}}`, 1)), "body"),
		"Encrypt twice":     {`{"Encrypt":"` + good + `","Encrypt":"` + good + `"}`, good, "signature"},
		"Encrypt twice XML": {"<xml><Encrypt>" + good + "</Encrypt><Encrypt>" + good + "</Encrypt></xml>", good, "signature"},
		"encrypt":           {`{"encrypt":"` + good + `"}`, good, "signature"},
		"DTD":               {bomb + "<xml><Encrypt>" + good + "</Encrypt></xml>", good, "signature"},
		"entity":            {"<xml><Encrypt>&b;</Encrypt></xml>", "&b;", "signature"},
		"two objects":       {wrapped(good) + wrapped(good), good, "signature"},
		"neither":           {"Encrypt=" + good, good, "signature"},
		"empty":             {"", good, "signature"},
		"not UTF-8":         {"{\"Encrypt\":\"\xff\"}", good, "signature"},
	}
	var first string
	for name, a := range attempts {
		before := s.metrics()
		code, body := s.do(s.forged(a.body, a.sealed))
		if first == "" {
			first = body
		}
		if code != 403 || body != first {
			t.Errorf("%s: %d %q, want 403 and the same words for all (%q)", name, code, body, first)
		}
		if !counted(before, s.metrics(), a.reason) {
			t.Errorf("%s: not counted as %s\n%s", name, a.reason, s.metrics())
		}
	}
	if code, body := s.do(s.forged(wrapped(good), good)); code != 200 || body != "success" {
		t.Errorf("the good one: %d %q", code, body)
	}
	// 64 KiB and not a byte more
	filled := func(n int) string { return `{"x":"` + strings.Repeat("y", n-len(`{"x":""}`)) + `"}` }
	if code, _ := s.do(s.forged(filled(64<<10), "")); code != 403 {
		t.Errorf("64 KiB: %d", code)
	}
	if code, _ := s.do(s.forged(filled(64<<10+1), "")); code != 413 {
		t.Errorf("above: %d", code)
	}
	r := s.forged("", "")
	r.Body, r.ContentLength = io.NopCloser(io.LimitReader(endless{}, 10<<20)), -1 // chunked
	if code, _ := s.do(r); code != 413 {
		t.Errorf("chunked: %d", code)
	}
}

// counted reports that the counter of a reason went up.
func counted(before, after, reason string) bool {
	line := func(text string) string {
		for l := range strings.Lines(text) {
			if strings.Contains(l, "refused_total") && strings.Contains(l, "reason="+reason+"}") {
				return l
			}
		}
		return ""
	}
	return line(before) != line(after)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// The same number of decryptions whatever is wrong: no failure can be told by its time.
func TestPoint03OneTimingClass(t *testing.T) {
	s := newSite(t, setup{idle: true})
	l := s.service.lines["main"]
	good := s.request(hello(1))
	body, err := io.ReadAll(good.Body)
	if err != nil {
		t.Fatal(err)
	}
	counting := &countingBlock{Block: l.keys.keys[0].block}
	l.keys.keys[0].block = counting
	work := func(change func(q url.Values)) int {
		counting.n = 0
		q := good.URL.Query()
		change(q)
		s.service.verify(l, q, body)
		return counting.n
	}
	want := work(func(url.Values) {})
	if want == 0 {
		t.Fatal("nothing is decrypted")
	}
	for name, change := range map[string]func(url.Values){
		"signature": func(q url.Values) { q.Set("msg_signature", "0") }, "timestamp": func(q url.Values) { q.Set("timestamp", "1") },
		"mode": func(q url.Values) { q.Del("encrypt_type") }} {
		if got := work(change); got != want {
			t.Errorf("wrong %s: %d blocks are decrypted, want %d", name, got, want)
		}
	}
}

// A countingBlock counts what it decrypts.
type countingBlock struct {
	cipher.Block
	n int
}

func (c *countingBlock) Decrypt(dst, src []byte) { c.n++; c.Block.Decrypt(dst, src) }

func TestPoint03FieldsOfBothFormats(t *testing.T) {
	want := pushed{openID: user(1), to: "gh_1", kind: "text", content: "a<b>&\n密", msgID: "18446744073709551615", created: "7"}
	for name, body := range map[string]string{
		"JSON":           `{"ToUserName":"gh_1","FromUserName":"` + user(1) + `","CreateTime":7,"MsgType":"text","Content":"a<b>\u0026\n密","MsgId":18446744073709551615,"More":{"x":[1]}}`,
		"MsgId a string": `{"ToUserName":"gh_1","FromUserName":"` + user(1) + `","CreateTime":"7","MsgType":"text","Content":"a<b>&\n密","MsgId":"18446744073709551615"}`,
		"XML": "<xml>\n<ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName>" + user(1) + "</FromUserName><CreateTime>7</CreateTime><MsgType>text</MsgType>" +
			"<Content>a&lt;b><![CDATA[&]]>\n密</Content><MsgId>18446744073709551615</MsgId><More><x>1</x></More></xml>",
	} {
		e, err := parseEnvelope([]byte(body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := e.message(); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestPoint04Timestamp(t *testing.T) {
	for _, c := range []struct {
		off  time.Duration
		want int
	}{{-300 * time.Second, 200}, {-301 * time.Second, 403}, {300 * time.Second, 200}, {301 * time.Second, 403}, {24 * time.Hour, 403}} {
		s := newSite(t, setup{idle: true})
		r := s.request(hello(1))
		s.clock.pass(c.off)
		if code, _ := s.do(r); code != c.want {
			t.Errorf("%v: %d, want %d", c.off, code, c.want)
		}
	}
	s := newSite(t, setup{idle: true})
	for _, stamp := range []string{"", "soon", "-5", "99999999999999999999", "1e9"} {
		q := url.Values{"timestamp": {stamp}, "nonce": {"1"}, "signature": {fake.Sign(theToken, stamp, "1")}, "echostr": {"x"}}
		w := httptest.NewRecorder()
		s.service.ServeHTTP(w, httptest.NewRequest(http.MethodGet, Prefix+"/main?"+q.Encode(), nil))
		if w.Code != 403 {
			t.Errorf("timestamp %q: %d", stamp, w.Code)
		}
	}
}
