package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/tmc/langchaingo/llms"

	"wenda/rag/backend"
	"wenda/rag/backend/scripted"
)

const secretQuestion = "我家孩子上哪所学校"

// askModel composes through a chain as the engine does.
func askModel(t *testing.T, c *backend.Chain, channel string) (backend.Completion, error) {
	t.Helper()
	return c.Compose(t.Context(), backend.Request{Channel: channel, Messages: []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, secretQuestion)}},
		func(context.Context, string) error { return nil })
}

// exposed is what /metrics says of a collector.
func exposed(t *testing.T, c ...prometheus.Collector) string {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(c...)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// Calls are counted and logged, whatever becomes of them, and no word of question, answer or vendor is.
func TestModelsAreCountedAndLogged(t *testing.T) {
	first, second := vendor(t, scripted.Refuse(400, "", "the prompt "+secretQuestion+" is too long", "")), scripted.Start()
	t.Cleanup(second.Close)
	log := &logBuffer{}
	a := &App{Config: Config{LLM: LLM{Compose: []string{"deepseek=large", "kimi=small"}, Keys: map[string]backend.Secret{"deepseek": hushed, "kimi": hushed},
		URL:   map[string]string{"deepseek": first.URL + "/v1", "kimi": second.URL + "/v1"},
		Price: map[string]string{"kimi": "10000/0"}, Limits: map[string]string{"breaker-calls": "2", "breaker-rest": "1h"},
		DayTokens: 100000, ChannelTokens: map[string]string{"wechat": "10"}}}}
	var err error
	if a.LLM, err = a.Config.LLM.openModels(newLog(log, "info"), nil); err != nil {
		t.Fatal(err)
	}
	defer a.LLM.close()
	for range 3 {
		done, err := askModel(t, a.LLM.Compose, "portal")
		if err != nil || !strings.HasPrefix(done.Backend, "kimi/small@") {
			t.Fatalf("got %+v, %v", done, err)
		}
	}
	_, err = askModel(t, a.LLM.Rewrite, "wechat")
	var e *backend.Error
	if !errors.As(err, &e) || e.Code != backend.ReasonBudget {
		t.Fatalf("got %v", err)
	}
	large, small := "deepseek/large@"+strings.TrimPrefix(first.URL, "http://"), "kimi/small@"+strings.TrimPrefix(second.URL, "http://")
	got := exposed(t, a.collectors()...)
	for _, want := range []string{
		`wenda_llm_calls_total{backend="` + large + `"} 2`, `wenda_llm_calls_total{backend="` + small + `"} 3`,
		`wenda_llm_completed_total{backend="` + small + `"} 3`, `wenda_llm_retries_total{backend="` + small + `"} 0`,
		`wenda_llm_failures_total{backend="` + large + `",reason="bad_request"} 2`, `wenda_llm_failures_total{backend="` + large + `",reason="breaker_open"} 1`,
		`wenda_llm_failures_total{backend="",reason="budget"} 1`,
		`wenda_llm_tokens_total{backend="` + small + `",kind="prompt"} 300`, `wenda_llm_tokens_total{backend="` + small + `",kind="completion"} 18`,
		`wenda_llm_cost_total{backend="` + small + `"} 3`,
		`wenda_llm_breaker{backend="` + large + `",state="open"} 1`, `wenda_llm_breaker{backend="` + large + `",state="closed"} 0`,
		`wenda_llm_breaker{backend="` + small + `",state="closed"} 1`,
		`wenda_llm_calls_open 0`, `wenda_llm_day_tokens{channel="portal"} 318`, `wenda_llm_day_tokens_limit 100000`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
	text := log.String()
	for _, want := range []string{
		`"msg":"model call","backend":"` + small + `","model":"scripted","channel":"portal","prompt_tokens":100,"completion_tokens":6,"estimated":false,"cost":1`,
		`"earlier":["` + large + ` bad_request 400"]`, `"earlier":["` + large + ` breaker_open"]`,
		`"msg":"model breaker","backend":"` + large + `","from":"closed","to":"open"`,
		`"level":"WARN","msg":"model call failed","backend":"","channel":"wechat","reason":"budget"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, never := range []string{secretQuestion, "学位", "hush", "TAIL"} {
		if strings.Contains(text, never) || strings.Contains(got, never) {
			t.Errorf("%q shows", never)
		}
	}
}

// A key that goes over the network in clear gets a warning, once, on this machine none.
func TestKeysInClear(t *testing.T) {
	for _, row := range []struct {
		url   string
		warns int
	}{{"http://10.0.0.5:8000/v1", 1}, {"http://127.0.0.1:8000/v1", 0}, {"http://[::1]:8000/v1", 0}, {"http://localhost/v1", 0}, {"https://10.0.0.5/v1", 0}} {
		log := &logBuffer{}
		models, err := LLM{Compose: []string{row.url + "=m", row.url + "=n"}, Keys: map[string]backend.Secret{"other": hushed}}.openModels(newLog(log, "info"), nil)
		if err != nil {
			t.Fatal(err)
		}
		models.close()
		if got := strings.Count(log.String(), "without encryption"); got != row.warns || strings.Contains(log.String(), "hush") {
			t.Errorf("%s: %d warnings, want %d: %s", row.url, got, row.warns, log)
		}
	}
}

// The server says which models it has, shows their counters, and connects to none of them on its own.
func TestServeWithModels(t *testing.T) {
	s := vendor(t, fit)
	running, err := serveWith(Config{Data: t.TempDir(), Models: t.TempDir(), LLM: LLM{Compose: []string{s.URL + "/v1=m"}, DayTokens: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(s.URL, "http://") + "/m"
	if got := running.mustGet(t, "/metrics").body; !strings.Contains(got, `wenda_llm_breaker{backend="`+name+`",state="closed"} 1`) || !strings.Contains(got, "wenda_llm_day_tokens_limit 1000") {
		t.Errorf("no models in /metrics:\n%s", got)
	}
	if err := running.stop(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(running.log.String(), `"msg":"language models","backends":["`+name+`"],"day_tokens":1000`) || s.Made() != 0 {
		t.Errorf("%d connections, log %s", s.Made(), running.log)
	}
}
