package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Tracking is what a node's collector did since it started, and how its pools are.
type Tracking struct {
	Visits    int64            // begun by people
	Bots      int64            // hits of programs
	Leases    map[string]int64 // of numbers, by how: leased, returned, taken
	Overloads int64            // visits that found no free number
	Capped    int64            // numbers refused to an address or a network that holds as many as it may
	Doubtful  int64            // hits left without a number until there is a sign of life
	Pools     int64            // that this node knows
	DryPools  int64            // of them: without a free number now
	Open      int64            // visits open now
}

// WatchTracking shows the figures that read gives at each scrape. Watching twice panics.
func (m *Metrics) WatchTracking(read func() Tracking) {
	m.registry.MustRegister(trackingCollector{read, prometheus.NewDesc(namespace+"_tracking_leases_total", "Numbers leased to visits, by how.", []string{"how"}, nil), map[string]trackingFigure{}}.with())
}

type trackingFigure struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(Tracking) int64
}

type trackingCollector struct {
	read    func() Tracking
	leases  *prometheus.Desc
	figures map[string]trackingFigure
}

func (c trackingCollector) with() trackingCollector {
	for name, f := range map[string]struct {
		help  string
		kind  prometheus.ValueType
		value func(Tracking) int64
	}{
		"visits_total":    {"Visits of people begun.", prometheus.CounterValue, func(t Tracking) int64 { return t.Visits }},
		"bot_hits_total":  {"Hits of programs: counted, never given a number.", prometheus.CounterValue, func(t Tracking) int64 { return t.Bots }},
		"overloads_total": {"Visits that found no free number.", prometheus.CounterValue, func(t Tracking) int64 { return t.Overloads }},
		"capped_total":    {"Numbers refused to an address or a network that holds as many as it may.", prometheus.CounterValue, func(t Tracking) int64 { return t.Capped }},
		"doubtful_total":  {"Hits left without a number until there is a sign of life.", prometheus.CounterValue, func(t Tracking) int64 { return t.Doubtful }},
		"pools":           {"Pools that this node gives numbers of.", prometheus.GaugeValue, func(t Tracking) int64 { return t.Pools }},
		"pools_dry":       {"Pools without a free number now.", prometheus.GaugeValue, func(t Tracking) int64 { return t.DryPools }},
		"visits_open":     {"Visits open now.", prometheus.GaugeValue, func(t Tracking) int64 { return t.Open }},
	} {
		c.figures[name] = trackingFigure{prometheus.NewDesc(namespace+"_tracking_"+name, f.help, nil, nil), f.kind, f.value}
	}
	return c
}

// Describe implements prometheus.Collector.
func (c trackingCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.leases
	for _, f := range c.figures {
		out <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (c trackingCollector) Collect(out chan<- prometheus.Metric) {
	now := c.read()
	for how, n := range now.Leases {
		out <- prometheus.MustNewConstMetric(c.leases, prometheus.CounterValue, float64(n), how)
	}
	for _, f := range c.figures {
		out <- prometheus.MustNewConstMetric(f.desc, f.kind, float64(f.value(now)))
	}
}

// Hit counts a hit of a tag by what came of it, "ok" or the code of the refusal, and how long it took until it was durable.
func (m *Metrics) Hit(result string, took time.Duration) {
	m.hits.WithLabelValues(result).Inc()
	if result == "ok" {
		m.hitSeconds.Observe(took.Seconds())
	}
}
