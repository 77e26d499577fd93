package wechat

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestVectors(t *testing.T) {
	v := vectors(t)
	for _, id := range []string{"V1", "V2", "V3"} {
		if got := signature(v[id].Token, v[id].Timestamp, v[id].Nonce); got != v[id].Signature {
			t.Errorf("%s: signature %s, want %s", id, got, v[id].Signature)
		}
	}
	checked := 0
	for id, x := range v {
		if x.Key == "" {
			continue
		}
		k, err := newKey(Secret(x.Key))
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		sealed, appid := x.Encrypt+x.Echostr, x.AppID+x.ReceiveID
		if x.MsgSignature != "" {
			if got := signature(x.Token, x.Timestamp, x.Nonce, sealed); got != x.MsgSignature {
				t.Errorf("%s: msg_signature %s, want %s", id, got, x.MsgSignature)
			}
		}
		plain, err := k.open(sealed, appid)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		checked++
		if want := x.Msg + x.Plain; want != "" && string(plain) != want {
			t.Errorf("%s: got %q, want %q", id, plain, want)
		}
		if x.Msg == "" && x.Plain == "" {
			if _, err := parseEnvelope(plain); err != nil {
				t.Errorf("%s: %q: %v", id, plain, err)
			}
		}
		if x.Random != "" && x.Msg != "" {
			if got := k.seal([]byte(x.Random), []byte(x.Msg), appid); got != x.Encrypt {
				t.Errorf("%s: sealed %s, want %s", id, got, x.Encrypt)
			}
		}
		if _, err := k.open(sealed, appid+"x"); err != errAppID {
			t.Errorf("%s for another appid: %v", id, err)
		}
	}
	if checked < 7 {
		t.Fatalf("only %d vectors", checked)
	}
}

// The published pushes of V1 (GET), V3 and V5 (POST) through the whole handler, at their times.
func TestVectorsThroughTheWebhook(t *testing.T) {
	v := vectors(t)
	for _, id := range []string{"V1", "V3", "V5"} {
		x := v[id]
		values := map[string]string{"token": x.Token, "appid": "wxba5fad812f8e6fb9", "aes-key": strings.Repeat("A", 43)}
		if x.AppID != "" {
			values["appid"] = x.AppID
		}
		s := newSite(t, setup{values: values, idle: true})
		seconds, err := strconv.ParseInt(x.Timestamp, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s.clock.at.Store(time.Unix(seconds+20, 0).UnixNano())
		q := url.Values{"timestamp": {x.Timestamp}, "nonce": {x.Nonce}, "signature": {x.Signature}}
		var r *http.Request
		want := "success"
		if id == "V1" {
			q.Set("echostr", x.Echostr)
			want = x.Echostr
			r, err = http.NewRequest(http.MethodGet, s.URL+"?"+q.Encode(), nil)
		} else {
			q.Set("encrypt_type", "aes")
			q.Set("msg_signature", x.MsgSignature)
			body := `{"ToUserName":"gh","Encrypt":"` + x.Encrypt + `"}`
			if id == "V5" {
				body = "<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[" + x.Encrypt + "]]></Encrypt></xml>"
			}
			r, err = http.NewRequest(http.MethodPost, s.URL+"?"+q.Encode(), strings.NewReader(body))
		}
		if err != nil {
			t.Fatal(err)
		}
		if code, body := s.do(r); code != 200 || body != want {
			t.Errorf("%s: %d %q, want %q\n%s", id, code, body, want, s.log)
		}
	}
}
