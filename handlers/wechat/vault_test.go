package wechat

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"wenda/handlers/wechat/fake"
)

func TestPoint20KeysRotate(t *testing.T) {
	s := newSite(t, setup{values: map[string]string{"previous-token": oldToken, "previous-aes-key": oldAESKey, "previous-until": "2026-11-26T10:00:00+08:00", "transfer": "true"}})
	old := *s.Pusher
	old.Token, old.AESKey = oldToken, oldAESKey
	for i, p := range []*fake.Pusher{s.Pusher, &old} { // the reply is sealed with the key that opened: Push checks that
		if err := p.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		ack, err := p.Push(t.Context(), fake.Message{OpenID: user(i), Type: "text", Content: "转人工", MsgID: uint64(i + 1)})
		if err != nil || !ack.Transfer {
			t.Errorf("key %d: %+v, %v", i, ack, err)
		}
	}
	mixed := *s.Pusher
	mixed.Token = oldToken // the console changes both, not always at once
	if _, err := mixed.Push(t.Context(), hello(7)); err != nil {
		t.Errorf("mixed: %v", err)
	}
	s.quiet()
	s.clock.pass(time.Hour) // it is ten
	if ack, err := old.Push(t.Context(), hello(8)); err == nil || ack.Status != 403 {
		t.Errorf("over: %+v, %v", ack, err)
	}
	if err := old.Verify(t.Context()); err == nil {
		t.Error("over: still verified")
	}
	if _, err := s.Push(t.Context(), hello(9)); err != nil {
		t.Errorf("the current ones: %v", err)
	}
}

// The vault and its key: made once, private, and useless for anything else.
func TestVault(t *testing.T) {
	s := newSite(t, setup{idle: true})
	path := s.dir + "/seal.key"
	again, err := OpenVault(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.vault.Seal("openid", []byte(user(1)))
	if got, err := again.Open("openid", sealed); err != nil || string(got) != user(1) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := again.Open("message", sealed); err == nil {
		t.Error("opened for another purpose")
	}
	if bytes.Equal(sealed, s.vault.Seal("openid", []byte(user(1)))) {
		t.Error("the same text is sealed the same way twice")
	}
	if s.vault.Session("a", "bc") == s.vault.Session("ab", "c") || s.vault.Session("a", "b") != again.Session("a", "b") {
		t.Error("sessions")
	}
	for _, bad := range []string{"", "short", strings.Repeat("z", 64)} {
		file := fmt.Sprintf("%s/bad%d", s.dir, len(bad))
		writeFile(t, file, bad)
		if _, err := OpenVault(file); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
