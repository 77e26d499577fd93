package rag

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/tmc/langchaingo/llms"
)

// A commission is what a model is asked to compose, and by what it is judged.
type commission struct {
	messages []llms.MessageContent
	channel  string
	examiner *examiner
	decline  string
	patience Patience
}

// A composition is what came of it. Only without a reason its statements are an answer.
type composition struct {
	statements []Statement
	dropped    []Dropped
	judged     []Judged // all sentences in order
	reason     string   // why it is void
	usage      Usage
}

// maxDropped sentences may fail before all is void; the first one must not.
const maxDropped = 1

// compose asks the model and examines sentence by sentence while they come; say is told each one that passed, at once.
func (c commission) compose(ctx context.Context, m Model, say func(Statement)) composition {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w := watchOf(c.patience, stop)
	defer w.end()
	t := &taking{commission: c, ctx: ctx, say: say, watch: w}
	var cut cutter
	usage, err := m.Compose(ctx, c.messages, c.channel, func(delta string) error {
		w.heard()
		return t.take(cut.add(delta))
	})
	if err == nil && t.void == "" {
		_ = t.take(cut.end()) // what it says is in t.void
	}
	out := composition{t.statements, t.dropped, t.judged, string(t.void), usage}
	switch cause, _ := context.Cause(ctx).(reasoned); {
	case out.reason != "":
	case cause != "":
		out.reason = string(cause)
	case err != nil:
		out.reason = reasonOf(err)
	case ctx.Err() != nil: // a model that takes being cancelled for the end
		out.reason = reasonOf(ctx.Err())
	case len(out.statements) == 0:
		out.reason = reasonEmpty
	}
	return out
}

// taking is a stream of sentences under examination.
type taking struct {
	commission
	ctx        context.Context
	say        func(Statement)
	watch      *watch
	statements []Statement
	dropped    []Dropped
	judged     []Judged
	void       reasoned
}

// take examines sentences; its error ends the stream.
func (t *taking) take(list []string) error {
	for _, raw := range list {
		s := parseSaying(raw)
		if strings.TrimFunc(s.text, noLetter) == "" || introduces(s) {
			continue
		}
		if letters(s.text) == letters(t.decline) && len(t.statements)+len(t.dropped) == 0 {
			t.void = reasonDeclined
			t.judged = append(t.judged, Judged{s.text, reasonDeclined})
			return t.void
		}
		st, v := t.examiner.examine(t.ctx, s)
		if !v.OK {
			d := Dropped{clipRunes(strings.TrimSpace(raw), maxSaidRunes), v.Reason + ":" + v.Detail}
			t.dropped, t.judged = append(t.dropped, d), append(t.judged, Judged(d))
			if len(t.statements) == 0 || len(t.dropped) > maxDropped {
				t.void = reasonUnverified
				return t.void
			}
			continue
		}
		if err := t.ctx.Err(); err != nil { // too late
			return err
		}
		t.statements, t.judged = append(t.statements, st), append(t.judged, Judged{Text: clipRunes(strings.TrimSpace(raw), maxSaidRunes)})
		t.watch.passed()
		t.say(st)
	}
	return nil
}

// introduces reports a line that only announces the next ones (安排如下：). It is left out, and is no failure.
func introduces(s saying) bool {
	return len(s.refs) == 0 && strings.HasSuffix(strings.TrimRightFunc(strings.ReplaceAll(s.text, ":", "："), unicode.IsSpace), "：") && len(quantities(unified(s.text))) == 0
}

func clipRunes(s string, n int) string {
	rs := []rune(s)
	return string(rs[:min(n, len(rs))])
}

// A watch ends a composing that takes too long. Its methods are called by one goroutine.
type watch struct {
	patience Patience
	first    *time.Timer // until a sentence passed; nil afterwards
	gap      *time.Timer // nil until then
	total    *time.Timer
	stop     context.CancelCauseFunc
}

func watchOf(p Patience, stop context.CancelCauseFunc) *watch {
	w := &watch{patience: p, stop: stop}
	w.first = w.after(p.First, reasonLate)
	w.total = w.after(p.Total, reasonTotal)
	return w
}

func (w *watch) after(d time.Duration, why reasoned) *time.Timer {
	return time.AfterFunc(d, func() { w.stop(why) })
}

// heard puts the gap off.
func (w *watch) heard() {
	if w.gap != nil {
		w.gap.Reset(w.patience.Gap)
	}
}

// passed begins to wait for gaps instead of the first sentence.
func (w *watch) passed() {
	if w.first != nil {
		w.first.Stop()
		w.first = nil
		w.gap = w.after(w.patience.Gap, reasonGap)
	}
}

func (w *watch) end() {
	for _, t := range []*time.Timer{w.first, w.gap, w.total} {
		if t != nil {
			t.Stop()
		}
	}
}
