package handlers

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"wenda/handlers/contract"
	"wenda/rag"
	"wenda/store"
)

// feedbackRequest is the body of POST /api/v1/answers/:id/feedback.
type feedbackRequest struct {
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
	Comment string `json:"comment"`
}

// feedbackReply confirms what is kept now.
type feedbackReply struct {
	AnswerID  string `json:"answer_id"`
	Verdict   string `json:"verdict"`
	RequestID string `json:"request_id"`
}

// A reason is why an answer was of no use, as code and in words.
type reason struct{ Code, Text string }

func reasons() []reason {
	return []reason{{"wrong", "内容不对"}, {"incomplete", "不完整"}, {"outdated", "过时了"}, {"unclear", "看不懂"},
		{"not_answered", "没有回答我的问题"}, {"other", "其他"}}
}

// answerID is what our IDs look like, loosely: anything else is unknown without asking the store.
var answerID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (s *Server) findAnswer(ctx context.Context, id string) (rag.Answer, error) {
	if !answerID.MatchString(id) {
		return rag.Answer{}, problemNoAnswer
	}
	a, err := s.deps.Answers.Answer(ctx, id)
	if err != nil {
		return rag.Answer{}, notFound(err, problemNoAnswer)
	}
	return contract.Complete(a), nil
}

// composingRetry is when to look again for an answer that is being made.
const composingRetry = time.Second

// answer is GET /api/v1/answers/:id. What is being made is looked for first: it is in the log by the time that it is no longer there.
func (s *Server) answer(c echo.Context) error {
	if s.deps.Progress != nil {
		if now, ok := s.deps.Progress.Composing(c.Param("id")); ok {
			c.Response().Header().Set(echo.HeaderRetryAfter, contract.RetryAfter(composingRetry))
			return c.JSON(http.StatusAccepted, now)
		}
	}
	a, err := s.findAnswer(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	labelled(c, a)
	return c.JSON(http.StatusOK, a)
}

// feedback is POST /api/v1/answers/:id/feedback. A later one replaces an earlier one.
func (s *Server) feedback(c echo.Context) error {
	var body feedbackRequest
	if err := decodeJSON(c.Response().Writer, c.Request(), s.cfg.BodyBytes, &body); err != nil {
		return err
	}
	if err := s.keepFeedback(c.Request().Context(), c.Param("id"), body); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, feedbackReply{c.Param("id"), body.Verdict, requestID(c)})
}

func (s *Server) keepFeedback(ctx context.Context, id string, f feedbackRequest) error {
	switch {
	case !answerID.MatchString(id):
		return problemNoAnswer
	case f.Verdict != store.Useful && f.Verdict != store.Useless:
		return problemField.Saying("字段“verdict”只能是useful（有用）或useless（没用）。")
	case f.Reason != "" && !slices.ContainsFunc(reasons(), func(r reason) bool { return r.Code == f.Reason }):
		return problemField.Saying("字段“reason”只能是wrong、incomplete、outdated、unclear、not_answered或other。")
	case !utf8.ValidString(f.Comment):
		return problemText.Saying("说明里有乱码。请用UTF-8编码重新输入。")
	case utf8.RuneCountInString(f.Comment) > s.cfg.CommentRunes:
		return problemField.Saying(fmt.Sprintf("说明超过%d字，请缩短后再提交。", s.cfg.CommentRunes))
	}
	err := s.deps.Answers.Feedback(ctx, store.Feedback{AnswerID: id, Verdict: f.Verdict, Reason: f.Reason, Comment: s.deps.Mask(f.Comment)})
	if err != nil {
		return notFound(err, problemNoAnswer)
	}
	s.metrics.feedback(f.Verdict)
	return nil
}

// suggestionsReply is the body of GET /api/v1/suggestions.
type suggestionsReply struct {
	Suggestions []Suggestion `json:"suggestions"`
}

// guesses is how many suggestions are shown while typing; longestGuess the longest text, in runes, that any are looked for.
const (
	guesses      = 6
	longestGuess = 60
)

// suggestions is GET /api/v1/suggestions: questions to start from, or with q those that somebody may be typing.
func (s *Server) suggestions(c echo.Context) error {
	query := c.Request().URL.Query()
	if !query.Has("q") {
		return c.JSON(http.StatusOK, suggestionsReply{listed(s.deps.Suggestions.Suggestions())})
	}
	if !s.cfg.LimitsOff {
		if wait := s.typing.Take(clientOf(c.RealIP())); wait > 0 {
			s.metrics.limited("typing")
			return problemLimit.In(wait)
		}
	}
	typed := strings.TrimSpace(query.Get("q"))
	if n := utf8.RuneCountInString(typed); n == 0 || n > longestGuess || !utf8.ValidString(typed) {
		return c.JSON(http.StatusOK, suggestionsReply{listed(nil)})
	}
	return c.JSON(http.StatusOK, suggestionsReply{listed(s.deps.Suggestions.Suggest(s.deps.Script.ToSimplified(typed), guesses))})
}

// listed has no null for an empty list.
func listed(list []Suggestion) []Suggestion {
	if list == nil {
		return []Suggestion{}
	}
	return list
}
