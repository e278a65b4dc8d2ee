package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/store/storetest"
)

// month is a project that lives for some days.
func month(days int) string {
	var events strings.Builder
	events.WriteString(`{"at":"2021-02-01T10:00:00Z","type":"project.open","project":"x","country":"US","currency":"USD","time_zone":"UTC","book":"ringostat"}` + "\n")
	events.WriteString(`{"at":"2021-02-01T10:00:00Z","type":"product.on","product":"call_tracking"}` + "\n")
	fmt.Fprintf(&events, `{"at":"2021-%02d-%02dT00:00:00Z","type":"end"}`+"\n", 2+days/28, 1+days%28)
	return events.String()
}

// What the events would have cost, under the version of then and under another; nothing of it is in the books here.
func TestSimulationOverHTTP(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	for query, balance := range map[string]string{"": "-19.666666", "?from=2021-02-03&to=2021-02-03": "-19.666666", "?book=ringostat@2022-07-01": "-19.666666"} {
		var result struct {
			Balance string
			Entries []struct{ Day string }
		}
		s.must(s.as("project:charge"), http.MethodPost, "/v1/simulate"+query, month(10), http.StatusOK).into(t, &result)
		want := 10
		if strings.Contains(query, "from") {
			want = 1
		}
		if difference(t, "0", result.Balance) != balance && result.Balance != "-19.666667" || len(result.Entries) != want {
			t.Errorf("%q: %s over %d entries", query, result.Balance, len(result.Entries))
		}
	}
	s.refused(s.as("operator"), http.MethodGet, "/v1/projects/x", "", http.StatusNotFound, "project.not_found")
	s.refused(s.as("project:read"), http.MethodPost, "/v1/simulate", strings.Repeat("\n", 20_001), http.StatusUnprocessableEntity, "api.too_many_events")
	s.refused(s.as("project:read"), http.MethodPost, "/v1/simulate?book=../../etc/passwd.yaml", month(1), http.StatusNotFound, "pricebook.unknown_book")
}

// Simulations beyond what the machine may be kept busy with are put off, not queued.
func TestSimulationsAreFew(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	var all sync.WaitGroup
	answers := make([]answer, 12)
	for i := range answers {
		all.Go(func() { answers[i] = s.do(s.as("project:read"), http.MethodPost, "/v1/simulate", month(250)) })
	}
	all.Wait()
	done, busy := 0, 0
	for _, got := range answers {
		switch {
		case got.status == http.StatusOK:
			done++
		case got.status == http.StatusServiceUnavailable && got.code(t) == "api.simulations_busy" && got.header.Get("Retry-After") == "5":
			busy++
		default:
			t.Errorf("%d %.300s", got.status, got.body)
		}
	}
	if done < 2 || busy == 0 {
		t.Errorf("%d were done, %d put off", done, busy)
	}
}
