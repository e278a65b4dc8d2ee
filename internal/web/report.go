package web

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	reportPath    = "/csp-report"
	longestReport = 8 << 10
	mostReports   = 20 // a minute: strangers send them too
)

// reports counts what was reported within a minute.
type reports struct {
	mu    sync.Mutex
	since time.Time
	count int
}

// take counts a report, and says whether it is to be logged; last is true for the one after which none is for a while.
func (r *reports) take(now time.Time) (ok, last bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if past := now.Sub(r.since); past >= time.Minute || past < 0 {
		r.since, r.count = now, 0
	}
	r.count++
	return r.count <= mostReports, r.count == mostReports
}

// report takes what a browser says of a violation of the policy. It is a mistake of ours, or somebody's attempt: an
// error in the log either way.
func (s *Site) report(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestReport))
	if err != nil {
		http.Error(w, "the report is too long", http.StatusRequestEntityTooLarge)
		return
	}
	if ok, last := s.reports.take(s.options.Now()); ok {
		s.options.Log.Error("content security policy violated", "report", strings.ToValidUTF8(string(text), "?"), "more_are_dropped_this_minute", last)
	}
	w.WriteHeader(http.StatusNoContent)
}
