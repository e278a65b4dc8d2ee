package telemetry

import "github.com/prometheus/client_golang/prometheus"

// StoreStats is what a database tells about its group commit. Counts only grow, from the start of the process.
type StoreStats struct {
	Batches  uint64 // transactions committed
	Writes   uint64 // callers' functions committed in them: Writes/Batches is how much each fsync is shared
	Failures uint64 // callers' functions that ended in an error
	Retries  uint64 // batches run again after the database broke one off
	WALBytes int64  // size of the write-ahead log now; growth means a reader keeps checkpoints from running
}

// WatchStore polls read at every scrape. Name tells databases apart ("core"); each name may be watched once.
func (m *Metrics) WatchStore(name string, read func() StoreStats) {
	labels := prometheus.Labels{"store": name}
	counter := func(metric, help string, value func(StoreStats) uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: "store", Name: metric, Help: help, ConstLabels: labels,
		}, func() float64 { return float64(value(read())) }))
	}
	counter("batches_total", "Transactions committed.", func(s StoreStats) uint64 { return s.Batches })
	counter("writes_total", "Writes committed in them.", func(s StoreStats) uint64 { return s.Writes })
	counter("failures_total", "Writes that ended in an error.", func(s StoreStats) uint64 { return s.Failures })
	counter("retries_total", "Batches run again.", func(s StoreStats) uint64 { return s.Retries })
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: "store", Name: "wal_bytes", Help: "Size of the write-ahead log.", ConstLabels: labels,
	}, func() float64 { return float64(read().WALBytes) }))
}
