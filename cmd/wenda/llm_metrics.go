package main

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"wenda/handlers"
	"wenda/rag/backend"
)

// collectors are what the server's metrics have from the command.
func (a *App) collectors() []prometheus.Collector {
	m := modelMetrics{embedders: a.choices, dayTokens: a.Config.LLM.DayTokens, waiting: &a.waiting}
	if a.LLM != nil {
		m.chain = a.LLM.Compose
	}
	return []prometheus.Collector{m}
}

// tally counts the answers of every channel that is configured.
func (a *App) tally() *handlers.Tally {
	names := []string{"wechat"}
	for _, c := range newRunning(a).channels {
		names = append(names, c.Log)
	}
	return handlers.NewTally(names...)
}

// modelMetrics reads the counters of vendors' models when it is asked.
type modelMetrics struct {
	chain     *backend.Chain // nil: none
	embedders []*embedderChoice
	dayTokens int // 0: no limit, and no metric
	waiting   *vectorCount
}

var (
	modelCalls     = modelMetric("calls_total", "Calls that reached a language model, retries included.", "backend")
	modelCompleted = modelMetric("completed_total", "Calls that gave a whole reply.", "backend")
	modelRetries   = modelMetric("retries_total", "Second tries.", "backend")
	modelFailures  = modelMetric("failures_total", "Failures by reason; the backend is empty for calls refused here: busy, budget.", "backend", "reason")
	modelTokens    = modelMetric("tokens_total", "Tokens by kind, prompt or completion; estimated where the vendor does not say.", "backend", "kind")
	modelCost      = modelMetric("cost_total", "Cost by llm-price.", "backend")
	modelBreaker   = modelMetric("breaker", "1 for the state that the breaker is in: closed, half-open, open.", "backend", "state")
	modelOpen      = modelMetric("calls_open", "Calls under way.")
	modelDay       = modelMetric("day_tokens", "Tokens of this day by channel.", "channel")
	vectorsMissing = prometheus.NewDesc("wenda_vectors_missing", "Vectors that the index waits for; words answer meanwhile.", nil, nil)
	modelDayLimit  = modelMetric("day_tokens_limit", "Tokens that a day may take, of all channels.")
)

func modelMetric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("wenda_llm_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (m modelMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{modelCalls, modelCompleted, modelRetries, modelFailures, modelTokens, modelCost, modelBreaker, modelOpen, modelDay, modelDayLimit, vectorsMissing} {
		ch <- d
	}
}

// breakerStates are those of backend.BackendUsage.
var breakerStates = []string{"closed", "half-open", "open"}

// Collect implements prometheus.Collector.
func (m modelMetrics) Collect(ch chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(vectorsMissing, float64(m.waiting.missing.Load()))
	one := func(b backend.BackendUsage) {
		count(modelCalls, float64(b.Calls), b.Name)
		count(modelCompleted, float64(b.Completed), b.Name)
		count(modelRetries, float64(b.Retries), b.Name)
		for reason, n := range b.Failures {
			count(modelFailures, float64(n), b.Name, reason)
		}
		count(modelTokens, float64(b.Tokens.Prompt), b.Name, "prompt")
		count(modelTokens, float64(b.Tokens.Completion), b.Name, "completion")
		count(modelCost, b.Cost, b.Name)
	}
	states := func(b backend.BackendUsage) {
		for _, state := range breakerStates {
			in := 0.0
			if b.State == state {
				in = 1
			}
			gauge(modelBreaker, in, b.Name, state)
		}
	}
	for _, c := range m.embedders {
		if o := c.get(); o != nil && o.vendor != nil {
			u := o.vendor.Usage()
			u.Name += " embed" // a server may compose and embed by one name
			one(u)
			states(u)
		}
	}
	if m.chain == nil {
		return
	}
	u := m.chain.Usage()
	for _, b := range u.Backends {
		one(b)
		states(b)
	}
	for reason, n := range u.Refused {
		count(modelFailures, float64(n), "", reason)
	}
	gauge(modelOpen, float64(u.Places))
	for _, channel := range slices.Sorted(maps.Keys(u.Channels)) {
		gauge(modelDay, float64(u.Channels[channel]), channel)
	}
	if m.dayTokens > 0 {
		gauge(modelDayLimit, float64(m.dayTokens))
	}
}
