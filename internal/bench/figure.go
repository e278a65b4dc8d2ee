package bench

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Figure is one measured number.
type Figure struct {
	Name     string
	Value    float64
	Unit     string
	Target   string  // such as ">=25000"; empty for none
	Baseline float64 // zero for none; in the same unit
}

// String writes "figure NAME VALUE UNIT target=T baseline=B ratio=R".
func (f Figure) String() string {
	text := fmt.Sprintf("figure %-46s %12s %-8s", f.Name, number(f.Value), f.Unit)
	if f.Target != "" {
		text += " target=" + f.Target
	}
	if f.Baseline != 0 {
		text += fmt.Sprintf(" baseline=%s ratio=%.1f", number(f.Baseline), f.Value/f.Baseline)
	}
	return strings.TrimRight(text, " ")
}

func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.4f", v)
}

// latencies collects the durations of many callers.
type latencies struct{ all []time.Duration }

func (l *latencies) percentile(p float64) time.Duration {
	if len(l.all) == 0 {
		return 0
	}
	slices.Sort(l.all)
	return l.all[min(len(l.all)-1, int(p*float64(len(l.all))))]
}

// Header says on what the figures were taken.
func Header(out io.Writer, stores []string) {
	fmt.Fprintf(out, "# %d cores, %s/%s, %s; stores: %s\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), strings.Join(stores, ", "))
	if load, err := os.ReadFile("/proc/loadavg"); err == nil { // of Linux
		fmt.Fprintf(out, "# load average before: %s\n", strings.Join(strings.Fields(string(load))[:3], " "))
	}
}
