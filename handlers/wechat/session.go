package wechat

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"wenda/rag"
	"wenda/store"
)

// A talk is what a conversation leaves for its next message. It is sealed at rest.
type talk struct {
	Conversation string   `json:"c,omitempty"` // of the engine; it forgets them when it restarts
	Asked        []string `json:"q,omitempty"` // the last questions, oldest first: what the engine can start from again
	Related      []string `json:"r,omitempty"` // by the numbers that the user was told
	Misses       int      `json:"m,omitempty"` // in a row
}

const maxAsked = 5

// talkOf opens the conversation; a new one when there is none, it was idle for too long, or it cannot be read.
func (s *Service) talkOf(w store.WeChatSession, now time.Time) talk {
	if len(w.Body) == 0 || now.Sub(w.Last) > s.Times.Idle {
		return talk{}
	}
	var t talk
	text, err := s.Vault.Open("talk", w.Body)
	if err != nil || json.Unmarshal(text, &t) != nil {
		return talk{}
	}
	return t
}

func (s *Service) sealTalk(t talk, now time.Time) *store.WeChatSession {
	text, _ := json.Marshal(t) // strings and numbers: cannot fail
	return &store.WeChatSession{Body: s.Vault.Seal("talk", text), Last: now}
}

// history is the talk for an engine that does not know the conversation.
func (t talk) history() []rag.Turn {
	var out []rag.Turn
	for _, q := range t.Asked {
		out = append(out, rag.Turn{Role: "user", Content: q})
	}
	return out
}

// after is the talk after a question and its answer.
func (t talk) after(question string, a rag.Answer, questions []string) talk {
	t.Conversation, t.Related = a.ConversationID, questions
	t.Asked = append(t.Asked[max(0, len(t.Asked)-maxAsked+1):len(t.Asked):len(t.Asked)], question)
	switch {
	case missed(a):
		t.Misses++
	case a.Status == rag.Answered:
		t.Misses = 0
	}
	return t
}

// byNumber is how a related question is asked: 2, 回复2, 回复 “2”.
var byNumber = regexp.MustCompile(`^(?:回复|回覆|回復)?[\s"'“”‘’「」:]*([1-9])[\s"'“”‘’「」.。]*$`)

// chosen is the question that a message asks by its number, else the message itself.
func (t talk) chosen(message string) string {
	m := byNumber.FindStringSubmatch(norm.NFKC.String(strings.TrimSpace(message)))
	if m == nil {
		return message
	}
	if n := int(m[1][0] - '1'); n < len(t.Related) {
		return t.Related[n]
	}
	return message
}

// bare is a message without blanks and marks around it, as the words that begin afresh are looked for.
func bare(message string) string {
	return strings.TrimFunc(norm.NFKC.String(message), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
}
