package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Night is how far the closing of days is behind.
type Night struct {
	Due    int64         // days that have ended and are not closed, parked ones left out
	Parked int64         // days whose closing has stopped
	Lag    time.Duration // how long the first of those due has waited
}

// WatchNight shows the figures that read gives at each scrape. Watching twice panics.
func (m *Metrics) WatchNight(read func() Night) {
	gauge := func(name, help string, value func(Night) float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help},
			func() float64 { return value(read()) }))
	}
	gauge("days_due", "Days of projects that have ended and are not closed, parked ones left out.", func(n Night) float64 { return float64(n.Due) })
	gauge("days_parked", "Days of projects whose closing has stopped and waits for a repair.", func(n Night) float64 { return float64(n.Parked) })
	gauge("night_lag_seconds", "How long the first day that is due has waited to be closed.", func(n Night) float64 { return n.Lag.Seconds() })
}
