package mp

import (
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"wenda/handlers/contract"
	"wenda/rag"
	"wenda/store"
)

//go:embed openapi.json
var openapiJSON []byte

func (c *call) openapi() error {
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = c.w.Write(openapiJSON) // who left is not told
	return nil
}

// answerID is what our IDs look like, loosely: anything else is unknown without asking the store.
var answerID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// answer shows one of the owner's answers. What is being made is looked for first: it is in the log by the time that it is no longer there.
func (c *call) answer() error {
	if now, ok := c.Progress.Composing(c.id); ok && now.Owner == c.session.Owner {
		c.w.Header().Set("Retry-After", "1")
		return c.reply(http.StatusAccepted, now)
	}
	if err := c.ownsAnswer(); err != nil {
		return err
	}
	a, err := c.Answers.Answer(c.r.Context(), c.id)
	if err != nil {
		return unknown(err)
	}
	return c.reply(http.StatusOK, contract.Complete(a))
}

// ownsAnswer refuses answers of others as if they were not there.
func (c *call) ownsAnswer() error {
	if !answerID.MatchString(c.id) {
		return problemNoAnswer
	}
	owner, err := c.Answers.OwnerOf(c.r.Context(), c.id)
	if err != nil {
		return unknown(err)
	}
	if owner != c.session.Owner {
		return problemNoAnswer
	}
	return nil
}

func unknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return problemNoAnswer
	}
	return err
}

// reasons are why an answer was of no use, as on the portal.
var reasons = []string{"wrong", "incomplete", "outdated", "unclear", "not_answered", "other"}

// feedbackReply confirms what is kept now.
type feedbackReply struct {
	AnswerID  string `json:"answer_id"`
	Verdict   string `json:"verdict"`
	RequestID string `json:"request_id"`
}

func (c *call) feedback() error {
	body, err := c.fields("verdict", "reason", "comment")
	if err != nil {
		return err
	}
	f := store.Feedback{AnswerID: c.id, Verdict: body["verdict"], Reason: body["reason"], Comment: c.Mask(body["comment"])}
	switch {
	case f.Verdict != store.Useful && f.Verdict != store.Useless:
		return problemField.Saying("字段“verdict”只能是useful（有用）或useless（没用）。")
	case f.Reason != "" && !slices.Contains(reasons, f.Reason):
		return problemField.Saying("字段“reason”只能是wrong、incomplete、outdated、unclear、not_answered或other。")
	case utf8.RuneCountInString(body["comment"]) > c.limits.CommentRunes:
		return problemField.Saying(fmt.Sprintf("说明超过%d字，请缩短后再提交。", c.limits.CommentRunes))
	}
	if err := c.ownsAnswer(); err != nil {
		return err
	}
	if err := c.Answers.Feedback(c.r.Context(), f); err != nil {
		return unknown(err)
	}
	return c.reply(http.StatusOK, feedbackReply{c.id, f.Verdict, c.RequestID(c.r.Context())})
}

// Sizes of a page of history.
const (
	pageDefault  = 20
	pageMost     = 50
	excerptRunes = 80
)

// A historyItem is one question of the owner's.
type historyItem struct {
	AnswerID       string     `json:"answer_id"`
	ConversationID string     `json:"conversation_id"`
	Question       string     `json:"question"` // with personal data masked
	Asked          string     `json:"asked"`    // RFC 3339
	Status         rag.Status `json:"status"`
	Excerpt        string     `json:"excerpt"` // the beginning of the answer
	Label          string     `json:"label"`   // the AI label, of generated answers only
}

type historyReply struct {
	Items []historyItem `json:"items"`
	Next  string        `json:"next"` // before of the next page; empty: this was the last one
}

// history is a page of what the owner asked in the last 90 days.
func (c *call) history() error {
	query := c.r.URL.Query()
	limit := pageDefault
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > pageMost {
			return problemField.Saying(fmt.Sprintf("limit应为1到%d。", pageMost))
		}
		limit = n
	}
	before := query.Get("before")
	if before != "" && !answerID.MatchString(before) {
		return problemNoAnswer
	}
	list, err := c.Answers.History(c.r.Context(), c.session.Owner, before, limit+1, c.Now())
	if err != nil {
		return unknown(err)
	}
	out := historyReply{Items: []historyItem{}}
	if len(list) > limit {
		list = list[:limit]
		out.Next = list[limit-1].Answer.ID
	}
	for _, r := range list {
		a := r.Answer
		out.Items = append(out.Items, historyItem{a.ID, a.ConversationID, r.Question, r.Asked.Format(time.RFC3339), a.Status, excerpt(a.Text), a.Label})
	}
	return c.reply(http.StatusOK, out)
}

func excerpt(text string) string {
	if r := []rune(text); len(r) > excerptRunes {
		return string(r[:excerptRunes]) + "…"
	}
	return text
}

// forgetReply says how many answers were deleted.
type forgetReply struct {
	Deleted   int    `json:"deleted"`
	RequestID string `json:"request_id"`
}

// forget deletes everything that the owner asked, with the answers and what was said of them.
func (c *call) forget() error {
	n, err := c.Answers.DeleteHistory(c.r.Context(), c.session.Owner)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, forgetReply{n, c.RequestID(c.r.Context())})
}

type suggestionsReply struct {
	Suggestions []Suggestion `json:"suggestions"`
}

func (c *call) suggestions() error {
	list := c.Suggestions()
	if list == nil {
		list = []Suggestion{}
	}
	return c.reply(http.StatusOK, suggestionsReply{list})
}
