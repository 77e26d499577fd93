package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// Outcomes of a message that is done, as the store keeps them.
const (
	doneSent    = "sent"    // every part was sent, or is unknown
	doneStopped = "stopped" // WeChat refused for good
	doneLost    = "lost"    // it cannot be read any more, or is too old for an answer
)

// work takes messages, as their lanes are in turn, until the lanes are stopped.
func (s *Service) work(ctx context.Context) {
	for {
		la, m, ok := s.lanes.next()
		if !ok {
			return
		}
		if err := s.handle(ctx, m.N); err != nil && ctx.Err() == nil {
			s.Log.Error("wechat message left in the queue", "queued", m.N, "error", err.Error())
		}
		s.lanes.done(la)
	}
}

// handle answers one message: what is said is decided and kept, then sent part by part. A message that an earlier process decided on goes on
// with its parts. An error leaves it in the queue: for a later look, or the next process.
func (s *Service) handle(ctx context.Context, n int64) error {
	var w store.WeChatWork
	err := s.persist(ctx, "read a message", func(ctx context.Context) (err error) {
		w, err = s.Store.WeChatWork(ctx, n)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // done already
	}
	if err != nil {
		return err
	}
	l, ok := s.lines[w.Message.Channel]
	if !ok { // its channel was taken away or switched off
		return s.finish(ctx, w, doneLost)
	}
	openID, err := s.Vault.Open("openid", w.Message.OpenID)
	if err != nil || s.Now().Sub(w.Message.Accepted) > s.Times.Stale {
		s.Log.Warn("wechat message cannot be answered any more", "channel", l.Name, "session", who(w.Message.Session), "queued", n)
		return s.finish(ctx, w, doneLost)
	}
	j := job{s, l, &w, string(openID)}
	if !w.Message.Planned {
		if err := j.plan(ctx); err != nil {
			return err
		}
	}
	return j.send(ctx)
}

func (s *Service) finish(ctx context.Context, w store.WeChatWork, outcome string) error {
	return s.persist(ctx, "finish a message", func(ctx context.Context) error {
		return s.Store.FinishWeChat(ctx, w.Message.N, s.Now(), outcome)
	})
}

// A job is one message at work.
type job struct {
	*Service
	line   *line
	work   *store.WeChatWork
	openID string
}

// plan decides what is said and keeps it.
func (j job) plan(ctx context.Context) error {
	m := &j.work.Message
	parts, next, err := j.decide(ctx)
	if err != nil {
		return err
	}
	sealed, err := j.encodeParts(parts)
	if err != nil { // asking again would give the same
		j.Log.Error("wechat answer cannot be sent", "channel", j.line.Name, "answer", m.AnswerID, "error", err.Error())
		return errors.Join(err, j.finish(ctx, *j.work, doneLost))
	}
	if err := j.persist(ctx, "keep an answer", func(ctx context.Context) error {
		return j.Store.PlanWeChat(ctx, *m, sealed, next)
	}); err != nil {
		return err
	}
	m.Planned = true
	for i, body := range sealed {
		j.work.Parts = append(j.work.Parts, store.WeChatPart{N: i + 1, State: store.WeChatPending, Body: body})
	}
	return nil
}

// decide gives the parts, and what the conversation is then (nil: as before).
func (j job) decide(ctx context.Context) ([]outgoing, *store.WeChatSession, error) {
	m, now, set := &j.work.Message, j.Now(), j.Prompts()
	text, err := j.Vault.Open("message", m.Body)
	if err != nil && m.Kind != kindBusy && m.Kind != kindOver {
		text = nil // an empty message is answered as one
	}
	y := j.layout(set, string(text))
	t := j.talkOf(j.work.Session, now)
	fixed := func(name string, params prompts.Params) ([]outgoing, *store.WeChatSession, error) {
		return y.plain(y.text(name, params), nil), nil, nil
	}
	stopped, err := j.Store.WeChatStopped(ctx, j.line.Name)
	if err != nil && ctx.Err() != nil {
		return nil, nil, err
	}
	switch {
	case stopped || err != nil: // a switch that cannot be read is off
		return fixed("stopped", y.helper())
	case m.Kind == kindWelcome:
		var examples []string
		for _, g := range set.Suggestions[:min(3, len(set.Suggestions))] {
			examples = append(examples, g.Question)
		}
		t.Related = examples
		return y.plain(y.text("welcome", y.helper()), examples), j.sealTalk(t, now), nil
	case m.Kind == kindMedia:
		return fixed("media", nil)
	case m.Kind == kindLong:
		return fixed("too_long", nil)
	case m.Kind == kindBusy:
		return fixed("busy", nil)
	case m.Kind == kindOver:
		return fixed("over", y.helper())
	case set.WeChat.Resets(j.Script.ToSimplified(bare(string(text)))):
		return y.plain(y.text("reset", nil), nil), j.sealTalk(talk{}, now), nil
	}
	handed := j.handsOver(j.line, string(text)) // decided alike in the reply to the message
	if handed == "human" {
		j.metrics.handovers.WithLabelValues(j.line.Name, "told").Inc()
		return fixed("handed", y.helper())
	}
	question := t.chosen(string(text))
	y = j.layout(set, question) // a number has no script
	y.transfer = y.transfer && handed == ""
	began := time.Now()
	a, err := j.answer(ctx, t, question)
	if !errors.Is(err, rag.ErrEmpty) && ctx.Err() == nil { // no question; it stays in the queue
		j.Tally(a, err, logChannel, time.Since(began))
	}
	switch {
	case errors.Is(err, rag.ErrEmpty):
		empty, err := set.Reply("empty", nil)
		return y.plain(y.inScript(empty.Text), nil), nil, err
	case err != nil && ctx.Err() != nil:
		return nil, nil, ctx.Err() // shutting down: it stays in the queue
	case err != nil:
		j.Log.Error("wechat question not answered", "channel", j.line.Name, "session", who(m.Session), "msg_id", m.MsgID, "request_id", m.RequestID, "error", err.Error())
		apology := y.text("apology", y.helper())
		if j.PublicURL != "" {
			apology += "\n" + y.text("portal", prompts.Params{"link": j.PublicURL + "/"})
		}
		return y.plain(apology, nil), nil, nil
	}
	m.AnswerID = a.ID
	next := t.after(question, a, nil)
	twice := next.Misses >= 2
	if twice {
		next.Misses = 0
	}
	if twice || a.Status == rag.HandedOver {
		j.metrics.handovers.WithLabelValues(j.line.Name, "told").Inc()
	}
	parts, questions := y.answer(a, twice)
	next.Related = questions
	return parts, j.sealTalk(next, now), nil
}

// layout writes in the script of text, with the channel's words.
func (j job) layout(set *prompts.Set, text string) layout {
	y := layout{set: set, words: set.WeChat.Of(j.line.Name), inScript: func(text string) string { return text }, transfer: j.line.Transfer, link: func(id string) string {
		if j.PublicURL == "" || id == "" {
			return ""
		}
		return j.PublicURL + "/a/" + id
	}}
	if j.Script.IsTraditional(text) {
		y.inScript = j.Script.ToTraditional
	}
	return y
}

// answer asks, shows meanwhile that an answer is being written, says once that it takes longer, and gives up in the end (PROTOCOL.md 13).
func (j job) answer(ctx context.Context, t talk, question string) (rag.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, j.Times.Apology)
	defer cancel()
	type result struct {
		answer rag.Answer
		err    error
	}
	answered := make(chan result, 1)
	j.asking.Go(func() {
		a, err := j.ask(ctx, t, question)
		answered <- result{a, err}
	})
	var shown sync.WaitGroup
	defer shown.Wait()
	defer cancel()
	if j.line.Typing {
		shown.Go(func() { j.typing(ctx) })
	}
	interim := time.NewTimer(j.Times.Interim)
	defer interim.Stop()
	for {
		select {
		case r := <-answered:
			return r.answer, r.err
		case <-ctx.Done():
			return rag.Answer{}, ctx.Err()
		case <-interim.C:
			j.interim(ctx)
		}
	}
}

