package api_test

import (
	"net/http"
	"strings"
	"testing"

	exact "bellwether/internal/money"
	"bellwether/internal/store/storetest"
)

func amount(t testing.TB, s string) exact.Micro {
	t.Helper()
	m, err := exact.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every answer names its request and forbids what browsers might make of it.
func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	for _, got := range []answer{
		s.do(s.as("project:read"), http.MethodGet, "/v1/projects/demo", ""),
		s.do(nil, http.MethodGet, "/v1/projects/demo", ""),
		s.do(nil, http.MethodGet, "/nowhere", ""),
		s.do(s.as("project:read"), http.MethodGet, "/v1/projects/demo/entries.csv", ""),
	} {
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%d: %s is %q, want %q", got.status, name, got.header.Get(name), want)
			}
		}
		if got.header.Get("X-Request-Id") == "" {
			t.Errorf("%d: the request has no name", got.status)
		}
	}
	mine := s.refused(headers{"X-Request-Id": "call-77"}, http.MethodGet, "/v1/books", "", http.StatusUnauthorized, "api.no_key")
	if mine.header.Get("X-Request-Id") != "call-77" || mine.json(t)["request_id"] != "call-77" {
		t.Errorf("the caller's name of the request is lost: %s", mine.body)
	}
	odd := s.do(headers{"X-Request-Id": "<b>"}, http.MethodGet, "/v1/books", "")
	if strings.Contains(odd.header.Get("X-Request-Id"), "<") {
		t.Error("a name that is none was taken")
	}
}

// What is not there, and what a path does not take, is a problem like any other.
func TestNoRoute(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.refused(nil, http.MethodGet, "/v2/projects", "", http.StatusNotFound, "api.no_route")
	s.refused(nil, http.MethodGet, "/v1/projects/demo/nothing", "", http.StatusNotFound, "api.no_route")
	got := s.refused(nil, http.MethodDelete, "/v1/projects/demo", "", http.StatusMethodNotAllowed, "api.method_not_allowed")
	if allow := got.header.Get("Allow"); !strings.Contains(allow, "GET") {
		t.Errorf("Allow is %q", allow)
	}
	s.refused(s.as("operator"), http.MethodGet, "/v1/projects/demo?cursor=%ff", "", http.StatusBadRequest, "api.bad_url")
	s.refused(s.as("operator"), http.MethodGet, "/v1/projects/de%00mo", "", http.StatusBadRequest, "api.bad_url")
}

// The log tells of each request what, how long and by which key, and of no telephone number and no secret.
func TestLogHoldsNoNumbers(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.pay("p0", "100")
	const number, callee = "+380441234567", "+380671112233"
	write, charge := s.as("project:write"), s.as("project:charge")
	s.must(s.as("operator"), http.MethodPost, "/v1/projects/demo/numbers", `{"number":"`+number+`","owner":"operator","kind":"local","use":"pbx"}`, http.StatusCreated)
	s.do(write, http.MethodPost, "/v1/projects/demo/numbers", `{"number":"`+number+`","owner":"operator","kind":"local","use":"pbx"}`)
	s.must(write, http.MethodDelete, "/v1/projects/demo/numbers/"+number, "", http.StatusOK)
	s.do(write, http.MethodDelete, "/v1/projects/demo/numbers/"+number, "")
	s.must(charge, http.MethodPost, "/v1/projects/demo/legs", `{"id":"c1","kind":"outbound","to":"`+callee+`"}`, http.StatusCreated)
	s.do(charge, http.MethodPost, "/v1/projects/demo/legs", `{"id":"c2","kind":"outbound","to":7,"number":"`+callee+`"}`)
	s.do(headers{"Authorization": "Bearer bw_secret"}, http.MethodGet, "/v1/books", "")
	log := s.log.String()
	for _, forbidden := range []string{"441234567", "671112233", "bw_secret", s.keys["operator"]} {
		if strings.Contains(log, forbidden) {
			t.Errorf("the log tells %s", forbidden)
		}
	}
	for _, wanted := range []string{`"route":"/v1/projects/{project}/numbers/{number}"`, `"status":201`, `"project":"demo"`, `"code":"billing.number_taken"`, "authentication failed"} {
		if !strings.Contains(log, wanted) {
			t.Errorf("the log does not tell %s", wanted)
		}
	}
}

// A fault of ours tells the caller nothing but the request's name, and the log everything.
func TestFaultTellsNothing(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.do(s.as("project:read"), http.MethodGet, "/v1/projects/demo", "") // the key is remembered
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	got := s.do(s.as("project:read").with("X-Request-Id", "lost-1"), http.MethodGet, "/v1/projects/demo", "")
	if got.status != http.StatusInternalServerError || got.code(t) != "internal" || strings.Contains(string(got.body), "sql") {
		t.Errorf("a closed store is answered %d %s", got.status, got.body)
	}
	if !strings.Contains(s.log.String(), `"request":"lost-1","error":"sql: database is closed"`) {
		t.Error("the log does not tell the cause")
	}
	put := s.do(s.as("project:read").with("X-Request-Id", "lost-2"), http.MethodPost, "/v1/projects/demo/payments/preview", `{"amount":"1","method":"card"}`)
	if put.status != http.StatusServiceUnavailable || put.header.Get("Retry-After") == "" || put.code(t) != "store.closed" {
		t.Errorf("a write to a closed store is answered %d %v %s", put.status, put.header, put.body)
	}
}
