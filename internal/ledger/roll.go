package ledger

import (
	"context"
	"database/sql"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Funds is what a project of a list of all has.
type Funds struct {
	Balance   money.Micro // cash, bonus and credit
	Held      money.Micro
	Overdraft money.Micro
}

// FundsOfAll reads what every project has, in one query.
func FundsOfAll(ctx context.Context, q store.Querier) (map[ident.ProjectID]Funds, error) {
	all := fundsByProject{}
	return all, store.EachRow(ctx, q, fundsQuery, nil, all.read)
}

// FundsOf reads what some projects have.
func FundsOf(ctx context.Context, q store.Querier, projects []ident.ProjectID) (map[ident.ProjectID]Funds, error) {
	found := fundsByProject{}
	return found, store.EachKey(ctx, q, fundsQuery+` WHERE project_id IN (keys)`, projects, found.read)
}

const fundsQuery = `SELECT project_id, cash + bonus + credit, held, overdraft FROM ledger_account`

type fundsByProject map[ident.ProjectID]Funds

func (m fundsByProject) read(rows *sql.Rows) error {
	var id ident.ProjectID
	var f Funds
	err := rows.Scan(&id, &f.Balance, &f.Held, &f.Overdraft)
	m[id] = f
	return err
}

// Charges is what projects were charged on days from through to, net of discounts: positive. They share a currency.
func Charges(ctx context.Context, q store.Querier, projects []ident.ProjectID, from, to civil.Date) (total money.Micro, err error) {
	charged, err := ChargesOf(ctx, q, projects, from, to)
	for _, amount := range charged {
		total += amount
	}
	return total, err
}
