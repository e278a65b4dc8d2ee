// Package telemetry holds the log and the metrics of a running Bellwether: one slog logger, one Prometheus registry, and
// a typed method for each thing worth counting, so that names and labels are written once.
//
// It owns metric names, their labels and their buckets. It does not decide what to log or count: callers do. Labels take
// few values, never a project or a telephone number: those belong in the log and in the ledger. No global state: a test
// makes its own Metrics.
package telemetry
