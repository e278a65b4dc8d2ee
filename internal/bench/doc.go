// Package bench measures the figures the project promises and prints them one a line, each beside its target and, where
// one exists, beside a baseline taken in the same run: absolute numbers of a shared machine mean little, ratios do.
//
// It owns the workloads and the printing. It measures the real code on real stores: files synced to disk, a private
// PostgreSQL with fsync on.
package bench
