package telemetry

import (
	"io"
	"log/slog"
)

// NewLogger makes the logger of a node: "json" lines for programs, any other format is text for people.
func NewLogger(w io.Writer, format string, level slog.Level, node string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(w, options)
	if format == "json" {
		handler = slog.NewJSONHandler(w, options)
	}
	return slog.New(handler).With("node", node)
}
