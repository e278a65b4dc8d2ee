package api_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/api"
	"bellwether/internal/audit"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Every operation that is registered answers every kind of stranger as it must; one that is added is among them.
func TestStrangers(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.open("other", `"country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"`)
	expired, revoked := s.deadKeys()
	operations := s.api.Operations()
	if len(operations) < 60 {
		t.Fatalf("only %d operations", len(operations))
	}
	for i, op := range operations {
		s.at(instant(t, midday).Add(time.Duration(i+1) * time.Hour).Format(time.RFC3339)) // failures are forgiven
		path := pathOf(op, "demo")
		s.refused(nil, op.Method, path, "", http.StatusUnauthorized, "api.no_key")
		for _, secret := range []string{"bw_nonsense", expired, revoked, ""} {
			code := "account.bad_key"
			if secret == "" {
				code = "api.no_key"
			}
			s.refused(headers{"Authorization": "Bearer " + secret}, op.Method, path, "", http.StatusUnauthorized, code)
		}
		s.refused(headers{"Authorization": "Basic " + s.keys["operator"]}, op.Method, path, "", http.StatusUnauthorized, "api.no_key")
		s.strangers(op)
	}
}

// strangers are keys that are valid and of no use here.
func (s *site) strangers(op api.Operation) {
	s.Helper()
	if op.OwnProject {
		for _, scope := range account.Scopes[1:] {
			who := s.as(string(scope) + " other")
			mine := s.refused(who, op.Method, pathOf(op, "demo"), "", http.StatusNotFound, "project.not_found")
			none := s.refused(who, op.Method, pathOf(op, "nobody"), "", http.StatusNotFound, "project.not_found")
			if a, b := anonymous(mine, "demo"), anonymous(none, "nobody"); a != b {
				s.Errorf("%s: another's project answers %s, one that does not exist %s", op.ID, a, b)
			}
		}
	}
	for _, scope := range account.Scopes[1:] {
		if !allowed(scope, op.Need) {
			s.refused(s.as(string(scope)+" demo"), op.Method, pathOf(op, "demo"), "", http.StatusForbidden, "access.denied")
		}
	}
	for _, scope := range account.Scopes {
		if allowed(scope, op.Need) {
			if got := s.do(s.as(string(scope)), op.Method, pathOf(op, "demo"), ""); got.status == http.StatusUnauthorized || got.status == http.StatusForbidden {
				s.Errorf("%s is kept from %s: %d %s", scope, op.ID, got.status, got.body)
			}
		}
	}
}

// allowed says it once more, from the description of the scopes.
func allowed(scope account.Scope, need string) bool {
	need, _, _ = strings.Cut(need, " (")
	switch need {
	case "any valid key":
		return true
	case "project:read":
		return scope == account.Operator || scope == account.ProjectRead || scope == account.ProjectWrite
	case "project:write":
		return scope == account.Operator || scope == account.ProjectWrite
	case "project:charge":
		return scope == account.Operator || scope == account.ProjectCharge
	default:
		return scope == account.Operator
	}
}

func (s *site) deadKeys() (expired, revoked string) {
	s.Helper()
	s.write(func(ctx context.Context, tx *store.Tx) (err error) {
		key := account.Key{Name: "dead", Scope: account.Operator, ExpiresAt: s.clock().Add(time.Minute)}
		if expired, _, err = account.Create(ctx, tx, audit.Program("test"), rand.Reader, key, s.clock()); err != nil {
			return err
		}
		secret, made, err := account.Create(ctx, tx, audit.Program("test"), rand.Reader, account.Key{Name: "dead", Scope: account.Operator}, s.clock())
		if err != nil {
			return err
		}
		revoked = secret
		_, err = account.Revoke(ctx, tx, audit.Program("test"), "", made.ID, s.clock())
		return err
	})
	return expired, revoked
}

var parameter = regexp.MustCompile(`\{[a-z]+\}`)

func pathOf(op api.Operation, project string) string {
	return parameter.ReplaceAllString(strings.ReplaceAll(op.Path, "{project}", project), "1")
}

// anonymous is a problem without what names the request.
func anonymous(a answer, project string) string {
	var problem map[string]any
	if err := json.Unmarshal(a.body, &problem); err != nil {
		return string(a.body)
	}
	delete(problem, "request_id")
	text, _ := json.Marshal(problem)
	return strings.ReplaceAll(string(text), project, "PROJECT")
}

// An operation that does not say who may call it, or says it so that it cannot be checked, does not start.
func TestEveryOperationSaysWhoMayCallIt(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	for _, c := range []struct{ path, need string }{
		{"/v1/none", ""}, {"/v1/none", "project:read"}, {"/v1/projects/{project}/none", ""}, {"/v1/projects/{project}/none", "any valid key"},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s with %q was registered", c.path, c.need)
				}
			}()
			s.api.Register(http.MethodGet, c.path, c.need)
		}()
	}
	for _, op := range s.api.Operations() {
		if op.Need == "" || op.ID == "" {
			t.Errorf("%s %s does not say who may call it", op.Method, op.Path)
		}
	}
}

// A stranger who guesses keys is slowed down; a key that works is not locked out by its neighbours.
func TestGuessingIsSlowed(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.must(s.as("project:read"), http.MethodGet, "/v1/projects/demo", "", http.StatusOK)
	for range 20 {
		s.refused(headers{"Authorization": "Bearer bw_guess"}, http.MethodGet, "/v1/projects/demo", "", http.StatusUnauthorized, "account.bad_key")
	}
	slowed := s.refused(headers{"Authorization": "Bearer bw_guess"}, http.MethodGet, "/v1/projects/demo", "", http.StatusTooManyRequests, "api.too_many_failures")
	if slowed.header.Get("Retry-After") != "61" && slowed.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", slowed.header.Get("Retry-After"))
	}
	s.must(s.as("project:read"), http.MethodGet, "/v1/projects/demo", "", http.StatusOK)
	s.at("2026-03-10T12:01:00+02:00")
	s.refused(headers{"Authorization": "Bearer bw_guess"}, http.MethodGet, "/v1/projects/demo", "", http.StatusUnauthorized, "account.bad_key")
}

// A key that is revoked stops within 5 seconds, and the answer does not say why.
func TestRevokedKeyStops(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.must(s.as("project:read"), http.MethodGet, "/v1/projects/demo", "", http.StatusOK)
	var keys struct{ Items []struct{ ID, Scope string } }
	s.must(s.as("operator"), http.MethodGet, "/v1/projects/demo/keys", "", http.StatusOK).into(t, &keys)
	for _, key := range keys.Items {
		if key.Scope == string(account.ProjectRead) {
			s.must(s.as("project:write"), http.MethodDelete, "/v1/projects/demo/keys/"+key.ID, "", http.StatusOK)
		}
	}
	s.at("2026-03-10T12:00:05+02:00")
	s.refused(s.as("project:read"), http.MethodGet, "/v1/projects/demo", "", http.StatusUnauthorized, "account.bad_key")
}
