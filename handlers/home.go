package handlers

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"wenda/handlers/contract"
	"wenda/rag"
)

// homeView is what home.html reads.
type homeView struct {
	frame
	Documents []documentLink // what answers come from, newest first
	More      int            // documents beyond those
	formView
	Error     string
	Note      string
	Answer    *answerView
	Topics    []topicView
	Blank     answerView
	BlankCard cardView
}

// formView is what the form for a question reads.
type formView struct {
	Field        string // text in it: a question that could not be asked
	Conversation string
	Example      string // of a question; may be empty
	MaxRunes     int
}

type documentLink struct{ ID, Title string }

type topicView struct {
	Name      string
	Questions []string
}

// home is GET /: the form, or with q the answer. c goes on with a conversation.
func (s *Server) home(c echo.Context) error {
	query := c.Request().URL.Query()
	if !query.Has("q") || c.Request().Method == http.MethodHead {
		view := homeView{}
		if text := query.Get("edit"); utf8.ValidString(text) {
			view.Field = text // a question to put in other words
		}
		if s.deps.Closed("portal") {
			view.Error = problemClosed.Message
		}
		return s.renderHome(c, http.StatusOK, view)
	}
	if err := s.admit(c); err != nil {
		return err
	}
	return s.answerHome(c, query.Get("q"), query.Get("c"))
}

// homeAsk is POST / by a form, without scripts.
func (s *Server) homeAsk(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	form := c.Request().PostForm
	return s.answerHome(c, form.Get("q"), form.Get("conversation_id"))
}

func (s *Server) parseForm(c echo.Context) error {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return problemFormType
	}
	r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, s.cfg.BodyBytes)
	if err := r.ParseForm(); err != nil {
		return bodyProblem(err)
	}
	return nil
}

// answerHome puts the question and shows the answer, or says above the form what is wrong, with the text still in it.
func (s *Server) answerHome(c echo.Context, text, conversation string) error {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) // forms send line ends so, the page counts one character
	view := homeView{formView: formView{Conversation: conversation}}
	q := rag.Question{Text: text, ConversationID: conversation, Channel: "portal", RequestID: requestID(c)}
	if displayOf(c.Request()).Hant() {
		q.Script = "hant"
	}
	err := checkQuestion(text)
	var a rag.Answer
	if err == nil {
		a, err = s.wholeAnswer(c, q)
	}
	if errors.Is(err, rag.ErrConversation) {
		view.Note = "之前的对话已经过期，这次作为新问题回答。"
		q.ConversationID = ""
		a, err = s.wholeAnswer(c, q)
	}
	if err != nil {
		p := problemOf(err)
		if p.Status == contract.ClientGone {
			return err
		}
		if utf8.ValidString(text) {
			view.Field = text
		}
		view.Error = p.Message
		switch {
		case p == problemClosed:
			c.Set(closedKey, true)
		case p.Status >= http.StatusInternalServerError:
			view.Error += "（请求编号：" + requestID(c) + "）"
			s.log.Error("ask on page", "error", err, "request_id", requestID(c))
		}
		if p.RetryAfter > 0 {
			c.Response().Header().Set(echo.HeaderRetryAfter, contract.RetryAfter(p.RetryAfter))
		}
		return s.renderHome(c, p.Status, view)
	}
	answer := viewAnswer(a, text, a.ConversationID)
	view.Answer, view.Conversation = &answer, a.ConversationID
	return s.renderHome(c, http.StatusOK, view)
}

// sources is how many documents the first page names.
const sources = 3

