package audit_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// explained asks SQLite how it would run a query, instead of running it.
type explained struct {
	store.Querier
	plan strings.Builder
}

func (e *explained) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	rows, err := e.Querier.Query(ctx, "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, err
		}
		e.plan.WriteString(detail + "\n")
	}
	return e.Querier.Query(ctx, "SELECT 1 WHERE 1 = 0")
}

// A list of days is read from an index, from the key of the page before on, and is not sorted: not everything that ever happened is read.
func TestListsUseAnIndex(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	org := ident.ProjectOrg("shop")
	days := audit.Filter{From: noon, Until: noon.Add(24 * time.Hour)}
	of := func(f audit.Filter, change func(*audit.Filter)) audit.Filter {
		change(&f)
		return f
	}
	for name, f := range map[string]audit.Filter{
		"everybody’s": {}, "of days": days, "of a person": of(days, func(f *audit.Filter) { f.User = "u" }),
		"of a project": of(days, func(f *audit.Filter) { f.Org = &org }), "of a thing": of(days, func(f *audit.Filter) { f.Object, f.ObjectID = "member", "u" }),
	} {
		for _, before := range []int64{0, 77} {
			e := &explained{Querier: db}
			if _, err := audit.List(t.Context(), e, f, before, 50); err != nil {
				t.Fatal(err)
			}
			plan := e.plan.String()
			whole := strings.Contains(plan, "SCAN audit_entry") && !strings.Contains(plan, "USING INDEX")
			if whole || strings.Contains(plan, "TEMP B-TREE") || name != "everybody’s" && strings.Contains(plan, "SCAN audit_entry") {
				t.Errorf("%s before %d:\n%s", name, before, plan)
			}
		}
	}
}
