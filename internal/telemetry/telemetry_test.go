package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bellwether/internal/store"
	"bellwether/internal/telemetry"
)

func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("metrics answer %d: %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics()
	m.Request("/v1/projects/{id}", http.MethodGet, http.StatusOK, 3*time.Millisecond)
	m.Request("/v1/projects/{id}", http.MethodGet, http.StatusOK, 30*time.Millisecond)
	m.DayCloses(7, 1, 0, time.Second)
	m.Charge("authorise", "charging.premium_number")
	stats := store.Stats{Batches: 2, Functions: 64, WALBytes: 4096}
	m.WatchStore("core", func() store.Stats { return stats })
	m.WatchNight(func() telemetry.Night { return telemetry.Night{Due: 12, Parked: 3, Lag: 90 * time.Second} })
	m.Mail("reset", "sent")
	m.WatchMail(func() telemetry.Mails { return telemetry.Mails{Waiting: 4, Lag: time.Minute} })
	m.SIP("dropped", "scanner")
	m.WatchTelephony(func() telemetry.Telephony {
		return telemetry.Telephony{Calls: 2, Registered: 5, TrunksUp: 1, TrunksDown: 3, TrunksDead: 2, FreePorts: 90}
	})
	m.Hit("ok", 3*time.Millisecond)
	m.Hit("tracking.flood", time.Millisecond)
	m.WatchTracking(func() telemetry.Tracking {
		return telemetry.Tracking{Visits: 7, Bots: 2, Leases: map[string]int64{"leased": 5, "taken": 1}, Overloads: 1, Capped: 3, Doubtful: 8, Pools: 4, DryPools: 1, Open: 6}
	})
	stats.Functions, stats.Failed = 65, true // read at the scrape, not before

	got := scrape(t, m)
	for _, want := range []string{
		`bellwether_http_requests_total{method="GET",route="/v1/projects/{id}",status="200"} 2`,
		`bellwether_http_request_seconds_bucket{method="GET",route="/v1/projects/{id}",le="0.005"} 1`,
		`bellwether_http_request_seconds_count{method="GET",route="/v1/projects/{id}"} 2`,
		`bellwether_day_closes_total{result="closed"} 7`,
		`bellwether_day_closes_total{result="parked"} 1`,
		`bellwether_day_closes_total{result="failed"} 0`,
		`bellwether_day_close_seconds_count 1`,
		`bellwether_charges_total{action="authorise",result="charging.premium_number"} 1`,
		`bellwether_days_due 12`,
		`bellwether_days_parked 3`,
		`bellwether_night_lag_seconds 90`,
		`bellwether_mails_total{kind="reset",result="sent"} 1`,
		`bellwether_mails_waiting 4`,
		`bellwether_sip_total{label="scanner",what="dropped"} 1`,
		`bellwether_tracking_hits_total{result="ok"} 1`,
		`bellwether_tracking_hits_total{result="tracking.flood"} 1`,
		`bellwether_tracking_hit_seconds_count 1`,
		`bellwether_tracking_visits_total 7`,
		`bellwether_tracking_bot_hits_total 2`,
		`bellwether_tracking_leases_total{how="taken"} 1`,
		`bellwether_tracking_overloads_total 1`,
		`bellwether_tracking_capped_total 3`,
		`bellwether_tracking_pools_dry 1`,
		`bellwether_tracking_visits_open 6`,
		`bellwether_calls_running 2`,
		`bellwether_sip_registered 5`,
		`bellwether_trunks_up 1`,
		`bellwether_trunks_down 3`,
		`bellwether_rtp_ports_free 90`,
		`bellwether_mail_lag_seconds 60`,
		`bellwether_store_batches_total{store="core"} 2`,
		`bellwether_store_writes_total{store="core"} 65`,
		`bellwether_store_failed{store="core"} 1`,
		`bellwether_store_wal_bytes{store="core"} 4096`,
		`go_goroutines `,
		`process_cpu_seconds_total `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestTwoNodesInOneProcessCountApart(t *testing.T) {
	t.Parallel()
	one, other := telemetry.NewMetrics(), telemetry.NewMetrics()
	one.Charge("settle", "ok")
	if strings.Contains(scrape(t, other), "bellwether_charges_total{") {
		t.Error("the second node shows the first one's charge")
	}
}

func TestLoggerWritesJSONFromItsLevelUp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, "json", slog.LevelWarn, "kyiv-1")
	log.Info("too quiet")
	log.Warn("day parked", "project", "p1")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, &out)
	}
	if line["msg"] != "day parked" || line["node"] != "kyiv-1" || line["project"] != "p1" || line["level"] != "WARN" {
		t.Errorf("logged %v", line)
	}
}

func TestLoggerWritesText(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	telemetry.NewLogger(&out, "text", slog.LevelInfo, "kyiv-1").Info("ready", "url", "http://localhost")
	if got := out.String(); !strings.Contains(got, "level=INFO msg=ready node=kyiv-1 url=http://localhost") {
		t.Errorf("logged %s", got)
	}
}
