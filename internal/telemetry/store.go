package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"bellwether/internal/store"
)

// storeCollector reads a database's figures once a scrape.
type storeCollector struct {
	read func() store.Stats
	desc map[string]*prometheus.Desc
}

// WatchStore shows the figures that read gives at each scrape. Name tells databases apart ("core"); watching a name twice
// panics.
func (m *Metrics) WatchStore(name string, read func() store.Stats) {
	c := storeCollector{read: read, desc: map[string]*prometheus.Desc{}}
	for metric, help := range map[string]string{
		"queued":              "Writes waiting now.",
		"batches_total":       "Transactions committed.",
		"writes_total":        "Writes committed in them; divided by the transactions it is how many share an fsync.",
		"largest_batch":       "Most writes in one transaction.",
		"reruns_total":        "Transactions undone and run again.",
		"last_commit_seconds": "Duration of the last commit, fsync included.",
		"wal_bytes":           "Size of the write-ahead log; where it grows, a long reader keeps checkpoints from running.",
		"failed":              "1 once nothing is acknowledged any more.",
	} {
		full := prometheus.BuildFQName(namespace, "store", metric)
		c.desc[metric] = prometheus.NewDesc(full, help, nil, prometheus.Labels{"store": name})
	}
	m.registry.MustRegister(c)
}

// Describe implements prometheus.Collector.
func (c storeCollector) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range c.desc {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (c storeCollector) Collect(out chan<- prometheus.Metric) {
	send := func(metric string, kind prometheus.ValueType, value float64) {
		out <- prometheus.MustNewConstMetric(c.desc[metric], kind, value)
	}
	s := c.read()
	send("queued", prometheus.GaugeValue, float64(s.Queued))
	send("batches_total", prometheus.CounterValue, float64(s.Batches))
	send("writes_total", prometheus.CounterValue, float64(s.Functions))
	send("largest_batch", prometheus.GaugeValue, float64(s.LargestBatch))
	send("reruns_total", prometheus.CounterValue, float64(s.Reruns))
	send("last_commit_seconds", prometheus.GaugeValue, s.LastCommit.Seconds())
	send("wal_bytes", prometheus.GaugeValue, float64(s.WALBytes))
	failed := 0.0
	if s.Failed {
		failed = 1
	}
	send("failed", prometheus.GaugeValue, failed)
}
