package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/api"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Whatever an operation changes is asked of the permit of its key: in the context in which each begins, another project cannot be
// changed, nor what no scope allows. Rule A-18.
func TestEveryOperationChangesByItsKeysPermit(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.open("other", `"country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"`)
	tried := 0
	for _, op := range s.api.Operations() {
		if op.Method == http.MethodGet {
			continue
		}
		for _, scope := range account.Scopes {
			if !allowed(scope, op.Need) {
				continue
			}
			who := string(scope)
			if scope != account.Operator {
				who += " demo"
			}
			tried++
			s.triesTheWall(op, scope, s.keys[who])
		}
	}
	if tried < 60 {
		t.Errorf("only %d tried", tried)
	}
}

func (s *site) triesTheWall(op api.Operation, scope account.Scope, secret string) {
	s.Helper()
	r := httptest.NewRequestWithContext(s.Context(), op.Method, pathOf(op, "demo"), nil)
	r.SetPathValue("project", "demo")
	if !op.OwnProject {
		r.SetPathValue("project", "")
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	ctx, begun := s.api.Begin(op, r)
	if !begun {
		s.Fatalf("%s is kept from %s", scope, op.ID)
	}
	err := s.db.Write(ctx, func(_ context.Context, tx *store.Tx) error {
		return tx.May(ident.ProjectOrg("other"), access.Listen.Of(access.Funds))
	})
	if kind := errs.KindOf(err); kind != errs.Denied && kind != errs.NotFound {
		s.Errorf("%s by %s does what no scope allows: %v", op.ID, scope, err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.bills.SwitchProduct(ctx, tx, "other", "call_tracking", true, s.clock())
	})
	if scope != account.Operator && errs.CodeOf(err) != "project.not_found" {
		s.Errorf("%s by %s changes another project: %v", op.ID, scope, err)
	}
}
