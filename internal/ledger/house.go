package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// HouseBalance is what a house account has gained from the projects of one currency.
type HouseBalance struct {
	Currency money.Currency
	House    string
	Amount   money.Micro
	Count    int64 // of entries
}

// CallHouse is the house account of every entry of a call: sums of calls do not keep it.
const CallHouse = "revenue:call"

// HouseMonth is what a house account gained in a calendar month of usage days.
type HouseMonth struct {
	Month civil.Date // its first day
	HouseBalance
}

// HouseMonths sums house accounts by month over the usage days from through to, in the order of months, currencies and names.
// It reads the entries of those days, some projects at a time.
func HouseMonths(ctx context.Context, q store.Querier, from, to civil.Date) ([]HouseMonth, error) {
	sums := map[HouseMonth]HouseBalance{} // by month, currency and name
	for after := ident.ProjectID(""); ; {
		currencies, names, err := someAccounts(ctx, q, after)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return sortedMonths(sums), nil
		}
		after = ident.ProjectID(names[len(names)-1])
		if err := addHouseDays(ctx, q, currencies, names, from, to, sums); err != nil {
			return nil, err
		}
	}
}

// someAccounts lists projects with their currencies, in the order of names.
func someAccounts(ctx context.Context, q store.Querier, after ident.ProjectID) (map[string]money.Currency, []string, error) {
	const most = 64
	currencies, names := map[string]money.Currency{}, []string{}
	err := store.EachRow(ctx, q, "SELECT project_id, currency FROM ledger_account WHERE project_id > $1 ORDER BY project_id LIMIT $2",
		[]any{string(after), int64(most)}, func(rows *sql.Rows) error {
			var name, currency string
			err := rows.Scan(&name, &currency)
			currencies[name], names = money.Currency(currency), append(names, name)
			return err
		})
	return currencies, names, err
}

func addHouseDays(ctx context.Context, q store.Querier, currencies map[string]money.Currency, names []string, from, to civil.Date, sums map[HouseMonth]HouseBalance) error {
	mark, err := sealMark(ctx, q)
	if err != nil {
		return err
	}
	return store.EachList(names, func(list string, args []any) error {
		first, last, seal := store.List(len(args)+1, 1), store.List(len(args)+2, 1), store.List(len(args)+3, 1)
		text := "SELECT project_id, day, house, CAST(-SUM(amount) AS BIGINT), CAST(SUM(entries) AS BIGINT) FROM " +
			movements(seal, "e.project_id IN ("+list+") AND e.day BETWEEN "+first+" AND "+last) + " GROUP BY project_id, day, house"
		return store.EachRow(ctx, q, text, append(args, int64(from), int64(to), mark), func(rows *sql.Rows) error {
			var project, house string
			var day, amount, count int64
			err := rows.Scan(&project, &day, &house, &amount, &count)
			key := HouseMonth{Month: civil.Date(day).FirstOfMonth(), HouseBalance: HouseBalance{Currency: currencies[project], House: house}}
			sum := sums[key]
			sum.Amount, sum.Count = sum.Amount+money.Micro(amount), sum.Count+count
			sums[key] = sum
			return err
		})
	})
}

func sortedMonths(sums map[HouseMonth]HouseBalance) []HouseMonth {
	months := make([]HouseMonth, 0, len(sums))
	for month, sum := range sums {
		month.Amount, month.Count = sum.Amount, sum.Count
		months = append(months, month)
	}
	slices.SortFunc(months, func(a, b HouseMonth) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.House, b.House))
	})
	return months
}
