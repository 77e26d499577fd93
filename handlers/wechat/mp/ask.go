package mp

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode"

	"wenda/handlers/contract"
	"wenda/rag"
)

// ask puts a question. The answer is made to its end whoever leaves.
func (c *call) ask() error {
	q, err := c.question()
	if err != nil {
		return err
	}
	leave, err := c.places.Enter(c.session.Owner)
	if err != nil {
		return err
	}
	defer leave()
	rc := http.NewResponseController(c.w)
	_ = rc.SetWriteDeadline(time.Now().Add(c.limits.Life + c.limits.Write)) // the Server's is too short; a recorder in tests has none
	ctx, cancel := context.WithCancelCause(c.r.Context())
	defer cancel(nil)
	ctx, cancelLife := context.WithTimeoutCause(ctx, c.limits.Life, problemTimeout)
	defer cancelLife()
	if !wantsStream(c.r.Header.Values("Accept")) {
		a, err := c.put(ctx, q, nil)
		if err != nil {
			return err
		}
		return c.reply(http.StatusOK, a)
	}
	defer context.AfterFunc(c.Stopping, func() { cancel(problemRestart) })()
	st := newStream(c.w, c.limits.Write, func(err error) { cancel(problemGone.Because(err)) })
	quiet := st.keepAlive(c.limits.Heartbeat)
	a, err := c.put(ctx, q, st.emit)
	quiet()
	if err != nil && !st.begun {
		return err
	}
	if err != nil {
		p := problemOf(err)
		if p.Status >= 500 {
			c.Log.Warn("mini-program answer failed", "code", p.Code, "channel", c.channel.Name, "error", err.Error(), "request_id", q.RequestID)
		}
		st.send("error", c.body(p))
		return nil // it was told
	}
	st.send("done", a)
	return nil
}

// question reads the body. A conversation must be the owner's.
func (c *call) question() (rag.Question, error) {
	body, err := c.fields("question", "conversation_id", "script")
	if err != nil {
		return rag.Question{}, err
	}
	q := rag.Question{ID: rag.NewAnswerID(), Text: body["question"], ConversationID: body["conversation_id"], Script: body["script"],
		Channel: "mp:" + c.channel.Name, Owner: c.session.Owner, Stays: true, RequestID: c.RequestID(c.r.Context())}
	if err := rag.Check(q.Text); err != nil {
		return rag.Question{}, err
	}
	if strings.ContainsFunc(q.Text, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		return rag.Question{}, problemText
	}
	if q.Script != "" && q.Script != "hans" && q.Script != "hant" {
		return rag.Question{}, problemField.Saying("字段“script”只能是hans（简体）或hant（繁体）。")
	}
	if q.ConversationID != "" {
		own, err := c.Answers.OwnsConversation(c.r.Context(), q.Owner, q.ConversationID)
		if err != nil {
			return rag.Question{}, err
		}
		if !own {
			return rag.Question{}, problemNoTalk
		}
	}
	return q, nil
}

// put asks, with panics as errors: a stream that has begun must end as one. When ctx ends, the error says why.
func (c *call) put(ctx context.Context, q rag.Question, emit func(rag.Event)) (a rag.Answer, err error) {
	began := time.Now()
	defer func() {
		if v := recover(); v != nil {
			err = c.panicked(v)
		}
		c.Tally(a, err, q.Channel, time.Since(began))
	}()
	a, err = c.Progress.Ask(ctx, q, emit)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if a.RequestID == "" {
		a.RequestID = q.RequestID
	}
	return contract.Complete(a), err
}

const mediaNDJSON = "application/x-ndjson"

// wantsStream reports that Accept names NDJSON. There is one other form: no weighing.
func wantsStream(accept []string) bool {
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		name, _, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), mediaNDJSON) {
			return true
		}
	}
	return false
}
