package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Mails is how far the delivery of mails is behind.
type Mails struct {
	Waiting int64
	Lag     time.Duration // how long the first of them has waited
}

// WatchMail shows the figures that read gives at each scrape. Watching twice panics.
func (m *Metrics) WatchMail(read func() Mails) {
	gauge := func(name, help string, value func(Mails) float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help},
			func() float64 { return value(read()) }))
	}
	gauge("mails_waiting", "Mails that were not delivered yet.", func(s Mails) float64 { return float64(s.Waiting) })
	gauge("mail_lag_seconds", "How long the first mail that was not delivered yet has waited.", func(s Mails) float64 { return s.Lag.Seconds() })
}

// Mail counts what came of a try to deliver a mail: its kind ("reset") and "sent", "retry", "failed" or "given_up".
func (m *Metrics) Mail(kind, result string) { m.mailed.WithLabelValues(kind, result).Inc() }
