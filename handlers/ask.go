package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"wenda/handlers/contract"
	"wenda/rag"
)

// askRequest is the body of POST /api/v1/ask.
type askRequest struct {
	Question       string     `json:"question"`
	ConversationID string     `json:"conversation_id"`
	History        []rag.Turn `json:"history"`
	Script         string     `json:"script"`
}

// ask is POST /api/v1/ask: JSON, or a stream where Accept asks for one.
func (s *Server) ask(c echo.Context) error {
	var body askRequest
	if err := decodeJSON(c.Response().Writer, c.Request(), s.cfg.BodyBytes, &body); err != nil {
		return err
	}
	if err := s.checkAsk(body); err != nil {
		return err
	}
	q := rag.Question{Text: body.Question, ConversationID: body.ConversationID, History: body.History, Script: body.Script,
		Channel: channelOf(c), RequestID: requestID(c)}
	if format, ok := streamFormat(c.Request().Header.Values("Accept")); ok {
		return s.stream(c, q, format)
	}
	a, err := s.wholeAnswer(c, q)
	if err != nil {
		return err
	}
	labelled(c, a)
	return c.JSON(http.StatusOK, a)
}

// checkAsk finds what the decoder cannot: texts that cannot be asked, turns of nobody, unknown scripts.
func (s *Server) checkAsk(b askRequest) error {
	if err := checkQuestion(b.Question); err != nil {
		return err
	}
	if n := len(b.History); n > s.cfg.HistoryTurns {
		return problemHistory.Saying(fmt.Sprintf("对话记录有%d条，最多%d条。请只保留最近的几条。", n, s.cfg.HistoryTurns))
	}
	for i, t := range b.History {
		if t.Role != "user" && t.Role != "assistant" {
			return problemHistory.Saying(fmt.Sprintf("对话记录第%d条的role不正确，只能是user或assistant。", i+1))
		}
	}
	switch b.Script {
	case "", "hans", "hant":
		return nil
	}
	return problemField.Saying("字段“script”只能是hans（简体）或hant（繁体）。")
}

// checkQuestion is rag.Check and refuses control characters, which nobody types.
func checkQuestion(text string) error {
	if err := rag.Check(text); err != nil {
		return err
	}
	for _, r := range text {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return problemText
		}
	}
	return nil
}

// wholeAnswer asks and waits for all of it. Shutting down lets it finish.
func (s *Server) wholeAnswer(c echo.Context, q rag.Question) (rag.Answer, error) {
	s.takeTime(c)
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.cfg.AskLife)
	defer cancel()
	return s.put(ctx, q, nil)
}

// put puts the question to the Asker, with panics as errors, and counts it. The Answer is complete as the contract says.
func (s *Server) put(ctx context.Context, q rag.Question, emit func(rag.Event)) (a rag.Answer, err error) {
	started := time.Now()
	defer func() {
		if v := recover(); v != nil {
			err = s.panicked(v, q.RequestID)
		}
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		s.deps.Tally.Answer(a, err, q.Channel, time.Since(started))
	}()
	if s.deps.Closed(q.Channel) {
		return a, problemClosed
	}
	a, err = s.deps.Asker.Ask(ctx, q, emit)
	if a.RequestID == "" {
		a.RequestID = q.RequestID
	}
	return contract.Complete(a), err
}

// takeTime lifts the server's WriteTimeout from a connection whose answer may take longer; AskLife bounds it instead. ReadTimeout needs no
// such thing: net/http lifts it itself once the body is read.
func (s *Server) takeTime(c echo.Context) {
	rc := http.NewResponseController(c.Response())
	_ = rc.SetWriteDeadline(time.Now().Add(s.cfg.AskLife + s.cfg.StreamWrite)) // a recorder in tests has none
}

// channelOf tells our own page from other programs: browsers send Origin with every POST, and pages cannot forge it. A program with a key
// has a channel of its own.
func channelOf(c echo.Context) string {
	if name := signedBy(c); name != "" {
		return "api:" + name
	}
	r := c.Request()
	if u, err := url.Parse(r.Header.Get("Origin")); err == nil && u.Host != "" && u.Host == r.Host {
		return "portal"
	}
	return "api"
}

// Media types that an answer can be asked in.
const (
	mediaJSON   = "application/json"
	mediaSSE    = "text/event-stream"
	mediaNDJSON = "application/x-ndjson"
)

// streamFormat picks from the Accept headers what the client likes best; the first one wins a tie. ok is false for JSON, which is also
// what a client gets that names nothing we know.
func streamFormat(accept []string) (format string, ok bool) {
	best := 0.
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != mediaJSON && name != mediaSSE && name != mediaNDJSON {
			continue
		}
		q := 1.
		for _, p := range strings.Split(params, ";") {
			if v, found := strings.CutPrefix(strings.TrimSpace(p), "q="); found {
				q, _ = strconv.ParseFloat(v, 64) // nonsense counts as 0
			}
		}
		if q > best {
			best, format = q, name
		}
	}
	return format, format == mediaSSE || format == mediaNDJSON
}
