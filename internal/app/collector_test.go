package app_test

import (
	"runtime/debug"
	"testing"

	"bellwether/internal/app"
)

// Not parallel: the collector is one for all tests.
func TestRelaxCollector(t *testing.T) {
	before := debug.SetGCPercent(150)
	defer debug.SetGCPercent(before)
	for _, c := range []struct {
		variable string
		percent  int
	}{{"150", 150}, {"", 400}} {
		t.Setenv("GOGC", c.variable)
		app.RelaxCollector()
		if percent := debug.SetGCPercent(150); percent != c.percent {
			t.Errorf("with GOGC=%s the heap grows by %d per cent, want %d", c.variable, percent, c.percent)
		}
	}
}
