package handlers

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are those of one Server, in a registry of their own.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	streams   prometheus.Gauge
	rejected  *prometheus.CounterVec
	feedbacks *prometheus.CounterVec
}

func newMetrics(others []prometheus.Collector) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wenda_http_requests_total",
			Help: "Requests by method, route pattern and status."}, []string{"method", "route", "status"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "wenda_streams_open",
			Help: "Answers being streamed now."}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wenda_limited_total",
			Help: "Requests refused by a limit: rate, streams."}, []string{"limit"}),
		feedbacks: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wenda_feedback_total",
			Help: "Feedback by verdict."}, []string{"verdict"}),
	}
	m.registry.MustRegister(m.requests, m.streams, m.rejected, m.feedbacks,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(others...)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// request counts one; a method of the client's invention is not a label.
func (m *metrics) request(method, route string, status int) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
}

func (m *metrics) limited(limit string) { m.rejected.WithLabelValues(limit).Inc() }

func (m *metrics) feedback(verdict string) { m.feedbacks.WithLabelValues(verdict).Inc() }
