package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Webhooks is how far the telling of customers' servers is behind.
type Webhooks struct {
	Waiting int64
	Lag     time.Duration // how long the first message that was never tried has been due
	Failing int64         // endpoints whose last try failed
}

// WatchWebhooks shows the figures that read gives at each scrape. Watching twice panics.
func (m *Metrics) WatchWebhooks(read func() Webhooks) {
	gauge := func(name, help string, value func(Webhooks) float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help},
			func() float64 { return value(read()) }))
	}
	gauge("webhooks_waiting", "Deliveries of webhooks that were not taken yet.", func(s Webhooks) float64 { return float64(s.Waiting) })
	gauge("webhook_lag_seconds", "How long the first webhook that was never tried has been due.", func(s Webhooks) float64 { return s.Lag.Seconds() })
	gauge("webhooks_failing", "Webhooks that are on and whose last try failed.", func(s Webhooks) float64 { return float64(s.Failing) })
}

// Webhook counts a try to deliver a webhook: what it told ("call.ended") and what came of it, "sent", "retry" or "failed".
func (m *Metrics) Webhook(kind, result string) { m.hooked.WithLabelValues(kind, result).Inc() }
