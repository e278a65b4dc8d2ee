package telemetry

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "bellwether"

// Metrics is everything a node counts. Make one with NewMetrics; its methods are safe for concurrent use.
type Metrics struct {
	registry       *prometheus.Registry
	requests       *prometheus.CounterVec
	requestSeconds *prometheus.HistogramVec
	dayCloses      *prometheus.CounterVec
	closeSeconds   prometheus.Histogram
	charges        *prometheus.CounterVec
	mailed         *prometheus.CounterVec
	hooked         *prometheus.CounterVec
	sip            *prometheus.CounterVec
	hits           *prometheus.CounterVec
	hitSeconds     prometheus.Histogram
}

// requestBuckets span a local read, a durable write and a caller who waits too long, in seconds.
var requestBuckets = []float64{.0005, .001, .0025, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 10}

// NewMetrics makes a registry with the metrics of the process, of the Go runtime and of what the node does.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "http_requests_total", Help: "Requests answered, by route, method and status.",
		}, []string{"route", "method", "status"}),
		requestSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_seconds", Help: "Time to answer a request, by route and method.", Buckets: requestBuckets,
		}, []string{"route", "method"}),
		dayCloses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "day_closes_total", Help: "Days of projects closed, by result: closed, parked or failed.",
		}, []string{"result"}),
		closeSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "day_close_seconds", Help: "Time to close one batch of due days.",
			Buckets: prometheus.ExponentialBuckets(.001, 4, 8),
		}),
		charges: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "charges_total", Help: "Charging requests, by action and result: ok or the code of the refusal.",
		}, []string{"action", "result"}),
		mailed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "mails_total", Help: "Tries to deliver a mail, by its kind and result: sent, retry, failed or given_up.",
		}, []string{"kind", "result"}),
		hooked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "webhooks_total", Help: "Tries to deliver a webhook, by what it told and result: sent, retry or failed.",
		}, []string{"kind", "result"}),
		sip: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "sip_total", Help: "What happened on the signalling side: messages in, what was dropped or refused and why.",
		}, []string{"what", "label"}),
		hits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "tracking_hits_total", Help: "Hits of tags, by result: ok or the code of the refusal.",
		}, []string{"result"}),
		hitSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "tracking_hit_seconds", Help: "Time until a hit was on the disk and answered.", Buckets: requestBuckets,
		}),
	}
	m.registry.MustRegister(
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewGoCollector(),
		m.requests, m.requestSeconds, m.dayCloses, m.closeSeconds, m.charges, m.mailed, m.hooked, m.sip, m.hits, m.hitSeconds,
	)
	return m
}

// Request counts an answered request. Route is the pattern it matched ("/v1/projects/{id}"), never the path itself.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.requestSeconds.WithLabelValues(route, method).Observe(took.Seconds())
}

// DayCloses counts what came of one batch of due days and how long the batch took.
func (m *Metrics) DayCloses(closed, parked, failed int, took time.Duration) {
	m.dayCloses.WithLabelValues("closed").Add(float64(closed))
	m.dayCloses.WithLabelValues("parked").Add(float64(parked))
	m.dayCloses.WithLabelValues("failed").Add(float64(failed))
	m.closeSeconds.Observe(took.Seconds())
}

// Charge counts a charging request: its action ("authorise", "settle") and "ok" or the code it was refused with.
func (m *Metrics) Charge(action, result string) {
	m.charges.WithLabelValues(action, result).Inc()
}

// Handler serves the metrics in Prometheus's text format, for /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
