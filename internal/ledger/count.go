package ledger

import (
	"context"
	"database/sql"
	"slices"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// Counted is a kind of entry for an item.
type Counted struct {
	Kind pricing.Kind
	Item string
}

// CountByItem counts the entries of a day by project, kind and item, of some kinds other than calls.
func CountByItem(ctx context.Context, q store.Querier, projects []ident.ProjectID, day civil.Date, kinds []pricing.Kind) (map[ident.ProjectID]map[Counted]int, error) {
	counts := make(map[ident.ProjectID]map[Counted]int, len(projects))
	names := make([]string, len(projects))
	for i, project := range projects {
		names[i] = string(project)
	}
	return counts, store.EachList(names, func(list string, args []any) error {
		text := "SELECT project_id, kind, item, COUNT(*) FROM ledger_entry WHERE project_id IN (" + list + ") AND day = " + store.List(len(args)+1, 1)
		args = append(args, int64(day))
		text += " AND " + notCalls + " AND kind IN (" + store.List(len(args)+1, len(kinds)) + ")"
		for _, kind := range kinds {
			args = append(args, string(kind))
		}
		return store.EachRow(ctx, q, text+" GROUP BY project_id, kind, item", args, func(rows *sql.Rows) error {
			var project ident.ProjectID
			var what Counted
			var count int
			err := rows.Scan(&project, &what.Kind, &what.Item, &count)
			if counts[project] == nil {
				counts[project] = map[Counted]int{}
			}
			counts[project][what] = count
			return err
		})
	})
}

// chargeKinds are the kinds that charge for the service.
var chargeKinds = slices.DeleteFunc(slices.Clone(pricing.Kinds), func(kind pricing.Kind) bool { return !kind.IsCharge() })

// ChargesOf is what each of some projects was charged on days from through to, net of discounts: positive. Those that were charged nothing
// are left out.
func ChargesOf(ctx context.Context, q store.Querier, projects []ident.ProjectID, from, to civil.Date) (map[ident.ProjectID]money.Micro, error) {
	names := make([]string, len(projects))
	for i, project := range projects {
		names[i] = string(project)
	}
	mark, err := sealMark(ctx, q)
	if err != nil {
		return nil, err
	}
	charged := map[ident.ProjectID]money.Micro{}
	return charged, store.EachList(names, func(list string, args []any) error {
		n := len(args)
		text := "SELECT project_id, CAST(SUM(amount) AS BIGINT) FROM " +
			movements(store.List(n+3, 1), "e.project_id IN ("+list+") AND e.day BETWEEN "+store.List(n+1, 1)+" AND "+store.List(n+2, 1)) +
			" WHERE kind IN (" + store.List(n+4, len(chargeKinds)) + ") GROUP BY project_id"
		args = append(args, int64(from), int64(to), mark)
		for _, kind := range chargeKinds {
			args = append(args, string(kind))
		}
		return store.EachRow(ctx, q, text, args, func(rows *sql.Rows) error {
			var project ident.ProjectID
			var sum money.Micro
			err := rows.Scan(&project, &sum)
			charged[project] = -sum
			return err
		})
	})
}