// typing shows that an answer is being written, until ctx is done. Failures change nothing.
func (j job) typing(ctx context.Context) {
	for {
		_ = j.line.client.Typing(ctx, j.openID)
		if !pausing(ctx, j.Times.Typing) {
			return
		}
	}
}

// interim says once that it takes longer. It costs one send; the store refuses a second one, also after an earlier process said it.
func (j job) interim(ctx context.Context) {
	y := j.layout(j.Prompts(), "")
	if text, err := j.Vault.Open("message", j.work.Message.Body); err == nil {
		y = j.layout(j.Prompts(), string(text))
	}
	j.part(ctx, 0, outgoing{Text: y.text("interim", nil)}, "", false)
}

// logChannel is the channel of all messages in log and metrics.
const logChannel = "wechat"

// ask puts the question to the Asker. A conversation that it does not know any more goes on from the questions before.
func (j job) ask(ctx context.Context, t talk, question string) (a rag.Answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			j.Log.Error("panic", "value", fmt.Sprint(v), "stack", string(debug.Stack()), "request_id", j.work.Message.RequestID)
			err = errors.New("panic while answering")
		}
	}()
	q := rag.Question{Text: question, ConversationID: t.Conversation, Channel: logChannel, RequestID: j.work.Message.RequestID}
	if q.ConversationID == "" {
		q.History = t.history()
	}
	a, err = j.Asker.Ask(ctx, q, nil)
	if errors.Is(err, rag.ErrConversation) {
		q.ConversationID, q.History = "", t.history()
		a, err = j.Asker.Ask(ctx, q, nil)
	}
	return a, err
}

// open is a part as it was kept.
func (s *Service) open(body []byte) (outgoing, error) {
	var o outgoing
	text, err := s.Vault.Open("part", body)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(text, &o)
}
