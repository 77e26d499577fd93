package rag

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

	"wenda/rag/backend"
	"wenda/rag/backend/scripted"
)

// chained is the real Chain as a Model, as cmd/wenda wires it.
type chained struct{ *backend.Chain }

func (chained) Name() string { return "scripted" }

func (c chained) Compose(ctx context.Context, list []llms.MessageContent, channel string, deliver func(string) error) (Usage, error) {
	done, err := c.Chain.Compose(ctx, backend.Request{Messages: list, Channel: channel}, func(_ context.Context, delta string) error { return deliver(delta) })
	if err != nil {
		return Usage{}, err
	}
	return Usage{Backend: done.Backend, Model: done.Model, PromptTokens: done.Tokens.Prompt, CompletionTokens: done.Tokens.Completion}, nil
}

// vendor is a scripted server with the real Chain to it; limits may be shortened.
func vendor(tb testing.TB, change func(*backend.Config, *backend.ChainConfig)) (*scripted.Server, Model) {
	tb.Helper()
	s := scripted.Start()
	tb.Cleanup(s.Close)
	c := backend.Config{BaseURL: s.URL + "/v1", Model: "m", Limits: backend.Limits{RetryWait: 2 * time.Millisecond}}
	chain := backend.ChainConfig{Calls: 1000, BreakerCalls: 1 << 20}
	if change != nil {
		change(&c, &chain)
	}
	b, err := backend.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(b.Close)
	made, err := backend.NewChain([]*backend.Backend{b}, chain)
	if err != nil {
		tb.Fatal(err)
	}
	return s, chained{made}
}

// composing is an engine with a model that says text, in pieces of a few runes, to every question.
func composing(tb testing.TB, text string) *Engine {
	tb.Helper()
	s, m := vendor(tb, nil)
	s.Answer(func(scripted.Request) scripted.Reply { return scripted.Chat(pieces(text, 7)...) })
	return engine(tb, func(p *Parts) { p.Model = m })
}

// pieces cuts a text into pieces of n bytes or a little more, at runes.
func pieces(text string, n int) []string {
	var out []string
	var b strings.Builder
	for _, r := range text {
		b.WriteRune(r)
		if b.Len() >= n {
			out = append(out, b.String())
			b.Reset()
		}
	}
	return append(out, b.String())
}

func TestGeneratedAnswer(t *testing.T) {
	s, m := vendor(t, nil)
	s.Answer(func(scripted.Request) scripted.Reply {
		return scripted.Chat(pieces("2022年云溪区计划新增1500个学位[1]。另外还要新建、扩建6所学校。[1]", 5)...)
	})
	e := engine(t, func(p *Parts) { p.Model = m })
	a := asked(t, e, "今年新增多少学位")
	if a.Mode != Generated || a.Degraded || !a.Answered || a.Text != "2022年云溪区计划新增1500个学位。[1]另外还要新建、扩建6所学校。[1]" {
		t.Errorf("got %s, degraded %v (%s): %q, dropped %+v", a.Mode, a.Degraded, a.Reason, a.Text, a.Trace.Dropped)
	}
	if a.Label == "" || a.AIGC == nil || a.AIGC.ProduceID != a.ID || a.Notice == "" {
		t.Errorf("got label %q, metadata %+v, notice %q", a.Label, a.AIGC, a.Notice)
	}
	list := s.Requests()
	if len(list) != 1 || len(list[0].Messages) != 2 {
		t.Fatalf("got %d requests", len(list))
	}
	t.Log(list[0].Messages[1].Content)
}

func TestQuotedWhenTheModelLies(t *testing.T) {
	a := asked(t, composing(t, "计划新增学位9999个。[1]"), "今年新增多少学位")
	if a.Mode != Quoted || !a.Degraded || a.Reason != reasonUnverified || !a.Answered || len(a.Trace.Dropped) != 1 || a.AIGC != nil {
		t.Errorf("got %s, degraded %v (%s): %q, dropped %+v", a.Mode, a.Degraded, a.Reason, a.Text, a.Trace.Dropped)
	}
}

// A trial sees what the model was sent and how each sentence was judged; the log does not keep it, and the secret mark is in neither.
func TestDetailOfATrial(t *testing.T) {
	e := composing(t, "2022年云溪区计划新增1500个学位[1]。新增学位9999个。[1]")
	a, err := e.Ask(t.Context(), Question{Text: "今年新增多少学位", Channel: "staff", Detail: true}, nil)
	if err != nil || a.Trace.Model == nil {
		t.Fatalf("%+v, %v", a.Trace.Model, err)
	}
	m := a.Trace.Model
	if len(m.Sent) != 2 || m.Sent[0].Role != "system" || !strings.Contains(m.Sent[1].Text, "今年新增多少学位") {
		t.Errorf("sent %+v", m.Sent)
	}
	for _, sent := range m.Sent {
		if strings.Contains(sent.Text, e.canary) {
			t.Error("the secret mark is told")
		}
	}
	if len(m.Said) != 2 || m.Said[0].Reason != "" || m.Said[1].Reason == "" || !strings.Contains(m.Said[1].Text, "9999") {
		t.Errorf("said %+v", m.Said)
	}
	if plain := asked(t, e, "今年新增多少学位"); plain.Trace.Model == nil || plain.Trace.Model.Sent != nil || plain.Trace.Model.Said != nil {
		t.Errorf("without detail: %+v", plain.Trace.Model)
	}
}
