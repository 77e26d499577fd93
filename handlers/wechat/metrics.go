package wechat

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are PROTOCOL.md's point 22. Labels are channels' names and words of ours, nothing that a user wrote.
type metrics struct {
	refused      *prometheus.CounterVec
	intake       *prometheus.CounterVec
	unknown      *prometheus.CounterVec
	acknowledged *prometheus.HistogramVec
	answered     *prometheus.HistogramVec
	sends        *prometheus.CounterVec
	parts        *prometheus.CounterVec
	quota        *prometheus.CounterVec
	handovers    *prometheus.CounterVec
	service      *Service
}

var (
	queueDepth   = prometheus.NewDesc("wenda_wechat_queue_depth", "Messages that wait or are being answered.", []string{"channel"}, nil)
	queueAge     = prometheus.NewDesc("wenda_wechat_queue_age_seconds", "Age of the oldest of them; 0 without any.", []string{"channel"}, nil)
	tokenFetches = prometheus.NewDesc("wenda_wechat_token_fetches_total", "Access tokens fetched.", []string{"channel"}, nil)
)

func newMetrics(s *Service) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wenda_wechat_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets ...float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "wenda_wechat_" + name, Help: help, Buckets: buckets}, []string{"channel"})
	}
	return &metrics{service: s,
		refused:      counter("refused_total", "Requests that failed verification, by reason.", "channel", "reason"),
		intake:       counter("messages_total", "Verified messages by verdict; duplicate and replay were answered without work.", "channel", "verdict"),
		unknown:      counter("unknown_total", "Messages and events of types that are not answered.", "channel"),
		acknowledged: histogram("acknowledge_seconds", "Time to acknowledge a message.", .002, .005, .01, .02, .05, .1, .2, .5, 1, 3),
		answered:     histogram("answer_seconds", "Time from acceptance to the last part.", .05, .1, .2, .5, 1, 2, 5, 10, 30, 60, 300),
		sends:        counter("sends_total", "Requests to send by WeChat's code; network: none came.", "channel", "code"),
		parts:        counter("parts_total", "Parts by what became of them.", "state"),
		quota:        counter("quota_exhausted_total", "Messages whose quota ended before their answer.", "channel"),
		handovers:    counter("handovers_total", "Users who were told of 12345 (told) or given to a person (transfer).", "channel", "how"),
	}
}

func (m *metrics) vectors() []prometheus.Collector {
	return []prometheus.Collector{m.refused, m.intake, m.unknown, m.acknowledged, m.answered, m.sends, m.parts, m.quota, m.handovers}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, v := range m.vectors() {
		v.Describe(ch)
	}
	ch <- queueDepth
	ch <- queueAge
	ch <- tokenFetches
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	for _, v := range m.vectors() {
		v.Collect(ch)
	}
	depth, oldest := m.service.lanes.depth()
	for name, l := range m.service.lines {
		var age time.Duration
		if at, ok := oldest[name]; ok {
			age = m.service.Now().Sub(at)
		}
		ch <- prometheus.MustNewConstMetric(queueDepth, prometheus.GaugeValue, float64(depth[name]), name)
		ch <- prometheus.MustNewConstMetric(queueAge, prometheus.GaugeValue, age.Seconds(), name)
		ch <- prometheus.MustNewConstMetric(tokenFetches, prometheus.CounterValue, float64(l.client.Fetches()), name)
	}
}

// Collector is for /metrics.
func (s *Service) Collector() prometheus.Collector { return s.metrics }

func codeLabel(code int, failed bool) string {
	if failed && code == 0 {
		return "network"
	}
	return strconv.Itoa(code)
}
