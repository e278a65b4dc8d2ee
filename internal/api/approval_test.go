package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/approval"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// limited sets the limit of the project's currency to 1,000.
func (s *site) limited() {
	s.Helper()
	permit, err := access.NewGate(s.db).Enter(context.Background(), access.ByKey(account.Key{ID: "k", Scope: account.Operator}, audit.Actor{}), ident.Operator, s.clock())
	if err != nil {
		s.Fatal(err)
	}
	s.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := approval.New(s.bills).SetLimit(ctx, tx, permit, "UAH", 1000*money.Unit, "a test", s.clock())
		return err
	})
}

// A key is one signature: above the limit its payments and adjustments wait, and repeating them changes nothing. Rules O-01, B-04.
func TestAboveTheLimitIsAccepted(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.limited()
	operator := s.as("operator")
	s.must(operator, http.MethodPost, demoPath+"/payments", `{"id":"small","amount":"1000","method":"bank"}`, http.StatusCreated)
	once := operator.with("Idempotency-Key", "large")
	first := s.must(once, http.MethodPost, demoPath+"/payments", `{"id":"large","amount":"1","method":"bank"}`, http.StatusAccepted)
	again := s.must(once, http.MethodPost, demoPath+"/payments", `{"id":"large","amount":"1","method":"bank"}`, http.StatusAccepted)
	if string(first.body) != string(again.body) || !strings.Contains(string(first.body), `"state":"waiting"`) || !strings.Contains(string(first.body), `"charged":"0"`) {
		t.Errorf("%s, then %s", first.body, again.body)
	}
	given := s.must(operator, http.MethodPost, demoPath+"/adjustments", `{"id":"gift","amount":"5","reason":"goodwill"}`, http.StatusAccepted)
	if strings.Contains(string(given.body), `"entry":`) {
		t.Errorf("it was booked: %s", given.body)
	}
	if cash := s.funds()["cash"]; cash != "1000" {
		t.Errorf("the cash is %v", cash)
	}
	waiting := s.must(operator, http.MethodGet, "/v1/approvals?state=waiting&limit=1", "", http.StatusOK)
	if !strings.Contains(string(waiting.body), `"ref":"gift"`) || !strings.Contains(string(waiting.body), `"next"`) {
		t.Errorf("%s", waiting.body)
	}
	s.refused(operator, http.MethodGet, "/v1/approvals?cursor=x", "", http.StatusUnprocessableEntity, "api.bad_cursor")
}

// A key has no second signature: with a limit of 1,000 an overdraft of 1,000 is in force, 1,001 is refused. Rule O-05.
func TestAnOverdraftAboveTheLimitIsRefused(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.limited()
	operator := s.as("operator")
	s.must(operator, http.MethodPut, demoPath+"/overdraft", `{"overdraft":"1000"}`, http.StatusOK)
	s.refused(operator, http.MethodPut, demoPath+"/overdraft", `{"overdraft":"1001"}`, http.StatusConflict, "approval.above_limit")
	const line = `{"project":"line","name":"Line","country":"UA","time_zone":"Europe/Kyiv","book":"ringostat","overdraft":"%s"}`
	s.refused(operator, http.MethodPost, "/v1/projects", fmt.Sprintf(line, "1001"), http.StatusConflict, "approval.above_limit")
	s.refused(operator, http.MethodGet, "/v1/projects/line", "", http.StatusNotFound, "project.not_found") // nothing half done
	s.must(operator, http.MethodPost, "/v1/projects", fmt.Sprintf(line, "1000"), http.StatusCreated)
	again := s.must(operator, http.MethodPut, demoPath+"/overdraft", `{"overdraft":"1000"}`, http.StatusOK)
	if !strings.Contains(string(again.body), `"overdraft":"1000"`) {
		t.Errorf("%s", again.body)
	}
}
