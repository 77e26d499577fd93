package wechat

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzSplit(f *testing.F) {
	f.Add("「标签」\n", strings.Repeat("今年新增学位2800个。[1]", 120), 300, 60)
	f.Add("", strings.Repeat("没有句号的长文", 900), 0, 0)
	f.Add("", strings.Repeat("见https://wenda.example.gov.cn/a/a_0123456789abcdef0123456789abcdef，", 60)+"甲；\n乙！丙？”[12][3]丁", 1500, 90)
	f.Add("头", "短", 10, 10)
	f.Fuzz(func(t *testing.T, head, body string, tail, more int) {
		if len(head) > 200 || tail < 0 || tail > maxTail || more < 0 || more > 200 || len(body) > 20000 || !utf8.ValidString(head+body) {
			return // no layout makes it
		}
		pieces, short := split(head, body, tail, more, maxPartBytes, maxParts)
		if len(pieces) == 0 || len(pieces) > maxParts {
			t.Fatalf("%d pieces", len(pieces))
		}
		joined := strings.Join(pieces, "")
		if !short && joined != head+body {
			t.Fatalf("text is lost: %q", pieces)
		}
		if !strings.HasPrefix(head+body, joined) || short && len(joined) == len(head+body) {
			t.Fatalf("cut short is no beginning: %q", pieces)
		}
		if !strings.HasPrefix(pieces[0], head) {
			t.Fatalf("the head is parted: %q", pieces[0])
		}
		at := len(head)
		for i, p := range pieces {
			limit := maxPartBytes
			if len(pieces) > 1 {
				limit -= counterBytes
			}
			if i == len(pieces)-1 {
				limit -= tail
				if short {
					limit -= more
				}
			}
			if len(p) > limit {
				t.Errorf("piece %d has %d bytes, at most %d", i, len(p), limit)
			}
			if !utf8.ValidString(p) {
				t.Errorf("piece %d parts a character", i)
			}
			if i == 0 {
				p = p[len(head):]
			}
			at += len(p)
			end := at - len(head)
			for _, w := range whole.FindAllStringIndex(body, -1) { // of those that fit into a piece
				if w[0] < end && end < w[1] && w[1]-w[0] < 200 {
					t.Errorf("%q is parted at %d", body[w[0]:w[1]], end-w[0])
				}
			}
		}
		for i, p := range numbered(pieces) {
			if strip(strings.TrimSuffix(p, "\n("+string(rune('1'+i))+"/"+string(rune('0'+len(pieces)))+")")) != strip(pieces[i]) {
				t.Errorf("numbering loses text: %q", p)
			}
		}
	})
}

func strip(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(`{"ToUserName":"gh","FromUserName":"o1","CreateTime":1,"MsgType":"text","Content":"问","MsgId":"5"}`))
	f.Add([]byte(`<xml><FromUserName><![CDATA[o1]]></FromUserName><MsgType>event</MsgType><Event>x</Event><CreateTime>1</CreateTime></xml>`))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><xml><MsgType>&b;</MsgType></xml>`))
	f.Add([]byte(`{"Encrypt":"a","Encrypt":"b"}`))
	f.Add([]byte("<xml><a><a><a><a><a><a><a><a><a>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parseEnvelope(body)
		if err != nil {
			return
		}
		if body[0] != '{' && body[0] != '<' {
			t.Fatalf("%q is taken", body)
		}
		size := 0
		for name, value := range e {
			size += len(value)
			if !known[name] || !utf8.ValidString(value) {
				t.Errorf("%s: %q", name, value)
			}
		}
		if size > len(body) {
			t.Errorf("%d bytes came out of %d: something was expanded", size, len(body))
		}
		if m, err := e.message(); err == nil && (m.openID == "" || m.kind == "" || strings.ContainsAny(m.openID, "<>&\"' \n")) {
			t.Errorf("got %+v", m)
		}
	})
}

func FuzzDecrypt(f *testing.F) {
	k, err := newKey(theAESKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k.seal([]byte("0123456789abcdef"), []byte("问"), theAppID), "问")
	f.Add("AAAA", "")
	f.Add("jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==", "x")
	f.Fuzz(func(t *testing.T, sealed, message string) {
		if plain, err := k.open(sealed, theAppID); err == nil && len(plain) > len(sealed) {
			t.Errorf("%d bytes of %d", len(plain), len(sealed))
		}
		got, err := k.open(k.seal([]byte("0123456789abcdef"), []byte(message), theAppID), theAppID)
		if err != nil || string(got) != message {
			t.Errorf("got %q, %v, want %q", got, err, message)
		}
	})
}
