package project

import (
	"context"
	"database/sql"

	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Currencies lists the currencies that projects have, in the order of their codes.
func Currencies(ctx context.Context, q store.Querier) (list []money.Currency, err error) {
	return list, store.EachRow(ctx, q, `SELECT DISTINCT currency FROM project ORDER BY currency`, nil, func(rows *sql.Rows) error {
		var c money.Currency
		err := rows.Scan(&c)
		list = append(list, c)
		return err
	})
}
