package prompts

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRepliesAreShortAndFill(t *testing.T) {
	s := load(t)
	if len(s.replies) < 35 {
		t.Fatalf("%d replies", len(s.replies))
	}
	for name, r := range s.replies {
		params := Params{}
		for _, p := range r.allowed {
			params[p] = "某"
		}
		got, err := s.Reply(name, params)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := utf8.RuneCountInString(got.Text); n == 0 || n > 90 {
			t.Errorf("%s has %d characters, want 1 to 90", name, n)
		}
		if strings.ContainsAny(got.Text+got.Say, "{}") {
			t.Errorf("%s keeps a placeholder: %s", name, got.Text)
		}
	}
}

func TestReplyErrors(t *testing.T) {
	s := load(t)
	for name, c := range map[string]struct {
		reply  string
		params Params
		want   string
	}{
		"unknown reply":       {"hallo", nil, `no reply "hallo"`},
		"missing placeholder": {"not_stated", nil, "no value for {{what}}"},
		"unknown placeholder": {"greeting", Params{"name": "王"}, `knows no placeholder "name"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Reply(c.reply, c.params)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestValuesAreNotExpanded(t *testing.T) {
	got, err := load(t).Reply("not_stated_near", Params{"what": "{{quote}}", "quote": "{{what}}"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "文件没有说明{{quote}}。相关内容是：{{what}}"; got.Text != want {
		t.Errorf("got %s, want %s", got.Text, want)
	}
}

func TestWhats(t *testing.T) {
	s := load(t)
	for _, k := range Kinds() {
		if w, ok := s.What(k); !ok || w == "" {
			t.Errorf("no words for %s", k)
		}
	}
	if _, ok := s.What("colour"); ok {
		t.Error("words for an unknown kind")
	}
}

func TestEveryNeededReply(t *testing.T) {
	s := load(t)
	for name := range needed() {
		if _, ok := s.replies[name]; !ok {
			t.Errorf("no reply %s", name)
		}
	}
}
