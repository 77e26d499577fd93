package handlers

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wenda/rag"
)

// A Tally counts the answers of all channels: those of the Server itself, of mini-programs and of WeChat's messages, which are given its
// Answer. Its channels are few and known at the start: what is none of them counts as other, so that nobody makes up labels. Make it with
// NewTally; it is safe for concurrent use.
type Tally struct {
	asked    *prometheus.CounterVec
	askTime  *prometheus.HistogramVec
	channels map[string]bool
}

// NewTally makes a Tally of portal, api and more channels.
func NewTally(more ...string) *Tally {
	t := &Tally{
		asked: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wenda_answers_total",
			Help: "Answers by status, mode and channel; status error counts questions that got none."}, []string{"status", "mode", "channel"}),
		askTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "wenda_ask_seconds",
			Help:    "Time from the question to the whole answer.",
			Buckets: []float64{.005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60}}, []string{"channel"}),
		channels: map[string]bool{"portal": true, "api": true},
	}
	for _, name := range more {
		t.channels[name] = true
	}
	return t
}

// Answer counts one question of a channel with its outcome; an answer that comes with an error is none.
func (t *Tally) Answer(a rag.Answer, err error, channel string, took time.Duration) {
	status, mode := string(a.Status), string(a.Mode)
	if err != nil {
		status, mode = "error", ""
	}
	if !t.channels[channel] {
		channel = "other"
	}
	t.asked.WithLabelValues(status, mode, channel).Inc()
	t.askTime.WithLabelValues(channel).Observe(took.Seconds())
}

// Describe implements prometheus.Collector.
func (t *Tally) Describe(ch chan<- *prometheus.Desc) {
	t.asked.Describe(ch)
	t.askTime.Describe(ch)
}

// Collect implements prometheus.Collector.
func (t *Tally) Collect(ch chan<- prometheus.Metric) {
	t.asked.Collect(ch)
	t.askTime.Collect(ch)
}