func (s *Server) renderHome(c echo.Context, status int, v homeView) error {
	v.frame = s.frame(c, "智能问答")
	if v.Answer != nil { // other characters or colours must not ask again
		v.Path = "/a/" + v.Answer.ID + "?" + url.Values{"c": {v.Conversation}}.Encode()
		v.Title, v.Hidden = brief(v.Answer.Question), true
	}
	if x := s.deps.Documents.Current(); x != nil {
		for _, d := range x.Documents() {
			if len(v.Documents) < sources {
				v.Documents = append(v.Documents, documentLink{d.ID, d.Meta.Title})
			} else {
				v.More++
			}
		}
	}
	if v.Answer == nil {
		v.Topics = topics(s.deps.Suggestions.Suggestions())
	}
	if len(v.Topics) > 0 {
		v.Example = v.Topics[0].Questions[0]
	}
	v.Blank, v.MaxRunes = blankAnswer(), rag.MaxRunes
	return s.page(c, status, "home", v)
}

// topics groups suggestions, in the order in which topics first occur.
func topics(list []Suggestion) []topicView {
	var out []topicView
	at := map[string]int{}
	for _, sug := range list {
		i, ok := at[sug.Topic]
		if !ok {
			i = len(out)
			at[sug.Topic] = i
			out = append(out, topicView{Name: sug.Topic})
		}
		out[i].Questions = append(out[i].Questions, sug.Question)
	}
	return out
}

// errorView is what error.html reads.
type errorView struct {
	frame
	Message   string
	Next      string // what else may help
	RequestID string
}

// errorTitle is the words over states that residents meet; others are named by their status.
func errorTitle(p *problem) (title, next string) {
	switch p.Code {
	case problemNoAnswer.Code:
		return "这个回答已经过期", "链接可能不完整，或者回答已超过保存期限。同样的问题可以再问一次，会按现在的文件回答。"
	case problemNoDocument.Code:
		return "这份文件已经撤下或更新", "以前的回答里的出处链接仍能打开当时的版本。想知道现在的规定，请重新提问。"
	case problemLimit.Code, problemManyStreams.Code:
		return "提问太频繁，请稍候", "这是为了让大家都能用上。到时间以后刷新这个页面就可以。"
	case problemNotReady.Code, problemRestart.Code, problemFull.Code:
		return "正在准备，请稍候", "一般几秒钟就好，刷新这个页面再试。"
	}
	if p.Status == http.StatusNotFound {
		return "没有找到这个页面", ""
	}
	return "出错了", ""
}

func (s *Server) errorPage(c echo.Context, p *problem) error {
	title, next := errorTitle(p)
	v := errorView{s.frame(c, title), p.Message, next, requestID(c)}
	v.Hidden = true
	return s.page(c, p.Status, "error", v)
}

// answerPageView is what answer_page.html reads.
type answerPageView struct {
	frame
	formView
	Answer answerView
	Asked  string
}

// answerPage is GET /a/:id. It is what people share: the conversation is not theirs to go on with, unless c names it, as the feedback form of
// the person who asked does.
func (s *Server) answerPage(c echo.Context) error {
	a, err := s.findAnswer(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	conversation := ""
	if c.QueryParam("c") == a.ConversationID {
		conversation = a.ConversationID
	}
	v := answerPageView{frame: s.frame(c, "回答"), Asked: a.Trace.Asked, Answer: viewAnswer(a, a.Trace.Asked, conversation),
		formView: formView{Conversation: conversation, MaxRunes: rag.MaxRunes}}
	v.Answer.Thanks = c.QueryParam("feedback") == "kept"
	v.Hidden = true
	if a.Trace.Asked != "" {
		v.Title = brief(a.Trace.Asked)
	}
	return s.page(c, http.StatusOK, "answer_page", v)
}

// answerPageFeedback is POST /a/:id/feedback by a form, without scripts.
func (s *Server) answerPageFeedback(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	form := c.Request().PostForm
	f := feedbackRequest{Verdict: form.Get("verdict"), Reason: form.Get("reason"), Comment: strings.ReplaceAll(form.Get("comment"), "\r\n", "\n")}
	if err := s.keepFeedback(c.Request().Context(), c.Param("id"), f); err != nil {
		return err
	}
	to := "/a/" + c.Param("id") + "?feedback=kept"
	if conv := form.Get("conversation_id"); answerID.MatchString(conv) {
		to += "&c=" + conv
	}
	return c.Redirect(http.StatusSeeOther, to+"#feedback")
}
