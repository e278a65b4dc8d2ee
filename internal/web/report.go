package web

import (
	"io"
	"net/http"
	"strings"
)

const (
	reportPath    = "/csp-report"
	longestReport = 8 << 10
)

// report takes what a browser says of a violation of the policy. It is a mistake of ours, or somebody's attempt: an
// error in the log either way.
func (s *Site) report(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestReport))
	if err != nil {
		http.Error(w, "the report is too long", http.StatusRequestEntityTooLarge)
		return
	}
	s.options.Log.Error("content security policy violated", "report", strings.ToValidUTF8(string(text), "?"))
	w.WriteHeader(http.StatusNoContent)
}
