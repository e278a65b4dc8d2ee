package app

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestLogIsMasked(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := mask(slog.New(slog.NewTextHandler(&out, nil))).With("callee", "+380671234567").WithGroup("call")
	log.Info("leg to +380671234567 failed", "error", errors.New("no rate for +12025550123"), slog.Group("leg", "to", "+447911123456"),
		"seconds", 380671234567, "at", "2026-03-10T10:00:00+02:00", "amount", "+12.5")
	text := out.String()
	for _, number := range []string{"671234567", "025550123", "911123456"} {
		if strings.Contains(text, "+38"+number) || strings.Contains(text, number) && !strings.Contains(text, "seconds=380671234567") {
			t.Errorf("%s is in %s", number, text)
		}
	}
	for _, kept := range []string{"+380*******67", "+1********23", "+44********56", "+02:00", "+12.5", "seconds=380671234567"} {
		if !strings.Contains(text, kept) {
			t.Errorf("%s is not in %s", kept, text)
		}
	}
}

// The metrics are for this machine; a proxy on it is not this machine.
func TestWhoMayReadMetrics(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, from, header string
		local              bool
	}{
		{"this machine", "127.0.0.1:5000", "", true},
		{"this machine, IPv6", "[::1]:5000", "", true},
		{"another", "10.0.0.9:5000", "", false},
		{"a proxy on this machine", "127.0.0.1:5000", "X-Forwarded-For", false},
		{"a newer proxy", "127.0.0.1:5000", "Forwarded", false},
		{"nonsense", "nonsense", "", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = c.from
		if c.header != "" {
			r.Header.Set(c.header, "203.0.113.7")
		}
		if got := isLocal(r); got != c.local {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
