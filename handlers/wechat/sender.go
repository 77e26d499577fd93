package wechat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wenda/handlers/wechat/api"
	"wenda/store"
)

// send sends the parts that are pending, in order, and finishes the message. An error leaves the rest in the queue.
func (j job) send(ctx context.Context) error {
	m := j.work.Message
	last := 0
	for _, p := range j.work.Parts {
		if p.State == store.WeChatPending && p.N > 0 {
			last = p.N
		}
	}
	if last == 0 { // all of it was sent by an earlier process, or is unknown
		return j.finish(ctx, *j.work, doneSent)
	}
	for _, p := range j.work.Parts {
		if p.State != store.WeChatPending || p.N == 0 {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o, err := j.open(p.Body)
		if err != nil {
			return j.finish(ctx, *j.work, doneLost)
		}
		done := ""
		if p.N == last {
			done = doneSent
		}
		switch r := j.part(ctx, p.N, o, done, true); r {
		case partDone:
		case partLeft:
			return ctx.Err()
		case partStop:
			return nil // finished with the part
		}
	}
	took := j.Now().Sub(m.Accepted)
	j.metrics.answered.WithLabelValues(j.line.Name).Observe(took.Seconds())
	j.Log.Info("wechat message answered", "channel", j.line.Name, "session", who(m.Session), "msg_id", m.MsgID, "kind", m.Kind, "parts", len(j.work.Parts),
		"answer", m.AnswerID, "took_ms", took.Milliseconds(), "request_id", m.RequestID)
	return nil
}

// What became of a part.
type partResult int

const (
	partDone partResult = iota // sent, or unknown: the next one follows
	partStop                   // failed, and with it the message is finished
	partLeft                   // not begun, or certainly not arrived: it stays in the queue
)

// part sends one part: marked before each request, and marked with what came of it (PROTOCOL.md 14, 19). What certainly did not arrive is tried
// again. done finishes the message with the part. The interim message is tried once and finishes nothing.
func (j job) part(ctx context.Context, n int, o outgoing, done string, retry bool) partResult {
	m := j.work.Message
	for try := 0; ; {
		if !j.gate(ctx) {
			return partLeft
		}
		err := j.persist(ctx, "mark a part as being sent", func(ctx context.Context) error { return j.Store.BeginWeChatPart(ctx, m.N, n, j.Now()) })
		if errors.Is(err, store.ErrWeChatState) { // no sends are left, or the interim message was sent before
			if n > 0 {
				j.metrics.quota.WithLabelValues(j.line.Name).Inc()
				_ = j.finish(ctx, *j.work, doneStopped)
				return partStop
			}
			return partDone
		}
		if err != nil {
			return partLeft
		}
		menus := j.line.Menu && !j.line.noMenu.Load()
		// From here to the end of the request nothing is cut off: a request that is given up half-way may have arrived. Its time is the client's.
		err = j.line.client.Send(context.WithoutCancel(ctx), o.message(j.openID, menus))
		class, code := api.ClassOf(err), api.CodeOf(err)
		j.metrics.sends.WithLabelValues(j.line.Name, codeLabel(code, err != nil)).Inc()
		if err != nil {
			j.Log.Warn("wechat part not sent", "channel", j.line.Name, "session", who(m.Session), "msg_id", m.MsgID, "part", n, "code", code,
				"error", err.Error(), "request_id", m.RequestID)
		}
		v := j.judge(err, class, menus && len(o.Menu) > 0, retry && try < len(j.Times.Retries))
		finish := done
		if v.stop && n > 0 {
			finish = doneStopped
		} else if v.state == store.WeChatPending {
			finish = ""
		}
		if !j.ended(ctx, n, v.state, code, finish) {
			return partLeft
		}
		if v.state != store.WeChatPending {
			j.metrics.parts.WithLabelValues(v.state).Inc()
		}
		switch {
		case v.stop:
			return partStop
		case v.state != store.WeChatPending:
			return partDone
		case v.free: // at once, and not counted as a try
			continue
		}
		if !pausing(ctx, j.Times.Retries[try]) {
			return partLeft
		}
		try++
	}
}

// A verdict is what follows from a send.
type verdict struct {
	state string
	stop  bool // nothing more is sent for the message
	free  bool // try again at once
}

// judge decides by the class of the failure (PROTOCOL.md, A: Error codes; 14, 19). An unknown part is never tried again.
func (j job) judge(err error, class api.Class, menu, again bool) verdict {
	switch {
	case err == nil:
		return verdict{state: store.WeChatSent}
	case api.DeliveryOf(err) == api.MaybeDelivered:
		return verdict{state: store.WeChatUnknown}
	case class == api.Menu && menu: // the numbered text instead, from now on
		j.line.noMenu.Store(true)
		return verdict{state: store.WeChatPending, free: true}
	case class == api.Stop:
		j.metrics.quota.WithLabelValues(j.line.Name).Inc()
		return verdict{state: store.WeChatFailed, stop: true}
	case class == api.Operator:
		j.Log.Error("wechat refuses: an operator must act", "channel", j.line.Name, "code", api.CodeOf(err), "error", err.Error())
		return verdict{state: store.WeChatFailed, stop: true}
	case class == api.Slow:
		j.line.gate.Store(j.Now().Add(j.Times.SlowDown).UnixNano())
	}
	if again && (class == api.Busy || class == api.Slow || class == api.Network || class == api.Token) {
		return verdict{state: store.WeChatPending}
	}
	return verdict{state: store.WeChatFailed, stop: true}
}

// gate waits while the channel is asked to slow down; false: ctx was done before.
func (j job) gate(ctx context.Context) bool {
	if wait := time.Unix(0, j.line.gate.Load()).Sub(j.Now()); wait > 0 {
		return pausing(ctx, min(wait, j.Times.SlowDown))
	}
	return ctx.Err() == nil
}

// ended keeps what became of a part. A store that fails is tried again, for Persist at most once the process is told to end: then the part
// stays marked as sending, and becomes unknown. false: it could not be kept.
func (j job) ended(ctx context.Context, n int, state string, code int, done string) bool {
	last, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(j.Times.Persist, cancel) })
	defer stop()
	err := j.persist(last, fmt.Sprintf("keep that part %d is %s", n, state), func(ctx context.Context) error {
		return j.Store.EndWeChatPart(ctx, j.work.Message.N, n, state, code, j.Now(), done)
	})
	if err != nil {
		j.Log.Error("wechat part: its end is not kept", "queued", j.work.Message.N, "part", n, "state", state, "error", err.Error())
	}
	return err == nil
}
