package wechat

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/handlers/wechat/fake"
	"wenda/rag"
)

func TestPoint10Sessions(t *testing.T) {
	var mu sync.Mutex
	var asked []rag.Question
	known := map[string]bool{}
	s := newSite(t, setup{ask: func(_ context.Context, q rag.Question) (rag.Answer, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, q)
		if q.ConversationID != "" && !known[q.ConversationID] {
			return rag.Answer{}, rag.ErrConversation
		}
		a := quoted("密答")
		if a.ConversationID = q.ConversationID; a.ConversationID == "" {
			a.ConversationID = fmt.Sprint("c_", len(asked))
		}
		known[a.ConversationID] = true
		return a, nil
	}})
	last := func() rag.Question {
		s.quiet()
		mu.Lock()
		defer mu.Unlock()
		return asked[len(asked)-1]
	}
	s.say(user(1), "密一")
	if q := last(); q.ConversationID != "" || q.Channel != "wechat" || q.RequestID != "r_test" || q.Script != "" {
		t.Errorf("first: %+v", q)
	}
	s.clock.pass(29 * time.Minute)
	s.say(user(1), "密二")
	if q := last(); q.ConversationID != "c_1" {
		t.Errorf("a follow-up: %+v", q)
	}
	s.say(user(2), "密二")
	if q := last(); q.ConversationID != "" {
		t.Errorf("another user: %+v", q)
	}
	// the engine forgot, as after a restart: the questions before are told
	s.again()
	mu.Lock()
	clear(known)
	mu.Unlock()
	s.say(user(1), "密三")
	if q := last(); q.ConversationID != "" || len(q.History) != 2 || q.History[0].Content != "密一" || q.History[1].Content != "密二" {
		t.Errorf("after a restart: %+v", q)
	}
	s.clock.pass(30*time.Minute + time.Second)
	s.say(user(1), "密四")
	if q := last(); q.ConversationID != "" || len(q.History) != 0 {
		t.Errorf("idle: %+v", q)
	}
	for _, word := range []string{"新对话", " 新對話。", "重新开始！"} {
		s.say(user(1), "密五")
		last()
		mu.Lock()
		before := len(asked)
		mu.Unlock()
		s.say(user(1), word)
		s.quiet()
		mu.Lock()
		if len(asked) != before {
			t.Errorf("%s is asked", word)
		}
		mu.Unlock()
		s.say(user(1), "密六")
		if q := last(); q.ConversationID != "" || len(q.History) != 0 {
			t.Errorf("after %s: %+v", word, q)
		}
		s.clock.pass(2 * time.Minute)
	}
	if got := s.got(user(1)); !strings.Contains(strings.Join(got, "|"), "重新开始") {
		t.Errorf("got %q", got)
	}
}

func TestPoint10NumberedQuestions(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	s := newSite(t, setup{ask: func(_ context.Context, q rag.Question) (rag.Answer, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, q.Text)
		a := quoted("密答")
		a.Related = []string{"密甲？", "密乙？"}
		return a, nil
	}})
	for _, c := range []struct{ say, want string }{{"密问", "密问"}, {"2", "密乙？"}, {"回复1", "密甲？"}, {"回复 “２”", "密乙？"}, {"3", "3"}, {"22", "22"}, {"回复", "回复"}} {
		s.say(user(1), c.say)
		s.quiet()
		mu.Lock()
		if got := asked[len(asked)-1]; got != c.want {
			t.Errorf("%s asks %s, want %s", c.say, got, c.want)
		}
		mu.Unlock()
	}
	s.say(user(2), "2")
	s.quiet()
	mu.Lock()
	defer mu.Unlock()
	if got := asked[len(asked)-1]; got != "2" {
		t.Errorf("without questions 2 asks %s", got)
	}
}

func TestPoint11Welcome(t *testing.T) {
	s := newSite(t, setup{})
	enter := func() {
		s.push(fake.Message{OpenID: user(1), Type: "event", Event: "user_enter_tempsession", SessionFrom: "密"})
		s.clock.pass(time.Second)
	}
	enter()
	enter()
	s.clock.pass(9 * time.Minute)
	enter()
	s.wantTexts(user(1), "您好")
	m := s.fake.SentTo(user(1))[0]
	set, err := defaultPrompts()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.Text, "人工智能") || !strings.Contains(m.Text, "12345") || len(m.Menu) != 3 || m.Menu[1].Text != set.Suggestions[1].Question {
		t.Errorf("got %+v", m)
	}
	s.say(user(1), "2")
	s.wantTexts(user(1), "您好", set.Suggestions[1].Question)
	s.clock.pass(time.Minute)
	s.again()
	enter()
	s.wantTexts(user(1), "您好", set.Suggestions[1].Question, "您好")
}
